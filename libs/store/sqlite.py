"""The embedded store: one SQLite file per service, one thread that writes, one that reads.

Writes that wait at the same time share one transaction (group commit), so that the disk is asked once for all of them;
each still succeeds or fails alone. A write is acknowledged after its transaction is on the disk (``synchronous=FULL``),
so a killed process loses nothing it had promised.
"""

import asyncio
import fcntl
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

from libs.runtime.errors import Unavailable
from libs.store.ports import Collection, CollectionSpec, Store
from libs.store.sqlite_collection import SqliteCollection
from libs.store.sqlite_schema import create_schema

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any]
Finished = Callable[[Any], None]
_Waiting = tuple[Job, Finished | None, asyncio.Future[Any]]

_LARGEST_GROUP = 256
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    # 2 MB: the system keeps the file's pages anyway, and what is worked on together lies together.
    "PRAGMA cache_size=-2000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA busy_timeout=10000",
    "PRAGMA wal_autocheckpoint=16000",
    "PRAGMA journal_size_limit=67108864",
)


class SqliteStore:
    """A :class:`~libs.store.ports.Store` in one file. The file belongs to one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._collections: dict[str, SqliteCollection] = {}
        self._writer: _Lane | None = None
        self._reader: _Lane | None = None

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Store]:
        lock = await asyncio.to_thread(_lock, self.path)
        try:
            writing = await asyncio.to_thread(_open, self.path)
            reading = await asyncio.to_thread(_open, self.path)
        except sqlite3.Error as error:
            lock.close()
            raise _unavailable(self.path, error) from error
        self._writer = _Lane(f"{self.path.stem}-writer", writing, _write_group)
        self._reader = _Lane(f"{self.path.stem}-reader", reading, _read_group)
        try:
            yield self
        finally:
            lanes = (self._reader, self._writer)
            self._writer = self._reader = None
            self._collections.clear()
            for lane in lanes:
                await lane.close()
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

    async def write(self, job: Callable[[sqlite3.Connection], T], on_disk: Callable[[T], None] | None = None) -> T:
        """Run ``job`` in the writer's next transaction; returns when that is on the disk.

        ``on_disk`` is called with its result then, for one write after the other, whether anybody still waits or not.
        """
        return await self._submit(self._writer, job, on_disk)

    async def read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Run ``job`` on the reading connection, which sees everything acknowledged so far."""
        return await self._submit(self._reader, job)

    async def _submit(
        self,
        lane: "_Lane | None",
        job: Callable[[sqlite3.Connection], T],
        finished: Callable[[T], None] | None = None,
    ) -> T:
        if lane is None:
            raise Unavailable(f"The store {self.path.name} is closed.", code="store.unavailable")
        try:
            return await lane.submit(job, finished)  # type: ignore[no-any-return]
        except sqlite3.OperationalError as error:
            raise _unavailable(self.path, error) from error


class _Lane:
    """One thread with one connection. Jobs that wait while a group runs make up the next group."""

    def __init__(
        self, name: str, connection: sqlite3.Connection, run_group: Callable[[sqlite3.Connection, list[Job]], list[Any]]
    ) -> None:
        self._connection = connection
        self._run_group = run_group
        self._loop = asyncio.get_running_loop()
        self._executor = ThreadPoolExecutor(1, name)
        self._waiting: deque[_Waiting] = deque()
        self._singly = 0
        """How many of those that wait first are run by themselves."""
        self._running = False
        self._idle = asyncio.Event()
        self._idle.set()

    def submit(self, job: Job, finished: Finished | None = None) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self._loop.create_future()
        self._waiting.append((job, finished, future))
        if not self._running:
            # Not at once: whoever else writes in this turn of the loop joins the group.
            self._running = True
            self._idle.clear()
            self._loop.call_soon(self._start)
        return future

    async def close(self) -> None:
        """Finish what is waiting, then end."""
        await self._idle.wait()
        await self._loop.run_in_executor(self._executor, self._connection.close)
        self._executor.shutdown()

    def _start(self) -> None:
        size = min(len(self._waiting), _LARGEST_GROUP)
        if self._singly:
            size = 1
            self._singly -= 1
        group = [self._waiting.popleft() for _ in range(size)]
        running = self._executor.submit(self._run_group, self._connection, [job for job, _, _ in group])
        running.add_done_callback(lambda done: self._loop.call_soon_threadsafe(self._finished, group, done))

    def _finished(self, group: list[_Waiting], done: Future[list[Any]]) -> None:
        error = done.exception()
        if error is not None and len(group) > 1:
            self._alone(group)
            return
        if error is not None:
            _, _, future = group[0]
            if not future.done():
                future.set_exception(error)
        else:
            for (_, finished, future), result in zip(group, done.result(), strict=True):
                if finished is not None:
                    finished(result)
                if not future.done():
                    future.set_result(result)
        if self._waiting:
            self._start()
        else:
            self._running = False
            self._idle.set()

    def _alone(self, group: list[_Waiting]) -> None:
        """One of the group broke its transaction, which is undone: run each by itself, so that only that one fails."""
        self._singly += len(group)
        self._waiting.extendleft(reversed(group))
        self._start()


def _read_group(connection: sqlite3.Connection, jobs: list[Job]) -> list[Any]:
    return [job(connection) for job in jobs]


def _write_group(connection: sqlite3.Connection, jobs: list[Job]) -> list[Any]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        results = [job(connection) for job in jobs]
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
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
