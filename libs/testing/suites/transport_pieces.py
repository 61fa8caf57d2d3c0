"""What the parts of the transports' exam share: a topology, messages to send and a consumer that remembers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from libs.contracts.envelope import Envelope
from libs.contracts.message import Reply, Request
from libs.contracts.routing import COMMANDS, EVENTS, REQUESTS, QueueSpec, ServiceTopology
from libs.messaging.ports import Addressed, Delivery, Transport
from libs.testing.envelopes import an_envelope

OpenTransport = Callable[[], Awaitable[Transport]]

RUNGS = (0.2, 0.8)


class Sum(Reply):
    TYPE: ClassVar[str] = "exam.sum.v1"

    total: int


class Add(Request[Sum]):
    """A question for the exam; any service may be asked."""

    TYPE: ClassVar[str] = "exam.add.v1"
    OWNER: ClassVar[str] = "{service}"
    REPLY = Sum

    service: str
    numbers: list[int]

    def owner(self) -> str:
        return self.service


def topology(service: str, *events: str) -> ServiceTopology:
    """A service with retry rungs short enough to wait for."""
    return ServiceTopology(
        service=service,
        commands=QueueSpec(f"{service}.commands", COMMANDS, (f"{service}.#",)),
        events=QueueSpec(f"{service}.events", EVENTS, events) if events else None,
        requests=QueueSpec(f"{service}.requests", REQUESTS, (f"{service}.#",)),
        dead=f"{service}.dead",
        rungs=RUNGS,
    )


def command(service: str, **fields: Any) -> Addressed:
    envelope = an_envelope(target=service, **fields)
    return COMMANDS, f"{service}.{envelope.type}", envelope


def event(source: str, type_name: str, **fields: Any) -> Addressed:
    return EVENTS, f"{source}.{type_name}", an_envelope(type=type_name, source=source, **fields)


@dataclass
class Recorder:
    """A consumer that remembers what it got and acknowledges it, unless told otherwise."""

    deliveries: list[Delivery] = field(default_factory=list)
    held: asyncio.Event | None = None
    in_flight: int = 0
    most_in_flight: int = 0
    finished: int = 0

    async def __call__(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.held is not None:
                await self.held.wait()
            await delivery.ack()
            self.finished += 1
        finally:
            self.in_flight -= 1

    @property
    def ids(self) -> list[UUID]:
        return [delivery.envelope.id for delivery in self.deliveries]

    @property
    def envelopes(self) -> list[Envelope]:
        return [delivery.envelope for delivery in self.deliveries]
