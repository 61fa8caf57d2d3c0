"""What messaging promises, whichever transport carries it. The RabbitMQ and the in-memory transport both keep it;
``libs/testing/suites/transport.py`` is the exam that both sit.
"""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from libs.contracts.envelope import Envelope
from libs.contracts.message import Message, Reply, Request
from libs.contracts.routing import ServiceTopology

ReplyT = TypeVar("ReplyT", bound=Reply)

Addressed = tuple[str, str, Envelope]
"""Exchange, routing key, envelope."""


class Delivery(Protocol):
    """One message handed to a consumer, in a task of its own. Exactly one of the verbs is awaited.

    A consumer that raises or returns without settling gives the message back, which counts towards the broker's
    delivery limit. The verbs raise ``Unavailable`` when the connection that brought the message is gone: the broker
    delivers it again.
    """

    envelope: Envelope
    redelivered: bool
    returned: int
    """How often it was given back before, or its consumer died with it; 0 where the queue does not count."""
    reply_to: str
    """Where the reply to a request goes; empty otherwise."""

    async def ack(self) -> None: ...

    async def retry(self, envelope: Envelope, delay: float) -> None:
        """Deliver ``envelope`` (attempt already counted) again after about ``delay`` seconds (rounded up to a rung).

        It is on the rung, durably and confirmed, before the delivery is acknowledged; so with ``dead``.
        """
        ...

    async def dead(self, envelope: Envelope, code: str, reason: str) -> None:
        """Put ``envelope`` on the service's dead-letter queue."""
        ...

    async def requeue(self) -> None:
        """Give the message back at once, untouched: the process is stopping."""
        ...


SMALL = 16 * 1024
"""Bytes of a message up to which it counts as small, so that more of them may be in flight at once."""

Consumer = Callable[[Delivery], Awaitable[None]]
Ear = Callable[[Envelope], Awaitable[None]]


class Publisher(Protocol):
    async def publish(self, envelopes: list[Addressed]) -> None:
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


@dataclass(frozen=True)
class DeadLetter:
    """A message that its service gave up on."""

    message_id: str
    service: str
    queue: str
    """The work queue it came from and goes back to when it is replayed."""
    exchange: str
    key: str
    """Where it was published at first."""
    code: str
    """Error code, or ``delivery_limit`` for a message that was given back too often."""
    reason: str
    died_at: str
    """Moment, ISO 8601 UTC."""
    envelope: Envelope | None
    """None when the body is no envelope."""


class DeadLetterOffice(Protocol):
    """What can be done about the dead letters of a service. While one caller looks, others may not see them."""

    async def dead_letters(self, service: str) -> list[DeadLetter]:
        """All of them, oldest first; they stay where they are."""
        ...

    async def replay_dead_letters(self, service: str, message_ids: Collection[str] | None = None) -> int:
        """Put these (None: all) back on the work queue they came from, attempts forgotten. Returns how many."""
        ...

    async def discard_dead_letters(self, service: str, message_ids: Collection[str] | None = None) -> int:
        """Delete these (None: all) for good. Returns how many."""
        ...


class Transport(Publisher, DeadLetterOffice, Protocol):
    """A connection to the broker, open between ``async with``."""

    def connect(self) -> AbstractAsyncContextManager["Transport"]: ...

    async def declare(self, topology: ServiceTopology) -> None: ...

    async def consume(self, queue: str, consumer: Consumer, *, prefetch: int, small: int = 0) -> "Subscription":
        """Deliver from ``queue`` with at most ``prefetch`` deliveries unsettled, and while messages are small
        (:data:`SMALL`) with up to ``small`` more. Never are more than ``prefetch`` that are not small being handled.
        """
        ...

    async def listen(self, patterns: Collection[str], ear: Ear) -> "Subscription":
        """Hear every event whose key fits one of the patterns, as long as this connection lives.

        Each listener of each process hears all of them, once and in no promised order. Nothing is kept for one that
        is not there: what is published while a connection is away is not heard.
        """
        ...

    def requester(self, service: str) -> Requester:
        """Asks on behalf of ``service``."""
        ...

    async def reply(self, reply_to: str, reply: Envelope) -> None:
        """Send an answer to the asker; nobody waiting for it any more is no error."""
        ...

    async def abort(self) -> None:
        """Drop the connection with nothing settled, as a crash would."""
        ...

    @property
    def healthy(self) -> bool: ...


class Subscription(Protocol):
    async def cancel(self) -> None:
        """Take no more deliveries. Those in flight go on and are still settled."""
        ...

    async def drain(self, deadline: float) -> None:
        """Wait for the handlers in flight; those still busy after ``deadline`` seconds are cancelled and their
        messages given back."""
        ...


class Outgoing:
    """A message to publish whose id is not simply the next one of this handling.

    ``discriminator`` tells handlings apart whose results may honestly differ between repeats. ``id`` is the id itself,
    for a step that is sent again by another handling and must be recognised as the same.
    """

    __slots__ = ("discriminator", "id", "message")

    def __init__(self, message: Message, discriminator: str = "", *, id: UUID | None = None) -> None:
        self.message = message
        self.discriminator = discriminator
        self.id = id
