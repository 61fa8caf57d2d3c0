"""Looks now and then, whatever is away meanwhile; that is logged when it begins and when it ends."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from libs.runtime.errors import Transient

log = structlog.get_logger()


async def watch(name: str, look: Callable[[], Awaitable[None]], *, interval: float) -> None:
    """Look every ``interval`` seconds until cancelled; ``name`` is what the log calls it."""
    away = False
    while True:
        await asyncio.sleep(interval)
        try:
            await look()
        except Transient as error:
            if not away:
                log.warning("watch.interrupted", of=name, code=error.code, reason=error.message)
            away = True
        else:
            if away:
                log.info("watch.resumed", of=name)
            away = False
