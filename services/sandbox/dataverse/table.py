"""The rows of one table in memory, with the order in which they changed and the indexes that queries need."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from libs.dynamics.sales_tables import SalesAttribute, SalesTable
from services.sandbox.dataverse.columns import Check, attributes_of, checker, target_key
from services.sandbox.dataverse.derived import amounts_of

Row = dict[str, Any]
"""Never changed in place: an update puts a new dict in its stead, so whoever holds one holds a snapshot."""


def folded(value: Any) -> Any:
    """A value as indexes and comparisons see it: text without case and trailing blanks."""
    return value.casefold().rstrip() if isinstance(value, str) else value


@dataclass
class Key:
    """An alternate key: columns that are kept unique and may address a row."""

    name: str
    columns: tuple[str, ...]
    """Logical names."""
    id: str = ""
    declared: bool = True
    """False for what the platform keeps unique by itself, which addresses nothing."""
    error: str = "0x80040237"
    properties: tuple[str, ...] = ()
    rows: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def of(self, row: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The key of a row; None where a part is empty."""
        parts = tuple(folded(row[name]) for name in self.properties)
        return None if None in parts else parts


class Table:
    def __init__(self, spec: SalesTable, options: Mapping[str, Mapping[int, object]]) -> None:
        self.spec = spec
        self.name = spec.name
        self.id = spec.id
        self.attributes: dict[str, SalesAttribute] = {item.name: item for item in attributes_of(spec)}
        self.properties: tuple[str, ...] = (spec.id, *(item.read_name for item in self.attributes.values()))
        """Names in an answer, the primary key first."""
        self.checks: dict[str, Check] = {
            item.name: checker(spec, item, options.get(item.name, {}))
            for item in self.attributes.values()
            if item.type != "lookup"
        }
        self.navigations: dict[str, tuple[SalesAttribute, str]] = {}
        """Navigation property -> (lookup, table it leads to; the first where an owner may be a user or a team)."""
        for item in self.attributes.values():
            for target, navigation in item.targets:
                self.navigations.setdefault(navigation, (item, target))
        self.binds: dict[str, tuple[SalesAttribute, str]] = {
            f"{navigation}@odata.bind": pair for navigation, pair in self.navigations.items()
        }
        self.amounts: tuple[tuple[str, str, Decimal], ...] = tuple(
            (item.name, f"{item.name}_base", Decimal(1).scaleb(-item.precision)) for item in amounts_of(spec)
        )
        """(amount, the same in base currency, its last place) of each."""
        self.blank: Row = {"@odata.etag": "", **dict.fromkeys(self.properties)}
        for item in self.attributes.values():
            if len(item.targets) > 1:
                self.blank[target_key(item)] = None
        self.required: tuple[SalesAttribute, ...] = tuple(i for i in self.attributes.values() if i.required)
        self.rows: dict[str, Row] = {}
        self.changed: dict[str, int] = {}
        """Id -> version, the latest change last."""
        self.deleted: list[tuple[int, str]] = []
        """(version, id), in order."""
        self.keys: list[Key] = [
            Key("", columns, declared=False, error=spec.unique_error, properties=self._read_names(columns))
            for columns in spec.unique
        ]
        self.failed_keys: list[Key] = []
        """Declared, but rows stand in the way: they address nothing and keep nothing unique."""
        self.mutations = 0
        """Counts changes, so that what is derived from the rows can be thrown away."""
        self._sorted: list[str] | None = None
        self._indexes: dict[str, dict[Any, dict[str, None]]] = {}

    def shorten(self, name: str, length: int) -> None:
        """Let a text column take no more than so many characters, as a customizer may; what it holds is left alone."""
        self.checks[name] = checker(self.spec, replace(self.attributes[name], length=length), {})

    def _read_names(self, columns: Iterable[str]) -> tuple[str, ...]:
        return tuple(self.id if name == self.id else self.attributes[name].read_name for name in columns)

    def target_of(self, attribute: SalesAttribute, row: Row) -> str:
        """Table that a lookup of this row points to."""
        if len(attribute.targets) == 1:
            return attribute.targets[0][0]
        return row[target_key(attribute)] or attribute.targets[0][0]

    def leads_to(self, navigation: str, row: Row) -> tuple[str, str] | None:
        """Table and id of the row behind a navigation property; None where it points elsewhere or nowhere."""
        attribute, _ = self.navigations[navigation]
        row_id = row[attribute.read_name]
        target = self.target_of(attribute, row)
        return (target, row_id) if row_id and dict(attribute.targets)[target] == navigation else None

    # --- changes ---------------------------------------------------------------------------------------------------

    def put(self, row: Row) -> None:
        """Add or replace a row; keys must have been checked."""
        row_id = row[self.id]
        old = self.rows.get(row_id)
        self.rows[row_id] = row
        self.mutations += 1
        if old is None:
            self._sorted = None
        else:
            del self.changed[row_id]
        self.changed[row_id] = row["versionnumber"]
        self._reindex(row_id, old, row)

    def remove(self, row_id: str) -> Row:
        row = self.rows.pop(row_id)
        self.mutations += 1
        self._sorted = None
        del self.changed[row_id]
        self._reindex(row_id, row, None)
        return row

    def restore_order(self) -> None:
        """Put the order of changes right after old rows came back."""
        self.changed = dict(sorted(self.changed.items(), key=lambda pair: pair[1]))

    def _reindex(self, row_id: str, old: Row | None, new: Row | None) -> None:
        for key in self.keys:
            before = key.of(old) if old else None
            after = key.of(new) if new else None
            if before != after:
                if before is not None:
                    key.rows.pop(before, None)
                if after is not None:
                    key.rows[after] = row_id
        for name, index in self._indexes.items():
            was = folded(old[name]) if old else None
            now = folded(new[name]) if new else None
            if was == now and old is not None and new is not None:
                continue
            if old is not None:
                index[was].pop(row_id, None)
            if new is not None:
                index.setdefault(now, {})[row_id] = None

    # --- reading ---------------------------------------------------------------------------------------------------

    def sorted_ids(self) -> list[str]:
        if self._sorted is None:
            self._sorted = sorted(self.rows)
        return self._sorted

    def after(self, row_id: str) -> list[str]:
        """Ids in order, from the one behind ``id``."""
        ids = self.sorted_ids()
        return ids[bisect_right(ids, row_id) :] if row_id else ids

    def with_value(self, name: str, values: Iterable[Any]) -> list[Row]:
        """Rows whose property has one of the values, by an index that is made at first use."""
        if name == self.id:
            found = {row_id: None for row_id in values if row_id in self.rows}
        else:
            index = self._index(name)
            found = {row_id: None for value in values for row_id in index.get(folded(value), ())}
        return [self.rows[row_id] for row_id in sorted(found)]

    def _index(self, name: str) -> dict[Any, dict[str, None]]:
        index = self._indexes.get(name)
        if index is None:
            index = {}
            for row_id, row in self.rows.items():
                index.setdefault(folded(row[name]), {})[row_id] = None
            self._indexes[name] = index
        return index

    def changed_since(self, version: int) -> list[str]:
        """Ids of rows changed after that version, in order of their change."""
        found: list[str] = []
        for row_id, changed in reversed(self.changed.items()):
            if changed <= version:
                break
            found.append(row_id)
        found.reverse()
        return found

    def deleted_since(self, version: int) -> list[str]:
        start = bisect_right(self.deleted, version, key=lambda pair: pair[0])
        return list(dict.fromkeys(row_id for _, row_id in self.deleted[start:]))

    # --- alternate keys --------------------------------------------------------------------------------------------

    def declare_key(self, name: str, columns: tuple[str, ...], key_id: str) -> None:
        """Make a key of these columns; it fails where rows that are there already have the same."""
        self._build(Key(name, columns, key_id, properties=self._read_names(columns)))

    def reactivate_key(self, name: str) -> bool:
        """Try a failed key again; False where there is none of that name."""
        found = next((key for key in self.failed_keys if key.name.lower() == name.lower()), None)
        if found is not None:
            self.failed_keys.remove(found)
            self._build(found)
        return found is not None

    def drop_key(self, key_id: str) -> bool:
        """Remove a declared key; False where there is none of that id."""
        before = len(self.keys) + len(self.failed_keys)
        self.keys = [key for key in self.keys if not key.declared or key.id != key_id]
        self.failed_keys = [key for key in self.failed_keys if key.id != key_id]
        return len(self.keys) + len(self.failed_keys) < before

    def _build(self, key: Key) -> None:
        key.rows = {}
        for row_id, row in self.rows.items():
            value = key.of(row)
            if value in key.rows:
                self.failed_keys.append(key)
                return
            if value is not None:
                key.rows[value] = row_id
        self.keys.append(key)

    def declared_key(self, columns: Iterable[str]) -> Key | None:
        wanted = set(columns)
        return next((key for key in self.keys if key.declared and set(key.columns) == wanted), None)
