"""What SQLite collections keep of the rows that were written last."""

from pathlib import Path

import pytest

from libs.runtime.errors import ConcurrentUpdate
from libs.store import sqlite_recent
from libs.store.ports import CollectionSpec, Document
from libs.store.sqlite import SqliteStore
from libs.store.sqlite_recent import RecentRows, Stored

SPEC = CollectionSpec(name="things", unique=(("name",),))


def a_row(id: str, version: int = 1, size: int = 10) -> Stored:
    return id, version, b"x" * size, None, None


def test_what_was_read_while_something_was_written_is_not_kept() -> None:
    recent = RecentRows()
    before = recent.writes
    recent.forget(["a"])
    recent.read(a_row("a"), before)
    assert recent.get("a") is None
    recent.read(a_row("a", 2), recent.writes)
    assert recent.get("a") == a_row("a", 2)


def test_the_oldest_go_first_and_a_row_counts_once_however_often_it_is_replaced() -> None:
    recent = RecentRows()
    half = sqlite_recent._LARGEST // 2
    for version in range(1, 5):
        recent.wrote(a_row("first", version, half))
    recent.wrote(a_row("second", 1, half))
    assert recent.get("first") == a_row("first", 4, half)
    recent.wrote(a_row("third", 1, 1))
    assert recent.get("first") is None
    assert recent.get("second") is not None
    assert recent.get("third") is not None


async def test_a_row_that_is_kept_is_what_is_stored_whichever_way_it_was_changed(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "s.db").connect() as store:
        things = await store.collection(SPEC)
        await things.save(Document("1", {"name": "one"}))
        assert await things.get("1") == Document("1", {"name": "one"}, 1)
        with pytest.raises(ConcurrentUpdate):
            await things.save(Document("1", {"name": "late"}))
        assert await things.get("1") == Document("1", {"name": "one"}, 1)
        assert not await things.save_many([Document("1", {"name": "many"}, 1)])
        assert await things.get("1") == Document("1", {"name": "many"}, 2)
        await things.put_many([Document("1", {"name": "put"})])
        assert await things.get("1") == Document("1", {"name": "put"}, 3)
        await things.delete_many(["1"])
        assert await things.get("1") is None
        await things.save(Document("1", {"name": "again"}))
        assert await things.get("1") == Document("1", {"name": "again"}, 1)
