"""The RabbitMQ transport sits the exam over a real broker, and survives what only a network can do to it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from urllib.parse import urlsplit
from uuid import UUID

import aio_pika
import pytest
from structlog.testing import capture_logs

from libs.contracts.envelope import Envelope
from libs.contracts.routing import COMMANDS
from libs.messaging.ports import Delivery, Transport
from libs.messaging.rabbit_transport import RabbitTransport
from libs.runtime.errors import AccessDenied, ContractBroken, MappingInvalid, Unavailable
from libs.testing.eventually import eventually
from libs.testing.processes import spare_port
from libs.testing.rabbitmq_fixtures import TEST_URL
from libs.testing.rabbitmq_node import RabbitNode
from libs.testing.suites.transport import TransportSuite
from libs.testing.suites.transport_pieces import Add, OpenTransport, Recorder, command, event, topology
from libs.testing.tcp_proxy import TcpProxy


@pytest.fixture
async def open_transport(rabbitmq_url: str) -> AsyncIterator[OpenTransport]:
    async with AsyncExitStack() as stack:

        async def opened() -> Transport:
            return await stack.enter_async_context(RabbitTransport(rabbitmq_url).connect())

        yield opened


@pytest.fixture
async def proxy(rabbitmq_url: str) -> AsyncIterator[TcpProxy]:
    parts = urlsplit(rabbitmq_url)
    async with TcpProxy(parts.hostname or "127.0.0.1", parts.port or 5672).listening() as proxy:
        yield proxy


@pytest.fixture
def proxied_url(rabbitmq_url: str, proxy: TcpProxy) -> str:
    parts = urlsplit(rabbitmq_url)
    sign_in = parts.netloc.rpartition("@")[0] or "guest:guest"
    return f"amqp://{sign_in}@127.0.0.1:{proxy.port}{parts.path}"


class TestRabbitTransport(TransportSuite):
    """The exam, and below it what only RabbitMQ can go through."""

    async def test_nothing_is_lost_when_the_connection_is_cut_while_publishing(
        self, transport: Transport, service: str, proxy: TcpProxy, proxied_url: str
    ) -> None:
        got = Recorder()
        await transport.consume(f"{service}.commands", got, prefetch=100)
        sent = [command(service) for _ in range(600)]
        async with RabbitTransport(proxied_url).connect() as sender:
            for number, start in enumerate(range(0, 600, 20)):
                publishing = asyncio.create_task(sender.publish(sent[start : start + 20]))
                if number % 5 == 2:
                    await asyncio.sleep(0)
                    await eventually(lambda: proxy.cut() > 0)
                await publishing
        await eventually(lambda: {envelope.id for _, _, envelope in sent} <= set(got.ids), timeout=20)

    async def test_a_listener_hears_on_over_the_next_connection(
        self, transport: Transport, service: str, proxy: TcpProxy, proxied_url: str
    ) -> None:
        heard: list[UUID] = []

        async def ear(envelope: Envelope) -> None:
            heard.append(envelope.id)

        async with RabbitTransport(proxied_url).connect() as listening:
            await listening.listen([f"{service}.#"], ear)
            await transport.publish([event(service, f"{service}.happened.v1")])
            await eventually(lambda: len(heard) == 1)
            await eventually(lambda: proxy.cut() > 0)

            async def heard_more() -> bool:
                await transport.publish([event(service, f"{service}.happened.v1")])
                return len(heard) > 1

            await eventually(heard_more, timeout=20, pause=0.05)

    async def test_nothing_is_lost_when_the_connection_is_cut_while_consuming(
        self, transport: Transport, service: str, proxy: TcpProxy, proxied_url: str
    ) -> None:
        sent = [command(service) for _ in range(200)]
        handled: set[str] = set()
        most = busy = 0

        async def slow(delivery: Delivery) -> None:
            nonlocal busy, most
            busy += 1
            most = max(most, busy)
            try:
                await asyncio.sleep(0.005)
                await delivery.ack()
                handled.add(str(delivery.envelope.id))
            finally:
                busy -= 1

        async with RabbitTransport(proxied_url).connect() as receiver:
            await receiver.declare(topology(service))
            await receiver.consume(f"{service}.commands", slow, prefetch=5)
            await transport.publish(sent)
            for mark in (20, 60, 120):
                await eventually(lambda mark=mark: len(handled) >= mark, timeout=20)
                seen = proxy.connections
                proxy.cut()
                await eventually(lambda seen=seen: proxy.connections > seen, timeout=20)
            await eventually(lambda: len(handled) == 200, timeout=20)
        assert proxy.connections >= 4
        assert most <= 5
        assert await transport.dead_letters(service) == []

    async def test_small_messages_come_more_at_once_again_over_the_next_connection(
        self, transport: Transport, service: str, proxy: TcpProxy, proxied_url: str
    ) -> None:
        got = Recorder()
        async with RabbitTransport(proxied_url).connect() as receiver:
            await receiver.declare(topology(service))
            await receiver.consume(f"{service}.commands", got, prefetch=2, small=6)
            for _ in range(2):
                got.held = None
                before = got.finished
                await transport.publish([command(service) for _ in range(20)])
                await eventually(lambda before=before: got.finished >= before + 20, timeout=20)
                got.held, got.most_in_flight = asyncio.Event(), 0
                await transport.publish([command(service) for _ in range(20)])
                await eventually(lambda: got.in_flight == 8, timeout=20)
                seen = proxy.connections
                proxy.cut()
                got.held.set()
                await eventually(lambda seen=seen: proxy.connections > seen, timeout=20)
                got.held = None
            await eventually(lambda: len(set(got.ids)) == 80, timeout=20)
        assert await transport.dead_letters(service) == []

    async def test_an_outage_is_logged_when_it_starts_and_when_it_ends(
        self, service: str, proxy: TcpProxy, proxied_url: str
    ) -> None:
        async with RabbitTransport(proxied_url).connect() as transport:
            await transport.declare(topology(service))
            got = Recorder()
            await transport.consume(f"{service}.commands", got, prefetch=5)
            with capture_logs() as logs:
                await proxy.close()
                await eventually(lambda: not transport.healthy)
                publishing = asyncio.create_task(transport.publish([command(service)]))
                await eventually(lambda: [log["event"] for log in logs if log["event"].startswith("broker.")])
                await proxy.open()
                await publishing
                await eventually(lambda: got.finished == 1)
                assert transport.healthy
            words = [log["event"] for log in logs if log["log_level"] in ("info", "warning")]
            assert words == ["broker.lost", "broker.recovered"]

    async def test_publishing_gives_up_when_the_broker_stays_away(
        self, service: str, proxy: TcpProxy, proxied_url: str
    ) -> None:
        async with RabbitTransport(proxied_url, patience=0.3).connect() as transport:
            await proxy.close()
            with pytest.raises(Unavailable) as raised:
                await transport.publish([command(service)])
            assert raised.value.setting == "TANDEM_BROKER_URL"

    async def test_an_answer_arrives_though_the_asker_was_cut_off_meanwhile(
        self, transport: Transport, service: str, proxy: TcpProxy, proxied_url: str
    ) -> None:
        async with RabbitTransport(proxied_url).connect() as asker:

            async def add(numbers: list[int]) -> int:
                seen = proxy.connections
                proxy.cut()
                await eventually(lambda: proxy.connections > seen)
                return sum(numbers)

            await self._answer(transport, service, add)
            reply = await asker.requester("asker").ask(Add(service=service, numbers=[1, 2]), deadline=10)
            assert reply.total == 3

    async def test_connecting_waits_for_a_broker_that_is_just_starting(self, proxy: TcpProxy, proxied_url: str) -> None:
        await proxy.close()
        connecting = asyncio.create_task(_connected(RabbitTransport(proxied_url)))
        await asyncio.sleep(0)
        await proxy.open()
        assert await connecting

    async def test_a_body_that_is_no_envelope_goes_to_the_dead_letters(
        self, transport: Transport, service: str, rabbitmq_url: str
    ) -> None:
        got = Recorder()
        await transport.consume(f"{service}.commands", got, prefetch=1)
        connection = await aio_pika.connect(rabbitmq_url)
        async with connection, connection.channel() as channel:
            exchange = await channel.get_exchange(COMMANDS)
            with capture_logs() as logs:
                await exchange.publish(aio_pika.Message(b"{not json"), routing_key=f"{service}.anything")
                await transport.publish([command(service)])
                await eventually(lambda: got.finished == 1)
        assert [entry["queue"] for entry in logs if entry["event"] == "message.dead_lettered"] == [
            f"{service}.commands"
        ]
        (letter,) = await transport.dead_letters(service)
        assert (letter.code, letter.envelope, letter.key) == ("contract.broken", None, f"{service}.anything")

    async def test_a_queue_declared_otherwise_before_is_named(
        self, transport: Transport, rabbitmq_url: str, service: str
    ) -> None:
        connection = await aio_pika.connect(rabbitmq_url)
        async with connection, connection.channel() as channel:
            await channel.declare_queue(f"{service}_old.commands", durable=True)
        with pytest.raises(ContractBroken):
            await transport.declare(topology(f"{service}_old"))
        await transport.publish([command(service)])


async def test_a_wrong_password_names_the_setting(rabbitmq_url: str) -> None:
    parts = urlsplit(rabbitmq_url)
    with pytest.raises(AccessDenied) as raised:
        await _connected(RabbitTransport(f"amqp://guest:wrong@{parts.hostname}:{parts.port}/"))
    assert raised.value.setting == "TANDEM_BROKER_URL"
    assert "wrong" not in f"{raised.value.message}{raised.value.detail}"


async def test_a_broker_that_never_comes_up_is_given_up() -> None:
    port = spare_port()
    with pytest.raises(Unavailable) as raised:
        await _connected(RabbitTransport(f"amqp://guest:secret@127.0.0.1:{port}/", patience=0.2))
    assert raised.value.setting == "TANDEM_BROKER_URL"
    assert f"127.0.0.1:{port}" in raised.value.message
    assert "secret" not in f"{raised.value.message}{raised.value.detail}"


async def test_a_caller_that_tries_again_itself_is_told_at_once() -> None:
    began = asyncio.get_running_loop().time()
    with pytest.raises(Unavailable):
        await _connected(RabbitTransport(f"amqp://guest:guest@127.0.0.1:{spare_port()}/", patience=60, waits=False))
    assert asyncio.get_running_loop().time() - began < 20


async def test_a_url_that_is_none_names_the_setting() -> None:
    with pytest.raises(MappingInvalid) as raised:
        await _connected(RabbitTransport("amqp://127.0.0.1:notaport/"))
    assert raised.value.setting == "TANDEM_BROKER_URL"


@pytest.mark.skipif(TEST_URL in os.environ, reason="the broker that was given is not ours to kill")
async def test_a_killed_broker_comes_back_with_everything_it_had_confirmed(rabbitmq_node: RabbitNode) -> None:
    service = "exam_restart"
    got = Recorder()
    async with RabbitTransport(rabbitmq_node.url, patience=60).connect() as transport:
        await transport.declare(topology(service))
        waiting = [command(service) for _ in range(50)]
        await transport.publish(waiting)
        # A quorum queue is known to its own node for good only some three seconds after it was declared.
        declared = asyncio.get_running_loop().time()
        await eventually(lambda: asyncio.get_running_loop().time() > declared + 4, pause=0.5)
        await asyncio.to_thread(rabbitmq_node.kill)
        late = command(service)
        publishing = asyncio.create_task(transport.publish([late]))
        await asyncio.to_thread(rabbitmq_node.start)
        await publishing
        await transport.consume(f"{service}.commands", got, prefetch=10)
        await eventually(lambda: {envelope.id for _, _, envelope in (*waiting, late)} <= set(got.ids), timeout=20)
        await asyncio.to_thread(rabbitmq_node.kill)
        await asyncio.to_thread(rabbitmq_node.start)
        last = command(service)
        await transport.publish([last])
        await eventually(lambda: last[2].id in got.ids, timeout=20)


async def _connected(transport: RabbitTransport) -> bool:
    async with transport.connect():
        return transport.healthy
