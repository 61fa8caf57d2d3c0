"""Tells everybody when the environment asks for a pause, so that deadlines stand still meanwhile."""

from collections.abc import Awaitable, Callable
from datetime import UTC
from uuid import uuid4

import structlog

from libs.contracts.envelope import Envelope
from libs.contracts.jobs import EnvironmentThrottled
from libs.contracts.routing import EVENTS, routing_key
from libs.contracts.vocabulary import System
from libs.dynamics.throttle import Gate
from libs.messaging.ports import Publisher
from libs.runtime.clock import Clock
from libs.runtime.errors import Transient

log = structlog.get_logger(__name__)


def announcing(gate: Gate, publisher: Publisher, clock: Clock, service: str) -> Callable[[], Awaitable[None]]:
    """A background task that publishes ``EnvironmentThrottled`` for every pause of the gate."""

    async def announce() -> None:
        async for until in gate.pauses():
            message = EnvironmentThrottled(
                system=System.SALES, until=until.astimezone(UTC).isoformat().replace("+00:00", "Z")
            )
            envelope = Envelope(
                id=uuid4(),
                type=message.TYPE,
                source=service,
                subject=message.subject(),
                time=clock.now(),
                data=message.model_dump(mode="json"),
            )
            try:
                await publisher.publish([(EVENTS, routing_key(message), envelope)])
            except Transient as error:
                # The next pause is told again; this one only stretches a deadline.
                log.warning("throttling.not_announced", code=error.code)

    return announce
