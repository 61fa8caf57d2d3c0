"""What either connector must do, as tests: a module derives a class from :class:`ConnectorSuite` and gives it an
``exam`` fixture, a connector that talks to a sandbox over the wire.

The suite speaks messages only, so it holds for both products: what it knows of a table is in the :class:`Exam`.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from libs.contracts.message import Message
from libs.contracts.pages import (
    Condition,
    OutcomeData,
    PageKey,
    PageRead,
    ReadPage,
    RecordData,
    SettlePage,
    SynchronizePage,
    TableRead,
    Values,
    WriteData,
    WritePage,
)
from libs.contracts.setup import CountRecords, RecordCount
from libs.contracts.vocabulary import Direction, RunKind, System
from libs.dynamics.throttle import Gate
from libs.messaging.handling import Answers, Handling, Routes
from libs.messaging.ports import Outgoing
from libs.runtime.errors import Unavailable


@dataclass(frozen=True)
class Exam:
    """A connector, the table it is examined on, and the sandbox's levers."""

    system: System
    routes: Routes
    answers: Answers
    gate: Gate
    table: str
    new: Callable[[int], Values]
    """Values of a record that the remote accepts; other numbers, other records. All of them can be read back."""
    refused: Callable[[int], Values]
    """Values that the remote refuses."""
    refused_field: str
    """The field that it names as the reason; empty where it names none."""
    change: Values
    """One field with another value than any new record has."""
    identity: tuple[str, ...]
    """Fields that the remote keeps unique; ``new`` gives each record its own."""
    fault: Callable[..., None]
    """Sets a fault of the sandbox: ``fault("cut_after", method="POST")``."""
    revoke_tokens: Callable[[], None]
    unlike: Values | None = None
    """Values for ``identity`` that no record has."""


def a_write(operation: str, id: str, values: Values | None = None, **more: Any) -> WriteData:
    """A write with everything that a connector hands back untouched."""
    write: Any = {
        "coupling": f"c-{id}",
        "number": 1,
        "operation": operation,
        "source": {"id": "s", "key": "k", "version": "v", "fingerprint": "f", "waiting": {}},
        "id": id,
        "version": None,
        "values": values or {},
        **more,
    }
    made: WriteData = write
    return made


class ConnectorSuite:
    """The exam."""

    # Asking the connector

    async def handle(self, exam: Exam, message: Message) -> list[Message]:
        handling = Handling(message_id=uuid4(), correlation_id="job", now=datetime.now(UTC))
        worker: Callable[[Message, Handling], Awaitable[Iterable[Any]]] = exam.routes[type(message)]  # type: ignore[assignment]
        results = await worker(message, handling)
        return [result.message if isinstance(result, Outgoing) else result for result in results]

    def page_key(self, exam: Exam, page: int = 0) -> PageKey:
        direction = Direction.TO_SALES if exam.system is System.SALES else Direction.FROM_SALES
        return PageKey(job_id="job", mapping="EXAM", direction=direction, page=page)

    async def write(self, exam: Exam, *writes: WriteData, returns: tuple[str, ...] = ()) -> list[OutcomeData]:
        message = WritePage(
            system=exam.system,
            page=self.page_key(exam),
            run=RunKind.FULL,
            mapping="EXAM",
            table=exam.table,
            writes=list(writes),
            returns=list(returns),
        )
        [settle] = await self.handle(exam, message)
        assert isinstance(settle, SettlePage)
        assert len(settle.outcomes) == len(writes)
        return settle.outcomes

    async def read(self, exam: Exam, **more: Any) -> tuple[list[RecordData], PageRead, list[SynchronizePage]]:
        """One page."""
        read = TableRead(
            system=exam.system,
            table=exam.table,
            fields=list(exam.new(1)),
            filter=more.pop("filter", []),
            modified_after=more.pop("modified_after", ""),
            also=more.pop("also", []),
        )
        message = ReadPage(system=exam.system, page=self.page_key(exam), run=RunKind.FULL, read=read, **more)
        *splits, told = await self.handle(exam, message)
        assert isinstance(told, PageRead)
        pages = [split for split in splits if isinstance(split, SynchronizePage)]
        assert len(pages) == len(splits)
        return [record for page in pages for record in page.records], told, pages

    async def read_all(self, exam: Exam, **more: Any) -> list[RecordData]:
        records, told, _ = await self.read(exam, **more)
        while told.next_cursor:
            some, told, _ = await self.read(exam, cursor=told.next_cursor, **more)
            records += some
        return records

    async def create(self, exam: Exam, *numbers: int) -> list[str]:
        """Create these records and return their ids."""
        outcomes = await self.write(exam, *(a_write("create", str(uuid4()), exam.new(number)) for number in numbers))
        assert [outcome["status"] for outcome in outcomes] == ["created"] * len(numbers)
        return [outcome["id"] for outcome in outcomes]

    async def record(self, exam: Exam, id: str) -> RecordData | None:
        return next((record for record in await self.read_all(exam) if record["id"] == id), None)

    # Reading

    async def test_every_record_is_read_once_across_pages(self, exam: Exam) -> None:
        await self.create(exam, *range(1, 24))
        whole = await self.read_all(exam, page_size=2000)
        in_pages = await self.read_all(exam, page_size=7)
        assert [record["id"] for record in in_pages] == [record["id"] for record in whole]
        assert len({record["id"] for record in whole}) == len(whole) >= 23

    async def test_a_page_is_handed_on_in_splits_of_one_reading(self, exam: Exam) -> None:
        await self.create(exam, *range(1, 9))
        records, told, splits = await self.read(exam, page_size=7, split_size=3)
        assert told.count == len(records) == 7
        assert [len(split.records) for split in splits] == [3, 3, 1]
        assert [split.page.split for split in splits] == [0, 1, 2]
        assert told.page.splits == 3 and all(split.page.splits == 3 for split in splits)
        assert told.page.attempt and {split.page.attempt for split in splits} == {told.page.attempt}
        _, again, _ = await self.read(exam, page_size=7, split_size=3)
        assert again.page.attempt != told.page.attempt

    async def test_a_filter_that_nothing_fits_reads_an_empty_page(self, exam: Exam) -> None:
        unlike = exam.unlike or dict.fromkeys(exam.identity, "no such thing")
        conditions = [Condition(field=name, operator="eq", value=value) for name, value in unlike.items()]
        records, told, splits = await self.read(exam, filter=conditions)
        assert (records, told.count, told.page.splits, told.next_cursor, splits) == ([], 0, 0, "", [])

    async def test_a_filter_by_a_list_reads_just_those(self, exam: Exam) -> None:
        await self.create(exam, 1, 2, 3, 4)
        name = exam.identity[0]
        wanted = [exam.new(number)[name] for number in (1, 2, 4)]
        records = await self.read_all(exam, filter=[Condition(field=name, operator="in", value=wanted)])
        assert sorted(str(record["values"][name]) for record in records) == sorted(str(value) for value in wanted)

    async def test_what_changed_after_the_watermark_is_read_again(self, exam: Exam) -> None:
        ids = await self.create(exam, 1, 2, 3)
        _, told, _ = await self.read(exam)
        assert told.watermark
        await self.write(exam, a_write("update", ids[1], exam.change))
        changed, _, _ = await self.read(exam, modified_after=told.watermark)
        assert ids[1] in {record["id"] for record in changed}

    async def test_what_failed_is_read_again_once_whether_it_changed_or_not(self, exam: Exam) -> None:
        ids = await self.create(exam, *range(1, 131))
        _, told, _ = await self.read(exam)
        await self.write(exam, a_write("update", ids[1], exam.change))
        also = [*ids[:120], str(uuid4())]
        records, _, _ = await self.read(exam, modified_after=told.watermark, also=also)
        found = [record["id"] for record in records]
        assert set(ids[:120]) <= set(found) <= set(ids)
        assert len(found) == len(set(found))

    # Creating

    async def test_what_is_created_is_read_back_as_it_was(self, exam: Exam) -> None:
        ids = await self.create(exam, 1, 2)
        records = {record["id"]: record for record in await self.read_all(exam)}
        for number, created in zip((1, 2), ids, strict=True):
            assert records[created]["values"] == exam.new(number)
            assert records[created]["version"]

    async def test_creating_again_finds_what_was_created_and_answers_the_same(self, exam: Exam) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in range(1, 8)]
        first = await self.write(exam, *writes[:4])
        second = await self.write(exam, *writes)
        third = await self.write(exam, *writes)
        assert [outcome["status"] for outcome in second] == ["created"] * 7
        assert [(o["status"], o["id"]) for o in third] == [(o["status"], o["id"]) for o in second]
        assert [o["id"] for o in first] == [o["id"] for o in second[:4]]
        names = [record["values"][exam.identity[0]] for record in await self.read_all(exam)]
        assert len(names) == len(set(names))

    async def test_a_refused_record_fails_alone_in_the_remotes_words(self, exam: Exam) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in (1, 2, 3)]
        writes.insert(1, a_write("create", str(uuid4()), exam.refused(9)))
        for outcomes in (await self.write(exam, *writes), await self.write(exam, *writes)):
            assert [outcome["status"] for outcome in outcomes] == ["created", "refused", "created", "created"]
            error = outcomes[1]["error"]
            assert error["remote_message"] and error["message"] and not error["transient"]
            assert error["field"] == exam.refused_field
            assert all(outcome["write"]["values"] == {} for outcome in outcomes)

    async def test_a_record_at_which_the_service_fails_is_tried_again_and_then_fails_alone(self, exam: Exam) -> None:
        ids = await self.create(exam, 1, 2, 3)
        exam.fault("status", record=ids[1], count=2)
        writes = [a_write("update", record_id, exam.change) for record_id in ids]
        assert [outcome["status"] for outcome in await self.write(exam, *writes)] == ["updated"] * 3

        exam.fault("status", record=ids[1], count=None)
        for some, statuses in ((writes, ["updated", "refused", "updated"]), (writes[1:2], ["refused"])):
            outcomes = await self.write(exam, *some)
            assert [outcome["status"] for outcome in outcomes] == statuses
            [error] = [outcome["error"] for outcome in outcomes if outcome["status"] == "refused"]
            assert (error["code"], error["transient"]) == ("remote.failed", False)

    async def test_where_the_service_fails_at_every_record_the_page_comes_back_later(self, exam: Exam) -> None:
        ids = await self.create(exam, 1, 2)
        for record_id in ids:
            exam.fault("status", record=record_id, count=None)
        with pytest.raises(Unavailable):
            await self.write(exam, *(a_write("update", record_id, exam.change) for record_id in ids))

    async def test_a_create_that_meets_another_with_its_key_answers_with_that_one(self, exam: Exam) -> None:
        [existing] = await self.create(exam, 1)
        match = {name: exam.new(1)[name] for name in exam.identity}
        for match_first in (True, False):
            write = a_write("create", str(uuid4()), exam.new(1), match=match, match_first=match_first)
            [outcome, other] = await self.write(exam, write, a_write("create", str(uuid4()), exam.new(2 + match_first)))
            assert (outcome["status"], outcome["id"]) == ("matched", existing)
            assert outcome["current"]["values"] == exam.new(1)
            assert outcome["write"]["values"] == exam.new(1)
            assert other["status"] == "created"

    # Comparing and matching

    async def test_comparing_tells_equal_from_different_and_gone(self, exam: Exam) -> None:
        ids = await self.create(exam, 1, 2)
        outcomes = await self.write(
            exam,
            a_write("compare", ids[0], exam.new(1)),
            a_write("compare", ids[1], {**exam.new(2), **exam.change}),
            a_write("compare", str(uuid4()), exam.new(3)),
        )
        assert [outcome["status"] for outcome in outcomes] == ["equal", "different", "gone"]
        assert outcomes[1]["current"]["values"] == exam.new(2)
        assert outcomes[0]["version"] and outcomes[1]["version"] == outcomes[1]["current"]["version"]

    async def test_matching_finds_one_or_none(self, exam: Exam) -> None:
        ids = await self.create(exam, 1, 2)
        unlike = exam.unlike or dict.fromkeys(exam.identity, "no such thing")
        outcomes = await self.write(
            exam,
            a_write("match", "", exam.new(2), match={name: exam.new(2)[name] for name in exam.identity}),
            a_write("match", "", exam.new(3), match=unlike),
        )
        assert [outcome["status"] for outcome in outcomes] == ["matched", "unmatched"]
        assert outcomes[0]["id"] == ids[1]
        assert outcomes[0]["current"]["values"] == exam.new(2)

    # Changing and deleting

    async def test_an_update_writes_only_where_the_version_still_is(self, exam: Exam) -> None:
        [ours] = await self.create(exam, 1)
        before = await self.record(exam, ours)
        assert before is not None
        [outcome] = await self.write(exam, a_write("update", ours, exam.change, version=before["version"]))
        after = await self.record(exam, ours)
        assert after is not None
        assert outcome["status"] == "updated"
        assert outcome["version"] in ("", after["version"])
        assert after["values"] == {**exam.new(1), **exam.change}
        wanted = {**exam.new(1), **exam.change}
        [late] = await self.write(exam, a_write("update", ours, exam.change, version=before["version"], wanted=wanted))
        assert late["status"] == "conflict"
        assert late["current"]["values"] == wanted
        assert late["current"]["version"] == after["version"]
        assert late["write"]["values"] == exam.change

    async def test_an_update_without_a_version_writes_but_never_creates(self, exam: Exam) -> None:
        [ours] = await self.create(exam, 1)
        missing = str(uuid4())
        outcomes = await self.write(exam, a_write("update", ours, exam.change), a_write("update", missing, exam.change))
        assert [outcome["status"] for outcome in outcomes] == ["updated", "gone"]
        assert await self.record(exam, missing) is None

    async def test_a_refused_update_fails_alone(self, exam: Exam) -> None:
        ids = await self.create(exam, 1, 2)
        refused = {name: value for name, value in exam.refused(9).items() if value != exam.new(9)[name]}
        outcomes = await self.write(exam, a_write("update", ids[0], refused), a_write("update", ids[1], exam.change))
        assert [outcome["status"] for outcome in outcomes] == ["refused", "updated"]

    async def test_deleting_twice_finds_it_gone(self, exam: Exam) -> None:
        ids = await self.create(exam, 1, 2)
        [deleted] = await self.write(exam, a_write("delete", ids[0]))
        [gone] = await self.write(exam, a_write("delete", ids[0]))
        assert (deleted["status"], gone["status"]) == ("deleted", "gone")
        assert await self.record(exam, ids[0]) is None
        assert await self.record(exam, ids[1]) is not None

    async def test_one_page_may_ask_for_everything_at_once(self, exam: Exam) -> None:
        ids = await self.create(exam, 1, 2, 3)
        outcomes = await self.write(
            exam,
            a_write("compare", ids[0], exam.new(1)),
            a_write("create", str(uuid4()), exam.new(4)),
            a_write("update", ids[1], exam.change),
            a_write("delete", ids[2]),
        )
        assert [outcome["status"] for outcome in outcomes] == ["equal", "created", "updated", "deleted"]

    async def test_an_empty_page_is_settled(self, exam: Exam) -> None:
        assert await self.write(exam) == []

    # Trouble on the way

    async def test_a_token_that_is_not_accepted_any_more_is_renewed(self, exam: Exam) -> None:
        await self.create(exam, 1)
        exam.revoke_tokens()
        await self.create(exam, 2)

    async def test_throttling_pauses_and_loses_nothing(self, exam: Exam) -> None:
        exam.fault("throttle", count=2, seconds=0.05)
        await self.create(exam, 1, 2, 3)
        exam.fault("unavailable", count=1, seconds=0.05)
        assert len(await self.read_all(exam)) >= 3
        assert exam.gate.state.refusals > 0

    async def test_a_connection_cut_after_the_commit_creates_nothing_twice(self, exam: Exam) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in (1, 2, 3)]
        exam.fault("cut_after", method="POST", count=1)
        with pytest.raises(Unavailable):
            await self.write(exam, *writes)
        outcomes = await self.write(exam, *writes)
        assert [outcome["status"] for outcome in outcomes] == ["created"] * 3
        names = [record["values"][exam.identity[0]] for record in await self.read_all(exam)]
        assert sorted(str(name) for name in names if name in [exam.new(n)[exam.identity[0]] for n in (1, 2, 3)]) == (
            sorted(str(exam.new(number)[exam.identity[0]]) for number in (1, 2, 3))
        )

    async def test_a_connection_cut_before_anything_happened_is_tried_again(self, exam: Exam) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in (1, 2)]
        exam.fault("cut_before", method="POST", count=1)
        with pytest.raises(Unavailable):
            await self.write(exam, *writes)
        assert [outcome["status"] for outcome in await self.write(exam, *writes)] == ["created"] * 2

    async def test_reading_survives_a_cut_and_a_torn_answer(self, exam: Exam) -> None:
        await self.create(exam, *range(1, 6))
        whole = await self.read_all(exam)
        exam.fault("torn", count=1)
        exam.fault("cut_after", count=1)
        assert await self.read_all(exam) == whole

    # Counting

    async def test_counting_agrees_with_reading(self, exam: Exam) -> None:
        await self.create(exam, 1, 2, 3)
        handling = Handling(message_id=uuid4(), correlation_id="", now=datetime.now(UTC))
        name = exam.identity[0]
        conditions = [Condition(field=name, operator="in", value=[exam.new(2)[name], exam.new(3)[name]])]
        everything = await exam.answers[CountRecords](CountRecords(system=exam.system, table=exam.table), handling)
        some = await exam.answers[CountRecords](
            CountRecords(system=exam.system, table=exam.table, filter=conditions), handling
        )
        assert isinstance(everything, RecordCount) and isinstance(some, RecordCount)
        assert everything.count == len(await self.read_all(exam))
        assert some.count == 2
