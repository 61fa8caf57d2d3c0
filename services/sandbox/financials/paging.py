"""Which rows a query answers with, page by page, by next links that continue behind the last row's key."""

import base64
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

import msgspec

from services.sandbox.financials import refusals
from services.sandbox.financials.filter_rules import check_filter
from services.sandbox.financials.keys import Key
from services.sandbox.financials.listings import Entry, Listing
from services.sandbox.financials.rows import Row
from services.sandbox.financials.shapes import Shape
from services.sandbox.odata import (
    Comparison,
    Expression,
    Literal,
    ODataError,
    Options,
    Path,
    Predicate,
    conjuncts,
    parse_filter,
    parse_orderby,
    pinned,
)

LARGEST_PAGE = 20_000
_FEW = 5_000
"""Rows that are rather sorted anew for every page than found by going through the table."""


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    token: str = ""
    """Where the next page begins; empty on the last."""
    count: int | None = None


def read(shape: Shape, options: Options, limit: int) -> Page:
    """One page of at most ``limit`` rows; raises ``Refused``."""
    try:
        return _Reading(shape, options).page(limit)
    except ODataError as error:
        raise refused(error) from error


def count(shape: Shape, options: Options) -> int:
    """Rows that pass the filter."""
    try:
        return _Reading(shape, options).count()
    except ODataError as error:
        raise refused(error) from error


def refused(error: ODataError) -> Exception:
    if error.reason in ("unknown_property", "type"):
        return refusals.bad_request(error.message)
    return refusals.bad_url(error.message)


class _Reading:
    def __init__(self, shape: Shape, options: Options) -> None:
        self._rows = shape.rows
        self._shape = shape
        self._options = options
        self._predicate: Predicate | None = None
        self._expression: Expression | None = None
        if options.filter:
            self._expression = parse_filter(options.filter, options.alias_values)
            check_filter(self._expression, shape.queries, options)
            if not _names_ids_alone(self._expression):
                self._predicate = shape.queries.predicate(options.filter, options.alias_values)
        self._version_name, self._modified_name = shape.change_properties()
        self._order = self._chosen_order()

    def _chosen_order(self) -> str:
        """key, change (row version or, with no row come late, modification time), newest (that backwards), other."""
        if not self._options.orderby:
            return "key"
        parts = parse_orderby(self._options.orderby)
        names = tuple(name for name, _ in parts)
        if names == self._key_properties() and not any(descending for _, descending in parts):
            return "key"
        by_version = self._version_name and names[0] == self._version_name
        by_time = self._modified_name and names[0] == self._modified_name and not self._rows.late
        if not (by_version or (by_time and len(names) == 1)):
            return "other"
        return "newest" if parts[0][1] else "change"

    def _key_properties(self) -> tuple[str, ...]:
        """Properties that show the primary key's fields."""
        by_field = {item.field.name: name for name, item in self._shape.properties.items() if item.field is not None}
        return tuple(by_field.get(name, "") for name in self._shape.table.key)

    def page(self, limit: int) -> Page:
        remaining, place = _read_token(self._options, self._shape.set_name)
        skip = 0 if self._options.skiptoken else self._options.skip or 0
        wanted = limit if remaining is None else min(limit, remaining)
        position = skip + wanted + (int(place[0]) if place is not None and self._order == "other" else 0)
        rows = list(islice(self._from(place), skip, skip + wanted + 1))
        more = len(rows) > wanted and (remaining is None or remaining > wanted)
        del rows[wanted:]
        token = ""
        if more and rows:
            left = None if remaining is None else remaining - wanted
            token = _token(self._place(rows[-1], position), left, self._options, self._shape.set_name)
        return Page(rows, token, self.count() if self._options.count else None)

    def count(self) -> int:
        if self._expression is None:
            return len(self._rows)
        return sum(1 for _ in self._passing(self._candidates()))

    def _passing(self, rows: Iterable[Row]) -> Iterator[Row]:
        return iter(rows) if self._predicate is None else filter(self._predicate, rows)

    def _from(self, place: list[Any] | None) -> Iterator[Row]:
        """Passing rows in order, from behind ``place``."""
        if self._order == "change":
            after = -1 if place is None else int(place[0])
            rows = self._candidates(after)
            return self._passing(rows if place is None else (row for row in rows if row.version > after))
        if self._order == "newest":
            rows = reversed(list(self._candidates()))
            return self._passing(rows if place is None else (row for row in rows if row.version < int(place[0])))
        if self._order == "key":
            after_key = None if place is None else _key(place)
            if self._expression is None or not self._is_narrow():
                return self._passing(self._rows.in_key_order(after_key))
            rows = sorted(self._passing(self._candidates()), key=lambda row: row.key)
            return iter([row for row in rows if after_key is None or row.key > after_key])
        rows = sorted(self._passing(self._candidates()), key=lambda row: row.key)
        rows = self._shape.queries.sort(rows, self._options.orderby)
        if place is None:
            return iter(rows)
        # The last row of the page before may be gone or elsewhere by now; then its old position must do.
        at, last = int(place[0]), _key(place[1:])
        keys = [row.key for row in rows]
        return iter(rows[keys.index(last) + 1 if last in keys else at :])

    def _place(self, row: Row, position: int) -> list[Any]:
        if self._order in ("change", "newest"):
            return [row.version]
        return list(row.key) if self._order == "key" else [position, *row.key]

    def _is_narrow(self) -> bool:
        return self._lookup() is not None or self._lower_bound() is not None

    def _candidates(self, after: int = -1) -> Iterable[Row]:
        """Rows among which are all that pass, as few as the indexes allow, in the order of change."""
        if self._expression is None:
            return self._rows.in_change_order(after)
        looked_up = self._lookup()
        if looked_up is not None:
            return sorted(looked_up, key=lambda row: row.version)
        bounded = self._lower_bound()
        if bounded is None:
            return self._rows.in_change_order(after)
        rows = bounded()
        return rows if after < 0 or not rows or rows[0].version > after else self._rows.in_change_order(after)

    def _lookup(self) -> list[Row] | None:
        """Rows that an ``eq`` or ``or`` of ids or keys names."""
        if self._expression is None:
            return None
        found = pinned(self._expression)
        if "id" in found:
            ids = dict.fromkeys(literal.text.lower() for literal in found["id"])
            return [row for each in ids if (row := self._rows.by_id.get(each)) is not None]
        key = self._shape.table.key
        by_field = {
            item.name: literals
            for name, literals in found.items()
            if (item := self._shape.properties[name].field) is not None and item.name in self._shape.table
        }
        if len(key) == 1 and key[0] in by_field:
            values = dict.fromkeys(self._key_value(literal) for literal in by_field[key[0]])
            return [row for value in values if (row := self._rows.by_key.get((value,))) is not None]
        for name, literals in by_field.items():
            item = self._shape.table[name]
            # A blank currency is shown as the local one, so that its text says nothing of what is stored.
            if item.type == "code" and not item.calculated and item.relation != "Currency":
                codes = dict.fromkeys(literal.text.upper() for literal in literals)
                rows = [row for code in codes for row in self._rows.having(name, code)]
                return rows if len(rows) <= _FEW else None
        return None

    def _key_value(self, literal: Literal) -> Any:
        if self._shape.table[self._shape.table.key[0]].type == "integer":
            return int(literal.text) if literal.text.isdigit() else -1
        return literal.text.upper()

    def _lower_bound(self) -> Callable[[], list[Row]] | None:
        """Rows changed since a version or time that the filter demands."""
        if self._expression is None:
            return None
        for part in conjuncts(self._expression):
            match part:
                case Comparison("gt" | "ge" as operator, Path(name), Literal(_, text)) if name:
                    if name == self._version_name and text.isdigit():
                        version = int(text) - (operator == "ge")
                        return lambda version=version: self._rows.in_change_order(version)  # type: ignore[misc]
                    item = self._shape.properties[name].field if name in self._shape.properties else None
                    if item is not None and item.type == "integer" and (item.name,) == self._shape.table.key:
                        number = int(text) - (operator == "ge") if text.isdigit() else -1
                        return lambda number=number: list(self._rows.in_key_order((number,)))  # type: ignore[misc]
                    if name == self._modified_name and not self._rows.late and "+" not in text:
                        # A whole second is no later than any moment in it; the filter itself decides exactly.
                        moment = text[:19] if len(text) >= 19 else text[:10]
                        return lambda moment=moment: self._rows.modified_after(moment)  # type: ignore[misc]
        return None


def _names_ids_alone(expression: Expression) -> bool:
    """Whether the filter is nothing but ``id eq … or id eq …``, which the index answers whole."""
    return len(conjuncts(expression)) == 1 and set(pinned(expression)) == {"id"}


def read_listing(listing: Listing, options: Options, limit: int) -> Page:
    """One page of a listing, in the order of its entries unless another is asked for."""
    entries = _entries(listing, options)
    remaining, place = _read_token(options, listing.name)
    start = int(place[0]) if place else options.skip or 0
    wanted = limit if remaining is None else min(limit, remaining)
    rows = entries[start : start + wanted]
    token = ""
    if start + wanted < len(entries) and (remaining is None or remaining > wanted):
        left = None if remaining is None else remaining - wanted
        token = _token([start + wanted], left, options, listing.name)
    return Page(rows, token, len(entries) if options.count else None)


def count_listing(listing: Listing, options: Options) -> int:
    """Entries that pass the filter."""
    return len(_entries(listing, options))


def _entries(listing: Listing, options: Options) -> list[Entry]:
    try:
        if options.filter:
            expression = parse_filter(options.filter, options.alias_values)
            check_filter(expression, listing.queries, options)
            named = {name: [literal.text for literal in literals] for name, literals in pinned(expression).items()}
            entries: list[Entry] = listing.candidates(named)
            entries = list(filter(listing.queries.predicate(options.filter, options.alias_values), entries))
        else:
            entries = listing.entries()
        return listing.queries.sort(list(entries), options.orderby) if options.orderby else entries
    except ODataError as error:
        raise refused(error) from error


def _token(place: list[Any], remaining: int | None, options: Options, set_name: str) -> str:
    marked = [_marked(part) for part in place]
    return (
        base64.urlsafe_b64encode(msgspec.json.encode([_seal(remaining, marked, options, set_name), remaining, marked]))
        .decode()
        .rstrip("=")
    )


def _seal(remaining: int | None, marked: list[Any], options: Options, set_name: str) -> int:
    """What tells a token that is garbled, or was made for another listing or order."""
    return zlib.crc32(msgspec.json.encode([remaining, marked, options.orderby, set_name]))


def _marked(part: Any) -> Any:
    """A part of a place, such that text and decimals can be told apart again."""
    if isinstance(part, Decimal):
        return f"d{part:f}"
    return f"s{part}" if isinstance(part, str) else part


def _read_token(options: Options, set_name: str) -> tuple[int | None, list[Any] | None]:
    """How many rows are still wanted, and the place behind which to go on."""
    if not options.skiptoken:
        return options.top, None
    try:
        text = options.skiptoken.strip("'")
        seal, remaining, place = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError) as error:
        raise refusals.bad_url("The value of $skiptoken is not valid.") from error
    if seal != _seal(remaining, place, options, set_name):
        raise refusals.bad_url("The value of $skiptoken is not valid.")
    return remaining, place


def _key(place: list[Any]) -> Key:
    return tuple(_key_part(part) for part in place)


def _key_part(part: Any) -> Any:
    if not isinstance(part, str):
        return part
    return Decimal(part[1:]) if part.startswith("d") else part[1:]
