"""Part of the transports' exam: messages that wait for another attempt and messages that are given up."""

import asyncio
from itertools import pairwise
from uuid import uuid4

from libs.messaging.ports import Addressed, Delivery, Transport
from libs.testing.eventually import eventually
from libs.testing.suites.transport_pieces import RUNGS, Recorder, command, event, topology


class FailureExam:
    """What retry rungs and dead letters promise."""

    async def test_a_retried_message_returns_after_its_rung_with_its_attempt_counted(
        self, transport: Transport, service: str
    ) -> None:
        got: list[tuple[float, Delivery]] = []
        loop = asyncio.get_running_loop()

        async def twice_failing(delivery: Delivery) -> None:
            got.append((loop.time(), delivery))
            attempt = delivery.envelope.attempt
            if attempt == 2:
                await delivery.ack()
            else:
                await delivery.retry(delivery.envelope.model_copy(update={"attempt": attempt + 1}), RUNGS[0] / 2)

        await transport.consume(f"{service}.commands", twice_failing, prefetch=1)
        sent = command(service)
        await transport.publish([sent])
        await eventually(lambda: len(got) == 3)
        assert [delivery.envelope.attempt for _, delivery in got] == [0, 1, 2]
        assert all(delivery.envelope.data == sent[2].data for _, delivery in got)
        moments = [moment for moment, _ in got]
        assert all(later - earlier >= RUNGS[0] * 0.9 for earlier, later in pairwise(moments))

    async def test_a_longer_delay_waits_on_a_longer_rung_and_others_overtake(
        self, transport: Transport, service: str
    ) -> None:
        order: list[str] = []

        async def patient(delivery: Delivery) -> None:
            name = delivery.envelope.data["name"]
            if delivery.envelope.attempt:
                order.append(name)
                await delivery.ack()
            else:
                again = delivery.envelope.model_copy(update={"attempt": 1})
                await delivery.retry(again, delivery.envelope.data["delay"])

        await transport.consume(f"{service}.commands", patient, prefetch=5)
        delays = (("beyond", 99.0), ("longest", RUNGS[1]), ("shortest", 0.0))
        await transport.publish([command(service, data={"name": name, "delay": delay}) for name, delay in delays])
        await eventually(lambda: len(order) == 3)
        assert order[0] == "shortest"
        assert set(order[1:]) == {"beyond", "longest"}

    async def test_a_retried_event_returns_to_the_service_that_failed_alone(
        self, transport: Transport, service: str
    ) -> None:
        type_name = f"{service}.happened.v1"
        await transport.declare(topology(f"{service}_a", f"*.{type_name}"))
        await transport.declare(topology(f"{service}_b", f"*.{type_name}"))
        failing: list[Delivery] = []
        well = Recorder()

        async def once_failing(delivery: Delivery) -> None:
            failing.append(delivery)
            if len(failing) == 1:
                await delivery.retry(delivery.envelope.model_copy(update={"attempt": 1}), 0)
            else:
                await delivery.ack()

        await transport.consume(f"{service}_a.events", once_failing, prefetch=1)
        await transport.consume(f"{service}_b.events", well, prefetch=1)
        await transport.publish([event("sender", type_name)])
        await eventually(lambda: len(failing) == 2)
        assert well.finished == 1

    # Dead letters ----------------------------------------------------------------------------------------------------

    async def _bury(self, transport: Transport, service: str, sent: list[Addressed]) -> None:
        async def bury(delivery: Delivery) -> None:
            failed = delivery.envelope.model_copy(update={"attempt": 3})
            await delivery.dead(failed, "remote.rejected", "it refuses")

        subscription = await transport.consume(f"{service}.commands", bury, prefetch=5)
        await transport.publish(sent)

        async def all_dead() -> bool:
            return len(await transport.dead_letters(service)) == len(sent)

        await eventually(all_dead, pause=0.05)
        await subscription.cancel()
        await subscription.drain(5)

    async def test_dead_letters_tell_where_they_came_from_and_why_and_stay(
        self, transport: Transport, service: str
    ) -> None:
        sent = [command(service) for _ in range(3)]
        await self._bury(transport, service, sent)
        for _ in range(3):
            letters = await transport.dead_letters(service)
            assert [letter.message_id for letter in letters] == [str(envelope.id) for _, _, envelope in sent]
        letter = letters[0]
        assert (letter.exchange, letter.key) == sent[0][:2]
        assert (letter.queue, letter.service) == (f"{service}.commands", service)
        assert (letter.code, letter.reason) == ("remote.rejected", "it refuses")
        assert letter.died_at
        assert letter.envelope is not None
        assert letter.envelope.data == sent[0][2].data

    async def test_a_replayed_dead_letter_is_handled_as_if_for_the_first_time(
        self, transport: Transport, service: str
    ) -> None:
        sent = [command(service) for _ in range(3)]
        await self._bury(transport, service, sent)
        assert await transport.replay_dead_letters(service, [str(sent[1][2].id)]) == 1
        got = Recorder()
        subscription = await transport.consume(f"{service}.commands", got, prefetch=5)
        await eventually(lambda: got.finished == 1)
        assert got.envelopes == [sent[1][2]]
        await subscription.cancel()
        await subscription.drain(5)
        assert len(await transport.dead_letters(service)) == 2
        assert await transport.replay_dead_letters(service) == 2
        assert await transport.dead_letters(service) == []

    async def test_a_replayed_dead_letter_that_dies_again_still_tells_where_it_came_from(
        self, transport: Transport, service: str
    ) -> None:
        sent = [command(service)]
        await self._bury(transport, service, sent)
        assert await transport.replay_dead_letters(service) == 1
        await self._bury_waiting(transport, service)
        letters = await transport.dead_letters(service)
        assert [(letter.exchange, letter.key) for letter in letters] == [sent[0][:2]]

    async def _bury_waiting(self, transport: Transport, service: str) -> None:
        async def bury(delivery: Delivery) -> None:
            await delivery.dead(delivery.envelope, "remote.rejected", "it still refuses")

        await transport.consume(f"{service}.commands", bury, prefetch=5)
        await eventually(lambda: transport.dead_letters(service), pause=0.05)

    async def test_discarded_dead_letters_are_gone_and_the_others_stay(
        self, transport: Transport, service: str
    ) -> None:
        sent = [command(service) for _ in range(3)]
        await self._bury(transport, service, sent)
        assert await transport.discard_dead_letters(service, [str(sent[0][2].id), str(uuid4())]) == 1
        left = await transport.dead_letters(service)
        assert [letter.message_id for letter in left] == [str(envelope.id) for _, _, envelope in sent[1:]]
        assert await transport.discard_dead_letters(service) == 2
        assert await transport.dead_letters(service) == []

    async def test_a_service_nobody_knows_has_no_dead_letters(self, transport: Transport) -> None:
        assert await transport.dead_letters(f"unknown_{uuid4().hex}") == []
        assert transport.healthy
