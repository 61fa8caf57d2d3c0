"""Dataverse's values and ours, both ways, pure: which columns to ask for and how a whole column is converted.

What a table and its fields need is worked out once and kept; a page is then converted column by column. Canonical
values are those of ``libs/contracts/pages.py``; a lookup that may point to several tables is ``table:id``.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from libs.contracts.pages import Condition, RecordData, Value, Values
from libs.contracts.vocabulary import System
from libs.dynamics.odata import Term, decimal_text, filter_text, json_number
from libs.dynamics.sales_tables import COMMON, SALES_TABLES, SalesAttribute, SalesTable
from libs.runtime.errors import MappingInvalid

Row = dict[str, Any]
Column = list[Any]

BASE_UNIT, SOLE_UNIT_NAME = "baseuomid", "soleuomname"
"""Attributes of unit groups that Dataverse does not have: id of the base unit; name of the unit where there is just
one."""
UNIT_FACTS = (BASE_UNIT, SOLE_UNIT_NAME)

_COMMON = {attribute.name: attribute for attribute in COMMON}
_TARGET = "@Microsoft.Dynamics.CRM.lookuplogicalname"
LOOKUP_TARGETS = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"'
"""Preference that makes answers say which table a lookup points to."""


def table_named(name: str) -> SalesTable:
    """Raises ``MappingInvalid`` for a table that is not in the catalogue."""
    try:
        return SALES_TABLES[name]
    except KeyError:
        raise MappingInvalid(f"The Sales table {name} is not known: correct the mapping.") from None


def attribute_named(table: SalesTable, name: str) -> SalesAttribute:
    """The attribute, or the table's own id. Raises ``MappingInvalid``."""
    if name in table:
        return table[name]
    if name == table.id:
        return SalesAttribute(name, "guid")
    if name in _COMMON:
        return _COMMON[name]
    raise MappingInvalid(f"The Sales table {table.name} has no attribute {name}: correct the mapping.", field=name)


def is_polymorphic(attribute: SalesAttribute) -> bool:
    return len(attribute.targets) > 1


def filter_of(table: SalesTable, conditions: Iterable[Condition], *more: Term) -> str:
    """The ``$filter`` for these conditions, not yet percent-encoded."""
    terms = []
    for condition in conditions:
        attribute = attribute_named(table, condition.field)
        value = condition.value
        if is_polymorphic(attribute):
            value = [_bare(item) for item in value] if isinstance(value, list) else _bare(value)
        terms.append(
            Term(
                attribute.read_name,
                attribute.type,
                condition.operator,
                value,
                "" if attribute.type == "lookup" else attribute.name,
            )
        )
    return filter_text([*terms, *more], System.SALES)


def _bare(value: Value) -> Value:
    return value.rpartition(":")[2] if isinstance(value, str) else value


# Reading


@dataclass(frozen=True)
class Reader:
    """Reads rows of one table with certain fields."""

    table: SalesTable
    fields: tuple[str, ...]
    select: str
    """For ``$select``."""
    prefer: str
    """Preference that the answers need; empty for none."""
    unit_facts: tuple[str, ...]
    """Those of :data:`UNIT_FACTS` that are asked for, which takes a request of its own."""
    _columns: tuple[tuple[str, Callable[[Column], Column] | None, bool], ...]

    def values(self, rows: Sequence[Row]) -> list[Values]:
        """The canonical values of each row."""
        columns = []
        for name, convert, polymorphic in self._columns:
            column = [row.get(name) for row in rows]
            if polymorphic:
                targets = [row.get(name + _TARGET) for row in rows]
                column = [f"{target}:{row}" if row else None for target, row in zip(targets, column, strict=True)]
            elif convert is not None:
                column = convert(column)
            columns.append(column)
        names = self.fields
        if not columns:
            return [{} for _ in rows]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    def records(self, rows: Sequence[Row]) -> list[RecordData]:
        """The rows as they travel in messages."""
        key = self.table.id
        return [
            {
                "id": row[key],
                "key": "",
                "version": row["@odata.etag"],
                "modified_on": row.get("modifiedon") or "",
                "values": values,
            }
            for row, values in zip(rows, self.values(rows), strict=True)
        ]


@lru_cache(maxsize=256)
def reader(table_name: str, fields: tuple[str, ...]) -> Reader:
    """What reading these fields takes. Raises ``MappingInvalid`` for a field that the table does not have."""
    table = table_named(table_name)
    of_units = table.name == "uomschedule" and not set(fields).isdisjoint(UNIT_FACTS)
    attributes = [attribute_named(table, name) for name in fields if not (of_units and name in UNIT_FACTS)]
    names = dict.fromkeys([table.id, *(attribute.read_name for attribute in attributes), "modifiedon"])
    return Reader(
        table,
        tuple(attribute.name for attribute in attributes),
        ",".join(names),
        LOOKUP_TARGETS if any(is_polymorphic(attribute) for attribute in attributes) else "",
        tuple(name for name in fields if name in UNIT_FACTS) if of_units else (),
        tuple((attribute.read_name, _READ.get(attribute.type), is_polymorphic(attribute)) for attribute in attributes),
    )


def _texts(column: Column) -> Column:
    return [value or None for value in column]


def _decimals(column: Column) -> Column:
    return [decimal_text(value) for value in column]


def _dates(column: Column) -> Column:
    return [value[:10] if value else None for value in column]


_READ: dict[str, Callable[[Column], Column]] = {
    "text": _texts,
    "decimal": _decimals,
    "money": _decimals,
    "date": _dates,
}


# Writing


def body_of(table: SalesTable, values: Values, *, creating: bool) -> Row:
    """The members to send for these values. A create leaves empty lookups out; a change clears them.

    Raises ``MappingInvalid`` for an attribute that the table does not have.
    """
    body: Row = values.copy()  # most values travel as they are; only the others are looked at
    for name, writer in _converted(table.name, tuple(values)):
        if writer is None:
            del body[name]  # kept by Dataverse itself
            continue
        kind, key, targets = writer
        if kind == _NUMBER:
            body[name] = json_number(body[name])
            continue
        value = body.pop(name)
        if value is None:
            if not creating:
                body[f"{key}@odata.bind"] = None
        elif kind == _LOOKUP:
            body[f"{key}@odata.bind"] = f"/{targets['']}({value})"
        else:
            target, _, row_id = str(value).partition(":")
            navigation = targets.get(f"{target}.navigation")
            if navigation is None:
                raise MappingInvalid(
                    f"{name} of {table.name} cannot point to {target}: correct the mapping.", field=name
                )
            body[f"{navigation}@odata.bind"] = f"/{targets[target]}({row_id})"
    return body


_PLAIN, _NUMBER, _LOOKUP, _POLYMORPHIC = range(4)

Writer = tuple[int, str, dict[str, str]]
"""Kind, member or navigation property, entity sets (and navigation properties) by target table."""


@lru_cache(maxsize=1024)
def _converted(table_name: str, names: tuple[str, ...]) -> tuple[tuple[str, Writer | None], ...]:
    """Those of these attributes that do not travel as they are, and how they do; null: not at all.

    Records of a page have the same few sets of attributes, so this is worked out once for each.
    """
    table, writers = table_named(table_name), _writers(table_name)
    found = []
    for name in names:
        writer = writers.get(name)
        if writer is None:
            attribute_named(table, name)
        elif writer[0] == _PLAIN:
            continue
        found.append((name, writer))
    return tuple(found)


@lru_cache(maxsize=64)
def _writers(table_name: str) -> dict[str, Writer]:
    """How each attribute that can be written is."""
    writers: dict[str, Writer] = {}
    table = table_named(table_name)
    for attribute in (*table, *COMMON):
        if attribute.read_only:
            continue
        if attribute.type != "lookup":
            kind = _NUMBER if attribute.type in ("decimal", "money") else _PLAIN
            writers[attribute.name] = (kind, attribute.name, {})
            continue
        targets = {"": SALES_TABLES[attribute.targets[0][0]].entity_set}
        for target, navigation in attribute.targets:
            targets[target] = SALES_TABLES[target].entity_set
            targets[f"{target}.navigation"] = navigation
        kind = _POLYMORPHIC if is_polymorphic(attribute) else _LOOKUP
        writers[attribute.name] = (kind, attribute.targets[0][1], targets)
    writers[table.id] = (_PLAIN, table.id, {})
    return writers


def changeable(table: SalesTable, values: Values) -> Values:
    """Without what may be given only when a row is created."""
    return {name: value for name, value in values.items() if not (name in table and table[name].create_only)}


def breaks_limit(table: SalesTable, values: Values) -> bool:
    """Whether Dataverse will refuse one of these values as too long or too small."""
    for name, value in values.items():
        if value is None or name not in table:
            continue
        attribute = table[name]
        if attribute.length and len(str(value)) > attribute.length:
            return True
        if attribute.minimum is not None and Decimal(str(value)) < attribute.minimum:
            return True
    return False


# Comparing


def differs(wanted: Values, current: Values) -> bool:
    """Whether any wanted value is not there already. An empty text and none at all are the same."""
    for name, value in wanted.items():
        held = current.get(name)
        if held != value and not (held in ("", None) and value in ("", None)):
            return True
    return False


def match_key(values: Values, names: Sequence[str]) -> tuple[Value, ...]:
    """What two records must have in common to match: text without regard to case, as Dataverse compares it."""
    return tuple(_folded(values.get(name)) for name in names)


def _folded(value: Value) -> Value:
    return (value.casefold().strip() or None) if isinstance(value, str) else value


@lru_cache(maxsize=64)
def wire_names(table_name: str) -> dict[str, str]:
    """Names by which an error may call an attribute -> the attribute."""
    table = table_named(table_name)
    names: dict[str, str] = {}
    for attribute in table:
        names[attribute.name] = attribute.name
        names[attribute.read_name] = attribute.name
        for _, navigation in attribute.targets:
            names[navigation] = attribute.name
    return names
