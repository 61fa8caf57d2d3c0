"""The watch over deadlines: it looks after overdue jobs, and not while a remote service rests."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from libs.contracts.jobs import CheckDeadlines, EnvironmentThrottled
from libs.contracts.vocabulary import System
from libs.messaging.encoding import to_message
from libs.messaging.ports import Addressed
from libs.messaging.posting import Sender
from libs.store.ports import Document
from libs.store.sqlite import SqliteStore
from libs.testing.clock import FrozenClock
from services.orchestrator.documents import Documents, open_documents
from services.orchestrator.domain import job as jobs
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.handlers import on_environment_throttled
from services.orchestrator.overdue import check_once
from tests.unit.orchestrator.builders import a_start

PACE = Pace(read_deadline=100.0)


class Outbox:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[CheckDeadlines] = []

    async def publish(self, envelopes: list[Addressed]) -> None:
        self.sent.extend(to_message(envelope) for _, _, envelope in envelopes)  # type: ignore[misc]


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[Documents]:
    async with SqliteStore(tmp_path / "orchestrator.db").connect() as store:
        yield await open_documents(store)


async def look(documents: Documents, clock: FrozenClock) -> list[CheckDeadlines]:
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
