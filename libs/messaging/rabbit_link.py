"""A link to the broker that comes back: one supervisor makes another whenever it breaks, and callers wait for that."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

import structlog

from libs.messaging.rabbitmq import SETTING, Link, open_link, place_of
from libs.runtime.clock import Clock
from libs.runtime.errors import TandemError, Unavailable

log = structlog.get_logger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 3.0

_REFUSED_PAUSE = 0.1
"""Seconds before trying again what a broker refused that is otherwise well (a queue without leader)."""

T = TypeVar("T")


class KeptLink:
    """``restore`` gives a new link all that the broken one had; while it raises, further links are made.

    ``patience`` is how long, in seconds, opening and callers wait for a broker that is away before they raise
    ``Unavailable``; opening does not where ``waits`` is off.
    """

    def __init__(
        self, url: str, restore: Callable[[Link], Awaitable[None]], *, clock: Clock, patience: float, waits: bool
    ) -> None:
        self.name = f"tandem.{uuid4().hex[:12]}"
        """What the broker calls this process's connections."""
        self._url = url
        self._restore = restore
        self._clock = clock
        self._patience = patience
        self._waits = waits
        self._link: Link | None = None
        self._up = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        return self._link is not None and not self._link.lost.is_set()

    async def open(self) -> None:
        self._accept(await self._first())
        self._supervisor = asyncio.create_task(self._supervise(), name="broker connection")

    async def close(self) -> None:
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
            self._supervisor = None
        self._up.clear()
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    async def current(self) -> Link:
        """The link, waited for. Raises ``Unavailable``."""
        return await self._current(asyncio.get_running_loop().time() + self._patience)

    async def persistently(self, attempt: Callable[[Link], Awaitable[T]]) -> T:
        """Do it over the link, and over the next one when that breaks meanwhile. Raises ``Unavailable``."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience
        while True:
            link = await self._current(until)
            try:
                return await attempt(link)
            except Unavailable:
                if loop.time() >= until:
                    raise
                if not link.lost.is_set():
                    await asyncio.sleep(_REFUSED_PAUSE)

    async def _first(self) -> Link:
        pause = _FIRST_PAUSE
        loop = asyncio.get_running_loop()
        until = loop.time() + (self._patience if self._waits else 0.0)
        while True:
            try:
                return await open_link(self._url, self.name)
            except Unavailable as error:
                if loop.time() >= until:
                    words = f"RabbitMQ cannot be reached at {place_of(self._url)}"
                    raise Unavailable(words, setting=SETTING, detail=error.detail) from error
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _accept(self, link: Link) -> None:
        self._link = link
        self._up.set()

    async def _supervise(self) -> None:
        """Wait for the link to break, make another one, for ever."""
        while True:
            assert self._link is not None
            await self._link.lost.wait()
            self._up.clear()
            began = self._clock.monotonic()
            log.warning("broker.lost")
            await self._link.close()
            pause = _FIRST_PAUSE
            while not await self._restored():
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            log.info("broker.recovered", seconds=round(self._clock.monotonic() - began, 1))

    async def _restored(self) -> bool:
        link: Link | None = None
        try:
            link = await open_link(self._url, self.name)
            await self._restore(link)
        except TandemError as error:
            log.debug("broker.awaited", code=error.code, reason=error.message, detail=error.detail)
            if link is not None:
                await link.close()
            return False
        self._accept(link)
        return True

    async def _current(self, until: float) -> Link:
        """The link, waiting for one until the loop's time ``until``."""
        while self._link is None or self._link.lost.is_set():
            if self._supervisor is None:
                raise Unavailable("the transport is not connected", setting=SETTING)
            # Where the link was lost this instant, the supervisor has yet to notice.
            await asyncio.sleep(0)
            try:
                async with asyncio.timeout_at(until):
                    await self._up.wait()
            except TimeoutError:
                raise Unavailable("RabbitMQ cannot be reached", setting=SETTING) from None
        return self._link
