"""Starts the jobs that people ask for, and tells what became of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.jobs import (
    CoupleSalespeople,
    JobsStarted,
    ListSynchJobErrors,
    ListSynchJobs,
    RetrySkipped,
    SynchJobErrorPage,
    SynchJobPage,
    SynchronizeModified,
)
from libs.contracts.message import Message
from libs.contracts.setup import MappingView
from libs.messaging.handling import Handling
from services.orchestrator.books import Books
from services.orchestrator.counting import list_mappings
from services.orchestrator.domain import review
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.connection import NOT_ENABLED
from services.orchestrator.domain.dependencies import circle
from services.orchestrator.domain.schedule_document import Schedule
from services.orchestrator.domain.views import waiting_view
from services.orchestrator.retrying import skipped_records

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class JobDesk:
    books: Books

    async def synchronize_modified(self, request: SynchronizeModified, handling: Handling) -> JobsStarted:
        """Queue a modified run per mapping and start those that may start."""
        mappings, failures = await self._mappings(request.mappings)
        stuck = circle({mapping.name: mapping.prerequisites for mapping in mappings})
        if stuck:
            failures.append(review.refused("mappings.circle", stuck))
        if failures:
            return JobsStarted(failures=failures)
        cause = handling.message_id
        ids = await self._queue(lambda schedule: queue.synchronize_modified(schedule, mappings, cause), handling)
        return JobsStarted(job_ids=ids)

    async def retry_skipped(self, request: RetrySkipped, handling: Handling) -> JobsStarted:
        """Queue a run of each mapping that has skipped records, and have it try those again."""
        mappings, failures = await self._mappings(request.mappings)
        if failures:
            return JobsStarted(failures=failures)
        known = {mapping.name: mapping for mapping in mappings}
        skipped = await skipped_records(self.books.requester, list(known), request.coupling_ids, self.books.deadline)
        if skipped.failures:
            return JobsStarted(failures=skipped.failures)

        def enqueue(schedule: Schedule) -> tuple[Schedule, dict[str, str]]:
            ids = {}
            for name, records in skipped.by_mapping.items():
                schedule, ids[name] = queue.retry_skipped(schedule, known[name], records, handling.message_id)
            return schedule, ids

        return JobsStarted(job_ids=await self._queue(enqueue, handling))

    async def couple_salespeople(self, request: CoupleSalespeople, handling: Handling) -> JobsStarted:
        """Queue a coupling run of salespeople by e-mail address."""
        mappings, failures = await self._mappings(["SALESPEOPLE"])
        if failures:
            return JobsStarted(failures=failures)
        [salespeople], cause = mappings, handling.message_id
        job_id = await self._queue(lambda schedule: queue.couple(schedule, salespeople, "email", cause), handling)
        return JobsStarted(job_ids={salespeople.name: job_id})

    async def list_synch_jobs(self, request: ListSynchJobs, handling: Handling) -> SynchJobPage:
        """Jobs by id, or the newest first; those that still wait their turn as well."""
        schedule = await self.books.schedule()
        ids = request.job_ids or schedule["recent"][::-1][: request.limit]
        begun = {job.id: job for job in await self.books.jobs(ids, handling.now)}
        waiting = {job_id: waiting_view(job_id, entry) for job_id, entry in queue.not_heard_of(schedule)}
        return SynchJobPage(
            jobs=[(begun.get(job_id) or waiting[job_id]) for job_id in ids if job_id in begun | waiting]
        )

    async def list_synch_job_errors(self, request: ListSynchJobErrors, handling: Handling) -> SynchJobErrorPage:
        """Failed and skipped records of a job, a page at a time."""
        rows = await self.books.documents.errors.find(
            {"job_id": request.job_id}, after=request.after, limit=request.limit
        )
        unknown = not rows and not await self._is_known(request.job_id)
        return SynchJobErrorPage(
            errors=[SynchJobError.model_validate(row.data["error"]) for row in rows],
            next_after=rows[-1].id if len(rows) == request.limit else "",
            failures=[review.refused("job.unknown", f"There is no job {request.job_id}.")] if unknown else [],
        )

    async def _queue(self, enqueue: Callable[[Schedule], tuple[Schedule, ResultT]], handling: Handling) -> ResultT:
        """Add jobs to the queue, and start those that may start."""

        def decide(schedule: Schedule) -> tuple[Schedule, Sequence[Message], ResultT]:
            queued, result = enqueue(schedule)
            changed, commands = review.advance(queued, handling.now)
            return changed, commands, result

        return await self.books.change_schedule(decide, handling)

    async def _mappings(self, names: Sequence[str]) -> tuple[list[MappingView], list[Failure]]:
        """The mappings of these names (none: all), or why they cannot be synchronized."""
        if not (await self.books.connection()).enabled:
            return [], [NOT_ENABLED]
        listed = await list_mappings(self.books.requester, self.books.deadline)
        known = {mapping.name: mapping for mapping in listed.mappings}
        unknown = [name for name in names if name not in known]
        failures = listed.failures or [
            review.refused("mapping.unknown", f"There is no enabled mapping {name}.") for name in unknown
        ]
        return [known[name] for name in names or known if name in known], list(failures)

    async def _is_known(self, job_id: str) -> bool:
        """Whether there is or will be such a job."""
        if await self.books.documents.jobs.get(job_id) is not None:
            return True
        return any(job_id == known for known, _ in queue.not_heard_of(await self.books.schedule()))
