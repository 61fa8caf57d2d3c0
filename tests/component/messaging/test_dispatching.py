"""What the dispatcher does with workers, answers and their failures."""

import asyncio
from contextvars import Context, copy_context
from typing import Any

import pytest
from structlog.contextvars import get_contextvars

from libs.contracts.couplings import CouplingPage, ListCouplings
from libs.contracts.envelope import Envelope
from libs.contracts.jobs import EnvironmentThrottled, PageAbandoned, SynchJobFinished
from libs.contracts.message import Message
from libs.contracts.pages import PageKey, PageRead, ReadPage, SynchronizePage, TableRead, WritePage
from libs.contracts.routing import DELIVERY_LIMIT, topology_of
from libs.contracts.vocabulary import Direction, RunKind, System
from libs.messaging.handling import Handling
from libs.messaging.memory import MemoryTransport
from libs.messaging.ports import Delivery
from libs.messaging.posting import Sender, addressed, envelope_of
from libs.messaging.retry import BUG, BUG_ATTEMPTS
from libs.runtime.errors import ConcurrentUpdate, ContractBroken, Permanent, Rejected, Throttled, Unavailable
from libs.testing.envelopes import an_envelope
from libs.testing.eventually import eventually
from tests.component.messaging.conftest import House

PAGE = PageKey(job_id="job-1", mapping="CUSTOMER", direction=Direction.FROM_SALES, page=0)
READ = ReadPage(
    system=System.SALES, page=PAGE, run=RunKind.FULL, read=TableRead(system=System.SALES, table="account", fields=[])
)
SYNCHRONIZE = SynchronizePage(page=PAGE, run=RunKind.FULL, records=[])


class Script:
    """A worker that follows a script: raises what it says, else returns the results."""

    def __init__(self, *steps: Exception | list[Message]) -> None:
        self.steps = list(steps)
        self.handlings: list[Handling] = []
        self.context: dict[str, Any] = {}

    async def __call__(self, message: Message, handling: Handling) -> list[Message]:
        self.handlings.append(handling)
        self.context = get_contextvars()
        step = self.steps.pop(0) if self.steps else []
        if isinstance(step, Exception):
            raise step
        return step


async def send(house: House, *messages: Message) -> None:
    await Sender("orchestrator", house.transport, house.clock).send(messages)


async def test_a_workers_results_are_published_with_identity_filled_in(house: House) -> None:
    told = PageRead(system=System.SALES, page=PAGE, count=0)
    await house.dispatch("sales_connector", {ReadPage: Script([SYNCHRONIZE, told])})
    envelope = envelope_of(READ, id=an_envelope().id, service="orchestrator", now=house.clock.now())
    await house.transport.publish([addressed(envelope)])
    await eventually(lambda: house.tally.outcomes == [("sales_connector", ReadPage.TYPE, "ack")])
    (command,) = house.taken_from("coupling_registry.commands")
    (event,) = house.taken_from("orchestrator.events")
    for result in (command, event):
        assert result.causation_id == envelope.id
        assert result.correlation_id == "job-1"
        assert result.time == house.clock.now()
    assert (command.source, command.target) == ("sales_connector", "coupling_registry")
    assert event.source == "sales_connector"
    assert house.tally.published == 2


async def test_a_repeated_delivery_publishes_the_same_ids(house: House) -> None:
    await house.dispatch("sales_connector", {ReadPage: Script([SYNCHRONIZE], [SYNCHRONIZE])})
    envelope = addressed(envelope_of(READ, id=an_envelope().id, service="orchestrator", now=house.clock.now()))
    await house.transport.publish([envelope, envelope])
    await eventually(lambda: len(house.taken_from("coupling_registry.commands")) == 2)
    first, second = house.taken_from("coupling_registry.commands")
    assert first.id == second.id


async def test_identity_is_bound_to_the_log_while_a_message_is_handled(house: House) -> None:
    script = Script()
    await house.dispatch("sales_connector", {ReadPage: script})
    await send(house, READ)
    await eventually(lambda: script.handlings)
    assert script.context["service"] == "sales_connector"
    assert script.context["correlation_id"] == "job-1"
    assert script.context["message_id"] == str(script.handlings[0].message_id)
    assert (script.context["type"], script.context["subject"]) == (ReadPage.TYPE, str(PAGE))
    assert get_contextvars() == {}


async def test_a_transient_failure_is_tried_again_after_its_rung(house: House, first_rung: float) -> None:
    script = Script(Unavailable("away"), [])
    await house.dispatch("sales_connector", {ReadPage: script})
    await send(house, READ)
    await eventually(lambda: house.broker.depth("sales_connector.commands") == 1)
    house.clock.advance(first_rung - 1)
    assert len(script.handlings) == 1
    house.clock.advance(2)
    await eventually(lambda: len(house.tally.outcomes) == 2)
    assert [handling.attempt for handling in script.handlings] == [0, 1]
    assert script.handlings[0].message_id == script.handlings[1].message_id
    assert [outcome for _, _, outcome in house.tally.outcomes] == ["retry", "ack"]


async def test_a_pause_that_the_remote_asks_for_costs_no_attempt(house: House) -> None:
    script = Script(*(Throttled("wait", retry_after=20) for _ in range(12)), [])
    await house.dispatch("sales_connector", {ReadPage: script})
    await send(house, READ)
    for turn in range(1, 13):
        await eventually(lambda turn=turn: len(script.handlings) == turn)
        await eventually(lambda: house.broker.depth("sales_connector.commands") == 1)
        house.clock.advance(30)
    await eventually(lambda: house.tally.outcomes[-1][2] == "ack")
    assert {handling.attempt for handling in script.handlings} == {0}


async def test_a_page_that_cannot_be_handled_is_dead_lettered_and_the_orchestrator_told(house: House) -> None:
    await house.dispatch("sales_connector", {ReadPage: Script(Rejected("too long", field="name"))})
    await send(house, READ)
    (letter,) = await eventually(lambda: house.transport.dead_letters("sales_connector"))
    assert (letter.code, letter.reason) == ("remote.rejected", "too long")
    (told,) = house.taken_from("orchestrator.events")
    assert told.type == PageAbandoned.TYPE
    assert told.source == "sales_connector"
    assert told.data["job_id"] == "job-1"
    assert told.data["mapping"] == "CUSTOMER"
    assert told.data["failure"]["field"] == "name"


async def test_a_replayed_page_that_dies_again_is_news_again(house: House) -> None:
    await house.dispatch("sales_connector", {ReadPage: Script(Rejected("no"), Rejected("no"))})
    await send(house, READ)
    await eventually(lambda: house.transport.dead_letters("sales_connector"))
    house.clock.advance(60)
    await house.transport.replay_dead_letters("sales_connector")
    await eventually(lambda: len(house.taken_from("orchestrator.events")) == 2)
    first, second = house.taken_from("orchestrator.events")
    assert first.id != second.id


async def test_a_dead_abandonment_is_not_news_about_itself(house: House) -> None:
    await house.dispatch("orchestrator", {PageAbandoned: Script(Rejected("no"))})
    abandoned = PageAbandoned(service="x", job_id="job-1", mapping="M", failure=Rejected("no").failure())
    await send(house, abandoned)
    await eventually(lambda: house.transport.dead_letters("orchestrator"))
    assert house.taken_from("orchestrator.events") == []
    assert house.broker.depth("orchestrator.events") == 0


async def test_a_bug_is_tried_a_few_times_then_dead_lettered(house: House) -> None:
    script = Script(*(KeyError("oops") for _ in range(10)))
    await house.dispatch("sales_connector", {ReadPage: script})
    await send(house, READ)
    for turn in range(1, BUG_ATTEMPTS + 1):
        await eventually(lambda turn=turn: len(script.handlings) == turn)
        await eventually(lambda: house.broker.depth("sales_connector.commands") == 1)
        house.clock.advance(3600)
    (letter,) = await eventually(lambda: house.transport.dead_letters("sales_connector"))
    assert letter.code == BUG
    assert len(script.handlings) == BUG_ATTEMPTS + 1


@pytest.mark.parametrize(
    "broken",
    [
        an_envelope(type="never.heard.v1", target="sales_connector", data={}),
        an_envelope(type=ReadPage.TYPE, target="sales_connector", data={"system": "sales"}),
        an_envelope(type=WritePage.TYPE, target="sales_connector", data={}),
    ],
    ids=["unknown", "does not fit", "fits but not this one"],
)
async def test_what_the_contract_does_not_know_is_dead_lettered_at_once(house: House, broken: Any) -> None:
    await house.dispatch("sales_connector", {ReadPage: Script()})
    await house.transport.publish([("commands", f"sales_connector.{broken.type}", broken)])
    (letter,) = await eventually(lambda: house.transport.dead_letters("sales_connector"))
    assert letter.code == ContractBroken.code


async def test_a_page_that_killed_its_process_too_often_is_not_tried_again(house: House) -> None:
    await house.transport.declare(topology_of("sales_connector"))
    await house.transport.declare(topology_of("orchestrator"))
    await send(house, READ)
    for _ in range(DELIVERY_LIMIT):
        doomed = MemoryTransport(house.broker, clock=house.clock)
        taken = asyncio.Event()

        async def hold(delivery: Delivery, taken: asyncio.Event = taken) -> None:
            taken.set()
            await asyncio.Event().wait()

        async with doomed.connect():
            await doomed.consume("sales_connector.commands", hold, prefetch=1)
            await taken.wait()
            await doomed.abort()
    script = Script()
    await house.dispatch("sales_connector", {ReadPage: script})
    (letter,) = await eventually(lambda: house.transport.dead_letters("sales_connector"))
    assert letter.code == "delivery_limit"
    assert script.handlings == []
    (told,) = house.taken_from("orchestrator.events")
    assert told.data["failure"]["code"] == "delivery_limit"


async def test_a_message_without_a_handler_here_is_dead_lettered(house: House) -> None:
    await house.dispatch("orchestrator", {PageRead: Script()})
    await send(house, EnvironmentThrottled(system=System.SALES, until="2026-03-02T09:00:00Z"))
    (letter,) = await eventually(lambda: house.transport.dead_letters("orchestrator"))
    assert EnvironmentThrottled.TYPE in letter.reason


async def test_stopping_waits_for_what_is_in_flight_and_gives_back_the_rest(house: House) -> None:
    reached, free = asyncio.Event(), asyncio.Event()
    finished: list[Any] = []

    async def slow(message: Message, handling: Handling) -> list[Message]:
        reached.set()
        await free.wait()
        finished.append(handling.message_id)
        return []

    dispatcher = await house.dispatch("sales_connector", {ReadPage: slow})
    await send(house, READ)
    await reached.wait()
    stopping = asyncio.create_task(dispatcher.stop(10))
    await asyncio.sleep(0)
    free.set()
    await stopping
    assert len(finished) == 1
    await send(house, READ)
    assert house.broker.depth("sales_connector.commands") == 1

    reached.clear()
    free.clear()
    dispatcher = await house.dispatch("sales_connector", {ReadPage: slow})
    await reached.wait()
    await dispatcher.stop(0.01)
    assert len(finished) == 1
    assert house.broker.depth("sales_connector.commands") == 1


# Requests ------------------------------------------------------------------------------------------------------


async def test_a_request_is_answered_by_the_service_it_is_addressed_to(house: House) -> None:
    async def listed(request: ListCouplings, handling: Handling) -> CouplingPage:
        return CouplingPage(total=len(request.mapping))

    await house.dispatch("coupling_registry", {}, {ListCouplings: listed})
    reply = await house.transport.requester("console").ask(ListCouplings(mapping="CUSTOMER"))
    assert reply == CouplingPage(total=8)
    assert house.tally.outcomes == [("coupling_registry", ListCouplings.TYPE, "ack")]


async def test_a_request_belongs_to_the_handling_that_asks(house: House) -> None:
    asked: list[Handling] = []

    async def listed(request: ListCouplings, handling: Handling) -> CouplingPage:
        asked.append(handling)
        return CouplingPage()

    async def asking(message: Message, handling: Handling) -> list[Message]:
        await house.transport.requester("sales_connector").ask(ListCouplings(mapping="M"))
        return []

    await house.dispatch("coupling_registry", {}, {ListCouplings: listed})
    await house.dispatch("sales_connector", {ReadPage: asking})
    await send(house, READ)
    await eventually(lambda: asked)
    assert asked[0].correlation_id == "job-1"


async def test_what_a_handling_leaves_behind_does_not_hold_its_message(house: House) -> None:
    """A connection that is opened meanwhile keeps the context for as long as it lives."""
    kept: list[Context] = []

    async def leaving(message: Message, handling: Handling) -> list[Message]:
        kept.append(copy_context())
        return []

    await house.dispatch("sales_connector", {ReadPage: leaving})
    await send(house, READ)
    await eventually(lambda: kept)
    held = [value for value in kept[0].values() if isinstance(value, Envelope)]
    assert [(envelope.type, envelope.data) for envelope in held] == [(ReadPage.TYPE, {})]


async def test_an_answer_that_lost_a_race_is_given_afresh(house: House) -> None:
    tries: list[int] = []

    async def listed(request: ListCouplings, handling: Handling) -> CouplingPage:
        tries.append(1)
        if len(tries) < 3:
            raise ConcurrentUpdate("again")
        return CouplingPage(total=3)

    await house.dispatch("coupling_registry", {}, {ListCouplings: listed})
    assert (await house.transport.requester("console").ask(ListCouplings(mapping="M"))).total == 3


async def test_a_bug_in_an_answer_reaches_the_asker_without_its_words(house: House) -> None:
    async def listed(request: ListCouplings, handling: Handling) -> CouplingPage:
        raise KeyError("a customer's name")

    await house.dispatch("coupling_registry", {}, {ListCouplings: listed})
    with pytest.raises(Permanent) as raised:
        await house.transport.requester("console").ask(ListCouplings(mapping="M"))
    assert raised.value.code == BUG
    assert "customer" not in raised.value.message


async def test_a_request_that_nobody_here_answers_is_refused(house: House) -> None:
    async def never(request: Any, handling: Handling) -> CouplingPage:
        raise AssertionError

    await house.dispatch("coupling_registry", {}, {SynchJobFinished: never})  # type: ignore[dict-item]
    with pytest.raises(ContractBroken):
        await house.transport.requester("console").ask(ListCouplings(mapping="M"))


async def test_the_trace_goes_on_in_what_a_handling_publishes(house: House) -> None:
    await house.dispatch("sales_connector", {ReadPage: Script([SYNCHRONIZE])})
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    envelope = envelope_of(
        READ, id=an_envelope().id, service="orchestrator", now=house.clock.now(), traceparent=traceparent
    )
    await house.transport.publish([addressed(envelope)])
    (result,) = await eventually(lambda: house.taken_from("coupling_registry.commands"))
    assert result.traceparent.split("-")[1] == "4bf92f3577b34da6a3ce929d0e0e4736"
