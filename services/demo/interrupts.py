"""Ctrl-C in the demo: said at once, then everything is taken down in order."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Coroutine
from types import FrameType
from typing import Any, TypeVar

from libs.runtime.signals import DELIBERATE_SECONDS

T = TypeVar("T")


class Interrupted(Exception):
    """Somebody has pressed Ctrl-C, and everything is stopped."""


def run_until_interrupted(work: Coroutine[Any, Any, T]) -> T:
    """Run it as ``asyncio.run`` does. The first Ctrl-C cancels it; another one a moment later ends it at once.

    Raises :class:`Interrupted` after Ctrl-C, once all is taken down.
    """
    return asyncio.run(_guarded(work))


async def _guarded(work: Coroutine[Any, Any, T]) -> T:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    asked: list[float] = []

    def interrupted(_: int, __: FrameType | None) -> None:
        if asked and time.monotonic() - asked[0] >= DELIBERATE_SECONDS:
            raise KeyboardInterrupt
        if not asked:
            asked.append(time.monotonic())
            # Written past sys.stderr, in the middle of whose own writing this may come.
            os.write(2, b"\n" * sys.stderr.isatty() + "Stopping…\n".encode())
            loop.call_soon_threadsafe(task.cancel)

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        return await work
    except asyncio.CancelledError:
        if asked:
            raise Interrupted from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)
