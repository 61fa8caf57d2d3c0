"""Tandem's prices are those that an order line in Financials gets, for price lists and sales prices of every kind.

The two are written separately: ``libs/synch/pricing`` here, the sandbox's document engine there.
"""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.contracts.lookup_facts import PriceLineData
from libs.synch.pricing import Document, PriceUnknown, Question, Terms, price_of
from libs.synch.pricing_facts import customers_of, price_lines_of, products_of
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

KINDS: dict[str, dict[str, bool]] = {
    "ordinary": {},
    "strange": {"strange": True},
    "refused": {"strange": True, "refused": True},
}


@pytest.mark.parametrize("mode", ["classic", "price_lists"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(25))
def test_seeded_companies_have_the_same_prices(seed: int, mode: PricingMode, kind: str) -> None:
    _same_prices(seeded_case(seed, mode, questions=40, **KINDS[kind]))


@given(st.sampled_from(list(KINDS)).flatmap(lambda kind: price_cases(**KINDS[kind])))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_drawn_companies_have_the_same_prices(case: PriceCase) -> None:
    _same_prices(case)


def _same_prices(case: PriceCase) -> None:
    company = case.company()
    prices = _Prices(company)
    for question in case.questions:
        found, expected = prices.of(question), _engines(company, question)
        if expected == NO_PRICE != found:
            # Financials prices a line at every step of filling it in, and so refuses also for what the price of the
            # complete line has nothing to do with. Then Tandem's is the one that there is once nothing is missing.
            expected = _engines(_with_vat_set_up(case).company(), question)
        assert found == expected, question


def _with_vat_set_up(case: PriceCase) -> PriceCase:
    """The company without anything that Financials refuses for its VAT, with a percentage that nothing else has."""
    setup = [row for row in case.rows["VAT Posting Setup"] if row["VAT Calculation Type"] != "Sales Tax"]
    for business in ("TAXED", "NOWHERE"):
        for product in ("STANDARD", "REDUCED"):
            groups = {"VAT Bus. Posting Group": business, "VAT Prod. Posting Group": product}
            setup.append({**groups, "VAT %": "37", "VAT Calculation Type": "Normal VAT"})
    return replace(case, rows={**case.rows, "VAT Posting Setup": setup})


NO_PRICE = "no price"
Price = tuple[Decimal, Decimal, bool, Decimal]
"""Unit price, discount, whether VAT is included, amount of the line."""


def _engines(company: PricedCompany, question: LineQuestion) -> Price | str:
    line = company.ask(question)
    if line.error:
        return NO_PRICE
    return Decimal(line.unit_price), Decimal(line.line_discount), line.includes_vat, Decimal(line.line_amount)


class _Prices:
    """Tandem's own, from facts that are put together as the connector does it: lines that name no product and are not
    one customer's come with the company's terms. The lines come in no particular order."""

    def __init__(self, company: PricedCompany) -> None:
        self._company = company
        lines = price_lines(company)[::-1]
        shared = [line for line in lines if line["source_type"] != "customer" and _of_no_product(line)]
        self._lines = price_lines_of([line for line in lines if line not in shared])
        classic = not company.company.pricing.uses_price_lists
        self._terms = Terms.of({**company_facts(company), "classic": classic, "group_discounts": shared})

    def of(self, asked: LineQuestion) -> Price | str:
        company = self._company
        [payer] = customers_of([customer_facts(company, customer_facts(company, asked.customer)["bill_to"])])
        [product] = products_of([product_facts(company, asked)])
        currency = payer.currency if asked.currency is None else asked.currency
        question = Question(
            Document(payer, self._terms, asked.date, currency, asked.campaign),
            product,
            unit=asked.unit or product.sales_unit or product.base_unit,
            quantity=abs(Decimal(asked.quantity)),
            variant=asked.variant,
        )
        try:
            answer = price_of(question, self._lines)
        except PriceUnknown:
            return NO_PRICE
        amount = answer.line_amount(Decimal(asked.quantity))
        return answer.unit_price, answer.line_discount, answer.includes_vat, amount


def _of_no_product(line: PriceLineData) -> bool:
    return line["asset_type"] == "item_discount_group" or not line["asset"]
