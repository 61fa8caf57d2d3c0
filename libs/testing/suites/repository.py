"""What every store must do, as tests: a test module derives a class from :class:`RepositorySuite` and gives it a
``store`` fixture, a connected :class:`~libs.store.ports.Store`.
"""

from typing import Any
from uuid import uuid4

import pytest

from libs.store.ports import Collection, CollectionSpec, Store
from libs.testing.suites.repository_bulk import BulkExam
from libs.testing.suites.repository_documents import DocumentExam
from libs.testing.suites.repository_outbox import OutboxExam
from libs.testing.suites.repository_pieces import COUPLINGS, OpenCollection, a_coupling
from libs.testing.suites.repository_searching import SearchExam


class RepositorySuite(DocumentExam, BulkExam, SearchExam, OutboxExam):
    """The exam."""

    @pytest.fixture
    def open_collection(self, store: Store) -> OpenCollection:
        async def opened(name: str = "", **spec: Any) -> Collection:
            return await store.collection(CollectionSpec(name or f"c{uuid4().hex}", **spec))

        return opened

    @pytest.fixture
    async def couplings(self, open_collection: OpenCollection) -> Collection:
        return await open_collection(**COUPLINGS)

    async def test_a_collection_opened_twice_is_the_same(self, store: Store, couplings: Collection) -> None:
        name = f"c{uuid4().hex}"
        first = await store.collection(CollectionSpec(name, **COUPLINGS))
        await first.save(a_coupling("1"))
        second = await store.collection(CollectionSpec(name, **COUPLINGS))
        assert await second.get("1") is not None
        assert await couplings.get("1") is None

    async def test_a_reachable_store_answers(self, store: Store) -> None:
        await store.ping()
