"""MongoDB sits the exam of every store, over the real wire protocol."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from pymongo import MongoClient

from libs.store.connect import open_store
from libs.store.ports import Store
from libs.testing.suites.repository import RepositorySuite

pytestmark = pytest.mark.xdist_group("mongodb")


@pytest.fixture(scope="module")
def database(mongodb_url: str) -> Iterator[str]:
    """The name of a service of its own, whose database is dropped afterwards."""
    name = f"suite_{uuid4().hex[:8]}"
    yield name
    with MongoClient(mongodb_url) as client:
        client.drop_database(f"tandem_{name}")


class TestMongodb(RepositorySuite):
    @pytest.fixture
    async def store(self, mongodb_url: str, database: str) -> AsyncIterator[Store]:
        async with open_store(mongodb_url, database).connect() as store:
            yield store
