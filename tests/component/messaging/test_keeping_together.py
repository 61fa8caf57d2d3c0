"""Messages for one document that wait at the same time are saved together, and still succeed or fail alone."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from libs.contracts.envelope import Envelope
from libs.contracts.jobs import CheckDeadlines
from libs.contracts.message import Message
from libs.contracts.pages import PageKey, PageRead
from libs.contracts.vocabulary import Direction, System
from libs.messaging.dispatcher import Dispatcher
from libs.messaging.handling import Handling, Keeper
from libs.messaging.keeping import LARGEST_GROUP, SAVE_ATTEMPTS, Keeping, Kept
from libs.messaging.memory import MemoryTransport
from libs.messaging.posting import addressed, envelope_of
from libs.runtime.errors import ConcurrentUpdate, ContractBroken, Rejected, Unavailable
from libs.store.ports import Document
from libs.testing.eventually import eventually
from tests.component.messaging.conftest import Aggregates, House, Tally

JOB = "job-1"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
POISON, STALE = 666, 404

State = Mapping[str, Any] | None


def noting(state: State, message: PageRead, handling: Handling) -> tuple[State, Sequence[Message]]:
    """Notes the page; one page is refused, another changes nothing."""
    if message.page.page == POISON:
        raise Rejected("no such page")
    if message.page.page == STALE:
        return None, []
    pages = [*(state or {"pages": []})["pages"], message.page.page]
    return {"pages": pages}, [CheckDeadlines(job_id=JOB)]


@dataclass
class Desk:
    """Hands messages to a keeping, some at the same time."""

    aggregates: Aggregates = field(default_factory=Aggregates)
    prepared: list[int] = field(default_factory=list)
    unpreparable: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.keeping = Keeping("orchestrator", lambda key: Document(key, {}))
        self.keeper = Keeper(self.aggregates, lambda m: str(m.page.job_id), noting, before=self._before)

    async def _before(self, message: PageRead, handling: Handling) -> None:
        if message.page.page in self.unpreparable:
            raise Rejected("its rows cannot be written")
        self.prepared.append(message.page.page)

    def handed(self, page: int, id: UUID | None = None) -> "asyncio.Task[Kept]":
        key = PageKey(job_id=JOB, mapping="CUSTOMER", direction=Direction.FROM_SALES, page=page)
        message = PageRead(system=System.SALES, page=key, count=1)
        cause = envelope_of(message, id=id or uuid4(), service="sales_connector", now=NOW)
        handling = Handling(cause.id, "", NOW)
        return asyncio.create_task(self.keeping.keep(self.keeper, message, handling, cause))

    async def all(self, *pages: int) -> list[Kept | BaseException]:
        return await asyncio.gather(*(self.handed(page) for page in pages), return_exceptions=True)

    @property
    def document(self) -> Document:
        return self.aggregates.documents[JOB]


async def test_messages_that_wait_together_are_one_write() -> None:
    desk = Desk()
    kept = await desk.all(*range(20))
    assert desk.aggregates.saves == 1
    assert desk.document.data == {"pages": list(range(20))}
    assert len(set(desk.document.handled)) == 20
    assert [each.saved for each in kept if isinstance(each, Kept)] == [(sent.id,) for sent in desk.document.outbox]


async def test_a_large_crowd_is_saved_in_groups_whose_ids_the_document_can_remember() -> None:
    desk = Desk()
    await desk.all(*range(LARGEST_GROUP + 1))
    assert desk.aggregates.saves == 2
    assert len(desk.document.data["pages"]) == LARGEST_GROUP + 1


async def test_one_that_is_refused_is_taken_out_and_the_others_are_saved() -> None:
    desk = Desk()
    first, refused, last = await desk.all(1, POISON, 2)
    assert isinstance(refused, Rejected)
    assert isinstance(first, Kept)
    assert isinstance(last, Kept)
    assert desk.aggregates.saves == 1
    assert desk.document.data == {"pages": [1, 2]}
    assert len(desk.document.handled) == len(desk.document.outbox) == 2


async def test_one_whose_own_rows_cannot_be_written_leaves_nothing_in_the_document() -> None:
    desk = Desk(unpreparable={2})
    _, refused, _ = await desk.all(1, 2, 3)
    assert isinstance(refused, Rejected)
    assert desk.document.data == {"pages": [1, 3]}
    assert len(desk.document.handled) == 2
    assert desk.prepared == [1, 3]


async def test_a_rivals_save_leads_to_fresh_decisions_of_all() -> None:
    desk = Desk(Aggregates({JOB: Document(JOB, {"pages": []}, version=1)}))
    desk.aggregates.disturb.append(
        lambda: desk.aggregates.documents.update({JOB: Document(JOB, {"pages": [99]}, version=2)})
    )
    await desk.all(1, 2, 3)
    assert desk.document.data == {"pages": [99, 1, 2, 3]}
    assert desk.prepared == [1, 2, 3]


async def test_a_document_that_will_not_hold_still_is_left_for_later_by_all() -> None:
    desk = Desk(Aggregates({JOB: Document(JOB, {"pages": []}, version=1)}))

    def rival() -> None:
        desk.aggregates.documents[JOB] = replace(desk.document, version=desk.document.version + 1)

    desk.aggregates.disturb.extend([rival] * SAVE_ATTEMPTS)
    assert [type(each) for each in await desk.all(1, 2)] == [ConcurrentUpdate] * 2
    assert desk.document.data == {"pages": []}


async def test_the_same_message_twice_in_a_group_has_its_effect_once() -> None:
    desk = Desk()
    twice = uuid4()
    one, other = await asyncio.gather(desk.handed(1, twice), desk.handed(1, twice))
    assert one == other
    assert desk.document.data == {"pages": [1]}
    assert desk.document.handled == (str(twice),)
    assert len(desk.document.outbox) == 1


async def test_one_without_effect_is_not_done_before_what_it_was_decided_by_is_saved() -> None:
    desk = Desk()

    def away() -> None:
        raise Unavailable("the store is away")

    desk.aggregates.disturb.append(away)
    assert [type(each) for each in await desk.all(1, STALE)] == [Unavailable] * 2
    assert [type(each) for each in await desk.all(STALE)] == [Kept]


async def test_what_cannot_be_stored_fails_alone() -> None:
    class Picky(Aggregates):
        async def save(self, document: Document) -> Document:
            if 13 in document.data["pages"]:
                raise ContractBroken("13 cannot be stored")
            return await super().save(document)

    desk = Desk(Picky())
    outcomes = await desk.all(1, 13, 2)
    assert [type(each) for each in outcomes] == [Kept, ContractBroken, Kept]
    assert desk.document.data == {"pages": [1, 2]}


async def test_whoever_stops_waiting_does_not_stop_the_others() -> None:
    desk = Desk()
    impatient, patient = desk.handed(1), desk.handed(2)
    await asyncio.sleep(0)
    impatient.cancel()
    with suppress(asyncio.CancelledError):
        await impatient
    await patient
    assert 2 in desk.document.data["pages"]


async def test_nobody_is_left_waiting_when_it_is_closed() -> None:
    class Stuck(Aggregates):
        async def save(self, document: Document) -> Document:
            await asyncio.Event().wait()
            return document

    desk = Desk(Stuck())
    waiting = [desk.handed(1), desk.handed(2)]
    await asyncio.sleep(0)
    await desk.keeping.close()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in outcomes] == [asyncio.CancelledError] * 2


@pytest.mark.parametrize("saved", [False, True], ids=["before_the_save", "between_save_and_acknowledgement"])
async def test_after_a_crash_the_whole_group_comes_back_and_counts_once(house: House, saved: bool) -> None:
    """The process dies around the save of a group of four; the next one gets all four again."""
    crashing = asyncio.Event()

    class Dying(Aggregates):
        async def save(self, document: Document) -> Document:
            if saved:
                await super().save(document)
            crashing.set()
            await asyncio.Event().wait()
            return document

    dying = Dying()
    doomed = MemoryTransport(house.broker, clock=house.clock)
    async with doomed.connect():
        first = _dispatcher(house, doomed, dying)
        await first.start()
        await house.transport.publish([addressed(_read(page)) for page in range(4)])
        await eventually(crashing.is_set)
        await doomed.abort()
    stored = Aggregates(dict(dying.documents))
    assert len(stored.documents[JOB].handled if saved else ()) == (4 if saved else 0)
    second = _dispatcher(house, house.transport, stored)
    await second.start()
    house.stack.push_async_callback(second.stop, 1.0)
    await eventually(lambda: len(house.tally.outcomes) == 4)
    await first.stop(0.0)
    assert sorted(stored.documents[JOB].data["pages"]) == [0, 1, 2, 3]
    assert len(stored.documents[JOB].outbox) == 4
    assert stored.saves == (0 if saved else 1)


def _dispatcher(house: House, transport: MemoryTransport, aggregates: Aggregates) -> Dispatcher:
    return Dispatcher(
        "orchestrator",
        transport,
        {PageRead: Keeper(aggregates, lambda m: str(m.page.job_id), noting)},
        {},
        clock=house.clock,
        new_document=lambda key: Document(key, {}),
        metrics=house.tally if transport is house.transport else Tally(),
    )


def _read(page: int) -> Envelope:
    key = PageKey(job_id=JOB, mapping="CUSTOMER", direction=Direction.FROM_SALES, page=page)
    return envelope_of(PageRead(system=System.SALES, page=key, count=1), id=uuid4(), service="sales_connector", now=NOW)
