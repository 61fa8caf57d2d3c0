"""The full-synchronization review: what may start, what finishes, what people may do."""

from collections.abc import Sequence
from uuid import UUID, uuid5

import pytest

from libs.contracts.failures import Failure
from libs.contracts.jobs import PassView, StartSynchJob, SynchJobView
from libs.contracts.pages import Counters
from libs.contracts.review import ReviewLine
from libs.contracts.setup import MappingView
from libs.contracts.vocabulary import Direction, JobStatus, Recommendation, RunKind
from services.orchestrator.domain import review
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.recommendation import Census
from services.orchestrator.domain.schedule_document import Schedule, nothing_scheduled
from tests.unit.orchestrator.builders import CAUSE, NOW, a_finished_job, a_mapping

MAPPINGS = [
    a_mapping("CONTACT", prerequisites=["CUSTOMER", "VENDOR"]),
    a_mapping("CUSTOMER", Direction.BIDIRECTIONAL, prerequisites=["CURRENCY", "PAYMENT TERMS"]),
    a_mapping("CURRENCY"),
    a_mapping("PAYMENT TERMS"),
]
FILLED = Census(financials=5, sales=0)
EMPTY = Census(financials=0, sales=0)
BOTH = Census(financials=5, sales=5)


def generated(
    mappings: Sequence[MappingView] = MAPPINGS,
    schedule: Schedule | None = None,
    cause: UUID = CAUSE,
    **censuses: Census,
) -> Schedule:
    counted = {mapping.name: censuses.get(mapping.name.replace(" ", "_"), FILLED) for mapping in mappings}
    return review.generate(schedule or nothing_scheduled(), mappings, counted, [], cause)


def names(commands: Sequence[StartSynchJob]) -> list[str]:
    return [command.mapping.name for command in commands]


def line(schedule: Schedule, name: str) -> ReviewLine:
    return next(line for line in review.review_view(schedule).lines if line.name == name)


def finish(
    schedule: Schedule, name: str, status: JobStatus = JobStatus.FINISHED
) -> tuple[Schedule, list[StartSynchJob]]:
    job_id = schedule["running"][name]
    changed, commands = review.on_job_finished(
        schedule, a_finished_job(job_id, name, status), uuid5(CAUSE, f"{name} is over"), NOW
    )
    assert changed is not None
    return changed, commands


def test_only_prerequisites_on_the_review_are_shown() -> None:
    assert line(generated(), "CONTACT").dependency_filter == ["CUSTOMER"]


def test_a_fresh_review_is_blank_and_starts_nothing() -> None:
    schedule, commands = review.advance(generated(), NOW)

    assert commands == []
    assert {entry.job_status for entry in review.review_view(schedule).lines} == {None}


def test_start_begins_exactly_the_lines_without_prerequisites() -> None:
    schedule, commands = review.start(generated(), CAUSE, NOW)

    assert sorted(names(commands)) == ["CURRENCY", "PAYMENT TERMS"]
    assert line(schedule, "CURRENCY").job_status is JobStatus.IN_PROCESS
    assert line(schedule, "CUSTOMER").job_status is None


def test_starting_twice_starts_nothing_twice() -> None:
    schedule, _ = review.start(generated(), CAUSE, NOW)

    assert review.start(schedule, uuid5(CAUSE, "again"), NOW) == (schedule, [])


def test_dependants_start_the_moment_their_last_prerequisite_finishes() -> None:
    schedule, _ = review.start(generated(), CAUSE, NOW)

    schedule, commands = finish(schedule, "CURRENCY")
    assert names(commands) == []
    schedule, commands = finish(schedule, "PAYMENT TERMS")
    assert names(commands) == ["CUSTOMER"]
    schedule, commands = finish(schedule, "CUSTOMER")
    assert names(commands) == ["CONTACT"]
    assert review.review_view(schedule).finished_at == ""
    schedule, _ = finish(schedule, "CONTACT")

    assert review.review_view(schedule).finished_at == NOW.isoformat()


def test_a_line_without_records_has_no_job_and_holds_nobody() -> None:
    schedule, commands = review.start(generated(CURRENCY=EMPTY, PAYMENT_TERMS=EMPTY), CAUSE, NOW)

    assert names(commands) == ["CUSTOMER"]
    assert line(schedule, "CURRENCY").job_status is None


def test_a_job_in_error_holds_its_dependants_until_its_line_was_restarted_and_has_finished() -> None:
    schedule, _ = review.start(generated(), CAUSE, NOW)
    schedule, _ = finish(schedule, "CURRENCY", JobStatus.ERROR)
    schedule, commands = finish(schedule, "PAYMENT TERMS")
    assert commands == []
    assert review.review_view(schedule).finished_at != ""

    again = uuid5(CAUSE, "restart")
    blanked = review.blank_line(schedule, "CURRENCY")
    assert not isinstance(blanked, Failure)
    schedule, commands = review.start(generated(schedule=blanked, cause=again), again, NOW)
    assert names(commands) == ["CURRENCY"]
    _, commands = finish(schedule, "CURRENCY")

    assert names(commands) == ["CUSTOMER"]


def test_failed_records_put_the_direction_into_error_and_the_line_is_finished() -> None:
    schedule, _ = review.start(generated(), CAUSE, NOW)
    job_id = schedule["running"]["CURRENCY"]
    job = a_finished_job(job_id, "CURRENCY", counters=Counters(inserted=1, failed=1))

    changed, _ = review.on_job_finished(schedule, job, CAUSE, NOW)

    assert changed is not None
    stamped = line(changed, "CURRENCY")
    assert (stamped.job_status, stamped.to_sales_status) == (JobStatus.FINISHED, "error")
    assert stamped.counters[Direction.TO_SALES] == Counters(inserted=1, failed=1)


def test_a_job_that_is_over_is_heard_once() -> None:
    schedule, _ = review.start(generated(), CAUSE, NOW)
    job = a_finished_job(schedule["running"]["CURRENCY"], "CURRENCY")
    changed, _ = review.on_job_finished(schedule, job, CAUSE, NOW)
    assert changed is not None

    assert review.on_job_finished(changed, job, CAUSE, NOW) == (None, [])


def test_a_running_line_shows_its_live_state() -> None:
    schedule, _ = review.start(generated(), CAUSE, NOW)
    live = SynchJobView(
        id=schedule["running"]["CURRENCY"],
        mapping="CURRENCY",
        run=RunKind.FULL,
        status=JobStatus.IN_PROCESS,
        passes=[
            PassView(
                direction=Direction.TO_SALES,
                status=JobStatus.IN_PROCESS,
                counters=Counters(inserted=3),
                started_at=NOW.isoformat(),
            )
        ],
    )

    shown = next(entry for entry in review.review_view(schedule, [live]).lines if entry.name == "CURRENCY")

    assert (shown.to_sales_status, shown.from_sales_status) == ("in_process", "")
    assert shown.counters == {Direction.TO_SALES: Counters(inserted=3)}


def test_the_recommendation_decides_what_kind_of_job_a_line_gets() -> None:
    _, commands = review.start(generated(CURRENCY=Census(financials=5, sales=5)), CAUSE, NOW)

    assert {command.mapping.name: command.run for command in commands} == {
        "CURRENCY": RunKind.COUPLING,
        "PAYMENT TERMS": RunKind.FULL,
    }


def test_a_chosen_recommendation_outlives_a_new_count_but_not_a_reset() -> None:
    schedule = review.choose(generated(CURRENCY=EMPTY), "CURRENCY", Recommendation.FULL_SYNCHRONIZATION)
    assert not isinstance(schedule, Failure)

    counted_again = generated(schedule=schedule, CURRENCY=EMPTY)
    assert line(counted_again, "CURRENCY").recommendation is Recommendation.FULL_SYNCHRONIZATION

    forgotten = review.forget(counted_again)
    assert not isinstance(forgotten, Failure)
    assert line(generated(schedule=forgotten, CURRENCY=EMPTY), "CURRENCY").recommendation is (
        Recommendation.NO_RECORDS_FOUND
    )


def test_counting_again_leaves_started_lines_alone() -> None:
    schedule, _ = review.start(generated(), CAUSE, NOW)

    again = generated(schedule=schedule, CURRENCY=EMPTY, CUSTOMER=EMPTY)

    assert line(again, "CURRENCY") == line(schedule, "CURRENCY")
    assert line(again, "CUSTOMER").recommendation is Recommendation.NO_RECORDS_FOUND


@pytest.mark.parametrize("status", [None, JobStatus.IN_PROCESS])
def test_a_line_is_restarted_only_when_it_is_over(status: JobStatus | None) -> None:
    schedule = generated() if status is None else review.start(generated(), CAUSE, NOW)[0]

    refusal = review.blank_line(schedule, "CURRENCY")

    assert isinstance(refusal, Failure) and refusal.code == "review.not_over"


@pytest.mark.parametrize("status", [JobStatus.FINISHED, JobStatus.ERROR, JobStatus.CANCELLED])
def test_what_ran_in_full_is_restarted_in_full_although_it_has_made_records_meanwhile(status: JobStatus) -> None:
    schedule, _ = review.start(generated(), CAUSE, NOW)
    schedule, _ = finish(schedule, "CURRENCY", status)
    again = uuid5(CAUSE, "restart")

    blanked = review.blank_line(schedule, "CURRENCY")
    assert not isinstance(blanked, Failure)
    schedule, commands = review.start(generated(schedule=blanked, cause=again, CURRENCY=BOTH), again, NOW)

    assert [(command.mapping.name, command.run) for command in commands] == [("CURRENCY", RunKind.FULL)]
    assert line(schedule, "CURRENCY").sales_count == BOTH.sales


def test_what_was_coupled_runs_in_full_when_that_was_chosen_before_it_is_restarted() -> None:
    schedule, commands = review.start(generated(CURRENCY=BOTH, PAYMENT_TERMS=EMPTY), CAUSE, NOW)
    assert [command.run for command in commands] == [RunKind.COUPLING]
    schedule, _ = finish(schedule, "CURRENCY")
    again = uuid5(CAUSE, "restart")

    chosen = review.choose(schedule, "CURRENCY", Recommendation.FULL_SYNCHRONIZATION)
    assert not isinstance(chosen, Failure)
    assert line(chosen, "CURRENCY").job_status is JobStatus.FINISHED
    blanked = review.blank_line(chosen, "CURRENCY")
    assert not isinstance(blanked, Failure)
    _, commands = review.start(generated(schedule=blanked, cause=again, CURRENCY=BOTH), again, NOW)

    assert ("CURRENCY", RunKind.FULL) in [(command.mapping.name, command.run) for command in commands]


def test_what_was_coupled_is_counted_and_recommended_anew_when_it_is_restarted() -> None:
    schedule, _ = review.start(generated(CURRENCY=BOTH), CAUSE, NOW)
    schedule, _ = finish(schedule, "CURRENCY")

    blanked = review.blank_line(schedule, "CURRENCY")
    assert not isinstance(blanked, Failure)

    assert line(generated(schedule=blanked, CURRENCY=BOTH), "CURRENCY").recommendation is Recommendation.COUPLE_RECORDS
    assert line(generated(schedule=blanked), "CURRENCY").recommendation is Recommendation.FULL_SYNCHRONIZATION


def test_a_recommendation_is_not_changed_while_the_line_is_under_way() -> None:
    schedule, _ = review.start(generated(), CAUSE, NOW)

    refusal = review.choose(schedule, "CURRENCY", Recommendation.COUPLE_RECORDS)

    assert isinstance(refusal, Failure) and refusal.code == "review.line_started"


def test_a_review_is_not_forgotten_while_a_line_is_in_process() -> None:
    schedule, _ = review.start(generated(), CAUSE, NOW)

    refusal = review.forget(schedule)

    assert isinstance(refusal, Failure) and refusal.code == "review.in_process"


def test_a_line_that_is_not_on_the_review_is_refused() -> None:
    for refusal in (
        review.blank_line(generated(), "VENDOR"),
        review.choose(generated(), "VENDOR", Recommendation.COUPLE_RECORDS),
    ):
        assert isinstance(refusal, Failure) and refusal.code == "review.unknown_line"


def test_mappings_that_wait_for_each_other_are_named_by_the_review() -> None:
    schedule = generated([a_mapping("A", prerequisites=["B"]), a_mapping("B", prerequisites=["A"])])

    assert [failure.code for failure in review.review_view(schedule).failures] == ["review.circle"]
    assert review.start(schedule, CAUSE, NOW)[1] == []


def test_a_line_waits_while_another_job_of_its_mapping_runs() -> None:
    schedule, job_id = queue.couple(generated(), MAPPINGS[2], "email", CAUSE)
    schedule, _ = queue.dispatch(schedule, NOW)

    schedule, commands = review.start(schedule, uuid5(CAUSE, "start"), NOW)
    assert names(commands) == ["PAYMENT TERMS"]
    assert line(schedule, "CURRENCY").job_status is JobStatus.READY

    schedule, commands = finish(schedule, "CURRENCY")
    assert names(commands) == ["CURRENCY"]
    assert line(schedule, "CURRENCY").job_status is JobStatus.IN_PROCESS
    assert job_id not in schedule["running"].values()
