"""The item availability entry: on and off, due, first run, later runs, answers that come twice, late or not at all."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from libs.contracts.failures import Failure
from libs.contracts.item_availability import (
    ItemLedgerRead,
    ReadItemLedger,
    RunItemAvailability,
    SwitchItemAvailability,
)
from libs.contracts.jobs import QueueSynchJob
from libs.contracts.vocabulary import Direction, System
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.item_availability import (
    ItemAvailability,
    Sent,
    awaits,
    is_due,
    ledger_read,
    run,
    switch,
    switched_off,
    view,
)
from services.orchestrator.domain.missing_entries import PATIENCE, Missing, still_missing
from services.orchestrator.domain.stages import Stage
from services.orchestrator.item_availability import entry_of
from tests.unit.orchestrator.builders import CAUSE, NOW, a_mapping

PACE = Pace(page_size=10, split_size=5, window=2, read_deadline=60, settle_deadline=60, resends=2)
ITEMS = a_mapping("ITEM-PRODUCT", Direction.BIDIRECTIONAL)


def switched_on(**changes: object) -> ItemAvailability:
    entry, messages = switch(switched_off(), SwitchItemAvailability(enabled=True, interval_minutes=30), NOW)
    assert entry is not None
    assert messages == [RunItemAvailability()]
    return {**entry, **changes}  # type: ignore[typeddict-item]


def ran(entry: ItemAvailability, at: timedelta = timedelta(0), cause: UUID = CAUSE, company: str = "A"):
    return run(entry, RunItemAvailability(), company=company, cause=cause, now=NOW + at, pace=PACE)


def an_answer(asked: ReadItemLedger, last: int, *items: str, more: bool = False, **told: Any) -> ItemLedgerRead:
    after = last if asked.after is None else asked.after
    return ItemLedgerRead(
        run_id=asked.run_id, step=asked.step, after=after, last_entry=last, items=list(items), more=more, **told
    )


def test_an_entry_that_is_off_does_nothing() -> None:
    assert not is_due(switched_off(), NOW, PACE)
    assert ran(switched_off()) == (None, ())
    forced = RunItemAvailability(force=True)
    assert run(switched_off(), forced, company="A", cause=CAUSE, now=NOW, pace=PACE) == (None, ())


def test_the_first_run_takes_the_end_of_the_ledger_and_has_all_coupled_items_read() -> None:
    entry, [asked] = ran(switched_on())
    assert asked.after is None

    entry, [queued] = ledger_read(entry, an_answer(asked, 700), ITEMS, [], NOW)

    assert isinstance(queued, QueueSynchJob)
    assert (queued.systems, queued.only) == ([System.FINANCIALS], {})
    assert (entry["last_entry"], entry["reading"], entry["job_id"]) == (700, None, queued.job_id)
    assert entry["next_run"] == (NOW + timedelta(minutes=30)).isoformat()


def test_a_later_run_queues_the_coupled_items_that_moved_and_nothing_when_none_did() -> None:
    entry, [asked] = ran(switched_on(last_entry=700, company="A"))
    assert asked.after == 700

    moved, [queued] = ledger_read(entry, an_answer(asked, 720, "1000", "1001"), ITEMS, ["id-1000"], NOW)
    still, nothing = ledger_read(entry, an_answer(asked, 700), None, [], NOW)

    assert queued.only == {System.FINANCIALS: ["id-1000"]}
    assert moved["last_entry"] == 720
    assert (still["last_entry"], still["job_id"], list(nothing)) == (700, "", [])


def test_a_long_ledger_is_read_on_at_once_a_job_at_a_time() -> None:
    entry, [asked] = ran(switched_on(last_entry=0, company="A"))

    entry, [first, on] = ledger_read(entry, an_answer(asked, 50, "1", more=True), ITEMS, ["a"], NOW)
    assert (on.after, entry["last_entry"]) == (50, 50)
    entry, [second] = ledger_read(entry, an_answer(on, 60, "1"), ITEMS, ["a"], NOW)

    assert first.job_id != second.job_id
    assert entry["reading"] is None


def test_an_answer_that_comes_twice_or_after_switching_off_leads_to_nothing() -> None:
    entry, [asked] = ran(switched_on(last_entry=5, company="A"))
    answer = an_answer(asked, 9, "1000")
    done, _ = ledger_read(entry, answer, ITEMS, ["a"], NOW)
    off, _ = switch(entry, SwitchItemAvailability(enabled=False), NOW)

    assert ledger_read(done, answer, ITEMS, ["a"], NOW) == (None, ())
    assert not awaits(off, answer)
    assert off["last_entry"] == 5


def test_a_run_that_was_sent_twice_is_one() -> None:
    entry, _ = ran(switched_on())

    assert ran(entry, cause=uuid4()) == (None, ())


def test_an_answer_that_does_not_come_is_asked_for_again_and_then_left_to_the_next_run() -> None:
    entry, [asked] = ran(switched_on(last_entry=5, company="A"))
    for attempt in (1, 2):
        at = timedelta(seconds=61 * attempt)
        assert is_due(entry, NOW + at, PACE)
        entry, [again] = ran(entry, at)
        assert again == asked

    given_up, messages = ran(entry, timedelta(seconds=183))

    assert list(messages) == []
    assert (given_up["reading"], given_up["last_entry"]) == (None, 5)
    assert view(given_up).failures[0].code == "item_availability.unanswered"
    assert not is_due(given_up, NOW + timedelta(seconds=184), PACE)
    assert is_due(given_up, NOW + timedelta(minutes=40), PACE)


def test_a_ledger_that_cannot_be_read_is_told_and_tried_again_after_the_interval() -> None:
    entry, [asked] = ran(switched_on(last_entry=5, company="A"))
    denied = Failure(code="remote.access_denied", message="no")
    answer = ItemLedgerRead(run_id=asked.run_id, after=5, last_entry=5, failures=[denied])

    entry, messages = ledger_read(entry, answer, None, [], NOW)

    assert list(messages) == []
    assert (view(entry).failures, entry["last_entry"]) == ([denied], 5)
    assert is_due(entry, NOW + timedelta(minutes=31), PACE)


def test_another_company_has_a_ledger_of_its_own() -> None:
    entry, [asked] = ran(switched_on(last_entry=5, company="A"), company="B")

    assert asked.after is None
    assert (entry["company"], entry["last_entry"]) == ("B", None)


def test_what_a_job_in_error_had_to_send_is_sent_again() -> None:
    entry, [asked] = ran(switched_on(last_entry=5, company="A"))
    entry, [lost, on] = ledger_read(entry, an_answer(asked, 9, "1000", more=True), ITEMS, ["a"], NOW)
    entry, [fine] = ledger_read(entry, an_answer(on, 12, "1001"), ITEMS, ["b"], NOW)
    later = NOW + timedelta(minutes=31)
    command = RunItemAvailability()

    def again(**stages: Stage) -> tuple[int | None, list[str]]:
        known = {lost.job_id: stages["first"], fine.job_id: stages["second"]}
        changed, [read] = run(entry, command, company="A", cause=uuid4(), now=later, pace=PACE, stages=known)
        return read.after, [sent["job_id"] for sent in changed["jobs"]]

    assert again(first=Stage.FINISHED, second=Stage.FINISHED) == (12, [])
    assert again(first=Stage.FINISHED, second=Stage.IN_PROCESS) == (12, [fine.job_id])
    assert again(first=Stage.ERROR, second=Stage.FINISHED) == (5, [])
    assert again(first=Stage.FINISHED, second=Stage.CANCELLED) == (9, [])
    assert again(first=Stage.ERROR, second=Stage.CANCELLED) == (5, [])


def test_a_first_job_in_error_is_done_over() -> None:
    entry, [asked] = ran(switched_on())
    entry, [lost] = ledger_read(entry, an_answer(asked, 700), ITEMS, [], NOW)

    _, [read] = run(
        entry,
        RunItemAvailability(),
        company="A",
        cause=uuid4(),
        now=NOW + timedelta(minutes=31),
        pace=PACE,
        stages={lost.job_id: Stage.ERROR},
    )

    assert read.after is None


def test_a_shorter_interval_makes_the_next_run_come_sooner() -> None:
    entry = switched_on(next_run=(NOW + timedelta(minutes=30)).isoformat())

    entry, messages = switch(entry, SwitchItemAvailability(enabled=True, interval_minutes=5), NOW)

    assert entry["next_run"] == (NOW + timedelta(minutes=5)).isoformat()
    assert list(messages) == []


def test_numbers_without_an_entry_are_looked_for_until_they_come_or_are_too_old() -> None:
    entry, [asked] = ran(switched_on())
    entry, _ = ledger_read(entry, an_answer(asked, 700, missing=[(650, 655), (690, 690)]), ITEMS, [], NOW)
    hour = timedelta(hours=1)

    entry, [asked] = ran(entry, hour)
    assert asked.missing == [(650, 655), (690, 690)]
    left = [(650, 651), (653, 655), (690, 690), (705, 705)]
    entry, [queued] = ledger_read(entry, an_answer(asked, 710, "1000", missing=left), ITEMS, ["id-1000"], NOW + hour)
    assert isinstance(queued, QueueSynchJob)
    entry, [asked] = ran(entry, 2 * hour)
    assert asked.missing == left

    # What was missing from the beginning is given up before what was passed an hour later.
    late = PATIENCE + timedelta(minutes=1)
    entry, [asked] = ran(entry, late)
    entry, _ = ledger_read(entry, an_answer(asked, 710, missing=left), ITEMS, [], NOW + late)
    assert [(each["first"], each["last"]) for each in entry["missing"]] == [(705, 705)]
    assert ran(entry, late + hour)[1][0].missing == [(705, 705)]


def test_ranges_that_were_joined_are_as_young_as_the_youngest_of_them() -> None:
    old, young = NOW.isoformat(), (NOW + timedelta(hours=6)).isoformat()
    known = [Missing(first=1, last=1, since=old), Missing(first=9, last=9, since=young)]
    much_later = NOW + timedelta(hours=13)

    joined = still_missing(known, [(1, 9)], passed=20, now=much_later)
    beyond = still_missing(known, [(1, 25)], passed=20, now=much_later)

    assert [each["since"] for each in joined] == [young]
    assert [each["since"] for each in beyond] == [much_later.isoformat()]


def test_an_answer_about_missing_numbers_alone_moves_on_without_moving_the_place() -> None:
    known = [Missing(first=3, last=40, since=NOW.isoformat())]
    entry, [asked] = ran(switched_on(last_entry=50, company="A", missing=known))
    answer = an_answer(asked, 50, "1", more=True, missing=[(20, 40)])

    entry, [first, on] = ledger_read(entry, answer, ITEMS, ["a"], NOW)
    assert (on.after, on.step, on.missing) == (50, 1, [(20, 40)])
    assert ledger_read(entry, answer, ITEMS, ["a"], NOW) == (None, ())
    entry, [second] = ledger_read(entry, an_answer(on, 50, "2"), ITEMS, ["b"], NOW)

    assert first.job_id != second.job_id
    assert (entry["reading"], entry["missing"]) == (None, [])


def test_what_a_job_in_error_had_to_send_of_belated_entries_is_sent_again() -> None:
    known = [Missing(first=3, last=4, since=NOW.isoformat()), Missing(first=7, last=7, since=NOW.isoformat())]
    entry, [asked] = ran(switched_on(last_entry=50, company="A", missing=known))
    entry, [lost] = ledger_read(entry, an_answer(asked, 60, "1", missing=[(3, 4)]), ITEMS, ["a"], NOW)

    _, [read] = run(
        entry,
        RunItemAvailability(),
        company="A",
        cause=uuid4(),
        now=NOW + timedelta(minutes=31),
        pace=PACE,
        stages={lost.job_id: Stage.ERROR},
    )

    assert (read.after, read.missing) == (6, [(3, 4)])


def test_another_ledger_in_the_place_of_the_one_that_was_followed_has_all_coupled_items_read() -> None:
    entry, [asked] = ran(switched_on(last_entry=700, company="A"))

    entry, [queued] = ledger_read(entry, an_answer(asked, 400, restarted=True), ITEMS, [], NOW)

    assert isinstance(queued, QueueSynchJob)
    assert (queued.only, entry["last_entry"]) == ({}, 400)
    _, [read] = run(
        entry,
        RunItemAvailability(),
        company="A",
        cause=uuid4(),
        now=NOW + timedelta(minutes=31),
        pace=PACE,
        stages={queued.job_id: Stage.ERROR},
    )
    assert read.after is None


def test_what_was_missing_in_the_ledger_before_is_not_looked_for_in_another() -> None:
    """Another ledger has other holes; the old ones would be asked for until they are too old."""
    long_ago = (NOW - PATIENCE / 2).isoformat()
    hole: Missing = {"first": 1, "last": 4, "since": long_ago}
    entry, [asked] = ran(switched_on(company="A", last_entry=9, missing=[hole]))
    assert entry is not None and isinstance(asked, ReadItemLedger)
    entry, _ = ledger_read(entry, an_answer(asked, 5, missing=[(2, 2)], restarted=True), ITEMS, [], NOW)
    assert entry is not None
    assert [(each["first"], each["last"]) for each in entry["missing"]] == [(2, 2)]
    assert entry["missing"][0]["since"] == NOW.isoformat()


def test_a_job_that_nobody_ever_queued_is_sent_again_once_it_must_have_been() -> None:
    """The broker lost the command: no schedule knows the job."""
    sent: Sent = {"job_id": str(uuid4()), "after": 4, "at": NOW.timestamp()}
    entry = switched_on(company="A", last_entry=9, jobs=[sent], next_run=NOW.isoformat())
    in_time, late = timedelta(seconds=59), timedelta(seconds=61)

    [waits, lost, waiting] = [
        run(entry, RunItemAvailability(), company="A", cause=CAUSE, now=NOW + at, pace=PACE, stages=stages)[0]
        for at, stages in ((in_time, {}), (late, {}), (late, {sent["job_id"]: Stage.READY}))
    ]

    assert waits is not None and lost is not None and waiting is not None
    assert (waits["last_entry"], waits["jobs"]) == (waiting["last_entry"], waiting["jobs"]) == (9, [sent])
    assert (lost["last_entry"], lost["jobs"]) == (4, [])


def test_an_entry_saved_by_an_earlier_tandem_goes_on_where_it_was() -> None:
    """It knew neither steps of a reading nor missing numbers."""
    before = {"run_id": str(uuid4()), "after": 7, "sent": NOW.timestamp(), "resends": 0}
    saved = {"enabled": True, "company": "A", "last_entry": 7, "last_run": NOW.isoformat(), "reading": before}
    entry = entry_of(saved)
    again, [asked] = ran(entry, at=timedelta(seconds=61))
    assert again is not None
    assert asked == ReadItemLedger(run_id=before["run_id"], after=7)
    over, _ = ledger_read(again, an_answer(asked, 7), None, [], NOW)
    assert over is not None and over["reading"] is None
