"""The rows of a collection that were written last, so that reading them again asks nobody.

A SQLite file belongs to one process, so what this process committed is what is stored. Told of every write in the order
in which they reached the disk, the rows here are always those of the database.
"""

from collections import OrderedDict
from collections.abc import Iterable

Stored = tuple[str, int, bytes, bytes | None, bytes | None]
"""id, version, data, handled, outbox."""

_LARGEST = 3_000_000
"""Bytes of data that are kept: a few thousand small documents, those of the pages that are under way."""


class RecentRows:
    def __init__(self) -> None:
        self._rows: OrderedDict[str, Stored] = OrderedDict()
        self._size = 0
        self.writes = 0
        """How many writes this was told of; tells whether something was written while something else was read."""

    def get(self, id: str) -> Stored | None:
        return self._rows.get(id)

    def wrote(self, rows: Iterable[Stored]) -> None:
        """These are on the disk now."""
        self.writes += 1
        self._keep(rows)

    def published(self, id: str, outbox: bytes | None) -> None:
        """The outbox of a document is this now."""
        self.writes += 1
        row = self._rows.get(id)
        if row is not None:
            self._keep([(*row[:4], outbox)])

    def forget(self, ids: Iterable[str]) -> None:
        """They were deleted, or nobody knows what is stored."""
        self.writes += 1
        for identity in ids:
            old = self._rows.pop(identity, None)
            if old is not None:
                self._size -= len(old[2])

    def read(self, row: Stored, writes_before: int) -> None:
        """This was read; kept unless something was written since the reading began."""
        if self.writes == writes_before:
            self._keep([row])

    def _keep(self, rows: Iterable[Stored]) -> None:
        kept, size = self._rows, self._size
        for row in rows:
            old = kept.get(row[0])
            if old is not None:
                size -= len(old[2])
            # A row that is replaced keeps its place in the order of going.
            kept[row[0]] = row
            size += len(row[2])
        while size > _LARGEST:
            _, oldest = kept.popitem(last=False)
            size -= len(oldest[2])
        self._size = size
