"""The in-memory transport: all services of one process, connected through a :class:`MemoryBroker`.

It keeps every promise of ``ports.py`` except to outlive the process: what is in flight then is sent again by its
sender (outbox, deadlines of the orchestrator).
"""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Self

import structlog

from libs.contracts.envelope import Envelope
from libs.contracts.routing import COMMANDS, REQUESTS, ServiceTopology
from libs.messaging.broker import MemoryBroker, Stored
from libs.messaging.encoding import decode, encode
from libs.messaging.in_flight import InFlight
from libs.messaging.ports import SMALL, Addressed, Consumer, DeadLetter, Delivery, Ear, Requester
from libs.messaging.request_reply import LineRequester, PendingReplies
from libs.runtime.clock import Clock, SystemClock
from libs.runtime.errors import ContractBroken, Unavailable

log = structlog.get_logger(__name__)

_names = count(1)

EAR_PREFETCH = 1000
"""Events that one listener is handed at the same time."""

DRAIN_SECONDS = 10.0
"""How long leaving the connection waits for handlers in flight."""


class MemoryDelivery:
    """See :class:`~libs.messaging.ports.Delivery`."""

    def __init__(self, subscription: "MemorySubscription", message: Stored, envelope: Envelope) -> None:
        self.envelope = envelope
        self.redelivered = message.redelivered
        self.returned = message.returned
        self.reply_to = message.reply_to
        self.open = True
        self.message = message
        self.large = len(message.body) > SMALL
        self._subscription = subscription

    async def ack(self) -> None:
        self._settle()

    async def retry(self, envelope: Envelope, delay: float) -> None:
        subscription = self._subscription
        self._check()
        again = replace(self.message, body=encode(envelope), returned=0)
        subscription.broker.wait_on_rung(again, subscription.queue, delay)
        self._settle()

    async def dead(self, envelope: Envelope, code: str, reason: str) -> None:
        self._check()
        letter = replace(self.message, body=encode(envelope))
        self._subscription.broker.bury(letter, self._subscription.queue, code, reason)
        self._settle()

    async def requeue(self) -> None:
        self._check()
        self.give_back()

    def give_back(self) -> None:
        if self.open:
            self._close()
            self._subscription.broker.give_back(self.message, self._subscription.queue)

    def _check(self) -> None:
        if not self.open:
            raise Unavailable("this delivery is settled already or its connection is gone; it is not settled again")

    def _settle(self) -> None:
        self._check()
        self._close()
        self._subscription.broker.settled(self._subscription.queue)

    def _close(self) -> None:
        self.open = False
        self._subscription.unsettled.discard(self)


class MemorySubscription:
    """One consumer of one queue; every delivery runs in a task that the subscription owns."""

    def __init__(
        self, transport: "MemoryTransport", queue: str, consumer: Consumer, prefetch: int, small: int = 0
    ) -> None:
        self.transport = transport
        self.broker = transport.broker
        self.queue = queue
        self.unsettled: set[MemoryDelivery] = set()
        self._consumer = consumer
        self._prefetch = prefetch
        self._small = small
        self._in_flight = InFlight(self._failed)

    def room(self) -> bool:
        large = sum(delivery.large for delivery in self.unsettled)
        return large < self._prefetch and len(self.unsettled) < self._prefetch + self._small

    def take(self, message: Stored) -> None:
        try:
            envelope = decode(message.body)
        except ContractBroken as error:
            log.error("message.dead_lettered", queue=self.queue, code=error.code, reason=error.message)
            self.broker.bury(message, self.queue, error.code, error.message)
            return
        delivery = MemoryDelivery(self, message, envelope)
        self.unsettled.add(delivery)
        self._in_flight.begin(self._handle(delivery))

    async def _handle(self, delivery: MemoryDelivery) -> None:
        try:
            await self._consumer(delivery)
        except Unavailable as error:
            log.warning("delivery.given_back", queue=self.queue, code=error.code, reason=error.message)
        finally:
            delivery.give_back()

    def _failed(self, error: BaseException) -> None:
        log.error("delivery.given_back", queue=self.queue, exc_info=error)

    async def cancel(self) -> None:
        self.broker.unsubscribe(self.queue, self)

    async def drain(self, deadline: float) -> None:
        await self._in_flight.drain(deadline)

    async def abandon(self) -> None:
        """Cancel what is still in flight; its messages go back."""
        for delivery in list(self.unsettled):
            delivery.give_back()
        await self._in_flight.abandon()


class MemoryEar(MemorySubscription):
    """Hears events from a queue of its own, which goes when it stops."""

    def __init__(self, transport: "MemoryTransport", queue: str, ear: Ear) -> None:
        async def heard(delivery: Delivery) -> None:
            await delivery.ack()
            await ear(delivery.envelope)

        super().__init__(transport, queue, heard, EAR_PREFETCH)

    async def cancel(self) -> None:
        await super().cancel()
        self.broker.delete(self.queue)


class MemoryTransport:
    """See :class:`~libs.messaging.ports.Transport`."""

    def __init__(self, broker: MemoryBroker, *, clock: Clock | None = None) -> None:
        self.broker = broker
        self.pending = PendingReplies()
        self._clock = clock or SystemClock()
        self._reply_to = f"replies.{next(_names)}"
        self._subscriptions: list[MemorySubscription] = []
        self._connected = False

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Self]:
        self.broker.open_reply_line(self._reply_to, lambda body: self.pending.arrived(decode(body)))
        self._connected = True
        try:
            yield self
        finally:
            for subscription in self._subscriptions:
                await subscription.cancel()
            for subscription in self._subscriptions:
                await subscription.drain(DRAIN_SECONDS)
            await self.abort()

    async def abort(self) -> None:
        self._connected = False
        self.broker.close_reply_line(self._reply_to)
        for subscription in self._subscriptions:
            await subscription.cancel()
        for subscription in self._subscriptions:
            await subscription.abandon()
        self._subscriptions.clear()

    @property
    def healthy(self) -> bool:
        return self._connected

    async def declare(self, topology: ServiceTopology) -> None:
        self._check()
        self.broker.declare(topology)

    async def publish(self, envelopes: list[Addressed]) -> None:
        self._check()
        unroutable = [
            key
            for exchange, key, envelope in envelopes
            if not self.broker.publish(Stored(encode(envelope), exchange, key, str(envelope.id)))
            and exchange == COMMANDS
        ]
        if unroutable:
            raise ContractBroken(f"no queue takes the command {unroutable[0]}")

    async def consume(self, queue: str, consumer: Consumer, *, prefetch: int, small: int = 0) -> MemorySubscription:
        self._check()
        if not self.broker.knows(queue):
            raise ContractBroken(f"there is no queue {queue}; declare the topology first")
        subscription = MemorySubscription(self, queue, consumer, prefetch, small)
        self._subscriptions.append(subscription)
        self.broker.subscribe(queue, subscription)
        return subscription

    async def listen(self, patterns: Collection[str], ear: Ear) -> MemorySubscription:
        self._check()
        queue = f"broadcasts.{next(_names)}"
        self.broker.declare_ear(queue, patterns)
        subscription = MemoryEar(self, queue, ear)
        self._subscriptions.append(subscription)
        self.broker.subscribe(queue, subscription)
        return subscription

    def requester(self, service: str) -> Requester:
        return LineRequester(service, self, self._clock)

    async def send_request(self, key: str, request: Envelope, seconds: float) -> bool:
        self._check()
        return self.broker.publish(
            Stored(encode(request), REQUESTS, key, str(request.id), self._reply_to, self.broker.expiry(seconds))
        )

    async def reply(self, reply_to: str, reply: Envelope) -> None:
        self._check()
        self.broker.reply(reply_to, encode(reply))

    async def dead_letters(self, service: str) -> list[DeadLetter]:
        self._check()
        return [_dead_letter(service, letter) for letter in self.broker.dead_letters(service)]

    async def replay_dead_letters(self, service: str, message_ids: Collection[str] | None = None) -> int:
        self._check()
        letters = self.broker.take_dead_letters(service, message_ids)
        for letter in letters:
            self.broker.replay(replace(letter, body=_first_attempt(letter.body)))
        return len(letters)

    async def discard_dead_letters(self, service: str, message_ids: Collection[str] | None = None) -> int:
        self._check()
        return len(self.broker.take_dead_letters(service, message_ids))

    def _check(self) -> None:
        if not self._connected:
            raise Unavailable("the in-memory transport is not connected")


def _first_attempt(body: bytes) -> bytes:
    try:
        return encode(decode(body).model_copy(update={"attempt": 0}))
    except ContractBroken:
        return body


def _dead_letter(service: str, letter: Stored) -> DeadLetter:
    try:
        envelope = decode(letter.body)
    except ContractBroken:
        envelope = None
    return DeadLetter(
        message_id=letter.message_id,
        service=service,
        queue=letter.queue,
        exchange=letter.exchange,
        key=letter.key,
        code=letter.code,
        reason=letter.reason,
        died_at=letter.died_at,
        envelope=envelope,
    )
