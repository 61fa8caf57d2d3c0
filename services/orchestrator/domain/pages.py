"""The pages of one pass, as compact entries of the job's document: which are under way, which are settled, and with
what counters. Totals are summed from the entries, so that a message that arrives twice or late changes nothing.

A page has an entry from the moment its reading is asked for. Each reading carries an attempt token; the first one
whose ``PageRead`` arrives is accepted and alone supplies the cursor, the count and the counters. Only where its
splits do not settle in time is the page read again, and then the reading that is complete first is the one that
counts.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NotRequired

from typing_extensions import TypedDict

from libs.contracts.pages import Counters, PageKey

Tally = dict[str, int]
"""Counter -> records; counters that are zero are left out."""


class Reading(TypedDict):
    """What is known of one attempt to read a page."""

    splits: int
    count: NotRequired[int]
    """Known once its PageRead has arrived, as is ``next``."""
    next: NotRequired[str]
    settled: dict[str, Tally]
    """Split number -> its counters."""


class OpenPage(TypedDict):
    """A page that is asked for and not yet settled."""

    cursor: str
    sent: float
    """When its latest step was sent or arrived, seconds since 1970."""
    resends: int
    accepted: str
    """Token of the accepted reading; empty until its PageRead arrives."""
    again: bool
    """Read again because the accepted reading did not settle: other readings count, too."""
    readings: dict[str, Reading]


class SettledPage(TypedDict):
    """A page that is done: how many records it held, and what became of them."""

    count: int
    tally: Tally


class Pages(TypedDict):
    """The pages of one pass."""

    following: int
    """Number of the next page to ask for; a number is never used twice."""
    cursor: str | None
    """Where the next page begins; null while that is not known yet."""
    ended: bool
    """Whether the end of the table was read."""
    open: dict[str, OpenPage]
    settled: dict[str, SettledPage]


def no_pages() -> Pages:
    """Before the first page is asked for."""
    return {"following": 0, "cursor": "", "ended": False, "open": {}, "settled": {}}


def ask_for_next(pages: Pages, at: float) -> tuple[Pages, int] | None:
    """Enter the next page as asked for, and tell its number; null where it is unknown or there is none."""
    if pages["ended"] or pages["cursor"] is None:
        return None
    number = pages["following"]
    entry: OpenPage = {
        "cursor": pages["cursor"],
        "sent": at,
        "resends": 0,
        "accepted": "",
        "again": False,
        "readings": {},
    }
    opened = {**pages["open"], str(number): entry}
    return {**pages, "following": number + 1, "cursor": None, "open": opened}, number


def page_read(pages: Pages, key: PageKey, count: int, next_cursor: str, at: float) -> Pages:
    """Enter that a reading of a page is complete."""
    entry = pages["open"].get(str(key.page))
    if entry is None or not _counts(entry, key.attempt):
        return pages
    reading: Reading = {
        "splits": key.splits,
        "count": count,
        "next": next_cursor,
        "settled": entry["readings"].get(key.attempt, _unread(key))["settled"],
    }
    if not entry["accepted"]:
        # Readings that lost the race are forgotten: their counters must not be mixed with the accepted one's.
        entry = {**entry, "accepted": key.attempt, "sent": at, "readings": {key.attempt: reading}}
        pages = _with(pages, key.page, entry)
        if key.page == pages["following"] - 1:
            pages = {**pages, "cursor": next_cursor, "ended": next_cursor == ""}
    else:
        entry = {**entry, "readings": {**entry["readings"], key.attempt: reading}}
        pages = _with(pages, key.page, entry)
    return _settle_if_complete(pages, key.page)


def split_settled(pages: Pages, key: PageKey, counters: Counters, at: float) -> Pages:
    """Enter that one split of a reading is settled; it may arrive before the page's own PageRead."""
    entry = pages["open"].get(str(key.page))
    if entry is None or not _counts(entry, key.attempt):
        return pages
    reading = entry["readings"].get(key.attempt, _unread(key))
    if str(key.split) in reading["settled"]:
        return pages
    tally = {name: number for name, number in counters if number}
    reading = {**reading, "settled": {**reading["settled"], str(key.split): tally}}
    entry = {**entry, "sent": max(at, entry["sent"]), "readings": {**entry["readings"], key.attempt: reading}}
    return _settle_if_complete(_with(pages, key.page, entry), key.page)


def read_again(pages: Pages, number: int, at: float) -> Pages:
    """Enter that an overdue page is asked for once more."""
    entry = pages["open"][str(number)]
    again = entry["again"] or bool(entry["accepted"])
    return _with(pages, number, {**entry, "sent": at, "resends": entry["resends"] + 1, "again": again})


def open_pages(pages: Pages) -> Iterator[tuple[int, OpenPage]]:
    """Pages under way, in order."""
    return ((int(number), entry) for number, entry in sorted(pages["open"].items(), key=lambda item: int(item[0])))


def is_complete(pages: Pages) -> bool:
    """Whether the end was read and everything is settled."""
    return pages["ended"] and not pages["open"]


def records_read(pages: Pages) -> int:
    """Records of all accepted readings."""
    opened = sum(
        entry["readings"][entry["accepted"]].get("count", 0) for entry in pages["open"].values() if entry["accepted"]
    )
    return opened + sum(entry["count"] for entry in pages["settled"].values())


def totals(pages: Pages) -> Counters:
    """Counters of all accepted readings, summed."""
    tallies = [entry["tally"] for entry in pages["settled"].values()]
    for entry in pages["open"].values():
        if entry["accepted"]:
            tallies.extend(entry["readings"][entry["accepted"]]["settled"].values())
    return Counters(**_summed(tallies))


def _summed(tallies: Iterable[Tally]) -> Tally:
    sums: Tally = {}
    for tally in tallies:
        for name, number in tally.items():
            sums[name] = sums.get(name, 0) + number
    return sums


def _unread(key: PageKey) -> Reading:
    return {"splits": key.splits, "settled": {}}


def _counts(entry: OpenPage, attempt: str) -> bool:
    return not entry["accepted"] or entry["again"] or entry["accepted"] == attempt


def _with(pages: Pages, number: int, entry: OpenPage) -> Pages:
    return {**pages, "open": {**pages["open"], str(number): entry}}


def _settle_if_complete(pages: Pages, number: int) -> Pages:
    entry = pages["open"][str(number)]
    # At most one is: the page is settled as soon as a reading is complete.
    winner = next((reading for reading in entry["readings"].values() if _complete(reading)), None)
    if winner is None:
        return pages
    rest = {key: other for key, other in pages["open"].items() if key != str(number)}
    done: SettledPage = {"count": winner["count"], "tally": _summed(winner["settled"].values())}
    pages = {**pages, "open": rest, "settled": {**pages["settled"], str(number): done}}
    if winner["next"] != entry["readings"][entry["accepted"]]["next"]:
        pages = _read_on_from(pages, number, winner["next"])
    return pages


def _complete(reading: Reading) -> bool:
    return "next" in reading and len(reading["settled"]) >= reading["splits"]


def _read_on_from(pages: Pages, number: int, cursor: str) -> Pages:
    """The repeated reading ended elsewhere: what was read after it may leave a gap, so it is read anew."""

    def kept(entries: Mapping[str, Any]) -> dict[str, Any]:
        return {key: entry for key, entry in entries.items() if int(key) <= number}

    return {
        **pages,
        "cursor": cursor,
        "ended": cursor == "",
        "open": kept(pages["open"]),
        "settled": kept(pages["settled"]),
    }
