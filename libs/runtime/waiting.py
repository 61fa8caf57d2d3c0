"""Waits for what a process needs before it can start, such as a broker that is not up yet, unless told to stop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal, TypeVar

import structlog

from libs.runtime.errors import Transient
from libs.runtime.health import Health

T = TypeVar("T")

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0

log = structlog.get_logger()


class StoppedEarly(Exception):
    """Told to stop while still starting."""


async def when_up(
    name: str, attempt: Callable[[], Awaitable[T]], health: Health, stop: asyncio.Event, *, patience: float = 0.0
) -> T:
    """Try until it works or the process is told to stop.

    An outage is logged when it starts and when it ends, not in between; an attempt that is still waiting after
    ``patience`` seconds counts as one.
    """
    pause, outage = _FIRST_PAUSE, _Outage(name)
    health.waiting_for = name
    while True:
        try:
            async with _unless(stop):
                overdue = asyncio.get_running_loop().call_later(patience, outage.start) if patience else None
                try:
                    result = await attempt()
                finally:
                    if overdue is not None:
                        overdue.cancel()
        except Transient as error:
            outage.start(error)
            await _pause(error.retry_after or pause, stop)
            pause = min(pause * 2, _LONGEST_PAUSE)
        else:
            outage.end()
            return result


class _Outage:
    """Something that must be up before the process can start."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._on = False
        self._explained = False

    def start(self, error: Exception | None = None) -> None:
        """It is away; the reason may only be known later, and is then logged too."""
        if not self._on:
            self._on = True
            log.warning("outage.started", of=self._name, **({} if error is None else {"error": error}))
        elif error is not None and not self._explained:
            log.warning("outage.explained", of=self._name, error=error)
        self._explained = self._explained or error is not None

    def end(self) -> None:
        if self._on:
            log.info("outage.ended", of=self._name)


@asynccontextmanager
async def _unless(stop: asyncio.Event) -> AsyncIterator[None]:
    """Run the body unless told to stop, then raise ``StoppedEarly``. The body stays in this task, since what it enters
    is left by this task as well."""
    loop = asyncio.get_running_loop()
    watcher = asyncio.create_task(stop.wait(), name="stop")
    try:
        async with asyncio.timeout(None) as limit:

            def give_up(_: asyncio.Task[Literal[True]]) -> None:
                limit.reschedule(loop.time())

            watcher.add_done_callback(give_up)
            try:
                yield
            finally:
                watcher.remove_done_callback(give_up)
    except TimeoutError:
        if limit.expired():
            raise StoppedEarly from None
        raise
    finally:
        watcher.cancel()


async def _pause(seconds: float, stop: asyncio.Event) -> None:
    async with _unless(stop):
        await asyncio.sleep(seconds)
