"""The rows of a collection that were written last, so that reading them again asks nobody.

A SQLite file belongs to one process, so what this process committed is what is stored. Told of every write in the order
in which they reached the disk, the rows here are always those of the database.
"""

Stored = tuple[str, int, bytes, bytes | None, bytes | None]
"""id, version, data, handled, outbox."""

_LARGEST = 3_000_000
"""Bytes of data that are kept: a few thousand small documents, those of the pages that are under way."""


class RecentRows:
    def __init__(self) -> None:
        self._rows: dict[str, Stored] = {}
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
        row = self._rows.get(id)
        self.writes += 1
        if row is not None:
            self._keep((*row[:4], outbox))

    def forget(self, id: str) -> None:
        """It was deleted, or nobody knows what is stored."""
        self.writes += 1
        old = self._rows.pop(id, None)
        if old is not None:
            self._size -= len(old[2])

    def read(self, row: Stored, writes_before: int) -> None:
        """This was read; kept unless something was written since the reading began."""
        if self.writes == writes_before:
            self._keep(row)

    def _keep(self, row: Stored) -> None:
        old = self._rows.get(row[0])
        # A row that is replaced keeps its place in the order of going.
        self._rows[row[0]] = row
        self._size += len(row[2]) - (0 if old is None else len(old[2]))
        while self._size > _LARGEST:
            oldest = next(iter(self._rows))
            self._size -= len(self._rows.pop(oldest)[2])
