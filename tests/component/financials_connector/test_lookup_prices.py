"""Facts that the connector reads lead to the prices that the company's tables lead to, on every surface; and the price
action gives those of Financials' own code."""

from decimal import Decimal

import pytest

from libs.contracts.lookup_facts import ProductRef
from libs.contracts.lookups import LookedUpFacts
from libs.synch.pricing import Document, PriceUnknown, Question, Terms, price_of
from libs.synch.pricing_facts import customers_of, price_lines_of, products_of
from services.sandbox.financials.pricing_switches import PricingMode
from tests.component.financials_connector.lookups import WITHOUT_COMPANION, Desk, items
from tests.price_cases.facts import company_facts, customer_facts, price_lines, product_facts
from tests.price_cases.generated import seeded_case
from tests.price_cases.priced_company import LineQuestion, PricedCompany

EVERYTHING = [*items("I1", "I2", "I3"), ProductRef(kind="resource", number="R1")]


@pytest.mark.parametrize("mode", ["classic", "price_lists"])
@pytest.mark.parametrize("off", [(), WITHOUT_COMPANION], ids=["companion", "published pages"])
@pytest.mark.parametrize("seed", range(6))
async def test_facts_lead_to_the_same_prices_as_the_tables_themselves(
    seed: int, mode: PricingMode, off: tuple[str, ...]
) -> None:
    case = seeded_case(seed, mode, questions=40)
    # The published page does not show the price type; in the product purchase lines are never those of customers.
    lines = case.rows.get("Price List Line", [])
    case.rows["Price List Line"] = [line for line in lines if not off or line.get("Price Type") != "Purchase"]
    company = case.company()
    desk = Desk(company.world, off=off)
    facts = {
        customer: await desk.whole_order(customer, EVERYTHING)
        for customer in sorted({question.customer for question in case.questions})
    }
    for question in case.questions:
        assert priced(facts[question.customer], question) == priced(held(company, question), question), question


def held(company: PricedCompany, question: LineQuestion) -> LookedUpFacts:
    """The facts straight from the company's tables."""
    customer = customer_facts(company, question.customer)
    whole = company_facts(company)
    whole["classic"] = not company.company.pricing.uses_price_lists
    return LookedUpFacts(
        customers=[customer, customer_facts(company, customer["bill_to"])],
        products=[product_facts(company, question)],
        price_lines=price_lines(company),
        company=whole,
    )


def priced(facts: LookedUpFacts, asked: LineQuestion) -> tuple[Decimal, Decimal] | str:
    assert facts.failures == []
    assert facts.company is not None
    by_number = {customer["number"]: customer for customer in facts.customers}
    customer = by_number[asked.customer]
    [product] = [each for each in facts.products if (each["kind"], each["number"]) == (asked.kind, asked.number)]
    [payer] = customers_of([by_number[customer["bill_to"]]])
    currency = customer["currency"] if asked.currency is None else asked.currency
    question = Question(
        Document(payer, Terms.of(facts.company), asked.date, currency, asked.campaign),
        products_of([product])[0],
        unit=asked.unit or product["sales_unit"] or product["base_unit"],
        quantity=Decimal(asked.quantity),
        variant=asked.variant,
    )
    lines = price_lines_of([*facts.price_lines, *facts.company["group_discounts"]])
    try:
        answer = price_of(question, lines)
    except PriceUnknown as unknown:
        return str(unknown)
    return answer.unit_price, answer.line_discount


@pytest.mark.parametrize("mode", ["classic", "price_lists"])
async def test_the_price_action_prices_every_line_in_one_call(mode: PricingMode) -> None:
    company = PricedCompany(mode)
    wanted = [LineQuestion(quantity=quantity) for quantity in ("1", "2.5", "10")]
    lines = [
        {"kind": each.kind, "number": each.number, "variant": "", "unit": each.unit, "quantity": each.quantity}
        for each in wanted
    ]
    nonsense = {"kind": "item", "number": "NOPE", "variant": "", "unit": "", "quantity": "1"}

    answer = await Desk(company.world).prices(customer="C1", currency="", date="2026-11-22", lines=[*lines, nonsense])

    assert (answer.failures, answer.calls) == ([], 1)
    assert [Decimal(price["unit_price"]) for price in answer.prices[:3]] == [
        Decimal(company.price(quantity=each.quantity, currency="")) for each in wanted
    ]
    assert [price["error"] != "" for price in answer.prices] == [False, False, False, True]
    assert answer.prices[3]["unit_price"] == ""


async def test_financials_is_told_which_campaign_the_order_names() -> None:
    company = PricedCompany("price_lists")
    company.list_line("7", Source_Type="Campaign", Source_No="CP1")
    line = {"kind": "item", "number": "I1", "variant": "", "unit": "PCS", "quantity": "1"}
    asked = {"customer": "C1", "currency": "", "date": "2026-11-22", "lines": [line]}
    desk = Desk(company.world)

    answers = [await desk.prices(**asked, campaign=campaign) for campaign in ("", "CP1", "CP2")]

    assert [answer.prices[0]["unit_price"] for answer in answers] == ["100", "7", "100"]


async def test_without_the_companion_there_is_no_price_action() -> None:
    desk = Desk(PricedCompany().world, off=WITHOUT_COMPANION, unpublished=("TandemPricing",))
    line = {"kind": "item", "number": "I1", "variant": "", "unit": "", "quantity": "1"}

    answer = await desk.prices(customer="C1", currency="", date="2026-11-22", lines=[line])

    assert answer.prices == []
    assert [failure.code for failure in answer.failures] == ["lookup.price_action_missing"]


async def test_an_order_that_financials_refuses_as_a_whole_is_refused_line_by_line_and_is_no_outage() -> None:
    line = {"kind": "item", "number": "I1", "variant": "", "unit": "", "quantity": "1"}

    answer = await Desk(PricedCompany().world).prices(customer="NOBODY", currency="", date="2026-11-22", lines=[line])

    assert answer.failures == []
    assert "NOBODY" in answer.prices[0]["error"]
