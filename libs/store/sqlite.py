"""The embedded store: one SQLite file per service, one thread that writes, one that reads.

Writes that wait at the same time share one transaction (group commit), so that the disk is asked once for all of them;
each still succeeds or fails alone. A write is acknowledged after its transaction is on the disk (``synchronous=FULL``),
so a killed process loses nothing it had promised.
"""

import asyncio
import fcntl
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, TypeVar

from libs.runtime.errors import Unavailable
from libs.store.ports import Collection, CollectionSpec, Store
from libs.store.sqlite_collection import SqliteCollection
from libs.store.sqlite_schema import create_schema

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any]

_LARGEST_GROUP = 256
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA cache_size=-16000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA busy_timeout=10000",
    "PRAGMA wal_autocheckpoint=4000",
    "PRAGMA journal_size_limit=67108864",
)


class SqliteStore:
    """A :class:`~libs.store.ports.Store` in one file. The file belongs to one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._collections: dict[str, SqliteCollection] = {}
        self._writer: _Thread | None = None
        self._reader: _Thread | None = None

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Store]:
        lock = await asyncio.to_thread(_lock, self.path)
        try:
            writing = await asyncio.to_thread(_open, self.path)
            reading = await asyncio.to_thread(_open, self.path)
        except sqlite3.Error as error:
            lock.close()
            raise _unavailable(self.path, error) from error
        loop = asyncio.get_running_loop()
        self._writer = _Thread(f"{self.path.stem}-writer", writing, loop, _write_group)
        self._reader = _Thread(f"{self.path.stem}-reader", reading, loop, _read_group)
        try:
            yield self
        finally:
            writer, reader = self._writer, self._reader
            self._writer = self._reader = None
            self._collections.clear()
            await asyncio.to_thread(reader.close)
            await asyncio.to_thread(writer.close)
            lock.close()

    async def collection(self, spec: CollectionSpec) -> Collection:
        known = self._collections.get(spec.name)
        if known is not None:
            if known.spec != spec:
                raise ValueError(f"{spec.name} is already open with another specification.")
            return known
        lists = await self.write(lambda connection: create_schema(connection, spec))
        return self._collections.setdefault(spec.name, SqliteCollection(self, spec, lists))

    async def ping(self) -> None:
        await self.read(lambda connection: connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone())

    async def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``job`` in the writer's next transaction; returns when that is on the disk."""
        return await self._submit(self._writer, job)

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``job`` on the reading connection, which sees everything acknowledged so far."""
        return await self._submit(self._reader, job)

    async def _submit(self, thread: "_Thread | None", job: Callable[[sqlite3.Connection], T]) -> T:
        if thread is None:
            raise Unavailable(f"The store {self.path.name} is closed.", code="store.unavailable")
        try:
            return await thread.submit(job)  # type: ignore[no-any-return]
        except sqlite3.OperationalError as error:
            raise _unavailable(self.path, error) from error


class _Thread:
    """One thread with one connection; runs jobs in the order they came, in groups."""

    def __init__(
        self,
        name: str,
        connection: sqlite3.Connection,
        loop: asyncio.AbstractEventLoop,
        run_group: "Callable[[sqlite3.Connection, list[Job]], list[_Result]]",
    ) -> None:
        self._connection = connection
        self._loop = loop
        self._run_group = run_group
        self._jobs: SimpleQueue[tuple[Job, asyncio.Future[Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self._loop.create_future()
        self._jobs.put((job, future))
        return future

    def close(self) -> None:
        """Finish what is waiting, then end. Called from another thread than the loop's."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        closing = False
        while not closing:
            first = self._jobs.get()
            group = [] if first is None else [first]
            closing = first is None
            while group and len(group) < _LARGEST_GROUP and not self._jobs.empty():
                further = self._jobs.get()
                if further is None:
                    closing = True
                    break
                group.append(further)
            if group:
                results = self._run_group(self._connection, [job for job, _ in group])
                futures = [future for _, future in group]
                self._loop.call_soon_threadsafe(_resolve, futures, results)
        self._connection.close()


class _Result:
    """What became of one job."""

    __slots__ = ("error", "value")

    def __init__(self, value: Any = None, error: BaseException | None = None) -> None:
        self.value = value
        self.error = error


def _resolve(futures: list[asyncio.Future[Any]], results: list[_Result]) -> None:
    for future, result in zip(futures, results, strict=True):
        if future.done():
            continue
        if result.error is not None:
            future.set_exception(result.error)
        else:
            future.set_result(result.value)


def _read_group(connection: sqlite3.Connection, jobs: list[Job]) -> list[_Result]:
    return [_attempt(connection, job) for job in jobs]


def _attempt(connection: sqlite3.Connection, job: Job) -> _Result:
    try:
        return _Result(job(connection))
    except Exception as error:  # noqa: BLE001 - carried to the coroutine that asked
        return _Result(error=error)


def _write_group(connection: sqlite3.Connection, jobs: list[Job]) -> list[_Result]:
    """All jobs in one transaction; when one breaks it, each in a transaction of its own."""
    try:
        return _transaction(connection, jobs)
    except Exception as error:  # noqa: BLE001 - carried to the coroutines that asked
        if len(jobs) == 1:
            return [_Result(error=error)]
    results = []
    for job in jobs:
        results += _write_group(connection, [job])
    return results


def _transaction(connection: sqlite3.Connection, jobs: list[Job]) -> list[_Result]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [_Result(job(connection)) for job in jobs]
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return results


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    return connection


def _lock(path: Path) -> IO[bytes]:
    """Hold the file for this process: a second one would not see what this one keeps in memory."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f"{path.name}.lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise Unavailable(
            f"The store {path.name} is in use by another process. SQLite serves one replica of a service; "
            "stop the other one or set TANDEM_STORE_URL to a MongoDB.",
            code="store.unavailable",
            setting="TANDEM_STORE_URL",
        ) from error
    return lock


def _unavailable(path: Path, error: sqlite3.Error) -> Unavailable:
    return Unavailable(
        f"The store {path.name} cannot be read or written: {error}.",
        code="store.unavailable",
        setting="TANDEM_STORE_URL",
        detail=str(path),
    )
