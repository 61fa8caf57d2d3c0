"""The Sales connector passes the suite of connectors, on a table with bulk messages and on one without."""

from uuid import uuid4

import pytest

from libs.contracts.pages import Values
from libs.contracts.vocabulary import System
from libs.testing.suites.connector import ConnectorSuite
from libs.testing.suites.connector_pieces import Exam, a_write
from services.sales_connector.handlers import answers, routes
from tests.contract.sales_connector.served_sales import EURO, ServedSales


def an_exam(sales: ServedSales, **table: object) -> Exam:
    return Exam(
        system=System.SALES,
        routes=routes(sales.dataverse),
        answers=answers(sales.dataverse),
        gate=sales.gate,
        fault=sales.fault,
        revoke_tokens=sales.shell.tokens.revoke,
        **table,  # type: ignore[arg-type]
    )


class TestPriceLists(ConnectorSuite):
    """Price lists: created in bulk, names unique."""

    @pytest.fixture
    def exam(self, sales: ServedSales) -> Exam:
        def new(number: int) -> Values:
            return {
                "name": f"Preisliste {number} “ä” & 'co'",
                "description": None if number % 2 else f"line {number}\nتجربة",
                "begindate": "2026-01-31",
                "transactioncurrencyid": EURO,
            }

        return an_exam(
            sales,
            table="pricelevel",
            new=new,
            refused=lambda number: {**new(number), "name": "x" * 101},
            refused_field="name",
            change={"description": "changed"},
            identity=("name",),
        )


class TestCurrencies(ConnectorSuite):
    """Currencies: created one by one in batches, codes unique."""

    @pytest.fixture
    def exam(self, sales: ServedSales) -> Exam:
        def new(number: int) -> Values:
            return {
                "isocurrencycode": f"X{number:02}",
                "currencyname": f"Currency {number}",
                "currencysymbol": "¤",
                "exchangerate": f"{number}.0000000001",
                "currencyprecision": 2,
            }

        return an_exam(
            sales,
            table="transactioncurrency",
            new=new,
            refused=lambda number: {**new(number), "currencyname": "x" * 101},
            refused_field="currencyname",
            change={"currencyname": "changed"},
            identity=("isocurrencycode",),
        )


class TestContacts(ConnectorSuite):
    """Contacts: a parent of several kinds; nothing about them is unique but the id."""

    @pytest.fixture
    async def exam(self, sales: ServedSales) -> Exam:
        account = str(uuid4())
        sales.world.load("account", [{"accountid": account, "name": "Parent"}], moment="2024-01-01T00:00:00Z")

        def new(number: int) -> Values:
            return {
                "firstname": f"Ann {number}",
                "emailaddress1": f"a{number}@example.com",
                "parentcustomerid": f"account:{account}",
                "transactioncurrencyid": EURO,
            }

        return an_exam(
            sales,
            table="contact",
            new=new,
            refused=lambda number: {**new(number), "parentcustomerid": f"account:{uuid4()}"},
            refused_field="parentcustomerid",
            change={"firstname": "changed"},
            identity=("emailaddress1",),
        )

    async def test_a_create_that_meets_another_with_its_key_answers_with_that_one(self, exam: Exam) -> None:
        """Only where it is asked to look first: Dataverse keeps nothing of a contact unique."""
        [existing] = await exam.create(1)
        match = {"emailaddress1": "A1@EXAMPLE.COM"}
        [outcome] = await exam.write(a_write("create", str(uuid4()), exam.new(1), match=match, match_first=True))
        assert (outcome["status"], outcome["id"]) == ("matched", existing)

    async def test_several_that_fit_are_ambiguous(self, exam: Exam) -> None:
        await exam.create(1, 1)
        match = {"emailaddress1": "a1@example.com"}
        [matched] = await exam.write(a_write("match", "", exam.new(1), match=match))
        [created] = await exam.write(a_write("create", str(uuid4()), exam.new(1), match=match, match_first=True))
        assert (matched["status"], created["status"]) == ("ambiguous", "ambiguous")

    async def test_a_lookup_can_be_cleared(self, exam: Exam) -> None:
        [ours] = await exam.create(1)
        await exam.write(a_write("update", ours, {"parentcustomerid": None, "transactioncurrencyid": None}))
        record = await exam.record(ours)
        assert record is not None
        assert record["values"]["parentcustomerid"] is None
        assert record["values"]["transactioncurrencyid"] is None
