"""The looks that an orchestrator takes now and then."""

import asyncio

from structlog.testing import capture_logs

from libs.runtime.errors import Unavailable
from libs.testing.eventually import eventually
from services.orchestrator.watching import watch


async def test_an_outage_is_told_when_it_begins_and_when_it_ends_and_the_looking_goes_on() -> None:
    looks = 0

    async def look() -> None:
        nonlocal looks
        looks += 1
        if 2 <= looks <= 4:
            raise Unavailable("The store is away.")

    with capture_logs() as logs:
        watching = asyncio.create_task(watch("deadlines", look, interval=0))
        await eventually(lambda: looks >= 6)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert [(entry["event"], entry["of"]) for entry in logs] == [
        ("watch.interrupted", "deadlines"),
        ("watch.resumed", "deadlines"),
    ]


async def test_a_bug_ends_the_watch_so_that_it_is_noticed() -> None:
    async def look() -> None:
        raise ValueError("a bug")

    watching = asyncio.create_task(watch("deadlines", look, interval=0))
    await asyncio.wait([watching], timeout=5)
    assert isinstance(watching.exception(), ValueError)
