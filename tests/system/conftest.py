"""What the tests over real processes share: a broker for one run after the other, and the undisturbed run."""

import pytest
import pytest_asyncio

from tests.system.broker import wipe
from tests.system.undisturbed import Undisturbed, undisturbed_run


@pytest.fixture
async def broker_url(rabbitmq_url: str) -> str:
    """A broker with nothing in it."""
    await wipe(rabbitmq_url)
    return rabbitmq_url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def undisturbed(rabbitmq_url: str, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Made once; every disturbed run must end like it."""
    return await undisturbed_run(rabbitmq_url, tmp_path_factory.mktemp("undisturbed"))
