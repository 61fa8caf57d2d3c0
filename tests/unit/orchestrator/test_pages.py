"""The ledger of a pass: whatever the order, the repetitions and the lost readings, the totals come out the same."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.pages import Counters
from services.orchestrator.domain import pages as ledger
from services.orchestrator.domain.pages import Pages
from tests.unit.orchestrator.builders import a_key


def asked(count: int, pages: Pages | None = None) -> Pages:
    """Pages 0 … count - 1 asked for, each read before the next, so that only settling is left."""
    pages = pages or ledger.no_pages()
    for _ in range(count):
        following = ledger.ask_for_next(pages, 0.0)
        assert following is not None
        pages, number = following
        if number < count - 1:
            pages = {**pages, "cursor": f"c{number + 1}"}
    return pages


def test_the_first_page_is_asked_for_at_once_and_the_second_only_when_its_cursor_is_known() -> None:
    pages, number = ledger.ask_for_next(ledger.no_pages(), 0.0) or (None, None)
    assert pages is not None and number == 0
    assert ledger.ask_for_next(pages, 0.0) is None

    pages = ledger.page_read(pages, a_key(0), 500, "next", 1.0)

    pages, number = ledger.ask_for_next(pages, 2.0) or (None, None)
    assert pages is not None and number == 1
    assert pages["open"]["1"]["cursor"] == "next"


def test_an_empty_table_is_complete_as_soon_as_it_was_read() -> None:
    pages = ledger.page_read(asked(1), a_key(0, splits=0), 0, "", 1.0)

    assert ledger.is_complete(pages)
    assert ledger.totals(pages) == Counters()


def test_a_split_may_be_settled_before_its_page_is_known_to_be_read() -> None:
    pages = ledger.split_settled(asked(1), a_key(0), Counters(inserted=3), 1.0)
    assert ledger.totals(pages) == Counters()

    pages = ledger.page_read(pages, a_key(0), 3, "", 2.0)

    assert ledger.is_complete(pages)
    assert ledger.totals(pages) == Counters(inserted=3)


def test_what_is_settled_of_a_page_counts_before_the_page_is_done() -> None:
    pages = ledger.page_read(asked(1), a_key(0, splits=3), 9, "next", 1.0)
    for split in (0, 2):
        pages = ledger.split_settled(pages, a_key(0, split=split, splits=3), Counters(inserted=2, failed=1), 2.0)

    assert pages["open"]
    assert ledger.totals(pages) == Counters(inserted=4, failed=2)
    assert ledger.records_read(pages) == 9


def test_patience_with_a_page_begins_anew_with_each_of_its_splits_and_never_goes_back() -> None:
    pages = ledger.page_read(asked(1), a_key(0, splits=3), 9, "next", 1.0)
    for split, at in ((0, 7.0), (1, 5.0)):
        pages = ledger.split_settled(pages, a_key(0, split=split, splits=3), Counters(inserted=3), at)

    assert pages["open"]["0"]["sent"] == 7.0


def test_messages_about_pages_that_were_never_asked_for_change_nothing() -> None:
    pages = asked(1)

    assert ledger.page_read(pages, a_key(7), 3, "", 1.0) is pages
    assert ledger.split_settled(pages, a_key(7), Counters(inserted=1), 1.0) is pages


def test_only_the_first_reading_counts() -> None:
    pages = ledger.page_read(asked(1), a_key(0, "a"), 2, "", 1.0)

    assert ledger.page_read(pages, a_key(0, "b"), 2, "elsewhere", 1.0) is pages
    assert ledger.split_settled(pages, a_key(0, "b"), Counters(failed=2), 1.0) is pages


def test_a_page_that_does_not_settle_is_done_when_its_repeated_reading_is_complete() -> None:
    pages = ledger.page_read(asked(1), a_key(0, "a", splits=2), 10, "", 1.0)
    pages = ledger.split_settled(pages, a_key(0, "a", 0, 2), Counters(inserted=5), 2.0)

    pages = ledger.read_again(pages, 0, 900.0)
    pages = ledger.split_settled(pages, a_key(0, "b", 0, 2), Counters(unchanged=5), 901.0)
    pages = ledger.page_read(pages, a_key(0, "b", splits=2), 10, "", 901.0)
    pages = ledger.split_settled(pages, a_key(0, "b", 1, 2), Counters(inserted=5), 902.0)

    assert ledger.is_complete(pages)
    assert ledger.totals(pages) == Counters(unchanged=5, inserted=5)


def test_a_reading_that_completes_late_still_wins_over_one_asked_for_again() -> None:
    pages = ledger.page_read(asked(1), a_key(0, "a"), 5, "", 1.0)
    pages = ledger.read_again(pages, 0, 900.0)
    pages = ledger.page_read(pages, a_key(0, "b"), 5, "", 901.0)

    pages = ledger.split_settled(pages, a_key(0, "a"), Counters(inserted=5), 902.0)

    assert ledger.is_complete(pages)
    assert ledger.totals(pages) == Counters(inserted=5)


def test_a_repeated_reading_that_ends_elsewhere_has_what_follows_read_anew() -> None:
    pages = ledger.page_read(asked(1), a_key(0, "a"), 5, "old", 1.0)
    pages, _ = ledger.ask_for_next(pages, 1.0) or (pages, 0)
    pages = ledger.page_read(pages, a_key(1, "x"), 5, "", 2.0)
    pages = ledger.split_settled(pages, a_key(1, "x"), Counters(inserted=5), 2.0)

    pages = ledger.read_again(pages, 0, 900.0)
    pages = ledger.page_read(pages, a_key(0, "b"), 5, "new", 901.0)
    pages = ledger.split_settled(pages, a_key(0, "b"), Counters(inserted=5), 902.0)

    assert not ledger.is_complete(pages)
    pages, number = ledger.ask_for_next(pages, 903.0) or (pages, -1)
    assert number == 2
    assert pages["open"]["2"]["cursor"] == "new"
    assert ledger.totals(pages) == Counters(inserted=5)


def test_a_settled_page_is_a_handful_of_bytes() -> None:
    pages = ledger.no_pages()
    for number in range(1000):
        pages, _ = ledger.ask_for_next(pages, 0.0) or (pages, 0)
        cursor = f"cursor-{number}" if number < 999 else ""
        pages = ledger.page_read(pages, a_key(number, splits=2), 1000, cursor, 1.0)
        for split in range(2):
            pages = ledger.split_settled(pages, a_key(number, "a", split, 2), Counters(inserted=500), 2.0)

    assert ledger.is_complete(pages)
    assert ledger.totals(pages) == Counters(inserted=1_000_000)
    assert len(json.dumps(pages)) < 60_000


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[int, list[tuple[Any, ...]]]:
    """Reads and settlements of some pages, each once at least, in any order and any number."""
    page_count = draw(st.integers(1, 4))
    events: list[tuple[Any, ...]] = []
    for page in range(page_count):
        splits = draw(st.integers(0, 3))
        events.append(("read", page, splits, 0, "" if page == page_count - 1 else f"c{page + 1}"))
        events.extend(("settled", page, splits, split, draw(st.integers(0, 9))) for split in range(splits))
    again = draw(st.lists(st.sampled_from(events), max_size=10))
    return page_count, draw(st.permutations([*events, *again]))


@given(deliveries())
def test_any_order_and_any_repetition_ends_with_the_same_totals(case: tuple[int, list[tuple[Any, ...]]]) -> None:
    page_count, events = case
    pages = asked(page_count)
    for kind, page, splits, split, value in events:
        key = a_key(page, "a", split, splits)
        if kind == "read":
            pages = ledger.page_read(pages, key, splits * 10, value, 1.0)
        else:
            pages = ledger.split_settled(pages, key, Counters(inserted=value, unchanged=10 - value), 1.0)

    once = {(page, split): value for kind, page, _, split, value in events if kind == "settled"}
    assert ledger.is_complete(pages)
    assert ledger.totals(pages) == Counters(
        inserted=sum(once.values()), unchanged=sum(10 - value for value in once.values())
    )
    assert ledger.records_read(pages) == 10 * len(once)
