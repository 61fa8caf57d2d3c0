"""SQLite sits the exam of every store, and what is its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.store.connect import open_store
from libs.store.ports import Store
from libs.testing.suites.repository import RepositorySuite


class TestSqlite(RepositorySuite):
    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        async with open_store(f"sqlite:///{tmp_path}", "suite").connect() as store:
            yield store
