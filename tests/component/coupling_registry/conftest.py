"""Benches: a registry on SQLite in a temporary folder, with both products scripted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from libs.store.ports import Store
from libs.store.sqlite import SqliteStore
from libs.testing.clock import FrozenClock
from services.coupling_registry.catalogue import mappings
from services.coupling_registry.configuration import CONFIGURATIONS, Configurations
from services.coupling_registry.couplings import COUPLINGS
from services.coupling_registry.handlers import Registry
from tests.component.coupling_registry.bench import Bench

MakeBench = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = SqliteStore(tmp_path / "registry.db")
    async with opened.connect():
        yield opened


@pytest.fixture
def make_bench(store: Store) -> MakeBench:
    """Another replica on the same store, each time; ``changes`` are made to its CUSTOMER mapping."""

    async def make(**changes: Any) -> Bench:
        clock = FrozenClock()
        collection = await store.collection(COUPLINGS)
        changed = {**mappings(), "CUSTOMER": replace(mappings()["CUSTOMER"], **changes)}
        configurations = Configurations(await store.collection(CONFIGURATIONS), changed)
        return Bench(Registry(collection, configurations, clock), collection, clock)

    return make


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    return await (await make_bench()).configured()
