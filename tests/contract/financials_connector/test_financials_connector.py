"""The Financials connector passes the suite of connectors with the companion, on API v2.0 and on a published page."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from libs.contracts.pages import Condition, Values
from libs.contracts.vocabulary import System
from libs.runtime.errors import Transient, Unavailable
from libs.testing.suites.connector import ConnectorSuite
from libs.testing.suites.connector_pieces import Exam, a_write
from services.financials_connector.handlers import answers, routes
from tests.contract.financials_connector.served_financials import ServedFinancials, served_financials


def an_exam(financials: ServedFinancials, **table: object) -> Exam:
    return Exam(
        system=System.FINANCIALS,
        routes=routes(financials.remote, financials.tenants),
        answers=answers(financials.remote, financials.tenants),
        gate=financials.gate,
        fault=financials.fault,
        revoke_tokens=financials.shell.tokens.revoke,
        **table,  # type: ignore[arg-type]
    )


class TestUnitsOfMeasureWithCompanion(ConnectorSuite):
    """Units: a code that the caller chooses, on the companion extension online."""

    @pytest.fixture
    async def exam(self) -> AsyncIterator[Exam]:
        def new(number: int) -> Values:
            return {
                "Code": f"U{number:02}",
                "Description": f"Stück {number} 'ä' & 😀" if number % 2 else "",
                "International Standard Code": "EA",
            }

        async with served_financials() as financials:
            yield an_exam(
                financials,
                table="Unit of Measure",
                new=new,
                refused=lambda number: {**new(number), "Description": "x" * 51},
                refused_field="Description",
                change={"Description": "changed"},
                identity=("Code",),
            )


class TestCustomersOnApiV2(ConnectorSuite):
    """Customers: numbered by Financials, on API v2.0 of an on-premises server."""

    @pytest.fixture
    async def exam(self) -> AsyncIterator[Exam]:
        def new(number: int) -> Values:
            return {
                "Name": f'Customer {number} "Ö\'Hara"',
                "City": "Leeds",
                "Currency Code": "EUR" if number % 2 else "",
                "Payment Terms Code": "30D" if number % 3 else "",
                "Credit Limit (LCY)": f"{number}.5",
                "Blocked": " " if number % 2 else "Ship",
            }

        async with served_financials(on_premises=True, companion=False) as financials:
            financials.world.insert("Currency", {"Code": "EUR", "Description": "Euro"})
            financials.world.insert("Payment Terms", {"Code": "30D", "Description": "30 days"})
            yield an_exam(
                financials,
                table="Customer",
                new=new,
                refused=lambda number: {**new(number), "Currency Code": "NIL"},
                refused_field="Currency Code",
                change={"City": "York"},
                identity=("Name",),
            )

    async def test_a_create_that_meets_another_with_its_key_answers_with_that_one(self, exam: Exam) -> None:
        """Only where it is asked to look first: Financials keeps nothing of a customer unique but the number."""
        [existing] = await exam.create(1)
        match = {"Name": exam.new(1)["Name"]}
        [outcome] = await exam.write(a_write("create", str(uuid4()), exam.new(1), match=match, match_first=True))
        assert (outcome["status"], outcome["id"]) == ("matched", existing)
        assert outcome["current"]["values"] == exam.new(1)


class TestShippingAgentsOnAPublishedPage(ConnectorSuite):
    """Shipping agents: API v2.0 does not have them, so they are read and written by key."""

    @pytest.fixture
    async def exam(self) -> AsyncIterator[Exam]:
        def new(number: int) -> Values:
            return {"Code": f"A/{number:02} & Ö", "Name": f"Agent {number}"}

        async with served_financials(companion=False) as financials:
            yield an_exam(
                financials,
                table="Shipping Agent",
                new=new,
                refused=lambda number: {**new(number), "Name": "x" * 51},
                refused_field="Name",
                change={"Name": "changed"},
                identity=("Code",),
            )

    async def test_creating_again_finds_what_was_created_and_answers_the_same(self, exam: Exam) -> None:
        """Without ids our own record and another's look the same: it is found by its key and matched."""
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in range(1, 8)]
        first = await exam.write(*writes)
        second = await exam.write(*writes)
        assert [outcome["status"] for outcome in first + second] == ["created"] * 7 + ["matched"] * 7
        assert [o["id"] for o in first] == [o["id"] for o in second] == [exam.new(n)["Code"] for n in range(1, 8)]
        assert len(await exam.read_all()) == 7

    async def test_a_refused_record_fails_alone_in_the_remotes_words(self, exam: Exam) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in (1, 2)]
        outcomes = await exam.write(writes[0], a_write("create", str(uuid4()), exam.refused(9)), writes[1])
        assert [outcome["status"] for outcome in outcomes] == ["created", "refused", "created"]
        assert outcomes[1]["error"]["field"] == "Name"
        assert outcomes[1]["error"]["remote_message"]

    async def test_a_connection_cut_after_the_commit_creates_nothing_twice(self, exam: Exam) -> None:
        await self._cut(exam, "cut_after", "matched")

    async def test_a_connection_cut_before_anything_happened_is_tried_again(self, exam: Exam) -> None:
        await self._cut(exam, "cut_before", "created")

    async def test_a_gateway_that_gives_up_after_the_commit_creates_nothing_twice(self, exam: Exam) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in (1, 2, 3)]
        exam.fault("status_after", status=504, method="POST", after=1, count=1)

        with pytest.raises(Transient):
            await exam.write(*writes)

        assert [outcome["status"] for outcome in await exam.write(*writes)] == ["matched"] * 3
        assert len(await exam.read_all()) == 3

    async def _cut(self, exam: Exam, kind: str, status: str) -> None:
        writes = [a_write("create", str(uuid4()), exam.new(number)) for number in (1, 2, 3)]
        # The first POST only looks whether the keys exist; the second creates.
        exam.fault(kind, method="POST", after=1, count=1)
        with pytest.raises(Unavailable):
            await exam.write(*writes)
        assert [outcome["status"] for outcome in await exam.write(*writes)] == [status] * 3
        assert len(await exam.read_all()) == 3

    async def test_what_changed_after_the_watermark_is_read_again(self, exam: Exam) -> None:
        """A published page shows no modification time: there is no watermark, and all is read again."""
        ids = await exam.create(1, 2, 3)
        _, told, _ = await exam.read()
        assert told.watermark == ""
        again, _, _ = await exam.read(modified_after="2026-03-02T08:00:00Z")
        assert {record["id"] for record in again} == set(ids)

    async def test_comparing_tells_equal_from_different_and_gone(self, exam: Exam) -> None:
        ids = await exam.create(1, 2)
        outcomes = await exam.write(
            a_write("compare", ids[0], exam.new(1)),
            a_write("compare", ids[1], {**exam.new(2), **exam.change}),
            a_write("compare", "NOBODY", exam.new(3)),
        )
        assert [outcome["status"] for outcome in outcomes] == ["equal", "different", "gone"]
        assert outcomes[1]["current"]["values"] == exam.new(2)

    async def test_an_update_without_a_version_writes_but_never_creates(self, exam: Exam) -> None:
        [ours] = await exam.create(1)
        outcomes = await exam.write(a_write("update", ours, exam.change), a_write("update", "NIL", exam.change))
        assert [outcome["status"] for outcome in outcomes] == ["updated", "gone"]
        assert await exam.record("NIL") is None

    async def test_a_record_is_counted_by_its_key(self, exam: Exam) -> None:
        await exam.create(1, 2)
        records = await exam.read_all(filter=[Condition(field="Code", operator="eq", value=exam.new(2)["Code"])])
        assert [record["key"] for record in records] == [exam.new(2)["Code"]]
