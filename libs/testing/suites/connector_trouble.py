"""Trouble on the way to the service: throttling, refused tokens, connections cut before and after the commit."""

from uuid import uuid4

import pytest

from libs.runtime.errors import Unavailable
from libs.testing.suites.connector_pieces import Exam, a_write


class TroubleExam:
    async def test_a_token_that_is_not_accepted_any_more_is_renewed(self, exam: Exam) -> None:
        await exam.create(1)
        exam.revoke_tokens()
        await exam.create(2)

    async def test_throttling_pauses_and_loses_nothing(self, exam: Exam) -> None:
        exam.fault("throttle", count=2, seconds=0.05)
        await exam.create(1, 2, 3)
        exam.fault("unavailable", count=1, seconds=0.05)
        assert len(await exam.read_all()) >= 3
        assert exam.gate.state.refusals > 0

    async def test_a_connection_cut_after_the_commit_creates_nothing_twice(self, exam: Exam) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in (1, 2, 3)]
        exam.fault("cut_after", method="POST", count=1)
        with pytest.raises(Unavailable):
            await exam.write(*writes)
        outcomes = await exam.write(*writes)
        assert [outcome["status"] for outcome in outcomes] == ["created"] * 3
        names = [record["values"][exam.identity[0]] for record in await exam.read_all()]
        assert sorted(str(name) for name in names if name in [exam.new(n)[exam.identity[0]] for n in (1, 2, 3)]) == (
            sorted(str(exam.new(number)[exam.identity[0]]) for number in (1, 2, 3))
        )

    async def test_a_connection_cut_before_anything_happened_is_tried_again(self, exam: Exam) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in (1, 2)]
        exam.fault("cut_before", method="POST", count=1)
        with pytest.raises(Unavailable):
            await exam.write(*writes)
        assert [outcome["status"] for outcome in await exam.write(*writes)] == ["created"] * 2

    async def test_reading_survives_a_cut_and_a_torn_answer(self, exam: Exam) -> None:
        await exam.create(*range(1, 6))
        whole = await exam.read_all()
        exam.fault("torn", count=1)
        exam.fault("cut_after", count=1)
        assert await exam.read_all() == whole
