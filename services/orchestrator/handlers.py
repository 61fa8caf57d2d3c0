"""What the orchestrator handles and answers.

Jobs are keepers: one document a job, changed by one pure function per message. The schedule (with the review) is
another; a finished job changes it, and so do the questions that start, restart or reset.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from libs.contracts.jobs import (
    CancelSynchJob,
    CheckDeadlines,
    CoupleSalespeople,
    EnvironmentThrottled,
    ListSynchJobErrors,
    ListSynchJobs,
    PageAbandoned,
    QueueSynchJob,
    RetrySkipped,
    StartSynchJob,
    SynchJobFinished,
    SynchronizeModified,
)
from libs.contracts.pages import PageRead, PageSynchronized
from libs.contracts.review import (
    ChooseRecommendation,
    GenerateReview,
    GetReview,
    ResetReview,
    RestartReviewLine,
    StartReview,
)
from libs.contracts.setup import EnableConnection, GetConnection
from libs.messaging.handling import Answers, Handling, Keeper, Result, Routes
from libs.messaging.ports import Outgoing, Requester
from libs.store.ports import Document
from services.orchestrator.books import Books
from services.orchestrator.connection_desk import ConnectionDesk
from services.orchestrator.documents import (
    PAUSES_ID,
    SCHEDULE_ID,
    Documents,
    state_of,
)
from services.orchestrator.domain import job as jobs
from services.orchestrator.domain import review
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.deadlines import Pace, moment
from services.orchestrator.domain.job_document import Decision, Job, Step
from services.orchestrator.domain.schedule_document import schedule_of
from services.orchestrator.job_desk import JobDesk
from services.orchestrator.review_desk import ReviewDesk

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
    books = Books(documents, requester, deadline)
    connection_desk, job_desk = ConnectionDesk(books), JobDesk(books)
    review_desk = ReviewDesk(books, connection_desk)
    return {
        EnableConnection: connection_desk.enable_connection,
        GetConnection: connection_desk.get_connection,
        GenerateReview: review_desk.generate_review,
        GetReview: review_desk.get_review,
        StartReview: review_desk.start_review,
        RestartReviewLine: review_desk.restart_review_line,
        ResetReview: review_desk.reset_review,
        ChooseRecommendation: review_desk.choose_recommendation,
        SynchronizeModified: job_desk.synchronize_modified,
        RetrySkipped: job_desk.retry_skipped,
        CoupleSalespeople: job_desk.couple_salespeople,
        ListSynchJobs: job_desk.list_synch_jobs,
        ListSynchJobErrors: job_desk.list_synch_job_errors,
    }


def check_deadlines(job: Job | None, command: CheckDeadlines, now: datetime, pace: Pace) -> Decision:
    """Send overdue steps again."""
    return jobs.check_deadlines(job, now, pace, quiet_until=moment(command.quiet_until))


def on_synch_job_finished(state: State, event: SynchJobFinished, handling: Handling) -> tuple[State, Sequence[Result]]:
    """Stamp the review line, free the mapping, start what waited."""
    schedule = schedule_of(state)
    changed, commands = review.on_job_finished(
        schedule, event.job, handling.message_id, handling.now, event.failed, partial=event.partial
    )
    return cast("State", changed), commands


def on_queue_synch_job(state: State, command: QueueSynchJob, handling: Handling) -> tuple[State, Sequence[Result]]:
    """Queue a run of chosen records behind whatever its mapping is doing."""
    schedule = schedule_of(state)
    queued = queue.queue_chosen(schedule, command)
    if queued is schedule:
        return None, ()
    changed, commands = review.advance(queued, handling.now)
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


def _job_decision(
    decide: Callable[[Job | None, Any, datetime], Decision],
) -> Callable[[State, Any, Handling], tuple[State, Sequence[Result]]]:
    def decision(state: State, message: Any, handling: Handling) -> tuple[State, Sequence[Result]]:
        job, effects = decide(cast("Job | None", state), message, handling.now)
        results = [Outgoing(effect.message, id=effect.id) if isinstance(effect, Step) else effect for effect in effects]
        return cast("State", job), results

    return decision
