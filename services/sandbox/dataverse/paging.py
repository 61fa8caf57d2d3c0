"""Addresses inside an answer: its context, the next page; and how large a page is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote

from services.sandbox.dataverse.cookies import PageCookie
from services.sandbox.dataverse.exchange import Call
from services.sandbox.dataverse.table import Table
from services.sandbox.odata import Options

LARGEST_PAGE = 5000


def page_size(preferences: dict[str, str]) -> tuple[int, str]:
    """Rows on a page, and the preference that was applied."""
    wish = preferences.get("odata.maxpagesize", "")
    if not wish.isdigit() or int(wish) < 1:
        return LARGEST_PAGE, ""
    size = min(int(wish), LARGEST_PAGE)
    return size, f"odata.maxpagesize={size}"


def context(root: str, table: Table, options: Options, *, entity: bool = False) -> str:
    """``@odata.context`` of an answer."""
    parts = [*options.select, *(f"{item.name}({','.join(item.options.select)})" for item in options.expand)]
    columns = f"({','.join(parts)})" if parts else ""
    return f"{root}$metadata#{table.spec.entity_set}{columns}{'/$entity' if entity else ''}"


def next_link(call: Call, table: Table, cookie: PageCookie) -> str:
    return link(
        call.root + quote(call.path, safe="$()/,='"),
        parse_qsl(call.query, keep_blank_values=True),
        cookie.text(table.id),
    )


def link(place: str, options: Iterable[tuple[str, str]], cookie: str) -> str:
    """Address of the next page of what is at that place, with the same options."""
    pairs = [pair for pair in options if pair[0] not in ("$skiptoken", "$deltatoken")]
    query = "&".join(f"{name}={quote(value, safe='$(),/*')}" for name, value in [*pairs, ("$skiptoken", cookie)])
    return f"{place}?{query}"


@dataclass(frozen=True, slots=True)
class Pages:
    """How expanded collections are parted."""

    root: str
    size: int = LARGEST_PAGE


def pages(call: Call) -> Pages:
    return Pages(call.root, page_size(call.preferences)[0])


def wanted_rows(call: Call) -> tuple[int, bool]:
    """How many rows a page is to have, and whether that is all (``$top``, which a page size overrules)."""
    size, _ = page_size(call.preferences)
    top = None if "odata.maxpagesize" in call.preferences else call.options.top
    return (size, False) if top is None else (min(size, top), True)


def plain(value: Any) -> Any:
    """A sort value as JSON holds it."""
    return value if value is None or isinstance(value, str | int | bool) else float(value)


def comparing(descending: list[bool]) -> Callable[[tuple[Any, ...], tuple[Any, ...]], int]:
    """Compares the positions of two rows in an order; nulls come first."""

    def compare(a: tuple[Any, ...], b: tuple[Any, ...]) -> int:
        for left, right, down in zip(a, b, descending, strict=True):
            if left == right:
                continue
            less = left is None if left is None or right is None else left < right
            return 1 if less == down else -1
        return 0

    return compare
