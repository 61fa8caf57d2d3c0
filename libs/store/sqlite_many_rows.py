"""Writes many rows of a collection to a statement.

Python's lock changes hands with every statement, which costs more than the writing itself while another thread is busy.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from libs.store.encoding import Scalar
from libs.store.sqlite_schema import column

_SIZES = (64, 8)
"""Rows to a statement. Few sizes, so that all statements stay prepared."""

_CONTENT = ("id", "version", "data", "handled", "outbox")


class Row(msgspec.Struct, frozen=True, gc=False):
    """A document made ready for the writer."""

    id: str
    version: int
    """The one that is stored; 0 for a new document."""
    content: tuple[bytes, bytes | None, bytes | None]
    """data, handled, outbox."""
    keys: list[Scalar | bytes]
    """Values of the searched columns."""
    elements: list[tuple[str, Scalar]]


class ManyRows:
    """The statements of one collection."""

    def __init__(self, table: str, fields: Sequence[str]) -> None:
        names = (*_CONTENT, *map(column, fields))
        row = f"({', '.join('?' * len(names))})"
        rows = {size: f"VALUES {', '.join([row] * size)}" for size in _SIZES}
        # SQLite calls the values of a row column1, column2 and so on. The plus makes it search by nothing but the id.
        unchanged = "".join(
            f" AND +{table}.{column(field)} IS given.column{place}" for place, field in enumerate(fields, 6)
        )
        self._insert = {size: f"INSERT INTO {table} ({', '.join(names)}) {rows[size]}" for size in _SIZES}
        self._update = {
            size: f"UPDATE {table} SET version = given.column2, data = given.column3, handled = given.column4, "
            f"outbox = given.column5 FROM ({rows[size]}) AS given "
            f"WHERE {table}.id = given.column1 AND {table}.version = given.column2 - 1{unchanged} RETURNING id"
            for size in _SIZES
        }

    def save(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> set[str]:
        """Write the rows that can be written together; returns the ids of those."""
        if len({row.id for row in rows}) < len(rows):
            return set()
        new = [row for row in rows if not row.version and not row.elements]
        known = [row for row in rows if row.version]
        return self._insert_all(connection, new) | self._update_some(connection, known)

    def _insert_all(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> set[str]:
        """All but a few that are left over, or none when one collides."""
        written: set[str] = set()
        connection.execute("SAVEPOINT many")
        try:
            for piece in _pieces(rows):
                connection.execute(self._insert[len(piece)], _values(piece))
                written.update(row.id for row in piece)
        except sqlite3.IntegrityError:
            connection.execute("ROLLBACK TO many")
            written.clear()
        connection.execute("RELEASE many")
        return written

    def _update_some(self, connection: sqlite3.Connection, rows: Sequence[Row]) -> set[str]:
        """Those whose stored version is the expected one and that are searched by what they were searched by before."""
        written: set[str] = set()
        for piece in _pieces(rows):
            updated = connection.execute(self._update[len(piece)], _values(piece))
            written.update(identity for (identity,) in updated)
        return written


def _pieces(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """The rows in pieces of the sizes that one statement takes."""
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


def _values(rows: Sequence[Row]) -> list[Any]:
    return [value for row in rows for value in (row.id, row.version + 1, *row.content, *row.keys)]
