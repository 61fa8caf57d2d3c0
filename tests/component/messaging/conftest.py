"""A dispatcher over the in-memory transport, with aggregates that behave as a store's do."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from libs.contracts.envelope import Envelope
from libs.contracts.routing import RETRY_RUNGS
from libs.messaging.broker import MemoryBroker
from libs.messaging.dispatcher import Dispatcher
from libs.messaging.encoding import decode
from libs.messaging.handling import Answers, Routes
from libs.messaging.memory import MemoryTransport
from libs.messaging.relay import Relay
from libs.runtime.errors import ConcurrentUpdate
from libs.store.ports import Document
from libs.testing.clock import FrozenClock


@dataclass
class Aggregates:
    """Documents in a dictionary, saved under the version rule. Each of ``disturb`` runs before one save, as a rival."""

    documents: dict[str, Document] = field(default_factory=dict)
    disturb: list[Callable[[], None]] = field(default_factory=list)
    saves: int = 0

    async def get(self, id: str) -> Document | None:
        await asyncio.sleep(0)
        return self.documents.get(id)

    async def save(self, document: Document) -> Document:
        await asyncio.sleep(0)
        if self.disturb:
            self.disturb.pop(0)()
        stored = self.documents.get(document.id)
        if (stored.version if stored else 0) != document.version:
            raise ConcurrentUpdate(f"{document.id} was saved by somebody else")
        self.saves += 1
        self.documents[document.id] = replace(document, version=document.version + 1)
        return self.documents[document.id]

    async def unpublished(self, limit: int = 100) -> list[Document]:
        return [document for document in self.documents.values() if document.outbox][:limit]

    async def mark_published(self, id: str, message_ids: Sequence[str]) -> None:
        document = self.documents[id]
        left = tuple(envelope for envelope in document.outbox if str(envelope.id) not in message_ids)
        self.documents[id] = replace(document, outbox=left)


class Tally:
    """Metrics that a test can look at."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str, str]] = []
        self.published = 0

    def message_handled(self, service: str, type_name: str, outcome: str, seconds: float) -> None:
        self.outcomes.append((service, type_name, outcome))

    def messages_published(self, service: str, count: int) -> None:
        self.published += count


@dataclass
class House:
    """Everything around a dispatcher."""

    transport: MemoryTransport
    broker: MemoryBroker
    clock: FrozenClock
    tally: Tally
    stack: AsyncExitStack

    async def dispatch(
        self, service: str, routes: Routes, answers: Answers | None = None, *, relay: Relay | None = None
    ) -> Dispatcher:
        dispatcher = Dispatcher(
            service,
            self.transport,
            routes,
            answers or {},
            clock=self.clock,
            new_document=lambda key: Document(key, {}),
            relay=relay,
            metrics=self.tally,
        )
        await dispatcher.start()
        self.stack.push_async_callback(dispatcher.stop, 1.0)
        return dispatcher

    def taken_from(self, queue: str) -> list[Envelope]:
        """What waits in a queue that nobody consumes, as envelopes."""
        return [decode(message.body) for message in self.broker.waiting_in(queue)]


@pytest.fixture
async def house() -> AsyncIterator[House]:
    clock = FrozenClock()
    broker = MemoryBroker(clock, clock=clock)
    transport = MemoryTransport(broker, clock=clock)
    async with transport.connect(), AsyncExitStack() as stack:
        yield House(transport, broker, clock, Tally(), stack)


@pytest.fixture
def first_rung() -> float:
    return RETRY_RUNGS[0]
