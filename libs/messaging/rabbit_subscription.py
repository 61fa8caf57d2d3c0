"""One consumer of one RabbitMQ queue, resumed on every link, and the deliveries that it hands out."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Protocol
from uuid import uuid4

import structlog

from libs.contracts.envelope import Envelope
from libs.contracts.routing import retry_queue
from libs.messaging.encoding import decode, encode
from libs.messaging.in_flight import InFlight
from libs.messaging.ports import SMALL, Consumer, Ear
from libs.messaging.rabbit_topology import Travel, ear_queue
from libs.messaging.rabbitmq import Arrival, Consumption, Link
from libs.messaging.retry import rung_for
from libs.runtime.errors import ContractBroken, Unavailable

log = structlog.get_logger(__name__)


class Depot(Protocol):
    """Where deliveries put what they move on; the transport is it."""

    def rungs_of(self, queue: str) -> tuple[float, ...]: ...

    def put(self, exchange: str, key: str, body: bytes, travel: Travel) -> Awaitable[None]:
        """Publish, confirmed, to an exchange that must take it."""
        ...

    def bury(self, queue: str, body: bytes, travel: Travel, code: str, reason: str) -> Awaitable[None]:
        """Put it with the dead letters of the service that consumes ``queue``."""
        ...


class RabbitDelivery:
    """See :class:`~libs.messaging.ports.Delivery`."""

    def __init__(self, depot: Depot, link: Link, queue: str, arrival: Arrival, envelope: Envelope) -> None:
        self.envelope = envelope
        self.redelivered = arrival.redelivered
        self.returned = arrival.returned
        self.reply_to = arrival.reply_to
        self.settled = False
        self._depot = depot
        self._link = link
        self._queue = queue
        self._arrival = arrival

    async def ack(self) -> None:
        self._check()
        await self._arrival.ack()
        self.settled = True

    async def retry(self, envelope: Envelope, delay: float) -> None:
        self._check()
        rung = retry_queue(rung_for(delay, self._depot.rungs_of(self._queue)))
        await self._depot.put(rung, self._queue, encode(envelope), self._arrival.travel.origin())
        await self.ack()

    async def dead(self, envelope: Envelope, code: str, reason: str) -> None:
        self._check()
        await self._depot.bury(self._queue, encode(envelope), self._arrival.travel, code, reason)
        await self.ack()

    async def requeue(self) -> None:
        self._check()
        await self._arrival.give_back()
        self.settled = True

    def _check(self) -> None:
        if self.settled:
            raise Unavailable("this delivery is settled already; it is not settled again")
        if self._link.lost.is_set():
            raise Unavailable("the connection that brought this delivery is gone; the broker delivers it again")


class RabbitSubscription:
    """See :class:`~libs.messaging.ports.Subscription`. Every delivery runs in a task that it owns.

    The broker counts messages, not bytes. So while messages are small, a second consumer of the same queue takes some
    more; the first large one ends that.
    """

    def __init__(self, depot: Depot, queue: str, consumer: Consumer, prefetch: int, small: int = 0) -> None:
        self._depot = depot
        self._queue = queue
        self._consumer = consumer
        self._prefetch = prefetch
        self._places = asyncio.Semaphore(prefetch)
        self._small = small
        self._small_places = asyncio.Semaphore(prefetch + small)
        self._small_in_a_row = 0
        self._more: Consumption | None = None
        """The second consumer, on the link that it was made for."""
        self._taking_more = False
        self._turning: asyncio.Task[None] | None = None
        self._in_flight = InFlight(self._failed)
        self._consumption: Consumption | None = None
        self._cancelled = False

    async def resume(self, link: Link) -> None:
        """Consume over this link."""
        if self._cancelled:
            return

        def take(arrival: Arrival) -> None:
            # A task of ours: the client library cancels its own when the link breaks, and the handling must not be
            # torn apart by that.
            large = len(arrival.body) > SMALL
            self._in_flight.begin(self._handle(link, arrival, self._places if large else self._small_places))
            if self._small:
                self._small_in_a_row = 0 if large else self._small_in_a_row + 1
                self._turn(link, take)

        self._more, self._taking_more, self._small_in_a_row = None, False, 0
        self._consumption = await link.consume(self._queue, take, prefetch=self._prefetch)

    def _turn(self, link: Link, take: Callable[[Arrival], None]) -> None:
        """Begin or cease to take more, where messages have become small or large."""
        busy = self._turning is not None and not self._turning.done()
        if busy or self._cancelled or link.lost.is_set() or self._wanting_more() == self._taking_more:
            return
        self._turning = asyncio.create_task(self._take_more_or_less(link, take))

    def _wanting_more(self) -> bool:
        # Not for the first few: a table's last page is often small.
        return self._small_in_a_row > (0 if self._taking_more else 2 * self._prefetch)

    async def _take_more_or_less(self, link: Link, take: Callable[[Arrival], None]) -> None:
        try:
            while not self._cancelled and not link.lost.is_set() and self._wanting_more() != self._taking_more:
                self._taking_more = not self._taking_more
                if not self._taking_more:
                    if self._more is not None:
                        await self._more.cancel()
                elif self._more is not None:
                    await self._more.start()
                else:
                    more = await link.consume(self._queue, take, prefetch=self._small)
                    self._more = None if link.lost.is_set() else more
        except Unavailable as error:
            log.debug("consumer.not_widened", queue=self._queue, code=error.code)

    async def _handle(self, link: Link, arrival: Arrival, places: asyncio.Semaphore) -> None:
        # Handlers of a broken link may still be busy while the next one already delivers.
        async with places:
            if link.lost.is_set():
                return
            try:
                await self._hand_over(link, arrival)
            except Unavailable as error:
                log.warning("delivery.given_back", queue=self._queue, code=error.code, reason=error.message)

    def _failed(self, error: BaseException) -> None:
        log.error("delivery.given_back", queue=self._queue, exc_info=error)

    async def _hand_over(self, link: Link, arrival: Arrival) -> None:
        envelope = await self._opened(link, arrival)
        if envelope is None:
            return
        delivery = RabbitDelivery(self._depot, link, self._queue, arrival, envelope)
        try:
            await self._consumer(delivery)
        finally:
            if not delivery.settled and not link.lost.is_set():
                await delivery.requeue()

    async def _opened(self, link: Link, arrival: Arrival) -> Envelope | None:
        """The envelope; null for a body that is none, which is buried."""
        body = arrival.unpacked()
        try:
            return decode(body)
        except ContractBroken as error:
            log.error("message.dead_lettered", queue=self._queue, code=error.code, reason=error.message)
            buried = False
            try:
                await self._depot.bury(self._queue, body, arrival.travel, error.code, error.message)
                buried = True
            finally:
                if not buried and not link.lost.is_set():
                    await arrival.give_back()
            await arrival.ack()
            return None

    async def cancel(self) -> None:
        self._cancelled = True
        if self._turning is not None:
            await asyncio.wait([self._turning])
        for consumption in (self._consumption, self._more):
            if consumption is not None:
                await consumption.cancel()

    async def drain(self, deadline: float) -> None:
        await self._in_flight.drain(deadline)
        for consumption in (self._consumption, self._more):
            if consumption is not None:
                await consumption.close()

    async def abandon(self) -> None:
        """Cancel what is still in flight; its messages go back."""
        await self._in_flight.abandon()


class RabbitEar:
    """Hears events from a queue of its own, which goes with the link. See ``ports.Subscription``."""

    def __init__(self, patterns: Collection[str], ear: Ear) -> None:
        self._patterns = patterns
        self._ear = ear
        self._in_flight = InFlight(self._failed)
        self._consumption: Consumption | None = None
        self._cancelled = False

    async def resume(self, link: Link) -> None:
        """Listen over this link."""
        if self._cancelled:
            return
        # A new name each time: the broker may still hold the queue of the link that broke.
        queue = ear_queue(f"broadcasts.{uuid4().hex}", self._patterns)
        self._consumption = await link.consume(queue, self._take, prefetch=0, acknowledge=False)

    def _take(self, arrival: Arrival) -> None:
        self._in_flight.begin(self._hear(arrival))

    async def _hear(self, arrival: Arrival) -> None:
        try:
            envelope = decode(arrival.body)
        except ContractBroken as error:
            log.warning("event.unreadable", code=error.code, reason=error.message)
            return
        await self._ear(envelope)

    def _failed(self, error: BaseException) -> None:
        log.error("event.not_heard", exc_info=error)

    async def cancel(self) -> None:
        self._cancelled = True
        if self._consumption is not None:
            await self._consumption.cancel()

    async def drain(self, deadline: float) -> None:
        await self._in_flight.drain(deadline)
        if self._consumption is not None:
            await self._consumption.close()

    async def abandon(self) -> None:
        await self._in_flight.abandon()
