"""The RabbitMQ transport: publisher confirms, persistent messages, bounded prefetch, and a connection that comes back.

When the link breaks, a new one gets the same topology and consumers (:mod:`libs.messaging.rabbit_link`); publishers
wait for it and publish again what was not confirmed; deliveries that came over the old one are not settled, so the
broker delivers them again.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Self

from libs.contracts.envelope import Envelope
from libs.contracts.routing import COMMANDS, DEAD, REQUESTS, RETURNS, ServiceTopology
from libs.messaging.encoding import decode, encode
from libs.messaging.ports import Addressed, Consumer, DeadLetter, Ear, Requester
from libs.messaging.rabbit_link import KeptLink
from libs.messaging.rabbit_subscription import RabbitEar, RabbitSubscription
from libs.messaging.rabbit_topology import Travel, declarations, reply_queue
from libs.messaging.rabbitmq import Arrival, Link, Parcel, Returned
from libs.messaging.request_reply import LineRequester, PendingReplies
from libs.runtime.clock import Clock, SystemClock
from libs.runtime.errors import ContractBroken

DRAIN_SECONDS = 10.0
"""How long leaving the connection waits for handlers in flight."""


class RabbitTransport:
    """See :class:`~libs.messaging.ports.Transport`.

    ``patience`` is how long, in seconds, connecting at first and publishing wait for a broker that is away before they
    raise ``Unavailable``; connecting does not where ``waits`` is off.
    """

    def __init__(self, url: str, *, clock: Clock | None = None, patience: float = 15.0, waits: bool = True) -> None:
        self.pending = PendingReplies()
        self._clock = clock or SystemClock()
        self._link = KeptLink(url, self._restore, clock=self._clock, patience=patience, waits=waits)
        self._reply_to = ""
        self._reply_line = asyncio.Lock()
        self._topologies: dict[str, ServiceTopology] = {}
        self._services: dict[str, str] = {}
        self._subscriptions: list[RabbitSubscription | RabbitEar] = []

    # The connection --------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Self]:
        await self._link.open()
        try:
            yield self
        finally:
            for subscription in self._subscriptions:
                await subscription.cancel()
            await asyncio.gather(*(subscription.drain(DRAIN_SECONDS) for subscription in self._subscriptions))
            await self.abort()

    async def abort(self) -> None:
        await self._link.close()
        for subscription in self._subscriptions:
            await subscription.abandon()
        self._subscriptions.clear()
        self._topologies.clear()
        self._reply_to = ""

    @property
    def healthy(self) -> bool:
        return self._link.healthy

    async def _restore(self, link: Link) -> None:
        """Give a new link what was declared and consumed over the one before."""
        for topology in self._topologies.values():
            await link.declare(declarations(topology))
        if self._reply_to:
            await self._listen_for_replies(link)
        for subscription in self._subscriptions:
            await subscription.resume(link)

    # Topology --------------------------------------------------------------------------------------------------

    async def declare(self, topology: ServiceTopology) -> None:
        if self._topologies.get(topology.service) == topology:
            return
        await self._link.persistently(lambda link: link.declare(declarations(topology)))
        self._topologies[topology.service] = topology
        for spec in (topology.commands, topology.events, topology.requests):
            if spec is not None:
                self._services[spec.name] = topology.service

    def rungs_of(self, queue: str) -> tuple[float, ...]:
        """The retry rungs of the service that consumes ``queue``."""
        return self._topologies[self._services[queue]].rungs

    # Publishing ------------------------------------------------------------------------------------------------

    async def publish(self, envelopes: list[Addressed]) -> None:
        waiting = [
            (exchange, key, Parcel(encode(envelope), Travel(id=str(envelope.id)).headers()))
            for exchange, key, envelope in envelopes
        ]
        del envelopes  # the records in them, which the bodies hold as well, need not be kept until the confirms come
        unroutable: list[str] = []

        async def attempt(link: Link) -> None:
            nonlocal waiting
            outcomes = await asyncio.gather(*(link.publish(*item) for item in waiting), return_exceptions=True)
            failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
            unroutable.extend(
                item[1]
                for item, outcome in zip(waiting, outcomes, strict=True)
                if isinstance(outcome, Returned) and item[0] == COMMANDS
            )
            # What the broker confirmed or returned is not published again.
            waiting = [
                item
                for item, outcome in zip(waiting, outcomes, strict=True)
                if isinstance(outcome, BaseException) and not isinstance(outcome, Returned)
            ]
            for failure in failures:
                if not isinstance(failure, Returned):
                    raise failure

        await self._link.persistently(attempt)
        if unroutable:
            raise ContractBroken(f"no queue takes the command {unroutable[0]}")

    async def put(self, exchange: str, key: str, body: bytes, travel: Travel) -> None:
        """One message to an exchange that must take it."""
        parcel = Parcel(body, travel.headers())
        try:
            await self._link.persistently(lambda link: link.publish(exchange, key, parcel))
        except Returned as error:
            raise ContractBroken(f"the exchange {exchange} has no queue for {key}") from error

    async def bury(self, queue: str, body: bytes, travel: Travel, code: str, reason: str) -> None:
        """Put a message with the dead letters of the service that ``queue`` belongs to."""
        letter = replace(
            travel.origin(), queue=queue, code=code, reason=reason[:1000], died_at=self._clock.now().isoformat()
        )
        await self.put(DEAD, self._services[queue], body, letter)

    # Consuming -------------------------------------------------------------------------------------------------

    async def consume(self, queue: str, consumer: Consumer, *, prefetch: int, small: int = 0) -> RabbitSubscription:
        if queue not in self._services:
            raise ContractBroken(f"there is no queue {queue}; declare the topology first")
        subscription = RabbitSubscription(self, queue, consumer, prefetch, small)
        await self._link.persistently(subscription.resume)
        self._subscriptions.append(subscription)
        return subscription

    async def listen(self, patterns: Collection[str], ear: Ear) -> RabbitEar:
        subscription = RabbitEar(patterns, ear)
        await self._link.persistently(subscription.resume)
        self._subscriptions.append(subscription)
        return subscription

    # Requests --------------------------------------------------------------------------------------------------

    def requester(self, service: str) -> Requester:
        return LineRequester(service, self, self._clock)

    async def send_request(self, key: str, request: Envelope, seconds: float) -> bool:
        async with self._reply_line:
            if not self._reply_to:
                await self._link.persistently(self._listen_for_replies)
                self._reply_to = f"replies.{self._link.name}"
        parcel = Parcel(
            encode(request),
            Travel(id=str(request.id)).headers(),
            persistent=False,
            reply_to=self._reply_to,
            expires=seconds,
        )
        try:
            await self._link.persistently(lambda link: link.publish(REQUESTS, key, parcel))
        except Returned:
            return False
        return True

    async def _listen_for_replies(self, link: Link) -> None:
        # Named and kept for a while, so that answers given during an interruption still arrive.
        def take(arrival: Arrival) -> None:
            self.pending.arrived(decode(arrival.body))

        await link.consume(reply_queue(f"replies.{self._link.name}"), take, prefetch=0, acknowledge=False)

    async def reply(self, reply_to: str, reply: Envelope) -> None:
        parcel = Parcel(encode(reply), persistent=False)
        with suppress(Returned):
            await self._link.persistently(lambda link: link.publish("", reply_to, parcel))

    # Dead letters ----------------------------------------------------------------------------------------------

    async def dead_letters(self, service: str) -> list[DeadLetter]:
        async with (await self._link.current()).held(f"{service}.dead") as arrivals:
            return [_dead_letter(service, arrival) for arrival in arrivals]

    async def replay_dead_letters(self, service: str, message_ids: Collection[str] | None = None) -> int:
        return await self._clear(service, message_ids, replay=True)

    async def discard_dead_letters(self, service: str, message_ids: Collection[str] | None = None) -> int:
        return await self._clear(service, message_ids, replay=False)

    async def _clear(self, service: str, message_ids: Collection[str] | None, *, replay: bool) -> int:
        cleared = 0
        async with (await self._link.current()).held(f"{service}.dead") as arrivals:
            for arrival in arrivals:
                letter = _dead_letter(service, arrival)
                if message_ids is not None and letter.message_id not in message_ids:
                    continue
                if replay:
                    body = arrival.body
                    if letter.envelope is not None:
                        body = encode(letter.envelope.model_copy(update={"attempt": 0}))
                    await self.put(RETURNS, letter.queue, body, arrival.travel.origin())
                await arrival.ack()
                cleared += 1
        return cleared


def _dead_letter(service: str, arrival: Arrival) -> DeadLetter:
    travel = arrival.travel
    try:
        envelope = decode(arrival.body)
    except ContractBroken:
        envelope = None
    return DeadLetter(
        message_id=str(envelope.id) if envelope is not None else travel.id,
        service=service,
        queue=travel.queue,
        exchange=travel.exchange,
        key=travel.key,
        code=travel.code,
        reason=travel.reason,
        died_at=travel.died_at,
        envelope=envelope,
    )
