"""Tandem's prices are those that an order line in Financials gets, for price lists and sales prices of every kind.

The two are written separately: ``libs/synch/pricing`` here, the sandbox's document engine there.
"""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.synch.pricing import Customer, PriceLine, PriceUnknown, Product, Question, Terms, price_of
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


@pytest.mark.parametrize("mode", ["classic", "price_lists"])
@pytest.mark.parametrize("strange", [False, True], ids=["ordinary", "strange"])
@pytest.mark.parametrize("seed", range(25))
def test_seeded_companies_have_the_same_prices(seed: int, mode: PricingMode, strange: bool) -> None:
    _same_prices(seeded_case(seed, mode, questions=40, strange=strange))


@given(st.booleans().flatmap(lambda strange: price_cases(strange=strange)))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_drawn_companies_have_the_same_prices(case: PriceCase) -> None:
    _same_prices(case)


def _same_prices(case: PriceCase) -> None:
    company = case.company()
    for question in case.questions:
        line = company.ask(question)
        expected = line.error != "" or (Decimal(line.unit_price), Decimal(line.line_discount), line.includes_vat)
        assert _tandems(company, question) == expected, question


def _tandems(company: PricedCompany, asked: LineQuestion) -> tuple[Decimal, Decimal, bool] | bool:
    payer = Customer.of(customer_facts(company, customer_facts(company, asked.customer)["bill_to"]))
    product = Product.of(product_facts(company, asked))
    terms = Terms.of(company_facts(company) | {"classic": not company.company.pricing.uses_price_lists})
    question = Question(
        product=product,
        customer=payer,
        terms=terms,
        unit=asked.unit or product.sales_unit or product.base_unit,
        quantity=abs(Decimal(asked.quantity)),
        date=asked.date,
        currency=payer.currency if asked.currency is None else asked.currency,
        variant=asked.variant,
        campaign=asked.campaign,
    )
    try:
        answer = price_of(question, [PriceLine.of(line) for line in price_lines(company)])
    except PriceUnknown:
        return True
    return answer.unit_price, answer.line_discount, answer.includes_vat
