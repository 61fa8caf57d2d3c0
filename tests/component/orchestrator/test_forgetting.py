"""Jobs that have been over for long are forgotten with their errors; what is still shown or under way stays."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.failures import Failure
from libs.store.ports import Document
from libs.store.sqlite import SqliteStore
from libs.testing.clock import FrozenClock
from services.orchestrator.documents import SCHEDULE_ID, Documents, open_documents
from services.orchestrator.domain import job as jobs
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.schedule_document import nothing_scheduled
from services.orchestrator.forgetting import forget_once
from tests.unit.orchestrator.builders import a_start

DAY = 24 * 3600.0


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[Documents]:
    async with SqliteStore(tmp_path / "orchestrator.db").connect() as store:
        yield await open_documents(store)


async def save_a_job(documents: Documents, clock: FrozenClock, job_id: str, *, over: bool = True) -> None:
    job, _ = jobs.start(None, a_start(job_id=job_id), clock.now(), Pace())
    if over:
        job, _ = jobs.fail(job, Failure(code="x", message="x"), clock.now())
    assert job is not None
    await documents.jobs.save(Document(job_id, job))  # type: ignore[arg-type]
    error: dict[str, Any] = {"job_id": job_id, "error": {}}
    await documents.errors.put_many([Document(f"{job_id}:{number}", error) for number in range(3)])


async def left(documents: Documents, *job_ids: str) -> tuple[list[str], list[int]]:
    found = await documents.jobs.get_many(job_ids)
    return sorted(found), [await documents.errors.count({"job_id": job_id}) for job_id in job_ids]


async def test_a_job_and_its_errors_are_forgotten_after_the_days_that_they_are_kept(documents: Documents) -> None:
    clock = FrozenClock()
    await save_a_job(documents, clock, "old")
    clock.advance(20 * DAY)
    await save_a_job(documents, clock, "new")

    clock.advance(10 * DAY)
    await forget_once(documents, clock, 30)
    assert await left(documents, "new", "old") == (["new", "old"], [3, 3])

    clock.advance(1 * DAY)
    await forget_once(documents, clock, 30)
    assert await left(documents, "new", "old") == (["new"], [3, 0])


async def test_a_job_that_is_under_way_or_cancelled_before_it_began_is_no_exception_by_mistake(
    documents: Documents,
) -> None:
    clock = FrozenClock()
    await save_a_job(documents, clock, "under way", over=False)
    never, _ = jobs.cancel(None, "never", clock.now())
    await documents.jobs.save(Document("never", never))  # type: ignore[arg-type]

    clock.advance(40 * DAY)
    await forget_once(documents, clock, 30)

    assert await left(documents, "under way", "never") == (["under way"], [3, 0])


async def test_what_the_review_shows_or_a_mapping_is_occupied_by_stays(documents: Documents) -> None:
    clock = FrozenClock()
    for job_id in ("shown", "occupying", "other"):
        await save_a_job(documents, clock, job_id)
    review: Any = {"id": "r", "lines": {"CUSTOMER": {"job_id": "shown"}}, "failures": [], "started": "", "finished": ""}
    schedule = {**nothing_scheduled(), "review": review, "running": {"CONTACT": "occupying"}}
    await documents.schedule.save(Document(SCHEDULE_ID, schedule))

    clock.advance(40 * DAY)
    await forget_once(documents, clock, 30)

    assert await left(documents, "shown", "occupying", "other") == (["occupying", "shown"], [3, 3, 0])


async def test_more_jobs_than_are_looked_at_in_one_go_are_forgotten_all_the_same(documents: Documents) -> None:
    clock = FrozenClock()
    job, _ = jobs.cancel(None, "never", clock.now())
    await documents.jobs.put_many([Document(f"job-{number:04}", job) for number in range(1100)])  # type: ignore[arg-type]

    clock.advance(40 * DAY)
    await forget_once(documents, clock, 30)

    assert await documents.jobs.find({"stage": "cancelled"}) == []
