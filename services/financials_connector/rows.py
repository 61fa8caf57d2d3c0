"""Turns rows of an answer into records, and values into the body of a request, a page at a time. Pure.

What depends on table, surface and fields alone is prepared once per page; what is done per record is taking columns
out of rows and putting them together again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from libs.contracts.pages import RecordData, Value, Values
from libs.dynamics.odata import EMPTY_GUID
from libs.runtime.errors import ContractBroken, Rejected
from services.financials_connector.surfaces import ETAG, ID, TablePlan
from services.financials_connector.values import reader_of, writer_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Surroundings:
    """What a company adds to reading and writing: its currency, and the codes behind ids."""

    local_currency: str = ""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Table -> SystemId -> code."""
    ids: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Table -> code -> SystemId."""


def key_text(parts: Sequence[str]) -> str:
    """The primary key as it travels: parts joined by ``;``."""
    return ";".join(parts)


def key_id(parts: Sequence[str]) -> str:
    """The id of a record on a surface that has none: its key, cut apart again by :func:`key_parts`."""
    if len(parts) == 1:
        return parts[0]
    return ";".join(part.replace("%", "%25").replace(";", "%3B") for part in parts)


def key_parts(id: str, count: int) -> list[str]:
    """The parts of a key of ``count`` fields. Raises ``ContractBroken`` for an id that is no such key."""
    if count == 1:
        return [id]
    parts = [part.replace("%3B", ";").replace("%25", "%") for part in id.split(";")]
    if len(parts) != count:
        raise ContractBroken("A record is named by an id that is no key of its table.", detail=f"{count} parts wanted")
    return parts


class PageReader:
    """Reads rows of one table into records with ``fields``."""

    def __init__(self, plan: TablePlan, fields: Sequence[str], surroundings: Surroundings) -> None:
        self.plan = plan
        self._surroundings = surroundings
        self.fields = [name for name in fields if plan.gives(plan.field(name).name)]
        """Fields that the records will have."""
        fields = self.fields
        self.computed = [name for name in fields if name in plan.computed]
        """Fields whose columns the caller computes and hands to :meth:`records`."""
        self._names = [name for name in fields if name in plan.properties or name in plan.referred]
        self._keys = list(plan.table.key)

    @property
    def select(self) -> list[str]:
        """Properties to ask for, without repetition."""
        plan = self.plan
        wanted = [ID] if plan.has_ids else []
        wanted += [plan.properties[name] for name in self._keys if name in plan.properties]
        wanted += [plan.properties.get(name) or plan.referred[name] for name in self._names]
        wanted += [plan.properties[name] for field in self.computed for name in plan.inputs(field)]
        if plan.modified:
            wanted.append(plan.modified)
        return list(dict.fromkeys(wanted))

    def column(self, rows: Sequence[Row], name: str) -> list[Value]:
        """The canonical values of one field, row by row. Raises ``ContractBroken`` where the answer lacks it."""
        plan = self.plan
        catalogued = plan.table[name]
        if name in plan.referred:
            codes = self._surroundings.codes.get(catalogued.relation, {})
            return [codes.get(str(value).lower(), "") if value else "" for value in _column(rows, plan.referred[name])]
        values = _column(rows, plan.properties[name])
        read = reader_of(catalogued)
        if read is not None:
            return [read(value) for value in values]
        if name in plan.shows_local_currency:
            local = self._surroundings.local_currency
            return ["" if value == local or value is None else value for value in values]
        if catalogued.type in ("text", "code") and None in values:
            return ["" if value is None else value for value in values]
        return values

    def meets_new_codes(self, rows: Sequence[Row]) -> bool:
        """Whether the rows refer to a record that the surroundings do not know: it is newer than they are."""
        return any(
            value and str(value).lower() not in self._surroundings.codes.get(self.plan.table[name].relation, {})
            for name in self._names
            if name in self.plan.referred
            for value in _column(rows, self.plan.referred[name])
        )

    def keys(self, rows: Sequence[Row]) -> list[list[str]]:
        """The key parts of every row."""
        columns = [self.column(rows, name) for name in self._keys if name in self.plan.properties]
        return [["" if part is None else str(part) for part in parts] for parts in zip(*columns, strict=True)]

    def records(self, rows: Sequence[Row], computed: Mapping[str, Sequence[Value]] | None = None) -> list[RecordData]:
        """The records of ``rows``; ``computed`` holds the columns of :attr:`computed`."""
        if not rows:
            return []
        plan = self.plan
        names = self._names + self.computed
        columns: list[Sequence[Value]] = [self.column(rows, name) for name in self._names]
        columns += [(computed or {})[name] for name in self.computed]
        if columns:
            values: list[Values] = [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]
        else:
            values = [{} for _ in rows]
        if len(self._keys) == 1:
            [key_column] = [self.column(rows, name) for name in self._keys]
            keys = ids = [str(key) for key in key_column]
        else:
            parts = self.keys(rows)
            keys = [key_text(part) for part in parts]
            ids = [] if plan.has_ids else [key_id(part) for part in parts]
        if plan.has_ids:
            ids = _column(rows, ID)
        moments = _column(rows, plan.modified) if plan.modified else [""] * len(rows)
        versions = [row.get(ETAG, "") for row in rows]
        return [
            {"id": record_id, "key": key, "version": version, "modified_on": moment, "values": held}
            for record_id, key, version, moment, held in zip(ids, keys, versions, moments, values, strict=True)
        ]


class BodyWriter:
    """Writes values into the JSON bodies of requests for one table; fields stand in the catalogue's order, because
    Business Central validates them in the order in which they arrive."""

    def __init__(self, plan: TablePlan, surroundings: Surroundings) -> None:
        self._plan = plan
        self._surroundings = surroundings
        self._orders: dict[tuple[str, ...], list[tuple[str, str, Callable[[Value], Any]]]] = {}
        self._encode = msgspec.json.Encoder().encode

    def body(self, values: Values, *, id: str = "") -> bytes:
        """The body that writes ``values``; fields that cannot be written here are left out. Raises ``Rejected``."""
        names = tuple(values)
        order = self._orders.get(names)
        if order is None:
            order = self._orders[names] = self._order(names)
        written: dict[str, Any] = {ID: id} if id else {}
        for name, wire_name, write in order:
            written[wire_name] = write(values[name])
        return self._encode(written)

    def writes(self, name: str) -> bool:
        """Whether the field can be written on this surface."""
        plan = self._plan
        return not plan.field(name).calculated and (name in plan.properties or name in plan.referred)

    def _order(self, names: tuple[str, ...]) -> list[tuple[str, str, Callable[[Value], Any]]]:
        plan = self._plan
        wanted = {name for name in names if self.writes(name)}
        order = []
        for catalogued in plan.table:
            name = catalogued.name
            if name not in wanted:
                continue
            if name in plan.properties:
                write = writer_of(catalogued, encode_options=plan.has_ids)
                order.append((name, plan.properties[name], write))
            else:
                order.append((name, plan.referred[name], self._referring(name, catalogued.relation)))
        return order

    def _referring(self, name: str, relation: str) -> Callable[[Value], Any]:
        ids = self._surroundings.ids.get(relation, {})

        def write(value: Value) -> str:
            code = str(value or "")
            if not code:
                return EMPTY_GUID
            try:
                return ids[code]
            except KeyError:
                raise Rejected(
                    f"{relation} has no record with the code in {name}: create or couple that first.",
                    code="remote.lookup_missing",
                    field=name,
                ) from None

        return write


def _column(rows: Sequence[Row], property: str) -> list[Any]:
    try:
        return [row[property] for row in rows]
    except KeyError:
        raise ContractBroken(
            f"Financials answered without the property {property} that was asked for.",
            detail="the companion extension may be older than Tandem",
        ) from None
