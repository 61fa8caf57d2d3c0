"""RabbitMQ as seen through aio_pika: one :class:`Link` per live connection. This is the only module that imports it.

A link publishes confirmed and mandatory, declares, consumes and holds queues open for a look. However a connection
breaks, its users see ``Unavailable``; :mod:`libs.messaging.rabbit_transport` makes the next link.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    AuthenticationError,
    ChannelNotFoundEntity,
    ChannelPreconditionFailed,
    ProbableAuthenticationError,
    PublishError,
)

from libs.messaging.rabbit_topology import Declarations, DeclaredQueue, Travel, travel_of
from libs.runtime.errors import AccessDenied, ContractBroken, MappingInvalid, Unavailable

SETTING = "TANDEM_BROKER_URL"

CONNECT_SECONDS = 10.0
"""How long one attempt to connect may take."""

CONFIRM_SECONDS = 30.0
"""How long a confirm may take before the link counts as broken."""

CLOSE_SECONDS = 2.0
"""How long closing in good order may take; a broken connection would not even answer."""

HEARTBEAT_SECONDS = 30

_LOST: tuple[type[BaseException], ...] = (*CONNECTION_EXCEPTIONS, TimeoutError)

_PERSISTENT, _TRANSIENT = aio_pika.DeliveryMode.PERSISTENT, aio_pika.DeliveryMode.NOT_PERSISTENT

T = TypeVar("T")


class Returned(Exception):
    """No queue takes this message."""


async def _survivable(awaitable: Awaitable[T]) -> T:
    """A broken connection reaches its users as many errors, cancellation included; this makes them ``Unavailable``."""
    try:
        return await awaitable
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise Unavailable("the connection to the broker broke", setting=SETTING) from None
    except _LOST as error:
        raise Unavailable("the connection to the broker broke", setting=SETTING, detail=repr(error)) from error
    except Exception as error:
        # The library ends what still waits on a connection that breaks with an exception of no kind at all.
        if type(error) is not Exception:
            raise
        raise Unavailable("the connection to the broker broke", setting=SETTING, detail=repr(error)) from error


@dataclass(frozen=True)
class Parcel:
    """A message as it is published."""

    body: bytes
    headers: dict[str, Any] = field(default_factory=dict)
    persistent: bool = True
    reply_to: str = ""
    expires: float | None = None
    """Seconds after which it may be dropped."""


class Arrival:
    """A message as it was delivered."""

    def __init__(self, message: AbstractIncomingMessage) -> None:
        headers: dict[str, Any] = dict(message.headers)
        self.body = message.body
        self.reply_to = message.reply_to or ""
        self.returned = int(headers.get("x-delivery-count") or 0)
        self.redelivered = bool(message.redelivered) or self.returned > 0
        self.travel: Travel = travel_of(headers, message.exchange or "", message.routing_key or "")
        self._message = message

    def unpacked(self) -> bytes:
        """The body, for good: settling needs none, and a page of records need not be kept twice while it is handled."""
        body, self.body = self.body, b""
        self._message.body = b""  # type: ignore[misc]
        return body

    async def ack(self) -> None:
        await _survivable(self._message.ack())

    async def give_back(self) -> None:
        await _survivable(self._message.nack(requeue=True))


class Consumption:
    """One consumer on its own channel of one link."""

    def __init__(
        self,
        link: "Link",
        channel: AbstractChannel,
        queue: AbstractQueue,
        arrived: Callable[[AbstractIncomingMessage], Awaitable[None]],
        *,
        acknowledge: bool,
    ) -> None:
        self._link = link
        self._channel = channel
        self._queue = queue
        self._arrived = arrived
        self._acknowledge = acknowledge
        self._tag = ""

    async def start(self) -> None:
        """Take messages, the first time or again."""
        self._tag = await _survivable(self._queue.consume(self._arrived, no_ack=not self._acknowledge))

    async def cancel(self) -> None:
        """Take no more; what was taken can still be settled."""
        tag, self._tag = self._tag, ""
        if tag:
            with suppress(Unavailable):
                await _survivable(self._queue.cancel(tag))

    async def close(self) -> None:
        """What was not settled goes back to its queue."""
        await self._link.close_channel(self._channel)


class Link:
    """One live connection. ``lost`` is set when it, or a channel that must stay, has closed."""

    def __init__(self, connection: AbstractConnection, channel: AbstractChannel) -> None:
        self.lost = asyncio.Event()
        self._connection = connection
        self._channel = channel
        connection.close_callbacks.add(self._closed)
        channel.close_callbacks.add(self._closed)

    def _closed(self, _sender: object, _reason: BaseException | None = None) -> None:
        self.lost.set()

    async def publish(self, exchange: str, key: str, parcel: Parcel) -> None:
        """Returns when the broker has confirmed. Raises ``Returned`` when no queue takes it."""
        # No AMQP message id: the client library tells returned messages apart by it, and ours may be published twice.
        message = aio_pika.Message(
            parcel.body,
            content_type="application/json",
            headers=parcel.headers,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT
            if parcel.persistent
            else aio_pika.DeliveryMode.NOT_PERSISTENT,
            reply_to=parcel.reply_to or None,
            expiration=parcel.expires,
        )
        await _survivable(self._publish(exchange, key, message))

    async def _publish(self, exchange: str, key: str, message: aio_pika.Message) -> None:
        channel = self._channel
        target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        try:
            await target.publish(message, routing_key=key, mandatory=True, timeout=CONFIRM_SECONDS)
        except PublishError as error:
            raise Returned(key) from error
        except TimeoutError:
            self.lost.set()
            raise

    async def declare(self, wanted: Declarations) -> None:
        """Raises ``ContractBroken`` when the broker holds something of the same name with other arguments."""
        # On a channel of its own: the broker closes the channel when it refuses.
        channel = await _survivable(self._connection.channel(publisher_confirms=False))
        try:
            await _survivable(_declare(channel, wanted))
        finally:
            await self.close_channel(channel)

    async def consume(
        self,
        queue: str | DeclaredQueue,
        take: Callable[[Arrival], None],
        *,
        prefetch: int,
        acknowledge: bool = True,
    ) -> Consumption:
        """Hand every message of a queue (declared first where it is given whole) to ``take``."""

        async def arrived(message: AbstractIncomingMessage) -> None:
            take(Arrival(message))

        async def prepared() -> Consumption:
            channel = await self._connection.channel(publisher_confirms=False)
            await channel.set_qos(prefetch_count=prefetch)
            if isinstance(queue, DeclaredQueue):
                source = await channel.declare_queue(
                    queue.name,
                    durable=not queue.passing,
                    exclusive=queue.passing,
                    auto_delete=queue.passing,
                    arguments=queue.arguments,
                )
                for exchange, pattern in queue.bindings:
                    await source.bind(exchange, pattern)
            else:
                source = await channel.get_queue(queue, ensure=False)
            channel.close_callbacks.add(self._closed)
            return Consumption(self, channel, source, arrived, acknowledge=acknowledge)

        consumption = await _survivable(prepared())
        await consumption.start()
        return consumption

    @asynccontextmanager
    async def held(self, queue: str) -> AsyncIterator[list[Arrival]]:
        """All messages of a queue, none when it does not exist. Those not acknowledged go back when the block ends."""
        channel = await _survivable(self._connection.channel(publisher_confirms=False))
        try:
            yield await _survivable(_taken(channel, queue))
        finally:
            await self.close_channel(channel)

    async def close_channel(self, channel: AbstractChannel) -> None:
        """Close one on purpose, which is no loss of the link."""
        channel.close_callbacks.discard(self._closed)
        if not self.lost.is_set():
            with suppress(Unavailable):
                await _survivable(channel.close())

    async def close(self) -> None:
        self.lost.set()
        with suppress(Unavailable):
            await _survivable(self._close())

    async def _close(self) -> None:
        async with asyncio.timeout(CLOSE_SECONDS):
            await self._connection.close()


async def _declare(channel: AbstractChannel, wanted: Declarations) -> None:
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


async def _taken(channel: AbstractChannel, name: str) -> list[Arrival]:
    queue = await channel.get_queue(name, ensure=False)
    arrivals = []
    try:
        while (message := await queue.get(fail=False)) is not None:
            arrivals.append(Arrival(message))
    except ChannelNotFoundEntity:
        return []
    return arrivals


async def open_link(url: str, name: str) -> Link:
    """Connect once. Raises ``Unavailable`` when nobody answers, and what names the setting when it cannot work."""
    try:
        return await _survivable(_connected(url, name))
    except ValueError as error:
        raise MappingInvalid("this is not an AMQP URL", setting=SETTING, detail=repr(error)) from error


def place_of(url: str) -> str:
    """Host and port of a broker's address, without user and password."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host or 'localhost'}:{parts.port or (5671 if parts.scheme == 'amqps' else 5672)}"


async def _connected(url: str, name: str) -> Link:
    try:
        connection = await aio_pika.connect(
            url,
            timeout=CONNECT_SECONDS,
            client_properties={"connection_name": name},
            heartbeat=HEARTBEAT_SECONDS,
        )
    except (AuthenticationError, ProbableAuthenticationError) as error:
        raise AccessDenied(
            "RabbitMQ refuses the user, password or virtual host", setting=SETTING, detail=repr(error)
        ) from error
    async with AsyncExitStack() as undoing:
        undoing.push_async_callback(connection.close)
        link = Link(connection, await connection.channel(publisher_confirms=True, on_return_raises=True))
        undoing.pop_all()
        return link
