"""Which numbers of a ledger have no entry, and how many ranges they are told in."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.item_availability import EntryRange
from services.financials_connector.entry_numbers import at_most, holes

numbers = st.integers(1, 60)
ranges = st.lists(st.tuples(numbers, st.integers(0, 9)).map(lambda drawn: (drawn[0], sum(drawn))), max_size=12)


def within(told: Iterable[EntryRange]) -> set[int]:
    return {number for first, last in told for number in range(first, last + 1)}


@given(ranges, st.sets(numbers))
def test_holes_are_what_is_left_without_the_numbers(asked: list[EntryRange], found: set[int]) -> None:
    assert within(holes(asked, sorted(found))) == within(asked) - found


def test_holes_begin_and_end_where_numbers_do() -> None:
    assert holes([(1, 9)], [1, 4, 5, 9]) == [(2, 3), (6, 8)]
    assert holes([(5, 4)], []) == []


@given(ranges, st.integers(1, 12))
def test_joined_ranges_leave_nothing_out_and_are_few(asked: list[EntryRange], limit: int) -> None:
    joined = at_most(limit, asked)

    assert within(asked) <= within(joined)
    assert len(joined) <= limit
    if len(asked) <= limit:
        assert within(asked) == within(joined)


def test_the_ranges_closest_to_each_other_are_joined() -> None:
    assert at_most(2, [(20, 21), (1, 2), (5, 6), (40, 40)]) == [(1, 21), (40, 40)]
    assert at_most(2, [(1, 2), (30, 31), (35, 36), (40, 40)]) == [(1, 2), (30, 40)]
    assert at_most(9, [(3, 4), (1, 2)]) == [(1, 4)]
