"""Skipped records are tried again by a modified run that is asked to."""

from typing import Any

from libs.contracts.vocabulary import Direction, RunKind, System
from services.orchestrator.domain import job as jobs
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.schedule_document import Schedule, nothing_scheduled
from tests.unit.orchestrator.builders import CAUSE, NOW, a_mapping, a_start

KNOWN: Schedule = {
    **nothing_scheduled(),
    "watermarks": {"CUSTOMER": {"financials": "5", "sales": "7"}},
    "retries": {"CUSTOMER": {"financials": ["failed"]}},
}


def command_for(skipped: dict[str, list[str] | None]) -> Any:
    queued, job_id = queue.retry_skipped(KNOWN, a_mapping(), skipped, CAUSE)
    _, [command] = queue.dispatch(queued, NOW)
    assert command.job_id == job_id
    return command


def test_it_reads_them_besides_what_changed_and_what_failed():
    command = command_for({"financials": ["a"], "sales": ["b"]})
    assert (command.run, command.retry_skipped) == (RunKind.MODIFIED, True)
    assert command.watermarks == {System.FINANCIALS: "5", System.SALES: "7"}
    assert command.retries == {System.FINANCIALS: ["a", "failed"], System.SALES: ["b"]}


def test_where_they_are_too_many_to_be_named_it_reads_that_side_whole():
    command = command_for({"financials": None})
    assert command.watermarks == {System.SALES: "7"}
    assert command.retries == {System.FINANCIALS: ["failed"]}


def test_its_pages_tell_the_registry():
    for asked in (True, False):
        start = a_start(a_mapping(direction=Direction.TO_SALES), run=RunKind.MODIFIED, retry_skipped=asked)
        _, steps = jobs.start(None, start, NOW, Pace())
        assert [step.message.retry_skipped for step in steps if isinstance(step, jobs.Step)] == [asked]
