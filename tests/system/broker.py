"""The broker as an onlooker sees it: every command and event that is published, and its queues wiped between runs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from libs.contracts.routing import COMMANDS, EVENTS, SERVICES, topology_of
from libs.messaging.rabbit_topology import EXCHANGES, declarations


@dataclass
class Traffic:
    """Routing keys of what was published, in order."""

    keys: list[str] = field(default_factory=list)
    _more: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __len__(self) -> int:
        return len(self.keys)

    async def heard(self, key: str) -> None:
        async with self._more:
            self.keys.append(key)
            self._more.notify_all()

    async def reaches(self, number: int) -> None:
        """Wait until so many messages were published."""
        async with self._more:
            await self._more.wait_for(lambda: len(self.keys) >= number)


@asynccontextmanager
async def overheard(url: str) -> AsyncIterator[Traffic]:
    """Listen to all commands and events while the block runs, also again when the broker was away."""
    traffic = Traffic()

    async def heard(message: AbstractIncomingMessage) -> None:
        await traffic.heard(message.routing_key or "")

    async with await aio_pika.connect_robust(url, reconnect_interval=0.2) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(f"onlooker.{uuid4().hex}", auto_delete=True)
        for exchange in (COMMANDS, EVENTS):
            await channel.declare_exchange(exchange, EXCHANGES[exchange], durable=True)
            await queue.bind(exchange, "#")
        await queue.consume(heard, no_ack=True)
        yield traffic


async def wipe(url: str) -> None:
    """Delete all queues of Tandem, with whatever an earlier run has left in them."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        for service in SERVICES:
            for queue in declarations(topology_of(service)).queues:
                await channel.queue_delete(queue.name)
