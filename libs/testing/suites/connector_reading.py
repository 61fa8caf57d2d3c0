"""Reading and counting: pages, splits, filters, and what changed since a watermark."""

from datetime import UTC, datetime
from uuid import uuid4

from libs.contracts.pages import (
    Condition,
)
from libs.contracts.setup import CountRecords, RecordCount
from libs.messaging.handling import Handling
from libs.testing.suites.connector_pieces import Exam, a_write


class ReadingExam:
    # Reading

    async def test_every_record_is_read_once_across_pages(self, exam: Exam) -> None:
        await exam.create(*range(1, 24))
        whole = await exam.read_all(page_size=2000)
        in_pages = await exam.read_all(page_size=7)
        assert [record["id"] for record in in_pages] == [record["id"] for record in whole]
        assert len({record["id"] for record in whole}) == len(whole) >= 23

    async def test_a_page_is_handed_on_in_splits_of_one_reading(self, exam: Exam) -> None:
        await exam.create(*range(1, 9))
        records, told, splits = await exam.read(page_size=7, split_size=3)
        assert told.count == len(records) == 7
        assert [len(split.records) for split in splits] == [3, 3, 1]
        assert [split.page.split for split in splits] == [0, 1, 2]
        assert told.page.splits == 3 and all(split.page.splits == 3 for split in splits)
        assert told.page.attempt and {split.page.attempt for split in splits} == {told.page.attempt}
        _, again, _ = await exam.read(page_size=7, split_size=3)
        assert again.page.attempt != told.page.attempt

    async def test_a_filter_that_nothing_fits_reads_an_empty_page(self, exam: Exam) -> None:
        unlike = exam.unlike or dict.fromkeys(exam.identity, "no such thing")
        conditions = [Condition(field=name, operator="eq", value=value) for name, value in unlike.items()]
        records, told, splits = await exam.read(filter=conditions)
        assert (records, told.count, told.page.splits, told.next_cursor, splits) == ([], 0, 0, "", [])

    async def test_a_filter_by_a_list_reads_just_those(self, exam: Exam) -> None:
        await exam.create(1, 2, 3, 4)
        name = exam.identity[0]
        wanted = [exam.new(number)[name] for number in (1, 2, 4)]
        records = await exam.read_all(filter=[Condition(field=name, operator="in", value=wanted)])
        assert sorted(str(record["values"][name]) for record in records) == sorted(str(value) for value in wanted)

    async def test_what_changed_after_the_watermark_is_read_again(self, exam: Exam) -> None:
        ids = await exam.create(1, 2, 3)
        _, told, _ = await exam.read()
        assert told.watermark
        await exam.write(a_write("update", ids[1], exam.change))
        changed, _, _ = await exam.read(modified_after=told.watermark)
        assert ids[1] in {record["id"] for record in changed}

    async def test_what_failed_is_read_again_once_whether_it_changed_or_not(self, exam: Exam) -> None:
        ids = await exam.create(*range(1, 131))
        _, told, _ = await exam.read()
        await exam.write(a_write("update", ids[1], exam.change))
        also = [*ids[:120], str(uuid4())]
        records, _, _ = await exam.read(modified_after=told.watermark, also=also)
        found = [record["id"] for record in records]
        assert set(ids[:120]) <= set(found) <= set(ids)
        assert len(found) == len(set(found))

    # Counting

    async def test_counting_agrees_with_reading(self, exam: Exam) -> None:
        await exam.create(1, 2, 3)
        handling = Handling(message_id=uuid4(), correlation_id="", now=datetime.now(UTC))
        name = exam.identity[0]
        conditions = [Condition(field=name, operator="in", value=[exam.new(2)[name], exam.new(3)[name]])]
        everything = await exam.answers[CountRecords](CountRecords(system=exam.system, table=exam.table), handling)
        some = await exam.answers[CountRecords](
            CountRecords(system=exam.system, table=exam.table, filter=conditions), handling
        )
        assert isinstance(everything, RecordCount) and isinstance(some, RecordCount)
        assert everything.count == len(await exam.read_all())
        assert some.count == 2
