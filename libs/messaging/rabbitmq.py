"""The RabbitMQ transport: publisher confirms, persistent messages, bounded prefetch, and a connection that comes back.

One supervisor keeps a :class:`_Link` (connection, channel for publishing) alive. When it breaks, a new one is made with
the same topology and consumers; publishers wait for it and publish again what was not confirmed; deliveries that came
over the old one are not settled, so the broker delivers them again. This is the only module that imports aio_pika.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager, suppress
from typing import Self, TypeVar
from uuid import uuid4

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    AuthenticationError,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    ProbableAuthenticationError,
    PublishError,
)

from libs.contracts.envelope import Envelope
from libs.contracts.routing import COMMANDS, DEAD, REQUESTS, RETURNS, ServiceTopology, retry_queue
from libs.messaging.encoding import decode, encode
from libs.messaging.ports import Addressed, Consumer, DeadLetter, Requester
from libs.messaging.rabbit_topology import REPLIES_EXPIRE, Travel, declarations, travel_of
from libs.messaging.request_reply import LineRequester, PendingReplies
from libs.messaging.retry import rung_for
from libs.runtime.clock import Clock, SystemClock
from libs.runtime.errors import AccessDenied, ContractBroken, MappingInvalid, Unavailable

log = structlog.get_logger(__name__)

SETTING = "TANDEM_BROKER_URL"

CONNECT_SECONDS = 10.0
"""How long one attempt to connect may take."""

CONFIRM_SECONDS = 30.0
"""How long a confirm may take before the link counts as broken."""

DRAIN_SECONDS = 10.0
"""How long leaving the connection waits for handlers in flight."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 3.0

_LOST: tuple[type[BaseException], ...] = (*CONNECTION_EXCEPTIONS, TimeoutError)

T = TypeVar("T")


async def _survivable(awaitable: Awaitable[T]) -> T:
    """A broken connection reaches its users as many errors, cancellation included; this makes them one."""
    try:
        return await awaitable
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise Unavailable("the connection to the broker broke", setting=SETTING) from None
    except _LOST as error:
        raise Unavailable("the connection to the broker broke", setting=SETTING, detail=repr(error)) from error


class _Link:
    """One live connection. ``lost`` is set when it, or a channel that must stay, has closed."""

    def __init__(self, connection: aio_pika.abc.AbstractConnection, channel: AbstractChannel) -> None:
        self.connection = connection
        self.channel = channel
        self.lost = asyncio.Event()
        connection.close_callbacks.add(self._closed)
        channel.close_callbacks.add(self._closed)

    def _closed(self, _sender: object, _reason: BaseException | None = None) -> None:
        self.lost.set()

    async def open_channel(self, prefetch: int) -> AbstractChannel:
        channel = await self.connection.channel(publisher_confirms=False)
        await channel.set_qos(prefetch_count=prefetch)
        channel.close_callbacks.add(self._closed)
        return channel

    async def close_channel(self, channel: AbstractChannel) -> None:
        """Close one on purpose; what it had not settled goes back to its queue."""
        channel.close_callbacks.discard(self._closed)
        with suppress(Unavailable):
            await _survivable(channel.close())

    async def publish(self, exchange: str, key: str, message: aio_pika.Message) -> None:
        """Confirmed and mandatory: raises ``PublishError`` when no queue takes it."""
        target = await self.channel.get_exchange(exchange, ensure=False) if exchange else self.channel.default_exchange
        try:
            await target.publish(message, routing_key=key, mandatory=True, timeout=CONFIRM_SECONDS)
        except TimeoutError:
            self.lost.set()
            raise

    async def close(self) -> None:
        self.lost.set()
        with suppress(*_LOST, asyncio.CancelledError):
            await self.connection.close()


async def _open_link(url: str, name: str) -> _Link:
    connection = await aio_pika.connect(
        url, timeout=CONNECT_SECONDS, client_properties={"connection_name": name}, heartbeat=30
    )
    try:
        return _Link(connection, await connection.channel(publisher_confirms=True, on_return_raises=True))
    except BaseException:
        await connection.close()
        raise


class RabbitDelivery:
    """See :class:`~libs.messaging.ports.Delivery`."""

    def __init__(
        self,
        transport: "RabbitTransport",
        link: _Link,
        queue: str,
        message: AbstractIncomingMessage,
        envelope: Envelope,
    ) -> None:
        self.envelope = envelope
        self.redelivered = bool(message.redelivered) or bool(message.headers.get("x-delivery-count"))
        self.reply_to = message.reply_to or ""
        self.settled = False
        self._transport = transport
        self._link = link
        self._queue = queue
        self._message = message

    async def ack(self) -> None:
        self._check()
        await _survivable(self._message.ack())
        self.settled = True

    async def retry(self, envelope: Envelope, delay: float) -> None:
        self._check()
        rung = retry_queue(rung_for(delay, self._transport.rungs_of(self._queue)))
        await self._transport.put_confirmed(rung, self._queue, encode(envelope), self._travel(envelope))
        await self.ack()

    async def dead(self, envelope: Envelope, code: str, reason: str) -> None:
        self._check()
        await self._transport.bury(self._queue, encode(envelope), self._travel(envelope), code, reason)
        await self.ack()

    async def requeue(self) -> None:
        self._check()
        await _survivable(self._message.nack(requeue=True))
        self.settled = True

    def _travel(self, envelope: Envelope) -> Travel:
        travel = travel_of(dict(self._message.headers), self._message.exchange or "", self._message.routing_key or "")
        return Travel(id=str(envelope.id), exchange=travel.exchange, key=travel.key)

    def _check(self) -> None:
        if self.settled:
            raise Unavailable("this delivery is settled already; it is not settled again")
        if self._link.lost.is_set():
            raise Unavailable("the connection that brought this delivery is gone; the broker delivers it again")


class RabbitSubscription:
    """One consumer of one queue, on every link anew; every delivery runs in a task that the subscription owns."""

    def __init__(self, transport: "RabbitTransport", queue: str, consumer: Consumer, prefetch: int) -> None:
        self._transport = transport
        self._queue = queue
        self._consumer = consumer
        self._prefetch = prefetch
        self._places = asyncio.Semaphore(prefetch)
        self._tasks: set[asyncio.Task[None]] = set()
        self._cancelled = False
        self._link: _Link | None = None
        self._channel: AbstractChannel | None = None
        self._consuming: AbstractQueue | None = None
        self._tag = ""

    async def resume(self, link: _Link) -> None:
        """Consume over this link."""
        if self._cancelled:
            return
        self._link, self._channel = link, await link.open_channel(self._prefetch)
        self._consuming = await self._channel.get_queue(self._queue, ensure=False)

        async def arrived(message: AbstractIncomingMessage) -> None:
            # aiormq cancels this callback's task when the link breaks; the handling must not be torn apart by that.
            task = asyncio.create_task(self._handle(link, message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._tag = await self._consuming.consume(arrived)

    async def _handle(self, link: _Link, message: AbstractIncomingMessage) -> None:
        # Handlers of a broken link may still be busy while the next one already delivers.
        async with self._places:
            if link.lost.is_set():
                return
            try:
                await self._hand_over(link, message)
            except Unavailable as error:
                log.warning("delivery.given_back", queue=self._queue, code=error.code, reason=error.message)
            except Exception:
                log.exception("delivery.given_back", queue=self._queue)

    async def _hand_over(self, link: _Link, message: AbstractIncomingMessage) -> None:
        try:
            envelope = decode(message.body)
        except ContractBroken as error:
            travel = travel_of(dict(message.headers), message.exchange or "", message.routing_key or "")
            await self._transport.bury(self._queue, message.body, travel, error.code, error.message)
            await _survivable(message.ack())
            return
        delivery = RabbitDelivery(self._transport, link, self._queue, message, envelope)
        try:
            await self._consumer(delivery)
        finally:
            if not delivery.settled and not link.lost.is_set():
                await delivery.requeue()

    async def cancel(self) -> None:
        self._cancelled = True
        if self._consuming is not None and self._tag:
            with suppress(Unavailable):
                await _survivable(self._consuming.cancel(self._tag))

    async def drain(self, deadline: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=deadline)
        await self.abandon()
        if self._link is not None and self._channel is not None and not self._link.lost.is_set():
            await self._link.close_channel(self._channel)

    async def abandon(self) -> None:
        """Cancel what is still in flight; its messages go back."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class RabbitTransport:
    """See :class:`~libs.messaging.ports.Transport`.

    ``patience`` is how long, in seconds, connecting at first and publishing wait for a broker that is away before they
    raise ``Unavailable``.
    """

    def __init__(self, url: str, *, clock: Clock | None = None, patience: float = 15.0) -> None:
        self.pending = PendingReplies()
        self._url = url
        self._clock = clock or SystemClock()
        self._patience = patience
        self._name = f"tandem.{uuid4().hex[:12]}"
        self._reply_to = ""
        self._link: _Link | None = None
        self._up = asyncio.Event()
        self._supervisor: asyncio.Task[None] | None = None
        self._topologies: dict[str, ServiceTopology] = {}
        self._services: dict[str, str] = {}
        self._subscriptions: list[RabbitSubscription] = []
        self._reply_line = asyncio.Lock()

    # The link --------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Self]:
        await self._first_link()
        self._supervisor = asyncio.create_task(self._supervise(), name="broker connection")
        try:
            yield self
        finally:
            for subscription in self._subscriptions:
                await subscription.cancel()
            await asyncio.gather(*(subscription.drain(DRAIN_SECONDS) for subscription in self._subscriptions))
            await self.abort()

    async def abort(self) -> None:
        if self._supervisor is not None:
            self._supervisor.cancel()
            await asyncio.gather(self._supervisor, return_exceptions=True)
            self._supervisor = None
        self._up.clear()
        link, self._link = self._link, None
        if link is not None:
            await link.close()
        for subscription in self._subscriptions:
            await subscription.abandon()
        self._subscriptions.clear()
        self._reply_to = ""

    @property
    def healthy(self) -> bool:
        return self._link is not None and not self._link.lost.is_set()

    async def _first_link(self) -> None:
        pause = _FIRST_PAUSE
        until = asyncio.get_running_loop().time() + self._patience
        while True:
            try:
                self._accept(await _open_link(self._url, self._name))
            except (AuthenticationError, ProbableAuthenticationError) as error:
                raise AccessDenied(
                    "RabbitMQ refuses the user, password or virtual host", setting=SETTING, detail=repr(error)
                ) from error
            except ValueError as error:
                raise MappingInvalid("this is not an AMQP URL", setting=SETTING, detail=repr(error)) from error
            except _LOST as error:
                if asyncio.get_running_loop().time() >= until:
                    raise Unavailable("RabbitMQ cannot be reached", setting=SETTING, detail=repr(error)) from error
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                return

    def _accept(self, link: _Link) -> None:
        self._link = link
        self._up.set()

    async def _supervise(self) -> None:
        """Wait for the link to break, make another one, for ever."""
        while True:
            assert self._link is not None
            await self._link.lost.wait()
            self._up.clear()
            began = self._clock.monotonic()
            log.warning("broker.lost")
            await self._link.close()
            pause = _FIRST_PAUSE
            while not await self._restored():
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            log.info("broker.recovered", seconds=round(self._clock.monotonic() - began, 1))

    async def _restored(self) -> bool:
        link: _Link | None = None
        try:
            link = await _survivable(_open_link(self._url, self._name))
            for topology in self._topologies.values():
                await _survivable(self._declare_on(link, topology))
            if self._reply_to:
                await _survivable(self._listen_for_replies(link))
            for subscription in self._subscriptions:
                await _survivable(subscription.resume(link))
        except (Unavailable, ContractBroken) as error:
            log.debug("broker.awaited", reason=error.message, detail=error.detail)
            if link is not None:
                await link.close()
            return False
        self._accept(link)
        return True

    async def _current(self, until: float) -> _Link:
        """The link, waiting for one until the loop's time ``until``."""
        while self._link is None or self._link.lost.is_set():
            if self._supervisor is None:
                raise Unavailable("the transport is not connected", setting=SETTING)
            if self._up.is_set():
                # Lost this instant; the supervisor has not noticed yet.
                await asyncio.sleep(0)
            try:
                async with asyncio.timeout_at(until):
                    await self._up.wait()
            except TimeoutError:
                raise Unavailable("RabbitMQ cannot be reached", setting=SETTING) from None
        return self._link

    async def _persistently(self, attempt: Callable[[_Link], Awaitable[T]]) -> T:
        """Do it over the link, and over the next one when that breaks meanwhile."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience
        while True:
            link = await self._current(until)
            try:
                return await _survivable(attempt(link))
            except Unavailable:
                if loop.time() >= until:
                    raise
                if not link.lost.is_set():
                    # Refused for the moment (a queue without leader): no reason to hurry.
                    await asyncio.sleep(0.1)

    # Topology --------------------------------------------------------------------------------------------------

    async def declare(self, topology: ServiceTopology) -> None:
        if self._topologies.get(topology.service) == topology:
            return
        await self._persistently(lambda link: self._declare_on(link, topology))
        self._topologies[topology.service] = topology
        for spec in (topology.commands, topology.events, topology.requests):
            if spec is not None:
                self._services[spec.name] = topology.service

    def rungs_of(self, queue: str) -> tuple[float, ...]:
        """The retry rungs of the service that consumes ``queue``."""
        return self._topologies[self._services[queue]].rungs

    async def _declare_on(self, link: _Link, topology: ServiceTopology) -> None:
        wanted = declarations(topology)
        # On a channel of its own: the broker closes the channel when it refuses.
        channel = await link.connection.channel(publisher_confirms=False)
        try:
            for name, kind in wanted.exchanges.items():
                await channel.declare_exchange(name, kind, durable=True)
            for spec in wanted.queues:
                queue = await channel.declare_queue(spec.name, durable=True, arguments=spec.arguments)
                for exchange, pattern in spec.bindings:
                    await queue.bind(exchange, pattern)
        except ChannelPreconditionFailed as error:
            raise ContractBroken(
                "RabbitMQ holds a queue or exchange of Tandem's with other arguments; delete it", detail=repr(error)
            ) from error
        await channel.close()

    # Publishing ------------------------------------------------------------------------------------------------

    async def publish(self, envelopes: list[Addressed]) -> None:
        waiting = [
            (exchange, key, _message(encode(envelope), Travel(id=str(envelope.id))))
            for exchange, key, envelope in envelopes
        ]
        unroutable: list[str] = []

        async def attempt(link: _Link) -> None:
            nonlocal waiting
            outcomes = await asyncio.gather(
                *(link.publish(exchange, key, message) for exchange, key, message in waiting), return_exceptions=True
            )
            failed = []
            lost: BaseException | None = None
            for item, outcome in zip(waiting, outcomes, strict=True):
                if isinstance(outcome, PublishError):
                    if item[0] == COMMANDS:
                        unroutable.append(item[1])
                elif isinstance(outcome, BaseException):
                    lost = outcome
                    failed.append(item)
            # What the broker confirmed is not published again.
            waiting = failed
            if lost is not None:
                raise lost

        await self._persistently(attempt)
        if unroutable:
            raise ContractBroken(f"no queue takes the command {unroutable[0]}")

    async def put_confirmed(self, exchange: str, key: str, body: bytes, travel: Travel) -> None:
        """One message to an exchange that must take it."""
        try:
            await self._persistently_publish(exchange, key, _message(body, travel))
        except PublishError as error:
            raise ContractBroken(f"the exchange {exchange} has no queue for {key}") from error

    async def _persistently_publish(self, exchange: str, key: str, message: aio_pika.Message) -> None:
        returned: PublishError | None = None

        async def attempt(link: _Link) -> None:
            nonlocal returned
            try:
                await link.publish(exchange, key, message)
            except PublishError as error:
                returned = error

        await self._persistently(attempt)
        if returned is not None:
            raise returned

    async def bury(self, queue: str, body: bytes, travel: Travel, code: str, reason: str) -> None:
        """Put a message with the dead letters of the service that ``queue`` belongs to."""
        letter = Travel(
            id=travel.id,
            exchange=travel.exchange,
            key=travel.key,
            queue=queue,
            code=code,
            reason=reason[:1000],
            died_at=self._clock.now().isoformat(),
        )
        await self.put_confirmed(DEAD, self._services[queue], body, letter)

    # Consuming -------------------------------------------------------------------------------------------------

    async def consume(self, queue: str, consumer: Consumer, *, prefetch: int) -> RabbitSubscription:
        if queue not in self._services:
            raise ContractBroken(f"there is no queue {queue}; declare the topology first")
        subscription = RabbitSubscription(self, queue, consumer, prefetch)
        await self._persistently(subscription.resume)
        self._subscriptions.append(subscription)
        return subscription

    # Requests --------------------------------------------------------------------------------------------------

    def requester(self, service: str) -> Requester:
        return LineRequester(service, self, self._clock)

    async def send_request(self, key: str, request: Envelope, seconds: float) -> bool:
        async with self._reply_line:
            if not self._reply_to:
                await self._persistently(self._listen_for_replies)
                self._reply_to = f"replies.{self._name}"
        message = aio_pika.Message(
            encode(request),
            content_type="application/json",
            reply_to=self._reply_to,
            expiration=seconds,
            headers=Travel(id=str(request.id)).headers(),
        )
        try:
            await self._persistently_publish(REQUESTS, key, message)
        except PublishError:
            return False
        return True

    async def _listen_for_replies(self, link: _Link) -> None:
        # Named and kept for a while, so that answers given during an interruption still arrive.
        channel = await link.open_channel(0)
        queue = await channel.declare_queue(
            f"replies.{self._name}", durable=True, arguments={"x-expires": REPLIES_EXPIRE}
        )

        async def arrived(message: AbstractIncomingMessage) -> None:
            self.pending.arrived(decode(message.body))

        await queue.consume(arrived, no_ack=True)

    async def reply(self, reply_to: str, reply: Envelope) -> None:
        message = aio_pika.Message(encode(reply), content_type="application/json")
        with suppress(PublishError):
            await self._persistently_publish("", reply_to, message)

    # Dead letters ----------------------------------------------------------------------------------------------

    async def dead_letters(self, service: str) -> list[DeadLetter]:
        async with self._dead_queue(service) as letters:
            return [_dead_letter(service, message) for message in letters]

    async def replay_dead_letters(self, service: str, message_ids: Collection[str] | None = None) -> int:
        return await self._clear(service, message_ids, replay=True)

    async def discard_dead_letters(self, service: str, message_ids: Collection[str] | None = None) -> int:
        return await self._clear(service, message_ids, replay=False)

    async def _clear(self, service: str, message_ids: Collection[str] | None, *, replay: bool) -> int:
        cleared = 0
        async with self._dead_queue(service) as letters:
            for message in letters:
                letter = _dead_letter(service, message)
                if message_ids is not None and letter.message_id not in message_ids:
                    continue
                if replay:
                    body = message.body
                    if letter.envelope is not None:
                        body = encode(letter.envelope.model_copy(update={"attempt": 0}))
                    travel = Travel(id=letter.message_id, exchange=letter.exchange, key=letter.key)
                    await self.put_confirmed(RETURNS, letter.queue, body, travel)
                await _survivable(message.ack())
                cleared += 1
        return cleared

    @asynccontextmanager
    async def _dead_queue(self, service: str) -> AsyncIterator[list[AbstractIncomingMessage]]:
        """All dead letters, held for the moment; those that are not acknowledged go back when the block ends."""
        link = await self._current(asyncio.get_running_loop().time() + self._patience)
        channel = await _survivable(link.connection.channel(publisher_confirms=False))
        try:
            queue = await _survivable(channel.get_queue(f"{service}.dead", ensure=False))
            letters = []
            try:
                while (message := await queue.get(fail=False)) is not None:
                    letters.append(message)
            except ChannelNotFoundEntity:
                letters = []
            except _LOST as error:
                raise Unavailable("the connection to the broker broke", setting=SETTING, detail=repr(error)) from error
            yield letters
        finally:
            with suppress(*_LOST):
                await channel.close()


def _message(body: bytes, travel: Travel) -> aio_pika.Message:
    # No AMQP message id: the client library tells returned messages apart by it, and ours may be published twice.
    return aio_pika.Message(
        body,
        content_type="application/json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        headers=travel.headers(),
    )


def _dead_letter(service: str, message: AbstractIncomingMessage) -> DeadLetter:
    travel = travel_of(dict(message.headers), message.exchange or "", message.routing_key or "")
    try:
        envelope = decode(message.body)
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
