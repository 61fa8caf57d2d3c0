"""Part of the transports' exam: where messages go, and in which order."""

from uuid import UUID

import pytest

from libs.contracts.envelope import Envelope
from libs.contracts.routing import EVENTS
from libs.messaging.ports import Ear, Transport
from libs.runtime.errors import ContractBroken, Unavailable
from libs.testing.envelopes import an_envelope
from libs.testing.eventually import eventually
from libs.testing.suites.transport_pieces import OpenTransport, Recorder, command, event, topology


def _ear(ids: list[UUID]) -> Ear:
    async def hear(envelope: Envelope) -> None:
        ids.append(envelope.id)

    return hear


class PublishingExam:
    """What publishing and routing promise."""

    async def test_a_command_arrives_whole_at_the_service_it_is_addressed_to(
        self, transport: Transport, service: str
    ) -> None:
        got = Recorder()
        await transport.consume(f"{service}.commands", got, prefetch=5)
        sent = command(service, data={"text": "Ærø £ 😀", "number": 5, "nothing": None, "list": [{"a": True}]})
        await transport.publish([sent])
        await eventually(lambda: got.finished == 1)
        assert got.envelopes == [sent[2]]
        assert got.envelopes[0].data is not sent[2].data
        assert not got.deliveries[0].redelivered

    async def test_a_page_of_many_megabytes_arrives(self, transport: Transport, service: str) -> None:
        got = Recorder()
        await transport.consume(f"{service}.commands", got, prefetch=1)
        sent = command(service, data={"records": ["x" * 1000] * 5000})
        await transport.publish([sent])
        await eventually(lambda: got.finished == 1)
        assert got.envelopes[0].data == sent[2].data

    async def test_a_command_that_no_queue_takes_is_refused_and_the_rest_of_the_batch_goes_out(
        self, transport: Transport, service: str
    ) -> None:
        got = Recorder()
        await transport.consume(f"{service}.commands", got, prefetch=5)
        first, last = command(service), command(service)
        with pytest.raises(ContractBroken):
            await transport.publish([first, command(f"{service}_unheard_of"), last])
        await eventually(lambda: got.finished == 2)
        assert got.ids == [first[2].id, last[2].id]

    async def test_an_event_to_nobody_is_fine(self, transport: Transport, service: str) -> None:
        await transport.publish([event(service, "nobody.listens.v1")])

    async def test_an_event_reaches_every_service_that_listens_whoever_sent_it(
        self, transport: Transport, open_transport: OpenTransport, service: str
    ) -> None:
        type_name = f"{service}.happened.v1"
        other = await open_transport()
        ears = []
        for name, connection in ((f"{service}_a", transport), (f"{service}_b", other)):
            await connection.declare(topology(name, f"*.{type_name}"))
            ears.append(Recorder())
            await connection.consume(f"{name}.events", ears[-1], prefetch=5)
        await transport.publish([event("one_sender", type_name), event("other_sender", type_name)])
        await transport.publish([event("one_sender", f"{service}.else.v1"), event("deeper.sender", type_name)])
        await eventually(lambda: [ear.finished for ear in ears] == [2, 2])

    async def test_every_replica_gets_a_broadcast_event(
        self, transport: Transport, open_transport: OpenTransport, service: str
    ) -> None:
        type_name = f"{service}.happened.v1"
        heard: list[list[UUID]] = [[], [], []]
        other = await open_transport()
        for connection, ids in zip((transport, other, other), heard, strict=True):
            await connection.listen([f"*.{type_name}", f"{service}.*.*"], _ear(ids))
        sent = [event("one_sender", type_name) for _ in range(20)]
        await transport.publish([event("one_sender", f"{service}.else.v1"), *sent])
        await eventually(lambda: [len(ids) for ids in heard] == [20, 20, 20])
        assert all(set(ids) == {envelope.id for _, _, envelope in sent} for ids in heard)

    async def test_a_listener_that_stopped_hears_nothing_more_and_others_go_on(
        self, transport: Transport, service: str
    ) -> None:
        type_name = f"{service}.happened.v1"
        heard: list[list[UUID]] = [[], []]
        subscriptions = [await transport.listen([f"*.{type_name}"], _ear(ids)) for ids in heard]
        await transport.publish([event("sender", type_name)])
        await eventually(lambda: [len(ids) for ids in heard] == [1, 1])
        await subscriptions[0].cancel()
        await subscriptions[0].drain(1)
        await transport.publish([event("sender", type_name)])
        await eventually(lambda: len(heard[1]) == 2)
        assert len(heard[0]) == 1

    @pytest.mark.parametrize(
        ("pattern", "taken", "left"),
        [
            ("{s}.#", ["{s}", "{s}.a", "{s}.a.b.c"], ["x.{s}.a", "{s}x.a"]),
            ("{s}.*", ["{s}.a"], ["{s}", "{s}.a.b"]),
            ("*.{s}", ["a.{s}"], ["{s}", "a.b.{s}"]),
            ("#.{s}.#", ["{s}", "a.{s}", "a.b.{s}.c.d"], ["a.b"]),
            ("{s}.#.end", ["{s}.end", "{s}.a.end", "{s}.a.b.end"], ["{s}.a", "{s}.end.a"]),
            ("{s}.*.#", ["{s}.a", "{s}.a.b"], ["{s}"]),
        ],
    )
    async def test_topics_match_word_by_word(
        self, transport: Transport, service: str, pattern: str, taken: list[str], left: list[str]
    ) -> None:
        await transport.declare(topology(f"{service}_ear", pattern.format(s=service)))
        got = Recorder()
        await transport.consume(f"{service}_ear.events", got, prefetch=5)
        published = [(EVENTS, key.format(s=service), an_envelope()) for key in (*taken, *left)]
        await transport.publish(published)
        await eventually(lambda: got.finished == len(taken))
        assert set(got.ids) == {envelope.id for _, _, envelope in published[: len(taken)]}

    async def test_a_queue_bound_twice_over_gets_an_event_once(self, transport: Transport, service: str) -> None:
        await transport.declare(topology(f"{service}_ear", f"{service}.#", f"*.{service}_twice", f"{service}.*"))
        got = Recorder()
        await transport.consume(f"{service}_ear.events", got, prefetch=5)
        await transport.publish([(EVENTS, f"{service}.{service}_twice", an_envelope())])
        last = an_envelope()
        await transport.publish([(EVENTS, f"{service}.last", last)])
        await eventually(lambda: last.id in got.ids)
        assert len(got.ids) == 2

    async def test_messages_published_before_anybody_consumes_wait_in_order(
        self, transport: Transport, service: str
    ) -> None:
        sent = [command(service) for _ in range(50)]
        await transport.publish(sent)
        got = Recorder()
        await transport.consume(f"{service}.commands", got, prefetch=1)
        await eventually(lambda: got.finished == 50)
        assert got.ids == [envelope.id for _, _, envelope in sent]

    async def test_declaring_again_changes_nothing(self, transport: Transport, service: str) -> None:
        await transport.publish([command(service)])
        await transport.declare(topology(service))
        got = Recorder()
        await transport.consume(f"{service}.commands", got, prefetch=5)
        await transport.publish([command(service)])
        await eventually(lambda: got.finished == 2)

    async def test_a_transport_that_is_not_connected_says_so(self, transport: Transport, service: str) -> None:
        assert transport.healthy
        await transport.abort()
        assert not transport.healthy
        with pytest.raises(Unavailable):
            await transport.publish([command(service)])
