"""What messaging promises, whichever transport carries it. The RabbitMQ and the in-memory transport both keep it;
``libs/testing/suites/transport.py`` is the exam that both sit.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from enum import StrEnum
from typing import Protocol, TypeVar

from libs.contracts.envelope import Envelope
from libs.contracts.message import Message, Reply, Request
from libs.contracts.routing import ServiceTopology

ReplyT = TypeVar("ReplyT", bound=Reply)


class Settled(StrEnum):
    """What becomes of a delivery; the transport carries it out."""

    ACK = "ack"
    RETRY = "retry"
    """Put on a retry rung (durably, confirmed), then acknowledged."""
    DEAD = "dead"
    """Put on the service's dead-letter queue (durably, confirmed), then acknowledged."""
    REQUEUE = "requeue"
    """Given back at once, untouched: the process is stopping."""


class Delivery(Protocol):
    """One message handed to a consumer. Exactly one of the verbs is awaited."""

    envelope: Envelope
    redelivered: bool

    async def ack(self) -> None: ...

    async def retry(self, envelope: Envelope, delay: float) -> None:
        """Deliver ``envelope`` (attempt already counted) again after about ``delay`` seconds (rounded up to a rung)."""
        ...

    async def dead(self, envelope: Envelope, code: str, reason: str) -> None: ...

    async def requeue(self) -> None: ...


Consumer = Callable[[Delivery], Awaitable[None]]


class Publisher(Protocol):
    async def publish(self, envelopes: list[tuple[str, str, Envelope]]) -> None:
        """Publish (exchange, routing key, envelope) triples, persistent and confirmed, in order, pipelined.

        Returns only when the broker has confirmed all. Raises ``Unavailable`` when the broker cannot be reached
        and ``ContractBroken`` for a command that no queue takes. An event nobody listens to is no error.
        """
        ...


class Requester(Protocol):
    async def ask(self, request: Request[ReplyT], *, deadline: float = 30.0) -> ReplyT:
        """Send a request and wait for its reply.

        Raises ``Unavailable`` at the deadline (seconds) or when nobody answers, and the answering service's own
        error (same class and code) when it refused.
        """
        ...


class Transport(Publisher, Protocol):
    """A connection to the broker, open between ``async with``."""

    def connect(self) -> AbstractAsyncContextManager["Transport"]: ...

    async def declare(self, topology: ServiceTopology) -> None: ...

    async def consume(self, queue: str, consumer: Consumer, *, prefetch: int) -> "Subscription":
        """Deliver from ``queue`` with at most ``prefetch`` deliveries unsettled."""
        ...

    def requester(self, service: str) -> Requester:
        """Asks on behalf of ``service``."""
        ...

    async def reply(self, request: Envelope, reply_to: str, reply: Envelope) -> None: ...

    @property
    def healthy(self) -> bool: ...


class Subscription(Protocol):
    async def cancel(self) -> None:
        """Take no more deliveries. Those in flight go on and are still settled."""
        ...


class Outgoing:
    """A message to publish, with the discriminator of its id where handling may honestly differ between repeats."""

    __slots__ = ("discriminator", "message")

    def __init__(self, message: Message, discriminator: str = "") -> None:
        self.message = message
        self.discriminator = discriminator
