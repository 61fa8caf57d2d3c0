"""Benches: a registry on SQLite in a temporary folder, with both products scripted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from libs.store.ports import Store
from libs.store.sqlite import SqliteStore
from libs.testing.clock import FrozenClock
from services.coupling_registry.configuration import CONFIGURATIONS, Configurations
from services.coupling_registry.couplings import COUPLINGS
from services.coupling_registry.handlers import Registry
from tests.component.coupling_registry.bench import Bench

MakeBench = Callable[[], Awaitable[Bench]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = SqliteStore(tmp_path / "registry.db")
    async with opened.connect():
        yield opened


@pytest.fixture
def make_bench(store: Store) -> MakeBench:
    """Another replica on the same store, each time."""

    async def make() -> Bench:
        clock = FrozenClock()
        collection = await store.collection(COUPLINGS)
        configurations = Configurations(await store.collection(CONFIGURATIONS))
        return Bench(Registry(collection, configurations, clock), collection, clock)

    return make


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    return await (await make_bench()).configured()
