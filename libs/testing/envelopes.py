"""Builders of envelopes with good defaults, so that a test names only what matters to it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from libs.contracts.envelope import Envelope

MOMENT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def an_envelope(
    *,
    type: str = "record_page.read.v1",
    target: str = "",
    source: str = "tests",
    data: dict[str, Any] | None = None,
    id: UUID | None = None,
    attempt: int = 0,
    correlation_id: str = "job-1",
) -> Envelope:
    return Envelope(
        id=id or uuid4(),
        type=type,
        source=source,
        target=target,
        correlation_id=correlation_id,
        time=MOMENT,
        attempt=attempt,
        data=data if data is not None else {"page": {"job_id": "job-1"}},
    )
