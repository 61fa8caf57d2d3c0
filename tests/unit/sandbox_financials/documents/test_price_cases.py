"""Random companies with prices are worth asking, and the price action says what an order line says."""

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings

from services.sandbox.financials.documents.price_action import Question, Questions, prices_of
from services.sandbox.financials.pricing_switches import PricingMode
from tests.price_cases import (
    LineQuestion,
    PriceCase,
    PricedCompany,
    company_facts,
    customer_facts,
    price_cases,
    price_lines,
    product_facts,
    seeded_case,
)

MODES: list[PricingMode] = ["classic", "price_lists"]


@given(price_cases())
@settings(max_examples=50, deadline=None)
def test_the_price_action_says_what_an_order_line_says(case: PriceCase) -> None:
    company = case.company()
    for question in case.questions:
        line = company.ask(question)

        [price] = prices_of(company.company, _questions(company, question))

        assert (price.unit_price, price.line_discount_percent, price.error) == (
            line.unit_price,
            line.line_discount,
            line.error,
        )
        assert price.includes_vat == line.includes_vat


def _questions(company: PricedCompany, question: LineQuestion) -> Questions:
    currency = question.currency
    if currency is None:
        billed = customer_facts(company, customer_facts(company, question.customer)["bill_to"])
        currency = billed["currency"]
    line = Question(question.kind, question.number, question.variant, question.unit, question.quantity)
    return Questions(question.customer, [line], currency, question.date, question.campaign)


@pytest.mark.parametrize("mode", MODES)
def test_many_questions_meet_price_lines_and_discounts(mode: PricingMode) -> None:
    seen: Counter[str] = Counter()
    for seed in range(40):
        case = seeded_case(seed, mode, questions=10)
        company, bare = case.company(), PricedCompany(mode, case.rows | {name: [] for name in _PRICE_TABLES})
        for question in case.questions:
            found, card = company.ask(question), bare.ask(question)
            assert not found.error
            seen["price"] += found.unit_price != card.unit_price
            seen["discount"] += Decimal(found.line_discount) > 0
            seen["both"] += found.unit_price != card.unit_price and Decimal(found.line_discount) > 0

    assert seen["price"] >= 60
    assert seen["discount"] >= 40
    assert seen["both"] >= 15


_PRICE_TABLES = ("Price List Line", "Sales Price", "Sales Line Discount")


@pytest.mark.parametrize("mode", MODES)
def test_a_seed_makes_the_same_company_every_time(mode: PricingMode) -> None:
    assert seeded_case(7, mode) == seeded_case(7, mode)
    assert seeded_case(7, mode) != seeded_case(8, mode)


@pytest.mark.parametrize("mode", MODES)
def test_the_facts_of_a_company_are_those_of_its_tables(mode: PricingMode) -> None:
    case = seeded_case(3, mode)
    company = case.company()

    lines = price_lines(company)
    assert {line["origin"] for line in lines} <= (
        {"price_list"} if mode == "price_lists" else {"sales_price", "sales_line_discount"}
    )
    assert lines
    assert customer_facts(company, "C3")["bill_to"] == "C1"
    product = product_facts(company, LineQuestion(number="I3"))
    assert (product["sales_unit"], product["units"]["PALLET"]) == ("BOX", "480")
    assert {vat["percent"] for vat in company_facts(company)["vat"]} == {"25", "20", "10", "6", "0"}
