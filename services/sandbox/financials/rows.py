"""One table of one company in memory: rows by key, by SystemId, in the order of the key and of change."""

import base64
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

from libs.dynamics.financials_tables import FinancialsTable
from services.sandbox.financials.keys import Key, sort_key

Values = dict[str, Any]

_VERSION = attrgetter("version")
_MODIFIED = attrgetter("modified")


class Row:
    """One version of a record. It never changes; a change puts another row in its place."""

    __slots__ = ("created", "id", "key", "modified", "texts", "values", "version")

    def __init__(  # noqa: PLR0917 - made a hundred thousand times when a company is loaded
        self, id: str, key: Key, values: Values, version: int, modified: str, created: str
    ) -> None:
        self.id = id
        self.key = key
        self.values = values
        self.version = version
        self.modified = modified
        """SystemModifiedAt, UTC to the millisecond; sorts as text."""
        self.created = created
        self.texts: dict[int, tuple[Any, bytes]] = {}
        """Number of a view -> generation and the row as that view writes it."""

    @property
    def etag(self) -> str:
        return etag_of(self.version)


def etag_of(version: int) -> str:
    content = base64.b64encode(f"'20;{version:020d};1;00;'".encode()).decode()
    return f'W/"{content}"'


def version_of(etag: str) -> int | None:
    """The row version in an etag, or None when it is none of ours."""
    text = etag.strip()
    if not (text.startswith('W/"') and text.endswith('"')):
        return None
    try:
        prefix, version, *rest = base64.b64decode(text[3:-1], validate=True).decode("ascii").split(";")
        return int(version) if prefix == "'20" and rest == ["1", "00", "'"] else None
    except ValueError:
        return None


class TableRows:
    """Rows of one table. Answers by key and id are immediate; both orders are kept for page reads."""

    def __init__(self, table: FinancialsTable) -> None:
        self.table = table
        self.by_id: dict[str, Row] = {}
        """In the order of change: a changed row moves to the end."""
        self.by_key: dict[Key, Row] = {}
        self.keys: list[Key] = []
        """Sorted."""
        self.stamp = 0
        """Counts changes, so that what is computed from this table knows when it is out of date."""
        self.late = False
        """A row carries an older modification time than rows before it (a long transaction committed late)."""
        self._changed: list[Row] | None = None
        self._having: dict[str, tuple[int, dict[Any, list[Row]]]] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    def load(self, rows: list[Row]) -> None:
        """Fill an empty table quickly."""
        self.by_id = {row.id: row for row in rows}
        self.by_key = {row.key: row for row in rows}
        self.keys = sorted(self.by_key)
        self.touched()

    def put(self, row: Row, old: Row | None) -> None:
        """Insert ``row``, or put it in the place of ``old``."""
        if old is None:
            insort(self.keys, row.key)
        else:
            del self.by_id[old.id]
            if old.key != row.key:
                self._forget_key(old.key)
                insort(self.keys, row.key)
        self.by_id[row.id] = row
        self.by_key[row.key] = row
        self.touched()

    def remove(self, row: Row) -> None:
        del self.by_id[row.id]
        self._forget_key(row.key)
        self.touched()

    def put_back(self, old: Row | None, new: Row | None) -> None:
        """Undo: ``new`` had taken the place of ``old`` (None: there was none, or is none now)."""
        if new is not None:
            self.remove(new)
        if old is not None:
            self.put(old, None)
            self.by_id = {row.id: row for row in sorted(self.by_id.values(), key=_VERSION)}

    def touched(self) -> None:
        self.stamp += 1
        self._changed = None

    def in_key_order(self, after: Key | None = None) -> Iterator[Row]:
        """Rows in the order of the primary key, from behind ``after``."""
        at = 0 if after is None else bisect_right(self.keys, after)
        by_key = self.by_key
        return (by_key[key] for key in self.keys[at:])

    def starting_with(self, prefix: Key) -> list[Row]:
        """Rows whose key begins with ``prefix``, in key order."""
        found = []
        for at in range(bisect_left(self.keys, prefix), len(self.keys)):
            key = self.keys[at]
            if key[: len(prefix)] != prefix:
                break
            found.append(self.by_key[key])
        return found

    def having(self, name: str, value: Any) -> list[Row]:
        """Rows with that value in a stored field, in the order of change; from an index that lasts until a change."""
        stamp, found = self._having.get(name, (-1, {}))
        if stamp != self.stamp:
            found = {}
            for row in self.by_id.values():
                found.setdefault(row.values[name], []).append(row)
            self._having[name] = self.stamp, found
        return found.get(value, [])

    def in_change_order(self, after_version: int = -1) -> list[Row]:
        """Rows with a greater version, oldest change first."""
        changed = self._by_change()
        if after_version < 0:
            return changed
        return changed[bisect_right(changed, after_version, key=_VERSION) :]

    def modified_after(self, moment: str) -> list[Row]:
        """Rows modified later than ``moment``, oldest change first; must not be asked while a row is ``late``."""
        changed = self._by_change()
        return changed[bisect_right(changed, moment, key=_MODIFIED) :]

    def _by_change(self) -> list[Row]:
        if self._changed is None:
            self._changed = list(self.by_id.values())
        return self._changed

    def key_of(self, values: Values) -> Key:
        return sort_key(self.table, values)

    def _forget_key(self, key: Key) -> None:
        del self.by_key[key]
        del self.keys[bisect_left(self.keys, key)]
