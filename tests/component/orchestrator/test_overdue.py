"""The watch over deadlines: it looks after overdue jobs, not while a remote service rests, and after lost turns."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from libs.contracts.failures import Failure
from libs.contracts.jobs import CheckDeadlines, EnvironmentThrottled, StartSynchJob, SynchJobFinished
from libs.contracts.vocabulary import System
from libs.messaging.encoding import to_message
from libs.messaging.ports import Addressed
from libs.messaging.posting import Sender
from libs.store.ports import Document
from libs.store.sqlite import SqliteStore
from libs.testing.clock import FrozenClock
from services.orchestrator.documents import SCHEDULE_ID, Documents, open_documents
from services.orchestrator.domain import job as jobs
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.schedule_document import nothing_scheduled
from services.orchestrator.handlers import on_environment_throttled
from services.orchestrator.overdue import check_once
from tests.unit.orchestrator.builders import CAUSE, a_mapping, a_start

PACE = Pace(read_deadline=100.0)


class Outbox:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[CheckDeadlines | StartSynchJob] = []

    async def publish(self, envelopes: list[Addressed]) -> None:
        self.sent.extend(to_message(envelope) for _, _, envelope in envelopes)  # type: ignore[misc]


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[Documents]:
    async with SqliteStore(tmp_path / "orchestrator.db").connect() as store:
        yield await open_documents(store)


async def look(documents: Documents, clock: FrozenClock) -> list[CheckDeadlines | StartSynchJob]:
    outbox = Outbox()
    await check_once(documents, Sender("orchestrator", outbox, clock), clock, PACE)  # type: ignore[arg-type]
    return outbox.sent


async def save_a_running_job(documents: Documents, clock: FrozenClock) -> None:
    job, _ = jobs.start(None, a_start(), clock.now(), PACE)
    assert job is not None
    await documents.jobs.save(Document("job", job))  # type: ignore[arg-type]


async def test_a_job_is_looked_after_once_a_step_of_it_is_overdue(documents: Documents) -> None:
    clock = FrozenClock()
    await save_a_running_job(documents, clock)
    clock.advance(99)
    assert await look(documents, clock) == []

    clock.advance(2)

    assert await look(documents, clock) == [CheckDeadlines(job_id="job")]


async def test_deadlines_stand_still_until_the_longest_pause_is_over(documents: Documents) -> None:
    clock = FrozenClock()
    await save_a_running_job(documents, clock)
    until = (clock.now() + timedelta(seconds=300)).isoformat()
    await on_environment_throttled(documents, EnvironmentThrottled(system=System.SALES, until=until))
    earlier = (clock.now() + timedelta(seconds=60)).isoformat()
    await on_environment_throttled(documents, EnvironmentThrottled(system=System.SALES, until=earlier))
    await on_environment_throttled(documents, EnvironmentThrottled(system=System.FINANCIALS, until=earlier))

    clock.advance(399)
    assert await look(documents, clock) == []
    clock.advance(2)

    assert await look(documents, clock) == [CheckDeadlines(job_id="job", quiet_until=until)]


async def save_a_started_job(documents: Documents, clock: FrozenClock) -> StartSynchJob:
    """In the schedule; the job itself is not there yet."""
    schedule, _ = queue.synchronize_modified(nothing_scheduled(), [a_mapping()], CAUSE)
    schedule, [start] = queue.dispatch(schedule, clock.now())
    await documents.schedule.save(Document(SCHEDULE_ID, schedule))  # type: ignore[arg-type]
    return start


async def test_a_start_that_the_broker_lost_is_told_again(documents: Documents) -> None:
    clock = FrozenClock()
    start = await save_a_started_job(documents, clock)
    clock.advance(99)
    assert await look(documents, clock) == []

    clock.advance(2)

    assert await look(documents, clock) == [start]


async def test_a_job_cancelled_before_it_began_still_needs_its_start(documents: Documents) -> None:
    clock = FrozenClock()
    start = await save_a_started_job(documents, clock)
    cancelled, _ = jobs.cancel(None, start.job_id, clock.now())
    await documents.jobs.save(Document(start.job_id, cancelled))  # type: ignore[arg-type]

    clock.advance(101)

    assert await look(documents, clock) == [start]


async def test_an_end_that_the_broker_lost_is_told_again_and_frees_the_mapping(documents: Documents) -> None:
    clock = FrozenClock()
    start = await save_a_started_job(documents, clock)
    job, _ = jobs.start(None, start, clock.now(), PACE)
    over, [end] = jobs.fail(job, Failure(code="test", message="no more"), clock.now())  # type: ignore[arg-type]
    await documents.jobs.save(Document(start.job_id, over))  # type: ignore[arg-type]
    clock.advance(99)
    assert await look(documents, clock) == []

    clock.advance(2)

    assert await look(documents, clock) == [CheckDeadlines(job_id=start.job_id)]
    same, [again] = jobs.check_deadlines(over, clock.now(), PACE)
    assert (same, again) == (over, end)


async def test_once_the_schedule_knows_that_a_job_is_over_nobody_asks_again(documents: Documents) -> None:
    clock = FrozenClock()
    start = await save_a_started_job(documents, clock)
    job, _ = jobs.start(None, start, clock.now(), PACE)
    over, [end] = jobs.fail(job, Failure(code="test", message="no more"), clock.now())  # type: ignore[arg-type]
    await documents.jobs.save(Document(start.job_id, over))  # type: ignore[arg-type]
    found = await documents.schedule.get(SCHEDULE_ID)
    assert found is not None and isinstance(end, SynchJobFinished)
    released = queue.release(found.data, end.job)  # type: ignore[arg-type]
    await documents.schedule.save(Document(SCHEDULE_ID, released, found.version))  # type: ignore[arg-type]

    clock.advance(1000)

    assert await look(documents, clock) == []
