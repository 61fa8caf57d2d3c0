"""What the orchestrator handles and answers.

Jobs are keepers: one document a job, changed by one pure function per message. The schedule (with the review) is
another; a finished job changes it, and so do the questions that start, restart or reset.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.jobs import (
    CancelSynchJob,
    CheckDeadlines,
    ChooseRecommendation,
    CoupleSalespeople,
    EnvironmentThrottled,
    GenerateReview,
    GetReview,
    JobsStarted,
    ListSynchJobErrors,
    ListSynchJobs,
    PageAbandoned,
    QueueSynchJob,
    ResetReview,
    RestartReviewLine,
    ReviewView,
    StartReview,
    StartSynchJob,
    SynchJobErrorPage,
    SynchJobFinished,
    SynchJobPage,
    SynchJobView,
    SynchronizeModified,
)
from libs.contracts.message import Message
from libs.contracts.pages import PageRead, PageSynchronized
from libs.contracts.setup import ConnectionView, EnableConnection, FinancialsCompany, GetConnection, MappingView
from libs.messaging.handling import Answers, Handling, Keeper, Result, Routes
from libs.messaging.ports import Outgoing, Requester
from libs.store.ports import Document
from services.orchestrator.connecting import make_connection
from services.orchestrator.counting import count_all, list_mappings
from services.orchestrator.documents import (
    CONNECTION_ID,
    PAUSES_ID,
    SCHEDULE_ID,
    Documents,
    change,
    state_of,
)
from services.orchestrator.domain import job as jobs
from services.orchestrator.domain import review
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.dependencies import circle
from services.orchestrator.domain.job import Decision, Job, Step
from services.orchestrator.domain.schedule import Schedule
from services.orchestrator.domain.views import job_view

NOT_ENABLED = Failure(
    code="connection.not_enabled", message="The connection is not enabled; check both tenants and enable it first."
)
NO_REVIEW = Failure(code="review.missing", message="There is no review yet; generate it first.")

ResultT = TypeVar("ResultT")
State = Mapping[str, Any] | None


def routes(documents: Documents, pace: Pace) -> Routes:
    """Commands and events, and who handles them."""

    def keeper(key: Callable[[Any], str], decide: Callable[[Job | None, Any, datetime], Decision]) -> Keeper:
        return Keeper(documents.jobs, key, _job_decision(decide))

    async def throttled(event: EnvironmentThrottled, handling: Handling) -> list[Result]:
        return await on_environment_throttled(documents, event)

    async def write_errors(event: PageSynchronized, handling: Handling) -> None:
        await documents.errors.put_many(error_rows(event))

    return {
        StartSynchJob: keeper(lambda m: str(m.job_id), lambda job, m, now: jobs.start(job, m, now, pace)),
        CancelSynchJob: keeper(lambda m: str(m.job_id), lambda job, m, now: jobs.cancel(job, m.job_id, now)),
        CheckDeadlines: keeper(lambda m: str(m.job_id), lambda job, m, now: check_deadlines(job, m, now, pace)),
        PageRead: keeper(lambda m: str(m.page.job_id), lambda job, m, now: jobs.on_page_read(job, m, now, pace)),
        PageSynchronized: Keeper(
            documents.jobs,
            lambda m: str(m.page.job_id),
            _job_decision(lambda job, m, now: jobs.on_page_synchronized(job, m, now, pace)),
            before=write_errors,
        ),
        PageAbandoned: keeper(lambda m: str(m.job_id), jobs.on_abandoned),
        SynchJobFinished: Keeper(documents.schedule, lambda _: SCHEDULE_ID, on_synch_job_finished),
        QueueSynchJob: Keeper(documents.schedule, lambda _: SCHEDULE_ID, on_queue_synch_job),
        EnvironmentThrottled: throttled,
    }


def answers(documents: Documents, requester: Requester, *, deadline: float) -> Answers:
    """Questions, and who answers them."""
    desk = Desk(documents, requester, deadline)
    return {
        EnableConnection: desk.enable_connection,
        GetConnection: desk.get_connection,
        GenerateReview: desk.generate_review,
        GetReview: desk.get_review,
        StartReview: desk.start_review,
        RestartReviewLine: desk.restart_review_line,
        ResetReview: desk.reset_review,
        ChooseRecommendation: desk.choose_recommendation,
        SynchronizeModified: desk.synchronize_modified,
        CoupleSalespeople: desk.couple_salespeople,
        ListSynchJobs: desk.list_synch_jobs,
        ListSynchJobErrors: desk.list_synch_job_errors,
    }


# Commands and events ----------------------------------------------------------------------------------------------


def check_deadlines(job: Job | None, command: CheckDeadlines, now: datetime, pace: Pace) -> Decision:
    """Send overdue steps again."""
    return jobs.check_deadlines(job, now, pace, quiet_until=moment(command.quiet_until))


def on_synch_job_finished(state: State, event: SynchJobFinished, handling: Handling) -> tuple[State, Sequence[Result]]:
    """Stamp the review line, free the mapping, start what waited."""
    schedule = cast("Schedule", state) if state else queue.nothing_scheduled()
    changed, commands = review.on_job_finished(
        schedule, event.job, handling.message_id, handling.now, event.failed, partial=event.partial
    )
    return cast("State", changed), commands


def on_queue_synch_job(state: State, command: QueueSynchJob, handling: Handling) -> tuple[State, Sequence[Result]]:
    """Queue a run of chosen records behind whatever its mapping is doing."""
    schedule = cast("Schedule", state) if state else queue.nothing_scheduled()
    queued = queue.queue_chosen(schedule, command)
    if queued is schedule:
        return None, ()
    changed, commands = review.advance(queued, handling.message_id, handling.now)
    return cast("State", changed), commands


async def on_environment_throttled(documents: Documents, event: EnvironmentThrottled) -> list[Result]:
    """Remember until when a remote service rests; deadlines stand still until then."""
    known = dict(await state_of(documents.setup, PAUSES_ID) or {})
    if moment(event.until) > moment(known.get(event.system.value, "")):
        # Written without a version: two at once lose at most one of two pauses, and the next event repeats it.
        await documents.setup.put_many([Document(PAUSES_ID, {**known, event.system.value: event.until})])
    return []


def error_rows(event: PageSynchronized) -> list[Document]:
    """Failed and skipped records as rows of their own. A record has one row per job and direction."""
    key = event.page
    return [
        Document(
            f"{key.job_id}:{key.direction}:{error.source_id or f'{key.page}.{key.split}.{index}'}",
            {"job_id": key.job_id, "error": error.model_dump(mode="json")},
        )
        for index, error in enumerate(event.errors)
    ]


def moment(text: str) -> float:
    """An ISO 8601 moment as seconds since 1970; 0 for none."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def _job_decision(
    decide: Callable[[Job | None, Any, datetime], Decision],
) -> Callable[[State, Any, Handling], tuple[State, Sequence[Result]]]:
    def decision(state: State, message: Any, handling: Handling) -> tuple[State, Sequence[Result]]:
        job, effects = decide(cast("Job | None", state), message, handling.now)
        results = [Outgoing(effect.message, id=effect.id) if isinstance(effect, Step) else effect for effect in effects]
        return cast("State", job), results

    return decision


def remembered(known: ConnectionView, made: ConnectionView) -> ConnectionView:
    """What to keep of a new check: a connection that worked is not given up because a tenant is away for a moment, or
    because it must not be exchanged for another one yet."""
    if any(failure.code == queue.JOBS_UNDER_WAY for failure in made.failures):
        return known.model_copy(update={"failures": made.failures})
    if known.company is not None and made.company is not None and known.company.id != made.company.id:
        return made
    passing = made.failures and all(failure.transient for failure in made.failures)
    return known.model_copy(update={"failures": made.failures}) if known.enabled and passing else made


# Questions --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """Answers what people ask."""

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
        return await self._regenerate(handling, start=False)

    async def get_review(self, request: GetReview, handling: Handling) -> ReviewView:
        return await self._view(await self._schedule(), handling.now)

    async def start_review(self, request: StartReview, handling: Handling) -> ReviewView:
        """Start every line that may start."""
        if not (await self._connection()).enabled:
            return ReviewView(failures=[NOT_ENABLED])
        if (await self._schedule())["review"] is None:
            return ReviewView(failures=[NO_REVIEW])

        def decide(schedule: Schedule) -> tuple[Schedule, Sequence[Message], Schedule]:
            changed, commands = review.start(schedule, handling.message_id, handling.now)
            return changed, commands, changed

        return await self._view(await self._change(decide, handling), handling.now)

    async def restart_review_line(self, request: RestartReviewLine, handling: Handling) -> ReviewView:
        """Blank a line that is over, count it anew and start."""
        refusal = await self._amend(lambda schedule: review.blank_line(schedule, request.mapping), handling)
        if refusal is not None:
            return await self._refused(refusal, handling)
        return await self._regenerate(handling, start=True)

    async def reset_review(self, request: ResetReview, handling: Handling) -> ReviewView:
        """Forget all lines and recommend anew."""
        refusal = await self._amend(review.forget, handling)
        if refusal is not None:
            return await self._refused(refusal, handling)
        return await self._regenerate(handling, start=False)

    async def choose_recommendation(self, request: ChooseRecommendation, handling: Handling) -> ReviewView:
        """Override the recommendation of a blank line."""
        refusal = await self._amend(
            lambda schedule: review.choose(schedule, request.mapping, request.recommendation), handling
        )
        if refusal is not None:
            return await self._refused(refusal, handling)
        return await self._view(await self._schedule(), handling.now)

    async def synchronize_modified(self, request: SynchronizeModified, handling: Handling) -> JobsStarted:
        """Queue a modified run per mapping and start those that may start."""
        mappings, failures = await self._mappings(request.mappings)
        stuck = circle({mapping.name: mapping.prerequisites for mapping in mappings})
        if stuck:
            failures.append(review.refused("mappings.circle", stuck))
        if failures:
            return JobsStarted(failures=failures)

        def decide(schedule: Schedule) -> tuple[Schedule, Sequence[Message], dict[str, str]]:
            queued, ids = queue.synchronize_modified(schedule, mappings, handling.message_id)
            changed, commands = review.advance(queued, handling.message_id, handling.now)
            return changed, commands, ids

        return JobsStarted(job_ids=await self._change(decide, handling))

    async def couple_salespeople(self, request: CoupleSalespeople, handling: Handling) -> JobsStarted:
        """Queue a coupling run of salespeople by e-mail address."""
        mappings, failures = await self._mappings(["SALESPEOPLE"])
        if failures:
            return JobsStarted(failures=failures)

        def decide(schedule: Schedule) -> tuple[Schedule, Sequence[Message], str]:
            queued, job_id = queue.couple(schedule, mappings[0], "email", handling.message_id)
            changed, commands = review.advance(queued, handling.message_id, handling.now)
            return changed, commands, job_id

        return JobsStarted(job_ids={mappings[0].name: await self._change(decide, handling)})

    async def list_synch_jobs(self, request: ListSynchJobs, handling: Handling) -> SynchJobPage:
        """Jobs by id, or the newest first. Those that still wait their turn are not jobs yet."""
        ids = request.job_ids or (await self._schedule())["recent"][::-1][: request.limit]
        return SynchJobPage(jobs=await self._jobs(ids, handling.now))

    async def list_synch_job_errors(self, request: ListSynchJobErrors, handling: Handling) -> SynchJobErrorPage:
        """Failed and skipped records of a job, a page at a time."""
        rows = await self.documents.errors.find({"job_id": request.job_id}, after=request.after, limit=request.limit)
        return SynchJobErrorPage(
            errors=[SynchJobError.model_validate(row.data["error"]) for row in rows],
            next_after=rows[-1].id if len(rows) == request.limit else "",
        )

    # Shared steps ---------------------------------------------------------------------------------------------

    async def _connection(self) -> ConnectionView:
        return ConnectionView.model_validate(await state_of(self.documents.setup, CONNECTION_ID) or {})

    async def _schedule(self) -> Schedule:
        state = await state_of(self.documents.schedule, SCHEDULE_ID)
        return cast("Schedule", state) if state else queue.nothing_scheduled()

    async def _change(
        self,
        decide: Callable[[Schedule], tuple[Schedule | None, Sequence[Message], ResultT]],
        handling: Handling,
    ) -> ResultT:
        def changed(state: State) -> tuple[State, Sequence[Message], ResultT]:
            schedule = cast("Schedule", state) if state else queue.nothing_scheduled()
            new, messages, result = decide(schedule)
            return cast("State", new), messages, result

        return await change(self.documents.schedule, SCHEDULE_ID, changed, handling)

    async def _amend(self, amend: Callable[[Schedule], Schedule | Failure], handling: Handling) -> Failure | None:
        """Change the schedule, or say why not."""

        def decide(schedule: Schedule) -> tuple[Schedule | None, Sequence[Message], Failure | None]:
            outcome = amend(schedule)
            return (None, (), outcome) if isinstance(outcome, Failure) else (outcome, (), None)

        return await self._change(decide, handling)

    async def _regenerate(self, handling: Handling, *, start: bool) -> ReviewView:
        connection = await self._connection()
        if not connection.enabled:
            return ReviewView(failures=[NOT_ENABLED])
        listed = await list_mappings(self.requester, self.deadline)
        before = (await self._schedule())["review"]
        lines = before["lines"] if before else {}
        blank = [m for m in listed.mappings if m.name not in lines or lines[m.name]["status"] == review.BLANK]
        counted = await count_all(self.requester, blank, connection.context, self.deadline)
        failures = [*listed.failures, *counted.failures]

        def decide(schedule: Schedule) -> tuple[Schedule, Sequence[Message], Schedule]:
            changed = review.generate(schedule, listed.mappings, counted.censuses, failures, handling.message_id)
            if not start:
                return changed, (), changed
            started, commands = review.start(changed, handling.message_id, handling.now)
            return started, commands, started

        return await self._view(await self._change(decide, handling), handling.now)

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

    async def _view(self, schedule: Schedule, now: datetime) -> ReviewView:
        return review.review_view(schedule, await self._jobs(list(schedule["running"].values()), now))

    async def _refused(self, failure: Failure, handling: Handling) -> ReviewView:
        view = await self._view(await self._schedule(), handling.now)
        return view.model_copy(update={"failures": [*view.failures, failure]})
