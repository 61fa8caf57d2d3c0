"""What the tests over real processes share: a broker for one run after the other, and the undisturbed run."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.system.broker import overheard, wipe
from tests.system.comparison import Picture
from tests.system.main_job import PACE, RECORDS, main_job


@dataclass(frozen=True)
class Undisturbed:
    """A full synchronization in which nothing went wrong."""

    picture: Picture
    messages: int
    """Commands and events that were published."""
    seconds: float
    written: dict[str, int]
    """System -> rows written."""


@pytest.fixture
async def broker_url(rabbitmq_url: str) -> str:
    """A broker with nothing in it."""
    await wipe(rabbitmq_url)
    return rabbitmq_url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def undisturbed(rabbitmq_url: str, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Made once; every disturbed run must end like it."""
    await wipe(rabbitmq_url)
    directory: Path = tmp_path_factory.mktemp("undisturbed")
    async with main_job(directory, records=RECORDS, broker_url=rabbitmq_url) as job:
        await job.prepare(milliseconds=PACE)
        await job.keyboard.forget_statistics()
        async with overheard(rabbitmq_url) as traffic:
            run = await job.synchronize()
        written = await job.keyboard.rows_written()
        picture = await job.picture(run)
        assert await job.problems(run) == []
    return Undisturbed(picture, len(traffic), job.seconds, written)
