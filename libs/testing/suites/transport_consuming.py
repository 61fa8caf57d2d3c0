"""Part of the transports' exam: deliveries, their settling, and an orderly or disorderly end."""

import asyncio

import pytest

from libs.contracts.routing import DELIVERY_LIMIT
from libs.messaging.ports import SMALL, Addressed, Delivery, Transport
from libs.runtime.errors import Unavailable
from libs.testing.eventually import eventually
from libs.testing.suites.transport_pieces import OpenTransport, Recorder, command, topology


class ConsumingExam:
    """What consuming and stopping promise."""

    async def test_no_more_than_prefetch_are_in_flight(self, transport: Transport, service: str) -> None:
        got = Recorder(held=asyncio.Event())
        await transport.consume(f"{service}.commands", got, prefetch=3)
        await transport.publish([command(service) for _ in range(12)])
        await eventually(lambda: got.in_flight == 3)
        assert got.held is not None
        got.held.set()
        await eventually(lambda: got.finished == 12)
        assert got.most_in_flight == 3

    async def test_more_are_in_flight_while_messages_are_small(self, transport: Transport, service: str) -> None:
        got = Recorder()
        await transport.consume(f"{service}.commands", got, prefetch=2, small=6)
        await transport.publish([command(service) for _ in range(20)])
        await eventually(lambda: got.finished == 20)
        got.held = asyncio.Event()
        await transport.publish([command(service) for _ in range(30)])
        await eventually(lambda: got.in_flight == 8)
        got.held.set()
        await eventually(lambda: got.finished == 50)
        assert got.most_in_flight == 8

    async def test_of_large_messages_no_more_than_prefetch_are_in_flight_after_small_ones(
        self, transport: Transport, open_transport: OpenTransport, service: str
    ) -> None:
        got, heir = Recorder(), Recorder()
        await transport.consume(f"{service}.commands", got, prefetch=2, small=6)
        await transport.publish([command(service) for _ in range(30)])
        # A small one that came in behind the large one would have more taken again.
        await eventually(lambda: got.finished == 30)
        await transport.publish([_large(service)])
        await eventually(lambda: got.finished == 31)
        # Ends the taking of more on the same connection before what follows.
        await transport.dead_letters(service)
        got.held, got.most_in_flight = asyncio.Event(), 0
        await transport.publish([_large(service) for _ in range(10)])
        await eventually(lambda: got.in_flight == 2)
        other = await open_transport()
        await other.declare(topology(service))
        await other.consume(f"{service}.commands", heir, prefetch=20)
        await eventually(lambda: heir.finished == 8)
        got.held.set()
        await eventually(lambda: got.finished == 33)
        assert got.most_in_flight == 2

    async def test_small_messages_between_large_ones_are_all_handled(self, transport: Transport, service: str) -> None:
        got = Recorder()
        await transport.consume(f"{service}.commands", got, prefetch=1, small=4)
        sent = [command(service) if n % 9 else _large(service) for n in range(100)]
        await transport.publish(sent)
        await eventually(lambda: got.finished == 100)
        assert sorted(got.ids) == sorted(envelope.id for _, _, envelope in sent)

    async def test_consumers_of_one_queue_share_its_messages(
        self, transport: Transport, open_transport: OpenTransport, service: str
    ) -> None:
        other = await open_transport()
        await other.declare(topology(service))
        here, there = Recorder(), Recorder()
        await transport.consume(f"{service}.commands", here, prefetch=1)
        await other.consume(f"{service}.commands", there, prefetch=1)
        sent = [command(service) for _ in range(40)]
        await transport.publish(sent)
        await eventually(lambda: here.finished + there.finished == 40)
        assert sorted(here.ids + there.ids) == sorted(envelope.id for _, _, envelope in sent)
        assert here.ids
        assert there.ids

    async def test_what_a_dying_consumer_had_not_settled_is_delivered_to_another(
        self, transport: Transport, open_transport: OpenTransport, service: str
    ) -> None:
        doomed = await open_transport()
        await doomed.declare(topology(service))
        stuck, heir = Recorder(held=asyncio.Event()), Recorder()
        await doomed.consume(f"{service}.commands", stuck, prefetch=10)
        sent = [command(service) for _ in range(5)]
        await transport.publish(sent)
        await eventually(lambda: stuck.in_flight == 5)
        await doomed.abort()
        await transport.consume(f"{service}.commands", heir, prefetch=10)
        await eventually(lambda: heir.finished == 5)
        assert sorted(heir.ids) == sorted(envelope.id for _, _, envelope in sent)
        assert all(delivery.redelivered for delivery in heir.deliveries)
        assert stuck.finished == 0

    async def test_a_delivery_of_a_dead_connection_cannot_be_settled(
        self, transport: Transport, open_transport: OpenTransport, service: str
    ) -> None:
        doomed = await open_transport()
        await doomed.declare(topology(service))
        taken: list[Delivery] = []
        kept = asyncio.Event()

        async def keep(delivery: Delivery) -> None:
            taken.append(delivery)
            await kept.wait()

        await doomed.consume(f"{service}.commands", keep, prefetch=1)
        await transport.publish([command(service)])
        await eventually(lambda: taken)
        await doomed.abort()
        envelope = taken[0].envelope
        for verb in (
            taken[0].ack(),
            taken[0].retry(envelope, 0.1),
            taken[0].dead(envelope, "a", "b"),
            taken[0].requeue(),
        ):
            with pytest.raises(Unavailable):
                await verb
        heir = Recorder()
        await transport.consume(f"{service}.commands", heir, prefetch=1)
        await eventually(lambda: heir.finished == 1)
        assert await transport.dead_letters(service) == []

    async def test_a_message_given_back_is_delivered_again_untouched(self, transport: Transport, service: str) -> None:
        got: list[Delivery] = []

        async def second_time(delivery: Delivery) -> None:
            got.append(delivery)
            await (delivery.requeue() if len(got) == 1 else delivery.ack())

        await transport.consume(f"{service}.commands", second_time, prefetch=1)
        sent = command(service)
        await transport.publish([sent])
        await eventually(lambda: len(got) == 2)
        assert [delivery.envelope for delivery in got] == [sent[2], sent[2]]
        assert [delivery.redelivered for delivery in got] == [False, True]
        assert [delivery.returned for delivery in got] == [0, 1]

    @pytest.mark.parametrize("raises", [True, False])
    async def test_a_consumer_that_does_not_settle_gives_the_message_back(
        self, transport: Transport, service: str, raises: bool
    ) -> None:
        got: list[Delivery] = []

        async def careless(delivery: Delivery) -> None:
            got.append(delivery)
            if len(got) > 1:
                await delivery.ack()
            elif raises:
                raise ValueError("a bug")

        await transport.consume(f"{service}.commands", careless, prefetch=1)
        await transport.publish([command(service)])
        await eventually(lambda: len(got) == 2)
        assert got[1].redelivered

    async def test_a_message_that_kills_every_consumer_ends_among_the_dead_letters(
        self, transport: Transport, service: str
    ) -> None:
        deaths = 0

        async def killed(delivery: Delivery) -> None:
            nonlocal deaths
            deaths += 1
            raise ValueError("a bug")

        await transport.consume(f"{service}.commands", killed, prefetch=1)
        sent = command(service)
        await transport.publish([sent])
        letters = await eventually(lambda: transport.dead_letters(service), timeout=20, pause=0.2)
        assert deaths == DELIVERY_LIMIT + 1
        assert [(letter.message_id, letter.code, letter.queue) for letter in letters] == [
            (str(sent[2].id), "delivery_limit", f"{service}.commands")
        ]
        assert (letters[0].exchange, letters[0].key) == sent[:2]
        assert letters[0].reason
        assert letters[0].died_at

    # Stopping --------------------------------------------------------------------------------------------------------

    async def test_a_cancelled_subscription_finishes_what_is_in_flight_and_takes_no_more(
        self, transport: Transport, service: str
    ) -> None:
        got = Recorder(held=asyncio.Event())
        subscription = await transport.consume(f"{service}.commands", got, prefetch=2)
        await transport.publish([command(service) for _ in range(5)])
        await eventually(lambda: got.in_flight == 2)
        await subscription.cancel()
        draining = asyncio.create_task(subscription.drain(10))
        assert got.held is not None
        got.held.set()
        await draining
        assert got.finished == 2
        heir = Recorder()
        await transport.consume(f"{service}.commands", heir, prefetch=5)
        await eventually(lambda: heir.finished == 3)
        assert not set(heir.ids) & set(got.ids)

    async def test_a_handler_that_outlasts_the_deadline_is_cancelled_and_its_message_given_back(
        self, transport: Transport, service: str
    ) -> None:
        got = Recorder(held=asyncio.Event())
        subscription = await transport.consume(f"{service}.commands", got, prefetch=2)
        await transport.publish([command(service)])
        await eventually(lambda: got.in_flight == 1)
        await subscription.cancel()
        await subscription.drain(0.05)
        assert (got.in_flight, got.finished) == (0, 0)
        heir = Recorder()
        await transport.consume(f"{service}.commands", heir, prefetch=2)
        await eventually(lambda: heir.finished == 1)
        assert heir.deliveries[0].redelivered


def _large(service: str) -> Addressed:
    return command(service, data={"text": "x" * SMALL})
