"""Waits until something becomes true, instead of sleeping and hoping."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def eventually(check: Callable[[], Awaitable[T]], *, timeout: float = ..., pause: float = ...) -> T: ...  # noqa: ASYNC109
@overload
async def eventually(check: Callable[[], T], *, timeout: float = ..., pause: float = ...) -> T: ...  # noqa: ASYNC109
async def eventually(check: Callable[[], Any], *, timeout: float = 5.0, pause: float = 0.01) -> Any:  # noqa: ASYNC109
    """The first true value of ``check`` (plain or async) within ``timeout`` seconds.

    ``check`` may also assert: an ``AssertionError`` means not yet. What it said last is in the failure.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout
    while True:
        said: object
        try:
            value = check()
            said = await value if inspect.isawaitable(value) else value
            if said:
                return said
        except AssertionError as error:
            said = error
        if loop.time() >= until:
            raise AssertionError(f"still not so after {timeout:g} s: {said!r}")
        await asyncio.sleep(pause)
