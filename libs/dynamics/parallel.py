"""Several requests at the same time; the first error is raised once all of them have ended."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

from libs.runtime.errors import TandemError

ResultT = TypeVar("ResultT")


async def together(work: Iterable[Awaitable[ResultT]]) -> list[ResultT]:
    """All results in order. None is left running: what was begun ends before an error is raised, since a write that
    is cut off half-way would be an unknown outcome."""
    pending = list(work)
    if len(pending) == 1:
        return [await pending[0]]
    results = await asyncio.gather(*pending, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    if errors:
        # A bug outranks an expected error, so that it is not hidden behind one.
        raise next((error for error in errors if not isinstance(error, TandemError)), errors[0])
    return results  # type: ignore[return-value]
