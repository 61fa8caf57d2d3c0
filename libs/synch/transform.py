"""Turns a page of source records into what the destination should hold, column by column.

Each distinct value of a column is converted and hashed once a page, so look-ups, codes and blanks cost next to nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

from libs.contracts.failures import Failure
from libs.contracts.pages import Value, Values
from libs.contracts.vocabulary import SynchAction
from libs.synch import fingerprint
from libs.synch.conversions import MISSING, SKIP_RULES, Cell
from libs.synch.lookups import Lookups
from libs.synch.plan import NOT_HASHED, Column, Plan
from libs.synch.values import code


@dataclass(frozen=True)
class Problem:
    """Why a record goes no further."""

    action: SynchAction
    """``fail`` or ``skip``."""
    failure: Failure


class Transformed:
    """A page as the destination should hold it; records are addressed by their place on the page."""

    __slots__ = (
        "_create_rows",
        "_holes",
        "_update_rows",
        "_wanted",
        "creation_problems",
        "fingerprints",
        "plan",
        "problems",
        "rows",
        "waiting",
    )

    def __init__(
        self,
        *,
        plan: Plan,
        rows: Sequence[Values],
        wanted: list[list[Any]],
        holes: set[int],
        fingerprints: Mapping[int, bytes],
        problems: dict[int, Problem],
        creation_problems: dict[int, Problem],
        waiting: dict[int, dict[str, str]],
    ) -> None:
        self.plan = plan
        self.rows = rows
        self.fingerprints = fingerprints
        """Of the records that were to be hashed."""
        self.problems = problems
        """Record -> why it goes no further."""
        self.creation_problems = creation_problems
        """Record -> why it could not be created; what was created before is not hindered by it."""
        self.waiting = waiting
        """Record -> destination field -> ``MAPPING:key`` of the partner that it waits for."""
        self._wanted = wanted
        self._holes = holes
        """Columns that are not written for some of the records."""
        self._create_rows: _Rows | None = None
        self._update_rows: _Rows | None = None

    def problem(self, index: int, *, new: bool) -> Problem | None:
        """Why a record, ``new`` or not, goes no further."""
        found = self.problems.get(index)
        return self.creation_problems.get(index) if found is None and new else found

    def create_values(self, index: int) -> Values:
        """Everything that a new record is written with."""
        if self._create_rows is None:
            self._create_rows = self._select(self.plan.create_constants, lambda column: column.on_create)
        values = self._create_rows.values(index)
        for name, value in self.plan.create_defaults.items():
            values.setdefault(name, value)
        return values

    def update_values(self, index: int) -> Values:
        """Everything that may be written to an existing record."""
        if self._update_rows is None:
            self._update_rows = self._select(self.plan.update_constants, lambda column: column.on_update)
        return self._update_rows.values(index)

    def facts(self, index: int) -> Values:
        """Facts of the Financials record for other mappings."""
        plan = self.plan
        if plan.to_sales:
            row = self.rows[index]
            return {name: row[name] for name in plan.facts if name in row}
        return {
            column.target: self._wanted[place][index]
            for place, column in enumerate(plan.columns)
            if column.target in plan.facts and self._wanted[place][index] is not MISSING
        }

    def _select(self, constants: Mapping[str, Value], chosen: Callable[[Column], bool]) -> "_Rows":
        places = [place for place, column in enumerate(self.plan.columns) if chosen(column)]
        names = [*constants, *(self.plan.columns[place].target for place in places)]
        columns = [*map(repeat, constants.values()), *(self._wanted[place] for place in places)]
        rows = zip(*columns, range(len(self.rows)), strict=False)
        return _Rows(names, list(rows), not self._holes.isdisjoint(places))


class _Rows:
    """Columns as rows; each row ends in its own place, so that there are rows even where there are no columns."""

    __slots__ = ("_filtered", "_names", "_rows")

    def __init__(self, names: list[str], rows: list[tuple[Any, ...]], filtered: bool) -> None:
        self._names, self._rows, self._filtered = names, rows, filtered

    def values(self, index: int) -> Values:
        pairs = zip(self._names, self._rows[index], strict=False)
        if self._filtered:
            return {name: value for name, value in pairs if value is not MISSING}
        return dict(pairs)


def values_by_position(plan: Plan, values: Mapping[str, Value], positions: Sequence[int]) -> Values:
    """Of ``values`` (destination fields), those at these places of the fingerprint."""
    chosen = set(positions)
    return {
        column.target: values[column.target]
        for column in plan.columns
        if column.position in chosen and column.on_update and column.target in values
    }


def needed_partners(plan: Plan, rows: Sequence[Values], *, clearable_only: bool = False) -> dict[str, set[str]]:
    """Mapping -> keys (to Sales) or ids (from Sales) of the records that these rows refer to.

    ``clearable_only``: of fields that are left empty while their partner is not coupled; the common form of any other
    value of Sales can be told without its partner.
    """
    needed: dict[str, set[str]] = {}
    for column in plan.columns:
        relation = column.field.relation
        if not relation or (clearable_only and not column.field.clear_value_on_failed_sync):
            continue
        name = column.sources[0]
        distinct = {row.get(name) for row in rows}
        keys = {code(value) for value in distinct} if plan.to_sales else {_id_of(value) for value in distinct}
        needed.setdefault(relation, set()).update(key for key in keys if key)
    return needed


def _id_of(value: Value) -> str:
    return "" if value is None else str(value).rpartition(":")[2]


def transform(
    plan: Plan,
    rows: Sequence[Values],
    lookups: Lookups,
    hasher: fingerprint.Hasher,
    hashed: Sequence[int] | None = None,
) -> Transformed:
    """Convert every column of the page, and hash it for the records at the places ``hashed`` (all of them where it is
    not given). A record's first problem is kept; the others go on.
    """
    problems: dict[int, Problem] = {}
    creation_problems: dict[int, Problem] = {}
    waiting: dict[int, dict[str, str]] = {}
    _skip(plan, rows, lookups, problems)
    source = _columns(plan, rows)
    wanted: list[list[Any]] = []
    holes: set[int] = set()
    if hashed is None:
        hashed = range(len(rows))
    hashes: list[Sequence[bytes]] = [[fingerprint.UNKNOWN] * len(hashed)] * len(plan.hashed)
    for place, column in enumerate(plan.columns):
        single = len(column.sources) == 1
        raw = source[column.sources[0]] if single else list(zip(*map(source.get, column.sources), strict=True))
        cells = _cells(column, set(raw), lookups, to_sales=plan.to_sales)
        results, noted = {}, False
        for value, cell in cells.items():
            results[value] = cell.wanted
            if cell.wanted is MISSING:
                holes.add(place)
            if cell.problem is not None or cell.waiting:
                noted = True
        wanted.append([results[value] for value in raw])
        if column.position != NOT_HASHED and hashed:
            chosen = raw if len(hashed) == len(rows) else [raw[index] for index in hashed]
            hashes[column.position] = _digests(chosen, cells, hasher)
        if noted:
            _note(column, raw, cells, problems if column.on_update else creation_problems, waiting)
    joined = map(b"".join, zip(*hashes, strict=True)) if hashes else repeat(b"")
    fingerprints = dict(zip(hashed, joined, strict=False))
    return Transformed(
        plan=plan,
        rows=rows,
        wanted=wanted,
        holes=holes,
        fingerprints=fingerprints,
        problems=problems,
        creation_problems=creation_problems,
        waiting=waiting,
    )


def _digests(raw: Sequence[Any], cells: Mapping[Any, Cell], hasher: fingerprint.Hasher) -> Sequence[bytes]:
    digests = {value: fingerprint.UNKNOWN if _is_missing(value) else hasher(cells[value].common) for value in set(raw)}
    return [digests[value] for value in raw]


def _columns(plan: Plan, rows: Sequence[Values]) -> dict[str, Sequence[Any]]:
    """The fields of the source that the plan needs, as columns; a field that a record lacks is :data:`MISSING`."""
    names = list(dict.fromkeys(name for column in plan.columns for name in column.sources))
    try:
        return {name: [row[name] for row in rows] for name in names}
    except KeyError:
        return {name: [row.get(name, MISSING) for row in rows] for name in names}


def _cells(column: Column, distinct: set[Any], lookups: Lookups, *, to_sales: bool) -> dict[Any, Cell]:
    convert = column.conversion.to_sales if to_sales else column.conversion.from_sales
    if len(column.sources) > 1 or MISSING in distinct:
        return {value: _cell(convert, value, lookups) for value in distinct}
    return {value: convert(value, lookups) for value in distinct}


def _is_missing(value: Any) -> bool:
    return value is MISSING or (isinstance(value, tuple) and value[0] is MISSING)


def _cell(convert: Callable[[Any, Lookups], Cell], value: Any, lookups: Lookups) -> Cell:
    if _is_missing(value):
        # A missing field is not an empty field: the destination keeps what it has.
        return Cell(MISSING, None)
    if isinstance(value, tuple):
        value = tuple(None if part is MISSING else part for part in value)
    return convert(value, lookups)


def _note(
    column: Column,
    raw: Sequence[Any],
    cells: Mapping[Any, Cell],
    problems: dict[int, Problem],
    waiting: dict[int, dict[str, str]],
) -> None:
    bad = {
        value: Problem(SynchAction.SKIP if cell.skips else SynchAction.FAIL, cell.problem)
        for value, cell in cells.items()
        if cell.problem is not None
    }
    late = {value: cell.waiting for value, cell in cells.items() if cell.waiting}
    if bad:
        for index, value in enumerate(raw):
            if value in bad:
                problems.setdefault(index, bad[value])
    if late:
        for index, value in enumerate(raw):
            if value in late:
                waiting.setdefault(index, {})[column.target] = late[value]


def _skip(plan: Plan, rows: Sequence[Values], lookups: Lookups, problems: dict[int, Problem]) -> None:
    if not plan.skip_fields:
        return
    for name in plan.mapping.skip_rules:
        rule = SKIP_RULES[name]
        for index, row in enumerate(rows):
            failure = rule(tuple(row.get(field) for field in plan.skip_fields), lookups, plan.context)
            if failure is not None:
                problems.setdefault(index, Problem(SynchAction.SKIP, failure))
