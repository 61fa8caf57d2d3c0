"""What each message does to a job, and what follows from it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.failures import Failure
from libs.contracts.jobs import PageAbandoned, SynchJobFinished
from libs.contracts.pages import Condition, Counters, ReadPage
from libs.contracts.setup import TableView
from libs.contracts.vocabulary import Direction, JobStatus, RunKind, System
from services.orchestrator.domain import job as jobs
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.job_document import NOTHING, Job, Step
from services.orchestrator.domain.views import job_view
from tests.unit.orchestrator.builders import NOW, a_key, a_mapping, a_read, a_settled, a_start

PACE = Pace(page_size=100, split_size=50, window=2, read_deadline=100.0, settle_deadline=1000.0, resends=2)
ABANDONED = PageAbandoned(
    service="sales_connector", job_id="job", mapping="CUSTOMER", failure=Failure(code="x", message="dead")
)


def started(**changes: Any) -> tuple[Job, list[Any]]:
    job, effects = jobs.start(None, a_start(**changes), NOW, PACE)
    assert job is not None
    return job, list(effects)


def reads(effects: Any) -> list[ReadPage]:
    return [effect.message for effect in effects if isinstance(effect, Step)]


def finished(effects: Any) -> list[SynchJobFinished]:
    return [effect for effect in effects if isinstance(effect, SynchJobFinished)]


def after(job: Job, *events: Any) -> tuple[Job, list[Any]]:
    every: list[Any] = []
    for event in events:
        decide = jobs.on_page_read if hasattr(event, "next_cursor") else jobs.on_page_synchronized
        changed, effects = decide(job, event, NOW, PACE)
        job = changed or job
        every.extend(effects)
    return job, every


def test_a_job_begins_with_its_first_page() -> None:
    mapping = a_mapping(
        financials=TableView(
            table="Customer", fields=["No."], filter=[Condition(field="Blocked", operator="eq", value=" ")]
        )
    )

    _, effects = started(mapping=mapping)

    [read] = reads(effects)
    assert read.system is System.FINANCIALS
    assert (read.read.table, read.read.fields, read.read.filter) == ("Customer", ["No."], mapping.financials.filter)
    assert (read.page.page, read.cursor, read.page_size, read.split_size) == (0, "", 100, 50)


def test_a_second_start_changes_nothing() -> None:
    job, _ = started()

    assert jobs.start(job, a_start(), NOW, PACE) == NOTHING


def test_a_modified_run_reads_what_changed_since_the_watermark_of_the_side_it_reads() -> None:
    watermarks = {System.FINANCIALS: "77", System.SALES: "2026"}
    job, effects = started(
        run=RunKind.MODIFIED, watermarks=watermarks, mapping=a_mapping(direction=Direction.BIDIRECTIONAL)
    )
    assert reads(effects)[0].read.modified_after == "77"

    _, effects = after(job, a_read(a_key(splits=0), 0))

    assert reads(effects)[0].read.modified_after == "2026"


def test_a_full_run_reads_everything_whatever_the_watermark() -> None:
    _, effects = started(watermarks={System.FINANCIALS: "77"})

    assert reads(effects)[0].read.modified_after == ""


def test_a_coupling_run_reads_financials_once_and_hands_its_criteria_on() -> None:
    mapping = a_mapping("SALESPEOPLE", Direction.FROM_SALES)

    job, effects = started(mapping=mapping, run=RunKind.COUPLING, match_by="email")

    assert [(read.system, read.match_by) for read in reads(effects)] == [(System.FINANCIALS, "email")]
    assert len(job["passes"]) == 1


def test_the_next_page_is_asked_for_while_the_window_is_open() -> None:
    job, _ = started()

    job, effects = after(job, a_read(a_key(0), 100, "c1"))
    assert [(read.page.page, read.cursor) for read in reads(effects)] == [(1, "c1")]

    job, effects = after(job, a_read(a_key(1), 100, "c2"))
    assert reads(effects) == []

    _, effects = after(job, a_settled(a_key(0), inserted=100))
    assert [(read.page.page, read.cursor) for read in reads(effects)] == [(2, "c2")]


def test_a_bidirectional_job_reads_sales_after_everything_went_to_sales() -> None:
    job, _ = started(mapping=a_mapping(direction=Direction.BIDIRECTIONAL), expected={Direction.FROM_SALES: 5})

    job, effects = after(job, a_read(a_key(0), 3, watermark="w1"), a_settled(a_key(0), inserted=3))
    assert [read.system for read in reads(effects)] == [System.SALES]
    assert finished(effects) == []

    back = a_key(0, direction=Direction.FROM_SALES)
    _, effects = after(job, a_read(back, 8, watermark="w2"), a_settled(back, unchanged=8))

    [event] = finished(effects)
    assert event.job.status is JobStatus.FINISHED
    assert [(part.direction, part.watermark, part.read) for part in event.job.passes] == [
        (Direction.TO_SALES, "w1", 3),
        (Direction.FROM_SALES, "w2", 8),
    ]
    assert event.job.passes[1].expected == 8


def test_a_job_whose_records_failed_still_finishes() -> None:
    job, _ = started()

    _, effects = after(job, a_read(a_key(0), 2), a_settled(a_key(0), failed=2))

    assert finished(effects)[0].job.status is JobStatus.FINISHED
    assert finished(effects)[0].job.passes[0].counters == Counters(failed=2)


def test_an_abandoned_page_puts_the_job_into_error_with_its_reason() -> None:
    job, _ = started()

    job, effects = jobs.on_abandoned(job, ABANDONED, NOW)  # type: ignore[assignment]

    assert finished(effects)[0].job.status is JobStatus.ERROR
    assert finished(effects)[0].job.failure == ABANDONED.failure
    assert jobs.on_abandoned(job, ABANDONED, NOW) == NOTHING


def test_pages_that_settle_after_an_error_still_count_and_start_nothing() -> None:
    job, _ = started()
    job, _ = after(job, a_read(a_key(0), 2, "c1"))
    job, _ = jobs.on_abandoned(job, ABANDONED, NOW)  # type: ignore[assignment]

    job, effects = after(job, a_settled(a_key(0), inserted=2))

    assert effects == []
    assert job_view(job, NOW).passes[0].counters == Counters(inserted=2)


def test_a_job_whose_start_was_given_up_is_in_error_and_never_begins() -> None:
    job, effects = jobs.on_abandoned(None, ABANDONED, NOW)

    assert finished(effects)[0].job.status is JobStatus.ERROR
    assert finished(effects)[0].job.mapping == "CUSTOMER"
    assert jobs.start(job, a_start(), NOW, PACE) == NOTHING


def test_a_cancelled_job_reads_nothing_more_and_ends_when_its_pages_are_settled() -> None:
    job, _ = started()
    job, _ = after(job, a_read(a_key(0), 2, "c1"))

    job, effects = jobs.cancel(job, "job", NOW)  # type: ignore[assignment]
    assert effects == ()
    job, effects = after(job, a_settled(a_key(0), inserted=2), a_read(a_key(1), 2, "c2"))
    assert (reads(effects), finished(effects)) == ([], [])
    _, effects = after(job, a_settled(a_key(1), inserted=2))

    assert reads(effects) == []
    assert finished(effects)[0].job.status is JobStatus.CANCELLED


def test_a_job_that_was_cancelled_with_its_last_page_under_way_is_finished() -> None:
    job, _ = started()
    job, _ = jobs.cancel(job, "job", NOW)  # type: ignore[assignment]

    _, effects = after(job, a_read(a_key(0), 2), a_settled(a_key(0), inserted=2))

    assert finished(effects)[0].job.status is JobStatus.FINISHED


def test_a_job_that_is_cancelled_before_it_began_never_begins() -> None:
    job, effects = jobs.cancel(None, "job", NOW)
    assert effects == ()

    job, effects = jobs.start(job, a_start(), NOW, PACE)

    assert reads(effects) == []
    assert finished(effects)[0].job.status is JobStatus.CANCELLED
    assert finished(effects)[0].job.mapping == "CUSTOMER"


def test_an_overdue_read_is_sent_again_with_the_same_id() -> None:
    job, [first] = started()
    late = NOW + timedelta(seconds=101)
    assert not jobs.is_anything_overdue(job, NOW + timedelta(seconds=99), PACE)
    assert jobs.is_anything_overdue(job, late, PACE)

    changed, [again] = jobs.check_deadlines(job, late, PACE)

    assert isinstance(again, Step)
    assert (again.id, again.message) == (first.id, first.message)
    assert changed is not None
    assert not jobs.is_anything_overdue(changed, late + timedelta(seconds=199), PACE)


def test_deadlines_stand_still_during_a_pause() -> None:
    job, _ = started()
    quiet_until = (NOW + timedelta(seconds=500)).timestamp()

    assert jobs.check_deadlines(job, NOW + timedelta(seconds=590), PACE, quiet_until=quiet_until) == NOTHING


def test_a_step_that_stays_away_puts_the_job_into_error() -> None:
    job, _ = started()
    now = NOW
    for _ in range(PACE.resends):
        now += timedelta(seconds=1000)
        job, [step] = jobs.check_deadlines(job, now, PACE)  # type: ignore[assignment]
        assert isinstance(step, Step)

    _, [event] = jobs.check_deadlines(job, now + timedelta(seconds=1000), PACE)

    assert isinstance(event, SynchJobFinished)
    assert event.job.status is JobStatus.ERROR
    assert event.job.failure is not None and event.job.failure.code == jobs.STEP_LOST


@pytest.mark.parametrize("status", [JobStatus.FINISHED, JobStatus.ERROR, JobStatus.CANCELLED])
def test_nothing_is_overdue_in_a_job_that_is_over_and_who_asks_is_told_so(status: JobStatus) -> None:
    job, _ = started()
    ended: Job = {**job, "stage": status.value}
    later = NOW + timedelta(days=1)

    assert not jobs.is_anything_overdue(ended, later, PACE)
    same, [event] = jobs.check_deadlines(ended, later, PACE)
    assert same == ended
    assert isinstance(event, SynchJobFinished)
    assert event.job.status is status


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[int], int, list[int]]:
    """Splits per page, the window, and in which order and how often what is under way arrives."""
    splits = draw(st.lists(st.integers(0, 3), min_size=1, max_size=6))
    return splits, draw(st.integers(1, 4)), draw(st.lists(st.integers(0, 1000), max_size=200))


@given(histories())
def test_any_interleaving_with_duplicates_losses_and_repeats_ends_with_the_same_totals(
    history: tuple[list[int], int, list[int]],
) -> None:
    splits, window, choices = history
    pace = Pace(window=window, read_deadline=100.0, settle_deadline=1000.0, resends=1000)
    job, effects = jobs.start(None, a_start(), NOW, pace)
    assert job is not None
    now, readings, under_way = NOW, 0, list(reads(effects))
    seen: list[Any] = []
    ends: list[SynchJobFinished] = []
    while not ends:
        now += timedelta(seconds=1)
        choice = choices.pop() if choices else 0
        if not under_way:
            # Everything that was under way got lost: the deadline brings it back.
            now += timedelta(days=2000)
            changed, effects = jobs.check_deadlines(job, now, pace)
        else:
            event = under_way.pop(choice % len(under_way))
            if choice % 5 == 4:
                under_way.append(event)  # delivered again later
            elif choice % 7 == 6:
                continue  # lost
            if isinstance(event, ReadPage):
                readings += 1
                number = event.page.page
                key = a_key(number, f"r{readings}", splits=splits[number])
                cursor = "" if number == len(splits) - 1 else f"c{number + 1}"
                under_way.append(a_read(key, splits[number], cursor))
                under_way.extend(
                    a_settled(key.model_copy(update={"split": split}), inserted=1) for split in range(splits[number])
                )
                continue
            decide = jobs.on_page_read if hasattr(event, "next_cursor") else jobs.on_page_synchronized
            changed, effects = decide(job, event, now, pace)  # type: ignore[arg-type]
            seen.append(event)
        job = changed or job
        under_way.extend(reads(effects))
        ends.extend(finished(effects))
        open_pages = sum(len(part["pages"]["open"]) for part in job["passes"])
        assert open_pages <= window

    assert ends[0].job.passes[0].counters == Counters(inserted=sum(splits))
    assert ends[0].job.passes[0].read == sum(splits)
    for event in seen:
        decide = jobs.on_page_read if hasattr(event, "next_cursor") else jobs.on_page_synchronized
        assert decide(job, event, now, pace) == NOTHING  # type: ignore[arg-type]
