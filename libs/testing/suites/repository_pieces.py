"""What the repository suite's tests share: documents, envelopes and the fields that a collection searches by."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from libs.contracts.envelope import Envelope
from libs.store.ports import Collection, Document

OpenCollection = Callable[..., Awaitable[Collection]]

COUPLINGS: dict[str, Any] = {
    "unique": (("mapping", "sales_id"), ("mapping", "financials_id")),
    "indexes": (("mapping", "state"), ("waiting",), ("active",)),
}
"""What a collection of couplings keeps unique and is searched by."""


def an_envelope(**fields: Any) -> Envelope:
    given: dict[str, Any] = {
        "id": uuid4(),
        "type": "record_page.read.v1",
        "source": "sales_connector",
        "time": datetime(2026, 11, 22, 8, 30, tzinfo=UTC),
        "data": {"job_id": "j1", "count": 3, "names": ["Ünïcödé", "\u202e\u05e9\u05dc\u05d5\u05dd", "🎈", ""]},
    }
    return Envelope(**{**given, **fields})


def a_coupling(id: str, **data: Any) -> Document:
    return Document(id, {"mapping": "CUSTOMER", "sales_id": f"s-{id}", "financials_id": f"f-{id}", **data})
