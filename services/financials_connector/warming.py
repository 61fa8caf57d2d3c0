"""Finds the company and the ways to its tables when the service starts, so that no first question waits for it."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from libs.runtime.errors import Permanent, Transient
from services.financials_connector.discovery import Tenants
from services.financials_connector.lookup_ways import LookupWays

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
"""Seconds between two attempts while Financials is away."""

log = structlog.get_logger(__name__)


async def know_the_tenant(
    tenants: Tenants, ways: LookupWays, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> None:
    """Until cancelled. What is refused for good is left to whoever asks next: a wrong password is not tried again and
    again."""
    pause = FIRST_PAUSE
    while True:
        try:
            await ways.of(await tenants.current())
            break
        except Permanent as error:
            log.info("tenant.not_found", code=error.code, reason=error.message)
            break
        except Transient:
            await sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
    await asyncio.Event().wait()
