"""Tells everybody when a remote service asks for a pause, so that deadlines stand still meanwhile."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import structlog

from libs.contracts.jobs import EnvironmentThrottled
from libs.contracts.vocabulary import System
from libs.messaging.posting import Sender
from libs.runtime.errors import Transient

log = structlog.get_logger(__name__)


def announcing(system: System, pauses: AsyncIterator[datetime], sender: Sender) -> Callable[[], Awaitable[None]]:
    """A background task that publishes ``EnvironmentThrottled`` for every pause; ``pauses`` gives their ends."""

    async def announce() -> None:
        async for until in pauses:
            moment = until.astimezone(UTC).isoformat().replace("+00:00", "Z")
            try:
                await sender.send([EnvironmentThrottled(system=system, until=moment)])
            except Transient as error:
                # The next pause is told again; this one only stretches a deadline.
                log.warning("throttling.not_announced", code=error.code)

    return announce
