"""The in-memory transport sits the exam, and keeps a few promises of its own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from structlog.testing import capture_logs

from libs.contracts.routing import COMMANDS
from libs.messaging.broker import MemoryBroker, Stored
from libs.messaging.connect import open_transport as open_by_url
from libs.messaging.memory import MemoryTransport
from libs.messaging.ports import Delivery, Transport
from libs.testing.clock import FrozenClock
from libs.testing.eventually import eventually
from libs.testing.suites.transport import TransportSuite
from libs.testing.suites.transport_pieces import OpenTransport, Recorder, command, topology


@pytest.fixture
def broker() -> MemoryBroker:
    return MemoryBroker()


@pytest.fixture
async def open_transport(broker: MemoryBroker) -> AsyncIterator[OpenTransport]:
    async with AsyncExitStack() as stack:

        async def opened() -> Transport:
            return await stack.enter_async_context(MemoryTransport(broker).connect())

        yield opened


class TestMemoryTransport(TransportSuite):
    """Nothing more to say: the fixture makes the difference."""


async def test_a_body_that_is_no_envelope_goes_to_the_dead_letters(
    broker: MemoryBroker, open_transport: OpenTransport
) -> None:
    transport = await open_transport()
    await transport.declare(topology("exam"))
    got = Recorder()
    await transport.consume("exam.commands", got, prefetch=1)
    with capture_logs() as logs:
        broker.publish(Stored(b"{not json", COMMANDS, "exam.anything", "its-id"))
        await transport.publish([command("exam")])
        await eventually(lambda: got.finished == 1)
    assert [entry["queue"] for entry in logs if entry["event"] == "message.dead_lettered"] == ["exam.commands"]
    (letter,) = await transport.dead_letters("exam")
    assert (letter.message_id, letter.code, letter.envelope) == ("its-id", "contract.broken", None)


async def test_rungs_wait_on_the_timer_that_was_given() -> None:
    clock = FrozenClock()
    transport = MemoryTransport(MemoryBroker(clock), clock=clock)
    attempts: list[int] = []

    async def failing(delivery: Delivery) -> None:
        attempts.append(delivery.envelope.attempt)
        attempt = delivery.envelope.attempt + 1
        await delivery.retry(delivery.envelope.model_copy(update={"attempt": attempt}), 0.5)

    async with transport.connect():
        await transport.declare(topology("exam"))
        await transport.consume("exam.commands", failing, prefetch=1)
        await transport.publish([command("exam")])
        for expected in ([0], [0, 1], [0, 1, 2]):
            await eventually(lambda expected=expected: attempts == expected)
            await eventually(lambda: transport.broker.depth("exam.commands") == 1)
            clock.advance(0.79)
            assert transport.broker.depth("exam.commands") == 1
            clock.advance(0.02)


async def test_one_url_means_one_broker_for_the_process() -> None:
    here, there, elsewhere = (open_by_url(f"memory://{name}") for name in ("exam-shared", "exam-shared", "exam-other"))
    assert isinstance(here, MemoryTransport)
    assert isinstance(there, MemoryTransport)
    assert isinstance(elsewhere, MemoryTransport)
    assert here.broker is there.broker
    assert here.broker is not elsewhere.broker
