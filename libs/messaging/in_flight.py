"""The handlings of one subscription that are under way: each in a task of its own, none of them left behind."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class InFlight:
    """``failed`` hears of what a handling raises that nobody expected."""

    def __init__(self, failed: Callable[[BaseException], None]) -> None:
        self._failed = failed
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, handling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(handling)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def drain(self, deadline: float) -> None:
        """Wait ``deadline`` seconds for them; cancel what is still busy then."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=deadline)
        await self.abandon()

    async def abandon(self) -> None:
        """Cancel all of them; returns when they have ended."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failed(error)
