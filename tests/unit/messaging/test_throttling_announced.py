"""Pauses of the environment are told to everybody."""

import asyncio
from datetime import timedelta

from libs.contracts.routing import EVENTS
from libs.contracts.vocabulary import System
from libs.dynamics.throttle import Gate
from libs.messaging.ports import Addressed
from libs.messaging.posting import Sender
from libs.messaging.throttling import announcing
from libs.runtime.errors import Unavailable
from libs.testing.clock import FrozenClock
from libs.testing.eventually import eventually


class Broker:
    """Keeps what is published; is away at first where told so."""

    def __init__(self, away: int = 0) -> None:
        self.published: list[Addressed] = []
        self.away = away

    async def publish(self, envelopes: list[Addressed]) -> None:
        if self.away:
            self.away -= 1
            raise Unavailable("the broker is away")
        self.published += envelopes


async def test_a_pause_is_announced_with_its_end():
    clock, broker = FrozenClock(), Broker()
    gate = Gate("Dynamics 365 Sales", 8, clock)
    announcer = asyncio.create_task(announcing(System.SALES, gate.pauses(), Sender("sales_connector", broker, clock))())
    gate.refuse(429, 30.0)
    await eventually(lambda: broker.published)
    [(exchange, key, envelope)] = broker.published
    assert (exchange, key) == (EVENTS, "sales_connector.environment.throttled.v1")
    assert envelope.data == {
        "system": "sales",
        "until": (clock.now() + timedelta(seconds=30)).isoformat().replace("+00:00", "Z"),
    }
    announcer.cancel()


async def test_a_broker_that_is_away_does_not_end_the_announcing():
    clock, broker = FrozenClock(), Broker(away=1)
    gate = Gate("Dynamics 365 Sales", 8, clock)
    announcer = asyncio.create_task(announcing(System.SALES, gate.pauses(), Sender("sales_connector", broker, clock))())
    gate.refuse(429, 5.0)
    await eventually(lambda: broker.away == 0)
    gate.refuse(429, 60.0)
    await eventually(lambda: len(broker.published) == 1)
    announcer.cancel()
