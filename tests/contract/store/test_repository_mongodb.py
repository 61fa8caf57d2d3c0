"""MongoDB sits the exam of every store, over the real wire protocol, and what is its own."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from pymongo import MongoClient

from libs.runtime.errors import MappingInvalid, Unavailable
from libs.store.connect import open_store
from libs.store.ports import Collection, CollectionSpec, Document, Store
from libs.testing.mongodb_standin import MongodbStandin, NoMongodb
from libs.testing.processes import spare_port
from libs.testing.suites.repository import RepositorySuite
from libs.testing.suites.repository_pieces import a_coupling

pytestmark = pytest.mark.xdist_group("mongodb")


@pytest.fixture(scope="module")
def database(mongodb_url: str) -> Iterator[str]:
    """The name of a service of its own, whose database is dropped afterwards."""
    name = f"suite_{uuid4().hex[:8]}"
    yield name
    with MongoClient(mongodb_url) as client:
        client.drop_database(f"{client.get_default_database('tandem').name}_{name}")


class TestMongodb(RepositorySuite):
    @pytest.fixture
    async def store(self, mongodb_url: str, database: str) -> AsyncIterator[Store]:
        async with open_store(mongodb_url, database).connect() as store:
            yield store


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[MongodbStandin]:
    server = MongodbStandin(tmp_path / "server")
    try:
        server.start()
    except NoMongodb as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    yield server
    server.kill()


async def test_a_killed_server_loses_nothing_that_was_acknowledged(standin: MongodbStandin) -> None:
    acknowledged: dict[str, int] = {}

    async def write(collection: Collection, writer: int) -> None:
        for n in range(100_000):
            document = await collection.save(a_coupling(f"{writer}-{n}", state="new"))
            acknowledged[document.id] = document.version
            document = await collection.save(Document(document.id, {**document.data, "state": "old"}, document.version))
            acknowledged[document.id] = document.version
            if len(acknowledged) >= 200:
                standin.kill()

    spec = CollectionSpec("crash", unique=(("mapping", "sales_id"),), indexes=(("state",),))
    async with open_store(f"{standin.url}&serverSelectionTimeoutMS=300", "crash").connect() as store:
        collection = await store.collection(spec)
        outcomes = await asyncio.gather(*(write(collection, writer) for writer in range(4)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    standin.start()
    async with open_store(standin.url, "crash").connect() as store:
        found = await (await store.collection(spec)).get_many(list(acknowledged))
    lost = {key for key, version in acknowledged.items() if key not in found or found[key].version < version}
    assert lost == set()


async def test_replicas_share_a_database(mongodb_url: str, database: str) -> None:
    spec = CollectionSpec(f"c{uuid4().hex}", unique=(("number",),))
    async with open_store(mongodb_url, database).connect() as one, open_store(mongodb_url, database).connect() as two:
        first, second = await asyncio.gather(one.collection(spec), two.collection(spec))
        failures = await asyncio.gather(
            *(
                collection.save_many([Document(f"{by}-{n}", {"number": n}) for n in range(50)])
                for by, collection in (("one", first), ("two", second))
            )
        )
        assert sum(len(refused) for refused in failures) == 50
        assert await first.count({}) == await second.count({}) == 50


async def test_a_server_that_is_away_is_unavailable_by_the_name_of_its_setting() -> None:
    url = f"mongodb://127.0.0.1:{spare_port()}/tandem?directConnection=true&serverSelectionTimeoutMS=300"
    with pytest.raises(Unavailable) as refused:
        async with open_store(url, "away").connect():
            pass
    assert refused.value.setting == "TANDEM_STORE_URL"


async def test_an_address_that_is_none_is_named() -> None:
    with pytest.raises(MappingInvalid) as refused:
        async with open_store("mongodb://host:not-a-port/tandem", "away").connect():
            pass
    assert refused.value.setting == "TANDEM_STORE_URL"


async def test_fields_that_become_searched_later_are_found_and_kept_unique(mongodb_url: str, database: str) -> None:
    name = f"c{uuid4().hex}"
    async with open_store(mongodb_url, database).connect() as store:
        collection = await store.collection(CollectionSpec(name, unique=(("code",),)))
        await collection.save_many([Document(f"{n:04}", {"code": n, "tags": ["all", n % 2]}) for n in range(600)])
    async with open_store(mongodb_url, database).connect() as store:
        collection = await store.collection(CollectionSpec(name, unique=(("number",),), indexes=(("tags",),)))
        assert await collection.count({"tags": 1}) == 300
        assert await collection.count({"tags": "all"}) == 600
        # The rule that is no longer specified holds no more.
        await collection.save(Document("x", {"code": 1}))
