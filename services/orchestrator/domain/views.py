"""A job's document as it is shown to people and told to other parts of the orchestrator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from libs.contracts.failures import Failure
from libs.contracts.jobs import PassView, SynchJobView
from libs.contracts.vocabulary import Direction, JobStatus, RunKind
from services.orchestrator.domain import pages as ledger
from services.orchestrator.domain.schedule_document import Waiting
from services.orchestrator.domain.stages import Stage


def job_view(job: Mapping[str, Any], now: datetime) -> SynchJobView:
    """The job with its totals, summed from its pages."""
    return SynchJobView(
        id=job["id"],
        mapping=job["mapping"],
        run=RunKind(job["run"]),
        status=Stage(job["stage"]).status,
        passes=[_pass_view(part, now) for part in job["passes"]],
        failure=Failure.model_validate(job["failure"]) if job["failure"] else None,
        review_id=job["review_id"],
        started_at=job["started"],
        finished_at=job["finished"],
    )


def waiting_view(job_id: str, entry: Waiting) -> SynchJobView:
    """A job that has not begun."""
    return SynchJobView(
        id=job_id,
        mapping=entry["mapping"],
        run=RunKind(entry["run"]),
        status=JobStatus.READY,
        review_id=entry["review_id"],
    )


def _pass_view(part: Mapping[str, Any], now: datetime) -> PassView:
    ended = datetime.fromisoformat(part["finished"]) if part["finished"] else now
    seconds = (ended - datetime.fromisoformat(part["started"])).total_seconds() if part["started"] else 0.0
    return PassView(
        direction=Direction(part["direction"]),
        status=Stage(part["stage"]).status,
        read=ledger.records_read(part["pages"]),
        expected=part["expected"],
        counters=ledger.totals(part["pages"]),
        started_at=part["started"],
        finished_at=part["finished"],
        seconds=max(0.0, seconds),
        watermark=part["watermark"],
    )
