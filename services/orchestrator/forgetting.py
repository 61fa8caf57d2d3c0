"""Forgets jobs that have been over for long, with what they said about single records."""

from datetime import date, timedelta

import structlog

from libs.runtime.clock import Clock
from libs.store.ports import Collection
from services.orchestrator.documents import SCHEDULE_ID, Documents, state_of
from services.orchestrator.domain.schedule_document import Schedule, schedule_of

log = structlog.get_logger()

INTERVAL = 3600.0
"""Seconds between two looks."""

_LOOKED_BACK = 400
"""Days before those that are kept; whoever was switched off for longer leaves some jobs for good."""

_BATCH = 500


async def forget_once(documents: Documents, clock: Clock, days: int) -> None:
    """Delete the jobs that were over more than ``days`` days ago, but for those that the review shows. Several replicas
    may do so at once."""
    schedule = schedule_of(await state_of(documents.schedule, SCHEDULE_ID))
    kept, forgotten, after = _shown(schedule), 0, ""
    while True:
        found = await documents.jobs.find(
            {"over_on": _days_before(clock.now().date() - timedelta(days=days))}, after=after, limit=_BATCH
        )
        gone = [job.id for job in found if job.id not in kept and not job.outbox]
        for job_id in gone:
            await _forget_errors(documents.errors, job_id)
        # The job goes last: while it is there, another look finds what a crash has left.
        await documents.jobs.delete_many(gone)
        forgotten += len(gone)
        if len(found) < _BATCH:
            break
        after = found[-1].id
    if forgotten:
        log.info("jobs.forgotten", jobs=forgotten)


async def _forget_errors(errors: Collection, job_id: str) -> None:
    while found := await errors.find({"job_id": job_id}, limit=_BATCH):
        await errors.delete_many([error.id for error in found])


def _shown(schedule: Schedule) -> set[str]:
    """Jobs that the review's lines stand for, and those that mappings are occupied by."""
    lines = schedule["review"]["lines"].values() if schedule["review"] else ()
    return {*(line["job_id"] for line in lines), *schedule["running"].values()}


def _days_before(first_kept: date) -> list[str]:
    return [(first_kept - timedelta(days=back)).isoformat() for back in range(1, _LOOKED_BACK + 1)]
