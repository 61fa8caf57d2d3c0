"""One collection in SQLite: the statements behind the verbs of :class:`~libs.store.ports.Collection`.

A bulk write is one job of the writer, in one transaction: many rows to a statement where that suits them, and one by
one where not, so that each row succeeds or fails alone.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from libs.runtime.errors import ConcurrentUpdate
from libs.store.encoding import (
    decode_data,
    decode_handled,
    decode_outbox,
    encode_data,
    encode_handled,
    encode_outbox,
    key_fields,
    wanted,
)
from libs.store.errors import DuplicateKey
from libs.store.ports import CollectionSpec, Document, WriteFailure
from libs.store.sqlite_many_rows import ManyRows, Row
from libs.store.sqlite_recent import RecentRows, Stored
from libs.store.sqlite_schema import collided, column, elements_table, keys_of, quoted, replace_elements

T = TypeVar("T")

_SELECTED = "id, version, data, handled, outbox"


class Threads(Protocol):
    """Where statements run; :class:`~libs.store.sqlite.SqliteStore` is it."""

    async def write(self, job: Callable[[sqlite3.Connection], T], on_disk: Callable[[T], None] | None = None) -> T: ...

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T: ...


class SqliteCollection:
    def __init__(self, threads: Threads, spec: CollectionSpec, lists: set[str]) -> None:
        self.spec = spec
        self._threads = threads
        self._fields = key_fields(spec)
        self._lists = lists
        """Fields that hold a list in some document; the writer adds to it before it commits the first."""
        self._recent = RecentRows()
        self._table = quoted(spec.name)
        columns = ["data", "handled", "outbox", *(column(field) for field in self._fields)]
        values = ", ".join("?" * len(columns))
        insert = f"INSERT INTO {self._table} (version, {', '.join(columns)}, id) VALUES (1, {values}, ?)"
        same = "".join(f" AND {column(field)} IS ?" for field in self._fields)
        self._insert = insert
        self._update_content = (
            f"UPDATE {self._table} SET version = version + 1, data = ?, handled = ?, outbox = ? "
            f"WHERE id = ? AND version = ?{same}"
        )
        keys = ", ".join(column(field) for field in self._fields) or "id"
        self._select_keys = f"SELECT {keys} FROM {self._table} WHERE id = ? AND version = ?"
        self._exists = f"SELECT 1 FROM {self._table} WHERE id = ?"
        self._many = ManyRows(self._table, self._fields)
        excluded = ", ".join(f"{name} = excluded.{name}" for name in columns)
        self._put = f"{insert} ON CONFLICT (id) DO UPDATE SET version = version + 1, {excluded}"

    # Reading

    async def get(self, id: str) -> Document | None:
        row = self._recent.get(id)
        if row is None:
            sql = f"SELECT {_SELECTED} FROM {self._table} WHERE id = ?"
            before = self._recent.writes
            row = await self._threads.read(lambda connection: connection.execute(sql, (id,)).fetchone())
            if row is None:
                return None
            self._recent.read(row, before)
        return _document(row)

    async def get_many(self, ids: Sequence[str]) -> dict[str, Document]:
        if not ids:
            return {}
        sql = f"SELECT {_SELECTED} FROM {self._table} WHERE id IN (SELECT value FROM json_each(?))"
        documents = await self._select(sql, [_json(ids)])
        return {document.id: document for document in documents}

    async def find(self, where: Mapping[str, Any], *, after: str = "", limit: int | None = None) -> list[Document]:
        condition, parameters, listed = self._condition(where)
        # A list is looked up value by value in its own index; the plus keeps SQLite from walking the id index instead.
        ordered = "+id" if listed else "id"
        sql = f"SELECT {_SELECTED} FROM {self._table} WHERE {condition}"
        if after:
            sql += f" AND {ordered} > ?"
            parameters.append(after)
        if limit is not None:
            return await self._select(f"{sql} ORDER BY {ordered} LIMIT ?", [*parameters, limit])
        documents = await self._select(sql, parameters)
        documents.sort(key=lambda document: document.id)
        return documents

    async def count(self, where: Mapping[str, Any]) -> int:
        condition, parameters, _ = self._condition(where)
        sql = f"SELECT count(*) FROM {self._table} WHERE {condition}"
        row = await self._threads.read(lambda connection: connection.execute(sql, parameters).fetchone())
        return int(row[0])

    async def unpublished(self, limit: int = 100) -> list[Document]:
        sql = f"SELECT {_SELECTED} FROM {self._table} WHERE outbox IS NOT NULL ORDER BY id LIMIT ?"
        return await self._select(sql, [limit])

    # Writing

    async def save(self, document: Document) -> Document:
        row = self._row(document)
        failure = await self._threads.write(
            lambda connection: self._save_one(connection, row, 0),
            lambda failure: self._saved(row, failure),
        )
        if failure is not None:
            if failure.reason == "duplicate_key":
                raise DuplicateKey(self.spec.name, failure.key)
            raise ConcurrentUpdate(f"{self.spec.name} {document.id} was changed by somebody else meanwhile.")
        return Document(document.id, document.data, document.version + 1, document.handled, document.outbox)

    async def save_many(self, documents: Sequence[Document]) -> list[WriteFailure]:
        if not documents:
            return []
        rows = [self._row(document) for document in documents]
        return await self._threads.write(
            lambda connection: self._save_rows(connection, rows),
            lambda _: self._recent.forget([row.id for row in rows]),
        )

    async def put_many(self, documents: Sequence[Document]) -> None:
        rows = [self._row(document) for document in {document.id: document for document in documents}.values()]
        if rows:
            await self._threads.write(
                lambda connection: self._put_rows(connection, rows),
                lambda _: self._recent.forget([row.id for row in rows]),
            )

    async def delete_many(self, ids: Sequence[str]) -> None:
        if not ids:
            return
        listed = _json(ids)

        def delete(connection: sqlite3.Connection) -> None:
            for table in (self._table, elements_table(self.spec)):
                connection.execute(f"DELETE FROM {table} WHERE id IN (SELECT value FROM json_each(?))", (listed,))

        await self._threads.write(delete, lambda _: self._recent.forget(ids))

    async def mark_published(self, id: str, message_ids: Sequence[str]) -> None:
        published = {str(message_id) for message_id in message_ids}

        def mark(connection: sqlite3.Connection) -> bytes | None:
            row = connection.execute(f"SELECT outbox FROM {self._table} WHERE id = ?", (id,)).fetchone()
            if row is None or row[0] is None:
                return None
            left = encode_outbox(tuple(item for item in decode_outbox(row[0]) if str(item.id) not in published))
            connection.execute(f"UPDATE {self._table} SET outbox = ? WHERE id = ?", (left, id))
            return left

        await self._threads.write(mark, lambda left: self._recent.published(id, left))

    # When it is on the disk

    def _saved(self, row: Row, failure: WriteFailure | None) -> None:
        if failure is None:
            self._recent.wrote((row.id, row.version + 1, *row.content))
        else:
            self._recent.forget([row.id])

    # On the threads

    def _save_rows(self, connection: sqlite3.Connection, rows: list[Row]) -> list[WriteFailure]:
        written = self._many.save(connection, rows)
        failures = (self._save_one(connection, row, index) for index, row in enumerate(rows) if row.id not in written)
        return [failure for failure in failures if failure is not None]

    def _save_one(self, connection: sqlite3.Connection, row: Row, index: int) -> WriteFailure | None:
        try:
            written = self._update_row(connection, row) if row.version else self._insert_row(connection, row)
        except sqlite3.IntegrityError as error:
            if not row.version and connection.execute(self._exists, (row.id,)).fetchone():
                return WriteFailure(index, "version_conflict")
            return WriteFailure(index, "duplicate_key", collided(error))
        if not written:
            return WriteFailure(index, "version_conflict")
        return None

    def _insert_row(self, connection: sqlite3.Connection, row: Row) -> int:
        written = connection.execute(self._insert, (*row.content, *row.keys, row.id)).rowcount
        if row.elements:
            self._write_elements(connection, [row])
        return written

    def _update_row(self, connection: sqlite3.Connection, row: Row) -> int:
        """Touch only columns whose value changes: SQLite rewrites every index of a column that is assigned, and most
        updates leave what a document is searched by as it was."""
        if connection.execute(self._update_content, (*row.content, row.id, row.version, *row.keys)).rowcount:
            return 1
        stored = connection.execute(self._select_keys, (row.id, row.version)).fetchone()
        if stored is None:
            return 0
        changed = [index for index, value in enumerate(row.keys) if value != stored[index]]
        assigned = "".join(f", {column(self._fields[index])} = ?" for index in changed)
        written = connection.execute(
            f"UPDATE {self._table} SET version = version + 1, data = ?, handled = ?, outbox = ?{assigned} WHERE id = ?",
            (*row.content, *(row.keys[index] for index in changed), row.id),
        ).rowcount
        if any(isinstance(value, bytes) for index in changed for value in (row.keys[index], stored[index])):
            self._write_elements(connection, [row])
        return written

    def _put_rows(self, connection: sqlite3.Connection, rows: list[Row]) -> None:
        connection.execute("SAVEPOINT bulk")
        try:
            connection.executemany(self._put, [(*row.content, *row.keys, row.id) for row in rows])
        except sqlite3.IntegrityError as error:
            connection.execute("ROLLBACK TO bulk")
            connection.execute("RELEASE bulk")
            raise DuplicateKey(self.spec.name, collided(error)) from error
        connection.execute("RELEASE bulk")
        self._write_elements(connection, rows)

    def _write_elements(self, connection: sqlite3.Connection, rows: list[Row]) -> None:
        for row in rows:
            if row.elements:
                self._lists.update(field for field, _ in row.elements)
        if self._lists:
            replace_elements(connection, self.spec, [(row.id, row.elements) for row in rows])

    async def _select(self, sql: str, parameters: list[Any]) -> list[Document]:
        return await self._threads.read(
            lambda connection: [_document(row) for row in connection.execute(sql, parameters)]
        )

    # Shapes

    def _row(self, document: Document) -> Row:
        columns, elements = keys_of(self.spec, self._fields, document.data)
        content = (encode_data(document.data), encode_handled(document.handled), encode_outbox(document.outbox))
        return Row(document.id, document.version, content, columns, elements)

    def _condition(self, where: Mapping[str, Any]) -> tuple[str, list[Any], bool]:
        """SQL, its parameters, and whether some field may have any of several values."""
        conditions, parameters, several = ["1"], list[Any](), False
        for field, value in wanted(where, self._fields, self.spec.name).items():
            name = column(field)
            alternatives: list[str] = []
            values = value if isinstance(value, list) else [value]
            some = [element for element in values if element is not None]
            if isinstance(value, list):
                several = True
            in_elements = field in self._lists
            if len(some) < len(values):
                alternatives.append(f"{name} IS NULL")
            if some or not values:
                test = "= ?" if len(some) == 1 else "IN (SELECT value FROM json_each(?))"
                parameter = some[0] if len(some) == 1 else _json(some)
                alternatives.append(f"{name} {test}")
                parameters.append(parameter)
                if in_elements:
                    alternatives.append(
                        f"id IN (SELECT id FROM {elements_table(self.spec)} WHERE field = ? AND value {test})"
                    )
                    parameters += [field, parameter]
            conditions.append(f"({' OR '.join(alternatives)})")
        return " AND ".join(conditions), parameters, several


def _json(values: Sequence[Any]) -> str:
    return encode_data(values).decode()


def _document(row: Stored) -> Document:
    identity, version, data, handled, outbox = row
    return Document(
        identity,
        decode_data(data),
        version,
        decode_handled(handled) if handled else (),
        decode_outbox(outbox) if outbox else (),
    )
