"""Answers what people ask: the connection, the review, jobs to be started, and what became of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar, cast

import structlog

from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.jobs import (
    CoupleSalespeople,
    JobsStarted,
    ListSynchJobErrors,
    ListSynchJobs,
    RetrySkipped,
    SynchJobErrorPage,
    SynchJobPage,
    SynchJobView,
    SynchronizeModified,
)
from libs.contracts.message import Message
from libs.contracts.review import (
    ChooseRecommendation,
    GenerateReview,
    GetReview,
    ResetReview,
    RestartReviewLine,
    ReviewView,
    StartReview,
)
from libs.contracts.setup import (
    ConnectionView,
    EnableConnection,
    FinancialsCompany,
    GetConnection,
    MappingContext,
    MappingView,
)
from libs.messaging.handling import Handling
from libs.messaging.ports import Requester
from services.orchestrator.connecting import make_connection, tell_registry, todays_base_rate
from services.orchestrator.counting import count_all, list_mappings
from services.orchestrator.documents import (
    CONNECTION_ID,
    SCHEDULE_ID,
    Documents,
    change,
    state_of,
)
from services.orchestrator.domain import review
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.connection import NOT_ENABLED, remembered
from services.orchestrator.domain.dependencies import circle
from services.orchestrator.domain.schedule_document import Schedule, schedule_of
from services.orchestrator.domain.views import job_view, waiting_view
from services.orchestrator.retrying import skipped_records

log = structlog.get_logger()

NO_REVIEW = Failure(code="review.missing", message="There is no review yet; generate it first.")

ResultT = TypeVar("ResultT")
State = Mapping[str, Any] | None


def _as_it_is(schedule: Schedule) -> Schedule:
    return schedule


@dataclass(frozen=True)
class Desk:
    """One replica's desk; ``deadline``: seconds that other services may take to answer."""

    documents: Documents
    requester: Requester
    deadline: float

    async def enable_connection(self, request: EnableConnection, handling: Handling) -> ConnectionView:
        """Check both tenants, prepare the company, configure the registry."""

        async def admit(company: FinancialsCompany, organization_id: str) -> Failure | None:
            return await self._amend(lambda known: queue.of_tenants(known, company.id, organization_id), handling)

        made = await make_connection(self.requester, self.deadline, admit)

        def keep(state: State) -> tuple[State, Sequence[Message], ConnectionView]:
            view = remembered(ConnectionView.model_validate(state or {}), made)
            return view.model_dump(mode="json"), (), view

        return await change(self.documents.setup, CONNECTION_ID, keep, handling)

    async def get_connection(self, request: GetConnection, handling: Handling) -> ConnectionView:
        return await self._connection()

    async def generate_review(self, request: GenerateReview, handling: Handling) -> ReviewView:
        """Count both sides and recommend."""
        return await self._regenerate(handling)

    async def get_review(self, request: GetReview, handling: Handling) -> ReviewView:
        return await self._view(await self._schedule(), handling.now)

    async def start_review(self, request: StartReview, handling: Handling) -> ReviewView:
        """Start every line that may start."""
        if not (await self._connection()).enabled:
            return ReviewView(failures=[NOT_ENABLED])
        if (await self._schedule())["review"] is None:
            return ReviewView(failures=[NO_REVIEW])
        await self._take_todays_rate(handling)

        def decide(schedule: Schedule) -> tuple[Schedule, Sequence[Message], Schedule]:
            changed, commands = review.start(schedule, handling.message_id, handling.now)
            return changed, commands, changed

        return await self._view(await self._change(decide, handling), handling.now)

    async def restart_review_line(self, request: RestartReviewLine, handling: Handling) -> ReviewView:
        """Blank a line that is over, count it anew and start."""
        refusal = review.blank_line(await self._schedule(), request.mapping)
        if isinstance(refusal, Failure):
            return await self._refused(handling, refusal)
        await self._take_todays_rate(handling)
        return await self._regenerate(handling, restarted=request.mapping)

    async def reset_review(self, request: ResetReview, handling: Handling) -> ReviewView:
        """Forget all lines and recommend anew."""
        return await self._regenerate(handling, review.forget)

    async def choose_recommendation(self, request: ChooseRecommendation, handling: Handling) -> ReviewView:
        """Override the recommendation of a line that is not under way."""
        refusal = await self._amend(
            lambda schedule: review.choose(schedule, request.mapping, request.recommendation), handling
        )
        if refusal is not None:
            return await self._refused(handling, refusal)
        return await self._view(await self._schedule(), handling.now)

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
        skipped = await skipped_records(self.requester, list(known), request.coupling_ids, self.deadline)
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
        schedule = await self._schedule()
        ids = request.job_ids or schedule["recent"][::-1][: request.limit]
        begun = {job.id: job for job in await self._jobs(ids, handling.now)}
        waiting = {job_id: waiting_view(job_id, entry) for job_id, entry in queue.not_heard_of(schedule)}
        return SynchJobPage(
            jobs=[(begun.get(job_id) or waiting[job_id]) for job_id in ids if job_id in begun | waiting]
        )

    async def list_synch_job_errors(self, request: ListSynchJobErrors, handling: Handling) -> SynchJobErrorPage:
        """Failed and skipped records of a job, a page at a time."""
        rows = await self.documents.errors.find({"job_id": request.job_id}, after=request.after, limit=request.limit)
        unknown = not rows and not await self._is_known(request.job_id)
        return SynchJobErrorPage(
            errors=[SynchJobError.model_validate(row.data["error"]) for row in rows],
            next_after=rows[-1].id if len(rows) == request.limit else "",
            failures=[review.refused("job.unknown", f"There is no job {request.job_id}.")] if unknown else [],
        )

    # Shared steps ---------------------------------------------------------------------------------------------

    async def _connection(self) -> ConnectionView:
        return ConnectionView.model_validate(await state_of(self.documents.setup, CONNECTION_ID) or {})

    async def _take_todays_rate(self, handling: Handling) -> None:
        """Full runs compute exchange rates from the rate that the base currency has when they are started. Runs over
        what was modified keep to it, since they leave the other currencies as they are.

        The registry is told every time what is kept here, so that it knows although an earlier start was cut off.
        """
        known = await self._connection()
        rate = await todays_base_rate(self.requester, known, self.deadline)
        if not rate:
            return

        def keep(state: State) -> tuple[State | None, Sequence[Message], MappingContext]:
            view = ConnectionView.model_validate(state or {})
            if view.context.company_id != known.context.company_id or view.context.base_currency_rate == rate:
                return None, (), view.context
            context = view.context.model_copy(update={"base_currency_rate": rate})
            return view.model_copy(update={"context": context}).model_dump(mode="json"), (), context

        context = await change(self.documents.setup, CONNECTION_ID, keep, handling)
        refusal = await tell_registry(self.requester, context, self.deadline)
        if refusal is not None:
            log.warning("base_rate.not_told", code=refusal.code)

    async def _schedule(self) -> Schedule:
        state = await state_of(self.documents.schedule, SCHEDULE_ID)
        return schedule_of(state)

    async def _change(
        self,
        decide: Callable[[Schedule], tuple[Schedule | None, Sequence[Message], ResultT]],
        handling: Handling,
    ) -> ResultT:
        def changed(state: State) -> tuple[State, Sequence[Message], ResultT]:
            schedule = schedule_of(state)
            new, messages, result = decide(schedule)
            return cast("State", new), messages, result

        return await change(self.documents.schedule, SCHEDULE_ID, changed, handling)

    async def _queue(self, enqueue: Callable[[Schedule], tuple[Schedule, ResultT]], handling: Handling) -> ResultT:
        """Add jobs to the queue, and start those that may start."""

        def decide(schedule: Schedule) -> tuple[Schedule, Sequence[Message], ResultT]:
            queued, result = enqueue(schedule)
            changed, commands = review.advance(queued, handling.now)
            return changed, commands, result

        return await self._change(decide, handling)

    async def _amend(self, amend: Callable[[Schedule], Schedule | Failure], handling: Handling) -> Failure | None:
        """Change the schedule, or say why not."""

        def decide(schedule: Schedule) -> tuple[Schedule | None, Sequence[Message], Failure | None]:
            outcome = amend(schedule)
            return (None, (), outcome) if isinstance(outcome, Failure) else (outcome, (), None)

        return await self._change(decide, handling)

    async def _regenerate(
        self, handling: Handling, prepare: Callable[[Schedule], Schedule | Failure] = _as_it_is, *, restarted: str = ""
    ) -> ReviewView:
        """Count what is blank once the schedule is ``prepare``d, and recommend. A line that is ``restarted`` is counted
        alone, and started: what its review has written so far says nothing about the others.

        All of it is one change: whoever does not answer, and whatever comes between, the review is as it was or new.
        """
        if restarted:
            prepare = partial(review.blank_line, name=restarted)
        connection = await self._connection()
        if not connection.enabled:
            return ReviewView(failures=[NOT_ENABLED])
        before = prepare(await self._schedule())
        if isinstance(before, Failure):
            return await self._refused(handling, before)
        listed = await list_mappings(self.requester, self.deadline)
        if listed.failures:
            return await self._refused(handling, *listed.failures)
        wanted = [mapping for mapping in review.uncounted(before, listed.mappings) if restarted in ("", mapping.name)]
        counted = await count_all(self.requester, wanted, connection.context, self.deadline)

        def decide(schedule: Schedule) -> tuple[Schedule | None, Sequence[Message], Schedule | Failure]:
            prepared = prepare(schedule)
            if isinstance(prepared, Failure):
                return None, (), prepared
            cause, now = handling.message_id, handling.now
            changed = review.generate(prepared, listed.mappings, counted.censuses, counted.failures, cause)
            started, commands = review.start(changed, cause, now) if restarted else (changed, [])
            return started, commands, started

        outcome = await self._change(decide, handling)
        if isinstance(outcome, Failure):
            return await self._refused(handling, outcome)
        return await self._view(outcome, handling.now)

    async def _mappings(self, names: Sequence[str]) -> tuple[list[MappingView], list[Failure]]:
        """The mappings of these names (none: all), or why they cannot be synchronized."""
        if not (await self._connection()).enabled:
            return [], [NOT_ENABLED]
        listed = await list_mappings(self.requester, self.deadline)
        known = {mapping.name: mapping for mapping in listed.mappings}
        unknown = [name for name in names if name not in known]
        failures = listed.failures or [
            review.refused("mapping.unknown", f"There is no enabled mapping {name}.") for name in unknown
        ]
        return [known[name] for name in names or known if name in known], list(failures)

    async def _jobs(self, ids: Sequence[str], now: datetime) -> list[SynchJobView]:
        found = await self.documents.jobs.get_many(ids)
        return [job_view(found[job_id].data, now) for job_id in ids if job_id in found]

    async def _is_known(self, job_id: str) -> bool:
        """Whether there is or will be such a job."""
        if await self.documents.jobs.get(job_id) is not None:
            return True
        return any(job_id == known for known, _ in queue.not_heard_of(await self._schedule()))

    async def _view(self, schedule: Schedule, now: datetime) -> ReviewView:
        return review.review_view(schedule, await self._jobs(list(schedule["running"].values()), now))

    async def _refused(self, handling: Handling, *failures: Failure) -> ReviewView:
        view = await self._view(await self._schedule(), handling.now)
        return view.model_copy(update={"failures": [*view.failures, *failures]})
