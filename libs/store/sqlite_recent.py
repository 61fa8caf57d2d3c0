"""The rows of a collection that were read or written singly, so that reading them again asks nobody: a configuration
that every page needs, a job that every message is about. Rows that come and go in bulk are not kept.

A SQLite file belongs to one process, so what this process committed is what is stored. Told of every write in the order
in which they reached the disk, the rows here are always those of the database.
"""

from collections import OrderedDict
from collections.abc import Iterable

Stored = tuple[str, int, bytes, bytes | None, bytes | None]
"""id, version, data, handled, outbox."""

_LARGEST = 1_000_000
"""Bytes that are kept."""


class RecentRows:
    def __init__(self) -> None:
        self._rows: OrderedDict[str, Stored] = OrderedDict()
        self._size = 0
        self.writes = 0
        """How many writes this was told of; tells whether something was written while something else was read."""

    def get(self, id: str) -> Stored | None:
        return self._rows.get(id)

    def wrote(self, row: Stored) -> None:
        """This is on the disk now."""
        self.writes += 1
        self._keep(row)

    def published(self, id: str, outbox: bytes | None) -> None:
        """The outbox of a document is this now."""
        self.writes += 1
        row = self._rows.get(id)
        if row is not None:
            self._keep((*row[:4], outbox))

    def forget(self, ids: Iterable[str]) -> None:
        """They were deleted or written in bulk, or nobody knows what is stored."""
        self.writes += 1
        for identity in ids:
            gone = self._rows.pop(identity, None)
            if gone is not None:
                self._size -= _weight(gone)

    def read(self, row: Stored, writes_before: int) -> None:
        """This was read; kept unless something was written since the reading began."""
        if self.writes == writes_before:
            self._keep(row)

    def _keep(self, row: Stored) -> None:
        old = self._rows.pop(row[0], None)
        self._size += _weight(row) - (0 if old is None else _weight(old))
        self._rows[row[0]] = row
        while self._size > _LARGEST:
            _, oldest = self._rows.popitem(last=False)
            self._size -= _weight(oldest)


def _weight(row: Stored) -> int:
    return sum(len(part) for part in row[2:] if isinstance(part, bytes))
