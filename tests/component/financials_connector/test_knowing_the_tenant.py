"""The company is found when the service starts, again and again while Financials is away, and once where it refuses."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from libs.dynamics.session import Request, Response
from libs.runtime.errors import AccessDenied, TandemError, Unavailable
from libs.testing.eventually import eventually
from services.financials_connector.lookup_ways import LookupWays
from services.financials_connector.warming import LONGEST_PAUSE, know_the_tenant
from tests.component.financials_connector.in_process import Setting


class Start:
    """A connector that starts: what it asked Financials for, and how long it rested."""

    def __init__(self, *, failing: int = 0, error: TandemError | None = None) -> None:
        self.setting = Setting(surface="page_services")
        self.pauses: list[float] = []
        self._answered: Callable[[Request], Awaitable[Response]] = self.setting.session.send
        self.failing, self.error = failing, error
        self.setting.session.send = self._send  # type: ignore[method-assign]
        self.ways = LookupWays(self.setting.remote, self.setting.tenants.settings)
        self.task = asyncio.create_task(know_the_tenant(self.setting.tenants, self.ways, self._rest))

    async def _send(self, request: Request) -> Response:
        if self.failing and self.error:
            self.failing -= 1
            raise self.error
        return await self._answered(request)

    async def _rest(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def ended(self) -> bool:
        """Whether it stopped by itself, which would stop the service; cancels it otherwise."""
        if self.task.done():
            return True
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task
        return False


async def test_the_first_question_finds_the_tenant_and_its_ways_known() -> None:
    start = Start()
    session = start.setting.session

    async def known() -> bool:
        return bool(session.requests) and any("ItemList" in str(request.body) for request in session.requests)

    await eventually(known)
    asked = len(session.requests)
    await start.ways.of(await start.setting.tenant())

    assert len(session.requests) == asked
    assert not await start.ended()


async def test_while_financials_is_away_it_is_tried_again_ever_less_often() -> None:
    start = Start(failing=9, error=Unavailable("away"))

    await eventually(lambda: len(start.pauses) == 9)

    assert start.pauses[:3] == [5.0, 10.0, 20.0]
    assert start.pauses[-1] == LONGEST_PAUSE
    assert not await start.ended()


async def test_what_is_refused_for_good_is_not_tried_again() -> None:
    start = Start(failing=1, error=AccessDenied("no"))

    await eventually(lambda: start.failing == 0)
    await asyncio.wait([start.task], timeout=0.05)

    assert start.pauses == []
    assert start.setting.session.requests == []
    assert not await start.ended()
