"""SQLite sits the exam of every store, and what is its own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.runtime.errors import ConcurrentUpdate, Unavailable
from libs.store.connect import open_store
from libs.store.ports import CollectionSpec, Document, Store
from libs.testing.processes import ROOT
from libs.testing.suites.repository import RepositorySuite
from tests.contract.store.acknowledging_writer import SPEC


class TestSqlite(RepositorySuite):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        async with open_store(f"sqlite:///{tmp_path}", "suite").connect() as store:
            yield store


@pytest.mark.parametrize("acknowledged_before_the_kill", [1, 150, 900])
async def test_a_killed_process_loses_nothing_that_was_acknowledged(
    tmp_path: Path, acknowledged_before_the_kill: int
) -> None:
    url = f"sqlite:///{tmp_path}"
    with subprocess.Popen(  # noqa: ASYNC220 - the test has nothing else to do meanwhile
        [sys.executable, "-m", "tests.contract.store.acknowledging_writer", url],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        lines = [writer.stdout.readline() for _ in range(acknowledged_before_the_kill)]
        writer.kill()
        # The last line may be torn; it was written after its document was safe all the same.
        lines += [line for line in writer.stdout.readlines() if line.endswith("\n")]
    promised = {key: int(version) for key, version in (line.split() for line in lines)}
    assert len(promised) >= acknowledged_before_the_kill
    async with open_store(url, "crash").connect() as store:
        collection = await store.collection(SPEC)
        found = await collection.get_many(list(promised))
        assert {key: document.version for key, document in found.items()} == promised
        numbers = await collection.find({"number": list(promised)})
        assert len(numbers) == len(promised)


async def test_one_file_serves_one_process_at_a_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/tandem.db"
    async with open_store(url, "orchestrator").connect():
        with pytest.raises(Unavailable) as refused:
            async with open_store(url, "orchestrator").connect():
                pass
        async with open_store(url, "coupling_registry").connect() as other:
            await other.ping()
    assert refused.value.setting == "TANDEM_STORE_URL"
    async with open_store(url, "orchestrator").connect() as again:
        await again.ping()


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.db").write_bytes(b"this is not a database, but long enough to look at" * 50)
    with pytest.raises(Unavailable, match=r"broken\.db"):
        async with open_store(f"sqlite:///{tmp_path}", "broken").connect():
            pass


async def test_a_closed_store_is_unavailable(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}", "closed")
    async with store.connect():
        collection = await store.collection(CollectionSpec("things"))
    with pytest.raises(Unavailable):
        await collection.get("x")


async def test_writes_that_wait_when_the_store_closes_are_finished_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}"
    async with open_store(url, "closing").connect() as store:
        collection = await store.collection(CollectionSpec("things"))
        writes = [asyncio.ensure_future(collection.save(Document(str(n), {}))) for n in range(600)]
        await asyncio.wait(writes, return_when=asyncio.FIRST_COMPLETED)
    assert len(await asyncio.gather(*writes)) == 600
    async with open_store(url, "closing").connect() as store:
        assert await (await store.collection(CollectionSpec("things"))).count({}) == 600


async def test_one_write_that_breaks_its_group_fails_alone(tmp_path: Path) -> None:
    too_large = 2**70
    async with open_store(f"sqlite:///{tmp_path}", "group").connect() as store:
        collection = await store.collection(CollectionSpec("things", indexes=(("size",),)))
        outcomes = await asyncio.gather(
            *(collection.save(Document(str(n), {"size": too_large if n == 7 else n})) for n in range(20)),
            collection.save(Document("0", {}, 5)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes[:20]] == [
            OverflowError if n == 7 else Document for n in range(20)
        ]
        assert isinstance(outcomes[20], ConcurrentUpdate)
        assert await collection.count({}) == 19


async def test_fields_that_become_searched_later_are_found_and_kept_unique(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}"
    async with open_store(url, "growing").connect() as store:
        collection = await store.collection(CollectionSpec("things", unique=(("code",),)))
        await collection.save_many([Document(f"{n:04}", {"code": n, "tags": ["all", n % 2]}) for n in range(1200)])
    async with open_store(url, "growing").connect() as store:
        collection = await store.collection(CollectionSpec("things", unique=(("number",),), indexes=(("tags",),)))
        assert await collection.count({"tags": 1}) == 600
        assert await collection.count({"tags": "all"}) == 1200
        # The rule that is no longer specified holds no more.
        await collection.save(Document("x", {"code": 1}))


async def test_a_write_whose_caller_gave_up_is_still_made(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path}", "cancelled").connect() as store:
        collection = await store.collection(CollectionSpec("things"))
        write = asyncio.ensure_future(collection.save(Document("x", {})))
        await asyncio.sleep(0)
        write.cancel()
        await asyncio.gather(write, return_exceptions=True)
        await collection.save(Document("y", {}))
        assert set(await collection.get_many(["x", "y"])) == {"x", "y"}
