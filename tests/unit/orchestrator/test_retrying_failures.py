"""What failed is tried again by the next run over modified records, which would not read it otherwise."""

from typing import Any

import pytest

from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.jobs import SynchJobFinished
from libs.contracts.pages import PageSynchronized
from libs.contracts.vocabulary import JobStatus, RunKind, System
from services.orchestrator.domain import job as jobs
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.schedule_document import Schedule, nothing_scheduled
from tests.unit.orchestrator.builders import CAUSE, NOW, a_finished_job, a_key, a_mapping, a_read, a_settled, a_start

PACE = Pace()
BOOKS = System.FINANCIALS


def a_failure(source_id: str, **changes: Any) -> SynchJobError:
    known = {"action": "fail", "mapping": "CUSTOMER", "direction": "to_sales", "source_id": source_id, "coupled": True}
    return SynchJobError(failure=Failure(code="x", message="x"), **{**known, **changes})


def finish(*errors: SynchJobError) -> SynchJobFinished:
    """The end of a job whose one page had these errors."""
    job, _ = jobs.start(None, a_start(), NOW, PACE)
    job, _ = jobs.on_page_read(job, a_read(a_key(), watermark="5"), NOW, PACE)
    settled = a_settled(a_key(), failed=len(errors)).model_copy(update={"errors": list(errors)})
    assert isinstance(settled, PageSynchronized)
    _, effects = jobs.on_page_synchronized(job, settled, NOW, PACE)
    [event] = effects
    assert isinstance(event, SynchJobFinished)
    return event


def test_coupled_records_that_failed_are_named_when_the_job_is_over():
    event = finish(
        a_failure("b"),
        a_failure("a"),
        a_failure("new", coupled=False),
        a_failure("left out", action="skip"),
        a_failure("of another table", mapping="CONTACT"),
    )
    assert event.failed == {BOOKS: ["a", "b"]}


def test_too_many_are_not_named():
    assert finish(*(a_failure(str(number)) for number in range(jobs.RETRIED_BY_NAME))).failed[BOOKS] is not None
    assert finish(*(a_failure(str(number)) for number in range(jobs.RETRIED_BY_NAME + 1))).failed == {BOOKS: None}


def test_a_modified_run_reads_them_on_its_first_page_only():
    start = a_start(run=RunKind.MODIFIED, watermarks={BOOKS: "5"}, retries={BOOKS: ["a"]})
    job, first = jobs.start(None, start, NOW, PACE)
    _, second = jobs.on_page_read(job, a_read(a_key(), next_cursor="more"), NOW, PACE)
    assert [step.message.read.also for step in (*first, *second) if isinstance(step, jobs.Step)] == [["a"], []]


def modified_run(schedule: Schedule) -> Any:
    queued, _ = queue.synchronize_modified(schedule, [a_mapping()], CAUSE)
    _, [command] = queue.dispatch(queued, NOW)
    return command


def released(failed: Any, status: JobStatus = JobStatus.FINISHED, schedule: Schedule | None = None) -> Any:
    running = {**(schedule or nothing_scheduled()), "running": {"CUSTOMER": "job"}}
    return queue.release(running, a_finished_job("job", "CUSTOMER", status, watermark="5"), failed)  # type: ignore[arg-type]


def test_the_schedule_hands_them_to_the_next_modified_run():
    command = modified_run(released({BOOKS: ["a"]}))
    assert (command.watermarks, command.retries) == ({BOOKS: "5"}, {BOOKS: ["a"]})


def test_where_they_are_too_many_the_next_modified_run_reads_everything():
    command = modified_run(released({BOOKS: None}))
    assert (command.watermarks, command.retries) == ({}, {})


@pytest.mark.parametrize(("failed", "left"), [({}, ["a"]), ({BOOKS: []}, []), ({BOOKS: ["b"]}, ["b"])])
def test_a_run_that_read_to_the_end_replaces_them_and_another_leaves_them(failed: Any, left: list[str]):
    status = JobStatus.FINISHED if failed else JobStatus.CANCELLED
    command = modified_run(released(failed, status, released({BOOKS: ["a"]})))
    assert command.retries.get(BOOKS, []) == left
