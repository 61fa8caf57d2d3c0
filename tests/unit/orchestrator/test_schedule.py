"""One job per mapping at a time, in the order of the dependencies; watermarks move when a pass is over."""

from datetime import timedelta
from uuid import uuid5

from libs.contracts.vocabulary import Direction, JobStatus, RunKind, System
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.schedule_document import Schedule, nothing_scheduled
from tests.unit.orchestrator.builders import CAUSE, NOW, a_finished_job, a_mapping

CURRENCY = a_mapping("CURRENCY")
CUSTOMER = a_mapping("CUSTOMER", prerequisites=["CURRENCY", "VENDOR"])
CONTACT = a_mapping("CONTACT", prerequisites=["CUSTOMER"])


def queued(*mappings: object) -> tuple[Schedule, dict[str, str]]:
    return queue.synchronize_modified(nothing_scheduled(), mappings, CAUSE)  # type: ignore[arg-type]


def over(schedule: Schedule, job_id: str, mapping: str, status: JobStatus = JobStatus.FINISHED) -> Schedule:
    released = queue.release(schedule, a_finished_job(job_id, mapping, status))
    assert released is not None
    return released


def test_modified_runs_follow_each_other_in_dependency_order() -> None:
    schedule, ids = queued(CONTACT, CUSTOMER, CURRENCY)
    order = []
    for _ in range(3):
        schedule, commands = queue.dispatch(schedule, NOW)
        order.extend(command.mapping.name for command in commands)
        assert queue.dispatch(schedule, NOW)[1] == []
        schedule = over(schedule, commands[0].job_id, commands[0].mapping.name)

    assert order == ["CURRENCY", "CUSTOMER", "CONTACT"]
    assert set(ids) == {"CURRENCY", "CUSTOMER", "CONTACT"}
    assert schedule["waiting"] == schedule["running"] == {}


def test_a_modified_run_goes_on_after_one_before_it_ended_in_error() -> None:
    schedule, ids = queued(CUSTOMER, CURRENCY)
    schedule, _ = queue.dispatch(schedule, NOW)

    _, commands = queue.dispatch(over(schedule, ids["CURRENCY"], "CURRENCY", JobStatus.ERROR), NOW)

    assert [command.mapping.name for command in commands] == ["CUSTOMER"]


def test_a_mapping_has_one_job_at_a_time() -> None:
    schedule, first = queue.couple(nothing_scheduled(), CURRENCY, "email", CAUSE)
    schedule, _ = queue.dispatch(schedule, NOW)
    schedule, ids = queue.synchronize_modified(schedule, [CURRENCY], uuid5(CAUSE, "later"))

    schedule, commands = queue.dispatch(schedule, NOW)
    assert commands == []

    _, commands = queue.dispatch(over(schedule, first, "CURRENCY"), NOW)
    assert [command.job_id for command in commands] == [ids["CURRENCY"]]


def test_a_mapping_that_waits_for_a_modified_run_gets_no_second_one() -> None:
    schedule, ids = queued(CUSTOMER, CURRENCY)

    again, same = queue.synchronize_modified(schedule, [CUSTOMER], uuid5(CAUSE, "later"))

    assert same == {"CUSTOMER": ids["CUSTOMER"]}
    assert again == schedule


def test_a_start_that_was_not_heard_in_time_is_told_again_as_it_was_until_the_job_is_over() -> None:
    schedule, ids = queued(CURRENCY)
    schedule, commands = queue.dispatch(schedule, NOW)
    later = NOW + timedelta(seconds=31)

    assert queue.unheard_of(schedule, (), NOW + timedelta(seconds=29), 30) == []
    assert queue.unheard_of(schedule, (), later, 30) == commands
    assert queue.unheard_of(schedule, set(ids.values()), later, 30) == []
    assert queue.unheard_of(over(schedule, ids["CURRENCY"], "CURRENCY"), (), later, 30) == []


def test_a_job_that_is_over_twice_is_over_once() -> None:
    schedule, ids = queued(CURRENCY)
    schedule, _ = queue.dispatch(schedule, NOW)
    schedule = over(schedule, ids["CURRENCY"], "CURRENCY")

    assert queue.release(schedule, a_finished_job(ids["CURRENCY"], "CURRENCY")) is None


def test_the_watermarks_of_a_full_run_are_used_by_the_next_modified_run() -> None:
    schedule: Schedule = {**nothing_scheduled(), "running": {"CURRENCY": "full"}}
    job = a_finished_job("full", "CURRENCY", watermark="42")
    released = queue.release(schedule, job)
    assert released is not None

    schedule, _ = queue.synchronize_modified(released, [CURRENCY], CAUSE)
    _, [command] = queue.dispatch(schedule, NOW)

    assert command.watermarks == {System.FINANCIALS: "42"}


def test_a_pass_in_error_and_a_coupling_run_leave_the_watermarks_alone() -> None:
    schedule: Schedule = {
        **nothing_scheduled(),
        "running": {"CURRENCY": "job"},
        "watermarks": {"CURRENCY": {"financials": "1", "sales": "2"}},
    }

    failed = queue.release(schedule, a_finished_job("job", "CURRENCY", JobStatus.ERROR, watermark="9"))
    coupled = queue.release(schedule, a_finished_job("job", "CURRENCY", run=RunKind.COUPLING, watermark="9"))
    pulled = queue.release(schedule, a_finished_job("job", "CURRENCY", direction=Direction.FROM_SALES, watermark="9"))

    assert failed and failed["watermarks"] == schedule["watermarks"]
    assert coupled and coupled["watermarks"] == schedule["watermarks"]
    assert pulled and pulled["watermarks"] == {"CURRENCY": {"financials": "1", "sales": "9"}}


def test_the_list_of_newest_jobs_does_not_grow_for_ever() -> None:
    schedule = nothing_scheduled()
    for number in range(queue.REMEMBERED + 50):
        schedule, _ = queue.synchronize_modified(schedule, [CURRENCY], uuid5(CAUSE, str(number)))
        schedule, commands = queue.dispatch(schedule, NOW)
        schedule = over(schedule, commands[0].job_id, "CURRENCY")

    assert len(schedule["recent"]) == queue.REMEMBERED


def test_watermarks_and_retries_belong_to_the_tenants_that_they_were_taken_at() -> None:
    first: Schedule = {
        **nothing_scheduled(),
        "watermarks": {"CURRENCY": {"financials": "1"}},
        "retries": {"CURRENCY": {"financials": ["a"]}},
    }
    adopted = queue.of_tenants(first, "company", "organization")
    assert isinstance(adopted, dict) and adopted["watermarks"] == first["watermarks"], "an older installation's"

    elsewhere = queue.of_tenants(adopted, "company", "another organization")
    assert isinstance(elsewhere, dict)
    assert (elsewhere["watermarks"], elsewhere["retries"]) == ({}, {})

    back = queue.of_tenants(elsewhere, "company", "organization")
    assert isinstance(back, dict)
    assert (back["watermarks"], back["retries"]) == (first["watermarks"], first["retries"])
    assert queue.of_tenants(back, "company", "organization") is back


def test_a_modified_run_that_waits_already_follows_those_that_are_queued_with_it():
    customer = a_mapping("CUSTOMER", prerequisites=["CURRENCY"])
    busy: Schedule = {**nothing_scheduled(), "running": {"CUSTOMER": "full"}}
    alone, first = queue.synchronize_modified(busy, [customer], CAUSE)
    both, ids = queue.synchronize_modified(alone, [CURRENCY, customer], uuid5(CAUSE, "later"))
    assert ids["CUSTOMER"] == first["CUSTOMER"]
    assert both["waiting"][ids["CUSTOMER"]]["after"] == [ids["CURRENCY"]]


def test_it_is_not_put_off_for_ever_by_ever_new_runs_of_those_that_it_follows():
    customer = a_mapping("CUSTOMER", prerequisites=["CURRENCY"])
    busy: Schedule = {**nothing_scheduled(), "running": {"CUSTOMER": "full"}}
    schedule, ids = queue.synchronize_modified(busy, [CURRENCY, customer], CAUSE)
    schedule, _ = queue.dispatch(schedule, NOW)
    for number in range(3):
        schedule, _ = queue.synchronize_modified(schedule, [CURRENCY, customer], uuid5(CAUSE, str(number)))
    assert schedule["waiting"][ids["CUSTOMER"]]["after"] == [ids["CURRENCY"]]
