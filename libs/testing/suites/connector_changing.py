"""Comparing, matching, changing and deleting records that are there, or are there no more."""

from uuid import uuid4

from libs.testing.suites.connector_pieces import Exam, a_write


class ChangingExam:
    # Comparing and matching

    async def test_comparing_tells_equal_from_different_and_gone(self, exam: Exam) -> None:
        ids = await exam.create(1, 2)
        outcomes = await exam.write(
            a_write("compare", ids[0], exam.new(1)),
            a_write("compare", ids[1], {**exam.new(2), **exam.change}),
            a_write("compare", str(uuid4()), exam.new(3)),
        )
        assert [outcome["status"] for outcome in outcomes] == ["equal", "different", "gone"]
        assert outcomes[1]["current"]["values"] == exam.new(2)
        assert outcomes[0]["version"] and outcomes[1]["version"] == outcomes[1]["current"]["version"]

    async def test_matching_finds_one_or_none(self, exam: Exam) -> None:
        ids = await exam.create(1, 2)
        unlike = exam.unlike or dict.fromkeys(exam.identity, "no such thing")
        outcomes = await exam.write(
            a_write("match", "", exam.new(2), match={name: exam.new(2)[name] for name in exam.identity}),
            a_write("match", "", exam.new(3), match=unlike),
        )
        assert [outcome["status"] for outcome in outcomes] == ["matched", "unmatched"]
        assert outcomes[0]["id"] == ids[1]
        assert outcomes[0]["current"]["values"] == exam.new(2)

    # Changing and deleting

    async def test_an_update_writes_only_where_the_version_still_is(self, exam: Exam) -> None:
        [ours] = await exam.create(1)
        before = await exam.record(ours)
        assert before is not None
        [outcome] = await exam.write(a_write("update", ours, exam.change, version=before["version"]))
        after = await exam.record(ours)
        assert after is not None
        assert outcome["status"] == "updated"
        assert outcome["version"] in ("", after["version"])
        assert after["values"] == {**exam.new(1), **exam.change}
        wanted = {**exam.new(1), **exam.change}
        [late] = await exam.write(a_write("update", ours, exam.change, version=before["version"], wanted=wanted))
        assert late["status"] == "conflict"
        assert late["current"]["values"] == wanted
        assert late["current"]["version"] == after["version"]
        assert late["write"]["values"] == exam.change

    async def test_an_update_without_a_version_writes_but_never_creates(self, exam: Exam) -> None:
        [ours] = await exam.create(1)
        missing = str(uuid4())
        outcomes = await exam.write(a_write("update", ours, exam.change), a_write("update", missing, exam.change))
        assert [outcome["status"] for outcome in outcomes] == ["updated", "gone"]
        assert await exam.record(missing) is None

    async def test_a_refused_update_fails_alone(self, exam: Exam) -> None:
        ids = await exam.create(1, 2)
        refused = {name: value for name, value in exam.refused(9).items() if value != exam.new(9)[name]}
        outcomes = await exam.write(a_write("update", ids[0], refused), a_write("update", ids[1], exam.change))
        assert [outcome["status"] for outcome in outcomes] == ["refused", "updated"]

    async def test_deleting_twice_finds_it_gone(self, exam: Exam) -> None:
        ids = await exam.create(1, 2)
        [deleted] = await exam.write(a_write("delete", ids[0]))
        [gone] = await exam.write(a_write("delete", ids[0]))
        assert (deleted["status"], gone["status"]) == ("deleted", "gone")
        assert await exam.record(ids[0]) is None
        assert await exam.record(ids[1]) is not None

    async def test_one_page_may_ask_for_everything_at_once(self, exam: Exam) -> None:
        ids = await exam.create(1, 2, 3)
        outcomes = await exam.write(
            a_write("compare", ids[0], exam.new(1)),
            a_write("create", str(uuid4()), exam.new(4)),
            a_write("update", ids[1], exam.change),
            a_write("delete", ids[2]),
        )
        assert [outcome["status"] for outcome in outcomes] == ["equal", "created", "updated", "deleted"]

    async def test_an_empty_page_is_settled(self, exam: Exam) -> None:
        assert await exam.write() == []
