"""Creating: what is sent again is there once, and what is refused fails alone."""

from uuid import uuid4

import pytest

from libs.runtime.errors import Unavailable
from libs.testing.suites.connector_pieces import Exam, a_write


class CreatingExam:
    async def test_what_is_created_is_read_back_as_it_was(self, exam: Exam) -> None:
        ids = await exam.create(1, 2)
        records = {record["id"]: record for record in await exam.read_all()}
        for number, created in zip((1, 2), ids, strict=True):
            assert records[created]["values"] == exam.new(number)
            assert records[created]["version"]

    async def test_creating_again_finds_what_was_created_and_answers_the_same(self, exam: Exam) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in range(1, 8)]
        first = await exam.write(*writes[:4])
        second = await exam.write(*writes)
        third = await exam.write(*writes)
        assert [outcome["status"] for outcome in second] == ["created"] * 7
        assert [(o["status"], o["id"]) for o in third] == [(o["status"], o["id"]) for o in second]
        assert [o["id"] for o in first] == [o["id"] for o in second[:4]]
        names = [record["values"][exam.identity[0]] for record in await exam.read_all()]
        assert len(names) == len(set(names))

    async def test_a_refused_record_fails_alone_in_the_remotes_words(self, exam: Exam) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in (1, 2, 3)]
        writes.insert(1, a_write("create", str(uuid4()), exam.refused(9)))
        for outcomes in (await exam.write(*writes), await exam.write(*writes)):
            assert [outcome["status"] for outcome in outcomes] == ["created", "refused", "created", "created"]
            error = outcomes[1]["error"]
            assert error["remote_message"] and error["message"] and not error["transient"]
            assert error["field"] == exam.refused_field
            assert all(outcome["write"]["values"] == {} for outcome in outcomes)

    async def test_a_record_at_which_the_service_fails_is_tried_again_and_then_fails_alone(self, exam: Exam) -> None:
        ids = await exam.create(1, 2, 3)
        exam.fault("status", record=ids[1], count=2)
        writes = [a_write("update", record_id, exam.change) for record_id in ids]
        assert [outcome["status"] for outcome in await exam.write(*writes)] == ["updated"] * 3

        exam.fault("status", record=ids[1], count=None)
        for some, statuses in ((writes, ["updated", "refused", "updated"]), (writes[1:2], ["refused"])):
            outcomes = await exam.write(*some)
            assert [outcome["status"] for outcome in outcomes] == statuses
            [error] = [outcome["error"] for outcome in outcomes if outcome["status"] == "refused"]
            assert (error["code"], error["transient"]) == ("remote.failed", False)

    async def test_where_the_service_fails_at_every_record_the_page_comes_back_later(self, exam: Exam) -> None:
        ids = await exam.create(1, 2)
        for record_id in ids:
            exam.fault("status", record=record_id, count=None)
        with pytest.raises(Unavailable):
            await exam.write(*(a_write("update", record_id, exam.change) for record_id in ids))

    async def test_a_create_that_meets_another_with_its_key_answers_with_that_one(self, exam: Exam) -> None:
        [existing] = await exam.create(1)
        match = {name: exam.new(1)[name] for name in exam.identity}
        for match_first in (True, False):
            write = a_write("create", str(uuid4()), exam.new(1), match=match, match_first=match_first)
            [outcome, other] = await exam.write(write, a_write("create", str(uuid4()), exam.new(2 + match_first)))
            assert (outcome["status"], outcome["id"]) == ("matched", existing)
            assert outcome["current"]["values"] == exam.new(1)
            assert outcome["write"]["values"] == exam.new(1)
            assert other["status"] == "created"
