"""$apply: rows filtered, put into groups and summed up."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.exchange import Answer, Call, encode
from services.sandbox.dataverse.table import Row, Table, folded
from services.sandbox.odata import Getter, ODataError, Options, Queries, split_outside

MOST_ROWS = 50_000
_STEP = re.compile(r"\s*(filter|groupby|aggregate)\((.*)\)\s*", re.DOTALL)
_GROUPS = re.compile(r"\s*\(([^()]*)\)\s*")
_AGGREGATE = re.compile(r"\s*(\$count|[\w/]+\s+with\s+(sum|min|max|average|countdistinct))\s+as\s+(\w+)\s*")

_METHODS: dict[str, Callable[[list[Any]], Any]] = {
    "sum": lambda values: sum(values, Decimal(0)),
    "min": min,
    "max": max,
    "average": lambda values: sum(values, Decimal(0)) / len(values),
    "countdistinct": lambda values: len({folded(value) for value in values}),
}


@dataclass(frozen=True)
class Aggregate:
    """One figure of a group of rows."""

    alias: str
    method: str
    """Empty: the number of rows."""
    get: Getter

    def of(self, rows: list[Row]) -> Any:
        if not self.method:
            return len(rows)
        values = [value for row in rows if (value := self.get(row)) is not None]
        return _METHODS[self.method](values) if values or self.method == "countdistinct" else None


def aggregated(call: Call, table: Table, queries: Queries) -> Answer:
    """What ``$apply=filter(…)/groupby((…),aggregate(…))`` makes of a table's rows; raises ``Refused``."""
    (_, text), *others = call.options.others
    if others or replace(call.options, others=()) != Options():
        raise refusal.bad_uri("$apply cannot be combined with other query options.")
    try:
        value = _apply(list(table.rows.values()), text, queries)
    except ODataError as error:
        raise refusal.bad_uri(error.message) from error
    call.work.append(("read", len(value)))
    names = f"({','.join(value[0])})" if value else ""
    place = f"{call.root}$metadata#{table.spec.entity_set}{names}"
    return Answer(200, encode({"@odata.context": place, "value": value}))


def _apply(rows: list[Row], text: str, queries: Queries) -> list[dict[str, Any]]:
    *filters, last = [_step(part) for part in split_outside(text, "/")]
    for name, inner in filters:
        if name != "filter":
            raise ODataError(f"'{name}' must be the last step of $apply.")
        rows = list(filter(queries.predicate(inner), rows))
    if len(rows) > MOST_ROWS:
        raise refusal.invalid("The maximum record limit is exceeded. Reduce the number of records.", "0x8004E023")
    name, inner = last
    if name == "aggregate":
        return [_figures(rows, _aggregates(inner, queries))]
    if name == "filter":
        raise ODataError("$apply needs aggregate or groupby; for a filter alone there is $filter.")
    columns, *rest = split_outside(inner, ",")
    named = _GROUPS.fullmatch(columns)
    if named is None or len(rest) > 1:
        raise ODataError(f"Syntax error in groupby: '{inner}'.")
    step, figures = _step(rest[0]) if rest else ("aggregate", "")
    if step != "aggregate":
        raise ODataError(f"'{step}' cannot stand within groupby.")
    return _grouped(rows, [part.strip() for part in named[1].split(",")], _aggregates(figures, queries), queries)


def _step(text: str) -> tuple[str, str]:
    found = _STEP.fullmatch(text)
    if found is None:
        raise ODataError(f"Syntax error in $apply: '{text}'.")
    return found[1], found[2]


def _aggregates(text: str, queries: Queries) -> list[Aggregate]:
    found: list[Aggregate] = []
    for part in split_outside(text, ",") if text else ():
        match = _AGGREGATE.fullmatch(part)
        if match is None:
            raise ODataError(f"Syntax error in aggregate: '{part.strip()}'.")
        method = match[2] or ""
        column = queries.resolve(match[1].split()[0]) if method else None
        if method in ("sum", "average") and column is not None and column.kind != "number":
            raise ODataError(f"'{method}' needs a number.", reason="type")
        found.append(Aggregate(match[3], method, column.get if column else lambda row: None))
    return found


def _figures(rows: list[Row], aggregates: Sequence[Aggregate]) -> dict[str, Any]:
    return {aggregate.alias: aggregate.of(rows) for aggregate in aggregates}


def _grouped(
    rows: list[Row], names: list[str], aggregates: Sequence[Aggregate], queries: Queries
) -> list[dict[str, Any]]:
    getters = [queries.resolve(name).get for name in names]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(folded(get(row)) for get in getters), []).append(row)
    return [
        {name: get(members[0]) for name, get in zip(names, getters, strict=True)} | _figures(members, aggregates)
        for members in groups.values()
    ]
