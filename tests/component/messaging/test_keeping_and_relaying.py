"""Keepers save state, handled id and outbox in one write; the relay publishes, after a crash too."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from libs.contracts.envelope import Envelope
from libs.contracts.jobs import CancelSynchJob, CheckDeadlines
from libs.contracts.message import Message
from libs.contracts.pages import PageKey, PageRead
from libs.contracts.vocabulary import Direction, System
from libs.messaging.handling import Handling, Keeper
from libs.messaging.keeping import HANDLED_KEPT, SAVE_ATTEMPTS
from libs.messaging.ports import Addressed
from libs.messaging.posting import Sender, addressed, envelope_of
from libs.messaging.relay import SCAN_SECONDS, Relay
from libs.runtime.errors import ContractBroken, Unavailable
from libs.store.ports import Document
from libs.testing.clock import FrozenClock
from libs.testing.envelopes import an_envelope
from libs.testing.eventually import eventually
from tests.component.messaging.conftest import Aggregates, House

Decision = Callable[[Mapping[str, Any] | None, Any, Handling], tuple[Mapping[str, Any] | None, Sequence[Message]]]
JOB = "job-1"


def told(page: int = 0) -> PageRead:
    key = PageKey(job_id=JOB, mapping="CUSTOMER", direction=Direction.FROM_SALES, page=page)
    return PageRead(system=System.SALES, page=key, count=1)


def counting(
    state: Mapping[str, Any] | None, message: PageRead, handling: Handling
) -> tuple[Mapping[str, Any], Sequence[Message]]:
    return {"read": (state or {}).get("read", 0) + message.count}, [CheckDeadlines(job_id=JOB)]


def keeper(aggregates: Aggregates, decide: Decision = counting, **fields: Any) -> Keeper:
    return Keeper(aggregates, key=lambda message: message.page.job_id, decide=decide, **fields)


async def send(house: House, *messages: Message) -> None:
    await Sender("sales_connector", house.transport, house.clock).send(messages)


async def test_state_handled_id_and_outbox_are_one_write(house: House) -> None:
    aggregates = Aggregates()
    await house.dispatch("orchestrator", {PageRead: keeper(aggregates)})
    message = envelope_of(told(), id=an_envelope().id, service="sales_connector", now=house.clock.now())
    await house.transport.publish([addressed(message)])
    await eventually(lambda: aggregates.saves == 1)
    document = aggregates.documents[JOB]
    assert document.data == {"read": 1}
    assert document.handled == (str(message.id),)
    assert [envelope.type for envelope in document.outbox] == [CheckDeadlines.TYPE]
    assert document.outbox[0].causation_id == message.id


async def test_a_message_delivered_twice_has_its_effect_once(house: House) -> None:
    aggregates = Aggregates()
    await house.dispatch("orchestrator", {PageRead: keeper(aggregates)})
    message = addressed(envelope_of(told(), id=an_envelope().id, service="sales_connector", now=house.clock.now()))
    await house.transport.publish([message, message])
    await eventually(lambda: len(house.tally.outcomes) == 2)
    assert aggregates.documents[JOB].data == {"read": 1}
    assert aggregates.saves == 1


async def test_a_message_that_comes_back_has_its_unpublished_results_published(house: House) -> None:
    aggregates = Aggregates()
    relay = Relay("orchestrator", house.transport, [aggregates], clock=house.clock)
    relaying = asyncio.create_task(relay.run())
    await asyncio.sleep(0)
    message = envelope_of(told(), id=an_envelope().id, service="sales_connector", now=house.clock.now())
    result = waiting(house.clock).model_copy(update={"causation_id": message.id})
    aggregates.documents[JOB] = Document(JOB, {"read": 1}, version=1, handled=(str(message.id),), outbox=(result,))
    await house.dispatch("orchestrator", {PageRead: keeper(aggregates)}, relay=relay)
    await house.transport.publish([addressed(message)])
    await eventually(lambda: not aggregates.documents[JOB].outbox)
    assert aggregates.saves == 0
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)


async def test_many_messages_for_one_document_at_once_all_count(house: House) -> None:
    aggregates = Aggregates()
    await house.dispatch("orchestrator", {PageRead: keeper(aggregates)})
    await send(house, *(told(n) for n in range(50)))
    await eventually(lambda: len(house.tally.outcomes) == 50)
    document = aggregates.documents[JOB]
    assert document.data == {"read": 50}
    assert len(set(document.handled)) == len(document.outbox) == 50


async def test_a_rivals_save_leads_to_a_fresh_decision(house: House) -> None:
    aggregates = Aggregates({JOB: Document(JOB, {"read": 10}, version=1)})

    def rival() -> None:
        aggregates.documents[JOB] = replace(aggregates.documents[JOB], data={"read": 100}, version=2)

    aggregates.disturb.append(rival)
    prepared: list[Handling] = []

    async def before(message: Message, handling: Handling) -> None:
        prepared.append(handling)

    await house.dispatch("orchestrator", {PageRead: keeper(aggregates, before=before)})
    await send(house, told())
    await eventually(lambda: house.tally.outcomes)
    assert aggregates.documents[JOB].data == {"read": 101}
    assert len(prepared) == 1


async def test_a_document_that_will_not_hold_still_is_left_for_later(house: House) -> None:
    aggregates = Aggregates({JOB: Document(JOB, {"read": 0}, version=1)})

    def rival() -> None:
        document = aggregates.documents[JOB]
        aggregates.documents[JOB] = replace(document, version=document.version + 1)

    aggregates.disturb.extend([rival] * SAVE_ATTEMPTS)
    await house.dispatch("orchestrator", {PageRead: keeper(aggregates)})
    await send(house, told())
    await eventually(lambda: [outcome for _, _, outcome in house.tally.outcomes] == ["retry"])


async def test_rows_of_its_own_are_written_before_the_document(house: House) -> None:
    aggregates = Aggregates()
    saves_seen: list[int] = []

    async def before(message: Message, handling: Handling) -> None:
        saves_seen.append(aggregates.saves)

    await house.dispatch("orchestrator", {PageRead: keeper(aggregates, before=before)})
    await send(house, told())
    await eventually(lambda: aggregates.saves == 1)
    assert saves_seen == [0]


async def test_a_decision_without_state_changes_nothing_and_is_acknowledged(house: House) -> None:
    aggregates = Aggregates()
    await house.dispatch("orchestrator", {PageRead: keeper(aggregates, lambda *_: (None, []))})
    await send(house, told())
    await eventually(lambda: [outcome for _, _, outcome in house.tally.outcomes] == ["ack"])
    assert aggregates.documents == {}


async def test_only_the_newest_handled_ids_are_kept(house: House) -> None:
    full = tuple(f"old-{n}" for n in range(HANDLED_KEPT))
    aggregates = Aggregates({JOB: Document(JOB, {"read": 0}, version=1, handled=full)})
    await house.dispatch("orchestrator", {PageRead: keeper(aggregates)})
    await send(house, told())
    await eventually(lambda: aggregates.saves == 1)
    handled = aggregates.documents[JOB].handled
    assert len(handled) == HANDLED_KEPT
    assert "old-0" not in handled
    assert "old-1" in handled


# The relay ---------------------------------------------------------------------------------------------------------


class Post:
    """A publisher that remembers, and fails as told."""

    def __init__(self) -> None:
        self.ids: list[Any] = []
        self.down = False

    async def publish(self, envelopes: list[Addressed]) -> None:
        if self.down:
            raise Unavailable("the broker is away")
        if any(envelope.target == "unheard_of" for _, _, envelope in envelopes):
            raise ContractBroken("no queue takes it")
        self.ids.extend(envelope.id for _, _, envelope in envelopes)


def waiting(clock: FrozenClock, target: str = "orchestrator") -> Envelope:
    message = CancelSynchJob(job_id=JOB)
    envelope = envelope_of(message, id=an_envelope().id, service="orchestrator", now=clock.now())
    return envelope.model_copy(update={"target": target})


async def test_a_saved_message_is_published_at_once_and_taken_out(house: House) -> None:
    aggregates = Aggregates()
    relay = Relay("orchestrator", house.transport, [aggregates], clock=house.clock)
    await house.dispatch("orchestrator", {PageRead: keeper(aggregates)}, relay=relay)
    relaying = asyncio.create_task(relay.run())
    await asyncio.sleep(0)
    await send(house, told())
    await eventually(lambda: aggregates.saves == 1 and not aggregates.documents[JOB].outbox)
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)


async def test_what_a_crash_left_behind_is_published_by_the_next_process() -> None:
    clock, post = FrozenClock(), Post()
    left = [waiting(clock) for _ in range(250)]
    aggregates = Aggregates({str(n): Document(str(n), {}, outbox=(envelope,)) for n, envelope in enumerate(left)})
    relaying = asyncio.create_task(Relay("orchestrator", post, [aggregates], clock=clock).run())
    await eventually(lambda: not any(document.outbox for document in aggregates.documents.values()))
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)
    assert sorted(post.ids) == sorted(envelope.id for envelope in left)


async def test_a_message_that_a_late_save_brought_back_is_not_published_again() -> None:
    clock, post = FrozenClock(), Post()
    first, second = waiting(clock), waiting(clock)
    aggregates = Aggregates({JOB: Document(JOB, {}, outbox=(first,))})
    relay = Relay("orchestrator", post, [aggregates], clock=clock)
    assert await relay.flush() == 1
    aggregates.documents[JOB] = Document(JOB, {}, outbox=(first, second))
    assert await relay.flush() == 1
    assert post.ids == [first.id, second.id]
    assert aggregates.documents[JOB].outbox == ()


async def test_an_overdue_step_is_sent_again_under_its_own_id() -> None:
    clock, post = FrozenClock(), Post()
    first = waiting(clock)
    aggregates = Aggregates({JOB: Document(JOB, {}, outbox=(first,))})
    relay = Relay("orchestrator", post, [aggregates], clock=clock)
    await relay.flush()
    clock.advance(300)
    aggregates.documents[JOB] = Document(JOB, {}, outbox=(first.model_copy(update={"time": clock.now()}),))
    await relay.flush()
    assert post.ids == [first.id, first.id]


async def test_another_replicas_fresh_message_is_left_to_it_until_it_is_old() -> None:
    clock, post = FrozenClock(), Post()
    aggregates = Aggregates()
    relay = Relay("orchestrator", post, [aggregates], clock=clock, scan_seconds=0.02)
    relaying = asyncio.create_task(relay.run())
    await asyncio.sleep(0.01)
    theirs, ours = waiting(clock), waiting(clock)
    aggregates.documents = {"a": Document("a", {}, outbox=(theirs,)), "b": Document("b", {}, outbox=(ours,))}
    relay.wake([ours.id])
    await eventually(lambda: post.ids == [ours.id])
    assert aggregates.documents["a"].outbox == (theirs,)
    clock.advance(SCAN_SECONDS)
    await eventually(lambda: post.ids == [ours.id, theirs.id])
    relaying.cancel()
    await asyncio.gather(relaying, return_exceptions=True)


async def test_one_message_that_no_queue_takes_does_not_hold_up_the_others() -> None:
    clock, post = FrozenClock(), Post()
    stuck, free = waiting(clock, target="unheard_of"), waiting(clock)
    aggregates = Aggregates({"a": Document("a", {}, outbox=(stuck,)), "b": Document("b", {}, outbox=(free,))})
    relay = Relay("orchestrator", post, [aggregates], clock=clock)
    with capture_logs() as logs:
        for _ in range(2):
            with pytest.raises(ContractBroken):
                await relay.flush()
    assert post.ids == [free.id]
    assert aggregates.documents["a"].outbox == (stuck,)
    assert [(entry["event"], entry["document"]) for entry in logs] == [("outbox.stuck", "a")], "told once"


async def test_a_broker_outage_is_waited_for_and_logged_once_at_each_end() -> None:
    clock, post = FrozenClock(), Post()
    post.down = True
    aggregates = Aggregates({JOB: Document(JOB, {}, outbox=(waiting(clock),))})
    relay = Relay("orchestrator", post, [aggregates], clock=clock, recovery_seconds=0.01)
    with capture_logs() as logs:
        relaying = asyncio.create_task(relay.run())
        await eventually(lambda: logs)
        post.down = False
        await eventually(lambda: post.ids)
        await eventually(lambda: len(logs) == 2)
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)
    assert [entry["event"] for entry in logs] == ["relay.interrupted", "relay.resumed"]
