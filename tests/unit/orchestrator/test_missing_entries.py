"""Numbers of the item ledger without an entry: since when, and how long they are looked for."""

from datetime import UTC, datetime, timedelta

from services.orchestrator.domain.missing_entries import PATIENCE, Missing, still_missing

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE, LONG_BEFORE = (NOW - timedelta(hours=hours) for hours in (1, 5))


def a_gap(first: int, last: int, since: datetime) -> Missing:
    return {"first": first, "last": last, "since": since.isoformat()}


def test_what_was_missing_before_keeps_its_time_and_what_is_not_known_or_passed_now_gets_a_new_one() -> None:
    known = [a_gap(3, 4, BEFORE)]
    assert still_missing(known, [(1, 1), (3, 4), (8, 9)], passed=7, now=NOW) == [
        a_gap(1, 1, NOW),
        a_gap(3, 4, BEFORE),
        a_gap(8, 9, NOW),
    ]


def test_a_number_that_is_the_last_to_be_passed_keeps_its_time() -> None:
    assert still_missing([a_gap(7, 7, BEFORE)], [(7, 7)], passed=7, now=NOW) == [a_gap(7, 7, BEFORE)]


def test_ranges_that_were_joined_are_looked_for_as_long_as_the_one_that_was_passed_last() -> None:
    known = [a_gap(1, 2, LONG_BEFORE), a_gap(5, 5, BEFORE)]
    assert still_missing(known, [(1, 5)], passed=9, now=NOW) == [a_gap(1, 5, BEFORE)]


def test_what_is_missing_too_long_was_taken_back_and_is_given_up() -> None:
    lately = NOW - PATIENCE + timedelta(seconds=1)
    known = [a_gap(1, 1, NOW - PATIENCE), a_gap(3, 3, lately)]
    assert still_missing(known, [(1, 1), (3, 3)], passed=9, now=NOW) == [a_gap(3, 3, lately)]
