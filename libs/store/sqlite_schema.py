"""The tables behind one collection in SQLite, created where missing and brought up to date where they are older.

A collection is a table of documents with a column for each searched field, and a table of elements for searched fields
that hold lists. Indexes end in the id, so that pages in id order come straight from them.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from libs.store.encoding import PLAIN, Scalar, decode_data, encode_data, key_fields, key_values, no_list_in_unique
from libs.store.errors import DuplicateKey
from libs.store.ports import CollectionSpec

PREFIX = "key_"
"""Columns of searched fields start with it; so do the columns that SQLite names when they collide."""

_BACKFILL = 500


def quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def column(field: str) -> str:
    return quoted(PREFIX + field)


def elements_table(spec: CollectionSpec) -> str:
    return quoted(f"{spec.name}:elements")


def keys_of(
    spec: CollectionSpec, fields: Sequence[str], data: Any
) -> tuple[list[Scalar | bytes], list[tuple[str, Scalar]]]:
    """The column values of a document, and (field, element) for every list among them.

    The column of a list holds its elements as bytes, which no searched value equals: it is null exactly when there is
    nothing to find, and tells whether the elements have changed.
    """
    columns: list[Any] = [data.get(field) for field in fields]
    elements: list[tuple[str, Scalar]] = []
    if PLAIN.issuperset(map(type, columns)):
        return columns, elements
    for index, field in enumerate(fields):
        value = key_values(columns[index])
        if isinstance(value, list):
            if any(field in unique for unique in spec.unique):
                raise no_list_in_unique(spec, field)
            found = [element for element in dict.fromkeys(value) if element is not None]
            elements += [(field, element) for element in found]
            value = encode_data(found) if found else None  # type: ignore[assignment]
        columns[index] = value
    return columns, elements


def create_schema(connection: sqlite3.Connection, spec: CollectionSpec) -> set[str]:
    """Make the tables and indexes of ``spec``; returns the fields that hold lists somewhere."""
    table, elements, fields = quoted(spec.name), elements_table(spec), key_fields(spec)
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {table} "
        "(id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, data BLOB NOT NULL, handled BLOB, outbox BLOB)"
    )
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {elements} "
        "(field TEXT NOT NULL, value, id TEXT NOT NULL, UNIQUE (field, value, id))"
    )
    connection.execute(f"CREATE INDEX IF NOT EXISTS {quoted(spec.name + ':elements:id')} ON {elements} (id)")
    present = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    missing = [field for field in fields if PREFIX + field not in present]
    for field in missing:
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {column(field)}")
    if missing:
        _backfill(connection, spec, fields)
    _index(connection, spec)
    return {row[0] for row in connection.execute(f"SELECT DISTINCT field FROM {elements}")}


def _backfill(connection: sqlite3.Connection, spec: CollectionSpec, fields: tuple[str, ...]) -> None:
    """Fill the columns of fields that became searched after documents were stored."""
    table, after = quoted(spec.name), ""
    assignments = ", ".join(f"{column(field)} = ?" for field in fields)
    while True:
        rows = connection.execute(
            f"SELECT id, data FROM {table} WHERE id > ? ORDER BY id LIMIT ?", (after, _BACKFILL)
        ).fetchall()
        if not rows:
            return
        for identity, raw in rows:
            columns, elements = keys_of(spec, fields, decode_data(raw))
            connection.execute(f"UPDATE {table} SET {assignments} WHERE id = ?", (*columns, identity))
            replace_elements(connection, spec, [(identity, elements)])
        after = rows[-1][0]


def replace_elements(
    connection: sqlite3.Connection, spec: CollectionSpec, documents: Iterable[tuple[str, list[tuple[str, Scalar]]]]
) -> None:
    """Make the elements of these documents the given ones."""
    table = elements_table(spec)
    rows = list(documents)
    connection.executemany(f"DELETE FROM {table} WHERE id = ?", [(identity,) for identity, _ in rows])
    connection.executemany(
        f"INSERT INTO {table} (field, value, id) VALUES (?, ?, ?)",
        [(field, value, identity) for identity, elements in rows for field, value in elements],
    )


def _index(connection: sqlite3.Connection, spec: CollectionSpec) -> None:
    table = quoted(spec.name)
    definitions = {
        _name(spec, "outbox", ()): f"INDEX {{name}} ON {table} (id) WHERE outbox IS NOT NULL",
    }
    for fields in spec.unique:
        columns = ", ".join(column(field) for field in fields)
        given = " AND ".join(f"{column(field)} IS NOT NULL" for field in fields)
        definitions[_name(spec, "unique", fields)] = f"UNIQUE INDEX {{name}} ON {table} ({columns}) WHERE {given}"
    for fields in spec.indexes:
        columns = ", ".join(column(field) for field in fields)
        # Most documents have nothing in a field that is searched by itself (what waits, what failed): leave them out.
        given = f" WHERE {columns} IS NOT NULL" if len(fields) == 1 else ""
        definitions[_name(spec, "index", fields)] = f"INDEX {{name}} ON {table} ({columns}, id){given}"
    present = {
        row[0]
        for row in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (spec.name,)
        )
    }
    for name in present - set(definitions):
        connection.execute(f"DROP INDEX {quoted(name)}")
    for name, definition in definitions.items():
        if name not in present:
            try:
                connection.execute(f"CREATE {definition.format(name=quoted(name))}")
            except sqlite3.IntegrityError as error:
                raise DuplicateKey(spec.name, collided(error)) from error


def _name(spec: CollectionSpec, kind: str, fields: tuple[str, ...]) -> str:
    digest = hashlib.sha256(repr((spec.name, kind, fields)).encode()).hexdigest()[:12]
    return f"{spec.name}:{kind}:{digest}"


def collided(error: sqlite3.IntegrityError) -> tuple[str, ...]:
    """The fields of the unique index that SQLite names in ``UNIQUE constraint failed: table.key_a, table.key_b``."""
    _, _, names = str(error).partition(": ")
    columns = [name.rpartition(".")[2] for name in names.split(", ")]
    return tuple(name.removeprefix(PREFIX) for name in columns if name.startswith(PREFIX))
