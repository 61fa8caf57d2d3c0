"""The exam of ``libs/messaging/ports.py`` that every transport sits.

A subclass provides the fixture ``open_transport``: an async function that returns a connected transport to one and the
same broker each time, all of which are closed after the test. Every test works under service names of its own, so that
a broker may be shared.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest

from libs.contracts.envelope import Envelope
from libs.contracts.message import Reply, Request
from libs.contracts.routing import COMMANDS, DELIVERY_LIMIT, EVENTS, REQUESTS, QueueSpec, ServiceTopology
from libs.messaging.ports import Addressed, Delivery, Transport
from libs.messaging.request_reply import answered, refused
from libs.runtime.clock import SystemClock
from libs.runtime.errors import AccessDenied, ContractBroken, Rejected, Throttled, Unavailable
from libs.testing.envelopes import an_envelope
from libs.testing.eventually import eventually

OpenTransport = Callable[[], Awaitable[Transport]]

RUNGS = (0.2, 0.8)


class Sum(Reply):
    TYPE: ClassVar[str] = "exam.sum.v1"

    total: int


class Add(Request[Sum]):
    """A question for the exam; any service may be asked."""

    TYPE: ClassVar[str] = "exam.add.v1"
    OWNER: ClassVar[str] = "{service}"
    REPLY = Sum

    service: str
    numbers: list[int]

    def owner(self) -> str:
        return self.service


def topology(service: str, *events: str) -> ServiceTopology:
    """A service with retry rungs short enough to wait for."""
    return ServiceTopology(
        service=service,
        commands=QueueSpec(f"{service}.commands", COMMANDS, (f"{service}.#",)),
        events=QueueSpec(f"{service}.events", EVENTS, events) if events else None,
        requests=QueueSpec(f"{service}.requests", REQUESTS, (f"{service}.#",)),
        dead=f"{service}.dead",
        rungs=RUNGS,
    )


def command(service: str, **fields: Any) -> Addressed:
    envelope = an_envelope(target=service, **fields)
    return COMMANDS, f"{service}.{envelope.type}", envelope


def event(source: str, type_name: str, **fields: Any) -> Addressed:
    return EVENTS, f"{source}.{type_name}", an_envelope(type=type_name, source=source, **fields)


@dataclass
class Recorder:
    """A consumer that remembers what it got and acknowledges it, unless told otherwise."""

    deliveries: list[Delivery] = field(default_factory=list)
    held: asyncio.Event | None = None
    in_flight: int = 0
    most_in_flight: int = 0
    finished: int = 0

    async def __call__(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.held is not None:
                await self.held.wait()
            await delivery.ack()
            self.finished += 1
        finally:
            self.in_flight -= 1

    @property
    def ids(self) -> list[UUID]:
        return [delivery.envelope.id for delivery in self.deliveries]

    @property
    def envelopes(self) -> list[Envelope]:
        return [delivery.envelope for delivery in self.deliveries]


class TransportSuite:
    """See the module."""

    @pytest.fixture
    def service(self) -> str:
        return f"exam_{uuid4().hex[:10]}"

    @pytest.fixture
    async def transport(self, open_transport: OpenTransport, service: str) -> Transport:
        transport = await open_transport()
        await transport.declare(topology(service))
        return transport

    # Publishing and routing ------------------------------------------------------------------------------------

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

    # Consuming ---------------------------------------------------------------------------------------------------

    async def test_no_more_than_prefetch_are_in_flight(self, transport: Transport, service: str) -> None:
        got = Recorder(held=asyncio.Event())
        await transport.consume(f"{service}.commands", got, prefetch=3)
        await transport.publish([command(service) for _ in range(12)])
        await eventually(lambda: got.in_flight == 3)
        assert got.held is not None
        got.held.set()
        await eventually(lambda: got.finished == 12)
        assert got.most_in_flight == 3

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

    # Stopping ----------------------------------------------------------------------------------------------------

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

    # Retry rungs -------------------------------------------------------------------------------------------------

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

    # Dead letters ------------------------------------------------------------------------------------------------

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

    # Requests ----------------------------------------------------------------------------------------------------

    async def _answer(self, transport: Transport, service: str, answer: Callable[[list[int]], Awaitable[int]]) -> None:
        clock = SystemClock()

        async def on_request(delivery: Delivery) -> None:
            request = delivery.envelope
            try:
                reply = answered(
                    request, Sum(total=await answer(request.data["numbers"])), service=service, clock=clock
                )
            except Exception as error:  # noqa: BLE001  any error is to travel
                reply = refused(request, error, service=service, clock=clock)
            await transport.reply(delivery.reply_to, reply)
            await delivery.ack()

        await transport.consume(f"{service}.requests", on_request, prefetch=20)

    async def test_many_questions_at_once_each_get_their_own_answer(
        self, transport: Transport, open_transport: OpenTransport, service: str
    ) -> None:
        async def add(numbers: list[int]) -> int:
            return sum(numbers)

        await self._answer(transport, service, add)
        askers = [(await open_transport()).requester(f"asker_{n}") for n in range(2)]
        answers = await asyncio.gather(
            *(askers[n % 2].ask(Add(service=service, numbers=[n, 1]), deadline=10) for n in range(40))
        )
        assert [answer.total for answer in answers] == [n + 1 for n in range(40)]

    @pytest.mark.parametrize(
        "error",
        [
            AccessDenied("may not", code="remote.no_role", setting="TANDEM_SALES_URL", remote_code="0x1"),
            Rejected("too long", field="name", remote_message="its own words"),
            Throttled("wait", retry_after=7.5),
            Unavailable("away"),
        ],
    )
    async def test_the_answering_sides_error_is_raised_at_the_asker(
        self, transport: Transport, service: str, error: Rejected
    ) -> None:
        async def refuse(_: list[int]) -> int:
            raise error

        await self._answer(transport, service, refuse)
        with pytest.raises(type(error)) as raised:
            await transport.requester("asker").ask(Add(service=service, numbers=[]), deadline=10)
        assert type(raised.value) is type(error)
        assert raised.value.failure() == error.failure()
        assert raised.value.retry_after == error.retry_after

    async def test_an_answer_that_takes_too_long_is_not_waited_for(self, transport: Transport, service: str) -> None:
        first = asyncio.Event()

        async def slow(numbers: list[int]) -> int:
            if numbers == [1]:
                await first.wait()
            return sum(numbers)

        await self._answer(transport, service, slow)
        requester = transport.requester("asker")
        with pytest.raises(Unavailable):
            await requester.ask(Add(service=service, numbers=[1]), deadline=0.2)
        first.set()
        assert (await requester.ask(Add(service=service, numbers=[2]), deadline=10)).total == 2

    async def test_a_question_that_nobody_answers_ends_at_its_deadline(
        self, transport: Transport, service: str
    ) -> None:
        requester = transport.requester("asker")
        for target in (service, f"{service}_unheard_of"):
            with pytest.raises(Unavailable):
                await requester.ask(Add(service=target, numbers=[1]), deadline=0.3)

    async def test_a_question_is_not_delivered_after_its_deadline(self, transport: Transport, service: str) -> None:
        with pytest.raises(Unavailable):
            await transport.requester("asker").ask(Add(service=service, numbers=[1]), deadline=0.2)
        asked: list[list[int]] = []
        loop = asyncio.get_running_loop()
        deadline = loop.time() + 0.2
        await eventually(lambda: loop.time() > deadline)  # the broker's own clock started a little later

        async def add(numbers: list[int]) -> int:
            asked.append(numbers)
            return sum(numbers)

        await self._answer(transport, service, add)
        assert (await transport.requester("asker").ask(Add(service=service, numbers=[2]), deadline=10)).total == 2
        assert asked == [[2]]

    async def test_a_question_waits_for_a_service_that_is_just_starting(
        self, transport: Transport, open_transport: OpenTransport, service: str
    ) -> None:
        late = f"{service}_late"
        asking = asyncio.create_task(transport.requester("asker").ask(Add(service=late, numbers=[4, 5]), deadline=10))

        async def add(numbers: list[int]) -> int:
            return sum(numbers)

        answering = await open_transport()
        await answering.declare(topology(late))
        await self._answer(answering, late, add)
        assert (await asking).total == 9
