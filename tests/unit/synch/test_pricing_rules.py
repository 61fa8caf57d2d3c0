"""Every rule of a price, as a table of examples."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from libs.synch.pricing import PriceUnknown
from libs.synch.pricing_facts import Amount, Asset, PriceLine, Rate, Source, Terms
from tests.unit.synch.pricing_cases import ADATUM, CHAIR, FITTER, TERMS, discount, line, numbered, priced

D = Decimal
VIP = {"source_type": Source.CUSTOMER, "source": "10000"}
RETAIL = {"source_type": Source.CUSTOMER_PRICE_GROUP, "source": "RETAIL"}
SPRING = {"source_type": Source.CAMPAIGN, "source": "SPRING"}


@pytest.mark.parametrize(
    ("rule", "for_whom", "asked", "applies"),
    [
        ("all customers", {}, {}, True),
        ("the customer itself", VIP, {}, True),
        ("another customer", {"source_type": Source.CUSTOMER, "source": "20000"}, {}, False),
        ("the customer's price group", RETAIL, {}, True),
        ("another price group", {**RETAIL, "source": "EXPORT"}, {}, False),
        ("a blank price group is none", {**RETAIL, "source": ""}, {"customer": replace(ADATUM, price_group="")}, False),
        ("the campaign of the document", SPRING, {"campaign": "SPRING"}, True),
        ("a campaign that the document does not name", SPRING, {}, False),
        ("another item", {"asset": "1001"}, {}, False),
        ("a resource of the same number", {"asset_type": Asset.RESOURCE}, {}, False),
    ],
)
def test_a_price_line_is_for_its_source_and_product(
    rule: str, for_whom: dict[str, Any], asked: dict[str, Any], applies: bool
) -> None:
    answer = priced(line(90, **for_whom), **asked)

    assert answer.unit_price == (90 if applies else 100), rule


@pytest.mark.parametrize(
    ("starting", "ending", "date", "applies"),
    [
        ("", "", "2026-02-01", True),
        ("2026-02-01", "", "2026-02-01", True),
        ("2026-02-02", "", "2026-02-01", False),
        ("", "2026-02-01", "2026-02-01", True),
        ("", "2026-01-31", "2026-02-01", False),
        ("2026-01-01", "2026-12-31", "2026-02-01", True),
    ],
)
def test_a_line_holds_from_its_first_to_its_last_day(starting: str, ending: str, date: str, applies: bool) -> None:
    answer = priced(line(90, starting=starting, ending=ending), date=date)

    assert (answer.line is not None) is applies


@pytest.mark.parametrize(
    ("minimum", "line_unit", "quantity", "unit", "applies"),
    [
        (10, "PCS", 10, "PCS", True),
        (10, "PCS", "9.99", "PCS", False),
        (2, "BOX", 2, "BOX", True),
        (2, "BOX", 1, "BOX", False),
        (10, "", 2, "BOX", True),  # two boxes are twelve pieces
        (13, "", 2, "BOX", False),
        (10, "", 10, "PCS", True),
    ],
)
def test_a_minimum_quantity_counts_in_the_lines_unit_or_else_in_base_units(
    minimum: int, line_unit: str, quantity: object, unit: str, applies: bool
) -> None:
    answer = priced(line(90, minimum_quantity=D(minimum), unit=line_unit), quantity=quantity, unit=unit)

    assert (answer.line is not None) is applies


@pytest.mark.parametrize(
    ("line_unit", "unit", "price"),
    [
        ("PCS", "PCS", 90),
        ("", "PCS", 90),
        ("", "BOX", 540),
        ("BOX", "BOX", 90),
        ("PCS", "BOX", 600),  # a line for pieces is none for boxes: six times the card's price
        ("BOX", "PCS", 100),
    ],
)
def test_a_price_is_converted_from_base_units_where_its_line_names_none(line_unit: str, unit: str, price: int) -> None:
    assert priced(line(90, unit=line_unit), unit=unit).unit_price == price


@pytest.mark.parametrize(
    ("asked_variant", "lines", "price"),
    [
        ("", [line(90)], 90),
        ("", [line(90, variant="RED")], 100),
        ("RED", [line(90)], 90),
        ("RED", [line(95, variant="RED"), line(90)], 95),  # the variant's own line displaces the cheaper general one
        ("OAK", [line(95, variant="RED"), line(90)], 90),
    ],
)
def test_a_line_of_the_variant_displaces_those_without(asked_variant: str, lines: list[PriceLine], price: int) -> None:
    assert priced(*numbered(lines), variant=asked_variant).unit_price == price


@pytest.mark.parametrize(
    ("currency", "lines", "price"),
    [
        ("EUR", [line(90)], "100"),  # 90 GBP at 100 EUR for 90 GBP
        ("EUR", [line(120, currency="EUR"), line(90)], "120"),
        ("EUR", [line(1, currency="JPY")], "111.111"),  # another currency is no candidate: the card's 100 GBP
        ("", [line(90, currency="EUR")], "100"),
        ("JPY", [line("0.123")], "24.6"),
    ],
)
def test_a_line_in_the_documents_currency_displaces_the_local_one(
    currency: str, lines: list[PriceLine], price: str
) -> None:
    assert priced(*numbered(lines), currency=currency).unit_price == D(price)


@pytest.mark.parametrize(("classic", "price"), [(False, "55.556"), (True, "55.556")])
@pytest.mark.parametrize("order", [1, -1])
def test_a_line_with_a_currency_and_one_with_a_variant_are_compared(classic: bool, price: str, order: int) -> None:
    lines = numbered([line(95, currency="EUR"), line(50, variant="RED")][::order])

    answer = priced(*lines, currency="EUR", variant="RED", terms=replace(TERMS, classic=classic))

    if classic and order == -1:
        assert answer.unit_price == 95  # the later one takes over because it names the currency
    else:
        assert answer.unit_price == D(price)


@pytest.mark.parametrize("order", [1, -1])
def test_classic_discounts_of_the_item_come_before_those_of_its_group(order: int) -> None:
    of_item = discount(5, list="", currency="EUR")
    of_group = discount(10, list="", asset_type=Asset.ITEM_DISCOUNT_GROUP, asset="FURNITURE", variant="RED")
    terms = replace(TERMS, classic=True)

    answer = priced(*[of_item, of_group][::order], currency="EUR", variant="RED", terms=terms)

    assert answer.line_discount == 10  # the later one takes over because it names the variant


@pytest.mark.parametrize(("classic", "price"), [(False, 0), (True, 90)])
def test_a_classic_price_of_zero_gives_way_to_any_that_comes_after_it(classic: bool, price: int) -> None:
    assert priced(*numbered([line(0), line(90)]), terms=replace(TERMS, classic=classic)).unit_price == price


@pytest.mark.parametrize(("date", "price"), [("2026-02-28", "100"), ("2026-03-01", "112.5")])
def test_the_newest_rate_of_the_day_counts(date: str, price: str) -> None:
    assert priced(line(90), currency="EUR", date=date).unit_price == D(price)


@pytest.mark.parametrize(
    ("line_includes", "line_group", "document_includes", "price"),
    [
        (False, "", False, "100"),
        (True, "DOMESTIC", False, "80"),
        (True, "EXPORT", False, "100"),
        (False, "", True, "125"),
        (True, "DOMESTIC", True, "100"),
        (True, "EXPORT", True, "125"),  # another VAT is in the price than the customer pays
    ],
)
def test_vat_is_taken_out_of_a_line_or_added_as_the_document_has_it(
    line_includes: bool, line_group: str, document_includes: bool, price: str
) -> None:
    answer = priced(
        line(100, price_includes_vat=line_includes, vat_business_group=line_group),
        customer=replace(ADATUM, prices_include_vat=document_includes),
    )

    assert answer.unit_price == D(price)
    assert answer.includes_vat is document_includes


@pytest.mark.parametrize(
    ("currency", "exact", "rounded"),
    [("", "10.123455", "10.12346"), ("EUR", "9.00045", "10.001"), ("JPY", "0.00025", "0.1"), ("JPY", "0.0002", "0")],
)
def test_a_price_is_rounded_once_and_half_away_from_zero(currency: str, exact: str, rounded: str) -> None:
    assert priced(line(exact), currency=currency).unit_price == D(rounded)


@pytest.mark.parametrize(
    ("lines", "price", "percent"),
    [
        ([line(90), line(85), line(95)], 85, 0),
        ([line(90, **VIP), line(85, **RETAIL)], 85, 0),
        ([line(90, allow_line_discount=False), line(95, amount=Amount.ANY, line_discount=D(10))], 95, 10),  # 85.50 net
        ([line(90, allow_line_discount=False), line(95, amount=Amount.ANY, line_discount=D(5))], 90, 0),  # 90.25 net
        ([line(90), line(95, amount=Amount.ANY, line_discount=D(5))], 90, 5),  # the discount is any line's
        ([line(0)], 0, 0),
        ([discount(10)], 100, 10),
    ],
)
def test_the_lowest_net_price_wins(lines: list[PriceLine], price: int, percent: int) -> None:
    answer = priced(*numbered(lines))

    assert (answer.unit_price, answer.line_discount) == (price, percent)


def test_of_two_equal_prices_the_first_line_counts_in_any_order() -> None:
    first, second = numbered([line(90), line(90, **VIP)])

    assert priced(second, first).line == priced(first, second).line == first


def test_of_two_equal_discounts_the_first_line_counts_in_any_order() -> None:
    first, second = numbered([discount(5), discount(5, **VIP)])

    assert priced(second, first).discount_line == priced(first, second).discount_line == first


@pytest.mark.parametrize(
    ("lines", "percent"),
    [
        ([discount(5)], 5),
        ([discount(5), discount(7, **VIP)], 7),
        ([discount(9, source_type=Source.CUSTOMER_DISCOUNT_GROUP, source="LARGE")], 9),
        ([discount(9, source_type=Source.CUSTOMER_DISCOUNT_GROUP, source="SMALL")], 0),
        ([discount(9, minimum_quantity=D(2))], 0),
        ([discount(9, variant="RED")], 0),
        ([discount(9, unit="BOX")], 0),
        ([discount(9, currency="EUR")], 0),
        ([discount(9, ending="2026-01-31")], 0),
        ([discount(9, asset_type=Asset.ITEM_DISCOUNT_GROUP, asset="FURNITURE", **VIP)], 9),
        ([discount(9, asset_type=Asset.ITEM_DISCOUNT_GROUP, asset="PAINT")], 0),
        ([discount(9, **RETAIL)], 0),  # a price group has prices alone
        ([discount(9, asset="")], 9),  # for all items
        ([discount(9, asset=""), discount(5)], 5),  # of one source the item's own lines go before those for all
        ([discount(9, asset="", **VIP), discount(5)], 9),
        ([discount(9, asset=""), discount(5, asset_type=Asset.ITEM_DISCOUNT_GROUP, asset="FURNITURE")], 5),
    ],
)
def test_the_highest_discount_that_applies_wins(lines: list[PriceLine], percent: int) -> None:
    assert priced(*numbered(lines)).line_discount == percent


def test_a_price_without_a_discount_displaces_none() -> None:
    lines = numbered([discount(5), line(90, amount=Amount.ANY, variant="RED")])

    assert priced(*lines, variant="RED").line_discount == 5


def test_discounts_of_the_item_discount_group_come_from_the_companys_terms() -> None:
    group = discount(12, asset_type=Asset.ITEM_DISCOUNT_GROUP, asset="FURNITURE")
    terms = replace(TERMS, group_discounts=(group,))

    assert priced(discount(5), terms=terms).discount_line == group
    assert priced(terms=terms, product=replace(CHAIR, discount_group="")).line_discount == 0


@pytest.mark.parametrize(
    ("line_allows", "customer_allows", "with_line", "percent"),
    [(True, False, True, 5), (False, True, True, 0), (True, True, False, 5), (True, False, False, 0)],
)
def test_the_price_line_or_else_the_customer_allows_discounts(
    line_allows: bool, customer_allows: bool, with_line: bool, percent: int
) -> None:
    lines = [discount(5)] + ([line(90, allow_line_discount=line_allows)] if with_line else [])

    answer = priced(*numbered(lines), customer=replace(ADATUM, allow_line_discount=customer_allows))

    assert answer.line_discount == percent
    assert (answer.discount_line is not None) is (percent > 0)


@pytest.mark.parametrize(
    ("changes", "asked", "price"),
    [
        ({}, {}, "100"),
        ({}, {"unit": "BOX"}, "600"),
        ({}, {"currency": "EUR"}, "111.111"),
        ({"price_includes_vat": True, "price_vat_business_group": "DOMESTIC"}, {}, "80"),
        ({}, {"customer": replace(ADATUM, prices_include_vat=True)}, "125"),
        ({"unit_price": D(0)}, {}, "0"),
    ],
)
def test_without_a_line_the_card_is_converted_the_same_way(
    changes: dict[str, Any], asked: dict[str, Any], price: str
) -> None:
    answer = priced(product=replace(CHAIR, **changes), **asked)

    assert answer.line is None
    assert answer.unit_price == D(price)


def test_a_resource_has_lines_of_its_own() -> None:
    own = line(70, asset_type=Asset.RESOURCE, asset="R0010")

    assert priced(own, product=FITTER, unit="HOUR").unit_price == 70
    assert priced(product=FITTER, unit="HOUR").unit_price == 80


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        ("unit_unknown", {"unit": "PALLET"}),
        ("currency_unknown", {"currency": "NOK"}),
        ("exchange_rate_missing", {"currency": "EUR", "date": "2025-12-31"}),
        (
            "vat_unknown",
            {"customer": replace(ADATUM, prices_include_vat=True), "product": replace(CHAIR, vat_product_group="")},
        ),
    ],
)
def test_what_keeps_a_price_from_being_told_is_named(code: str, asked: dict[str, Any]) -> None:
    with pytest.raises(PriceUnknown) as caught:
        priced(**asked)

    assert caught.value.code == code
    assert caught.value.message


def test_a_missing_rate_does_not_matter_to_a_line_in_the_documents_currency() -> None:
    terms = replace(TERMS, rates={})

    assert priced(line(120, currency="EUR"), currency="EUR", terms=terms).unit_price == 120


def test_a_rate_may_lead_over_another_currency() -> None:
    by_euro = Rate("2026-01-01", D(11), D(10), "EUR")
    precisions = {**TERMS.precisions, "USD": TERMS.precisions["EUR"]}
    terms = replace(TERMS, rates={**TERMS.rates, "USD": (by_euro,)}, precisions=precisions)

    assert priced(line(90), currency="USD", terms=terms).unit_price == 110


def test_a_classic_resource_is_rounded_before_it_is_multiplied_by_its_unit() -> None:
    fitter = replace(FITTER, unit_price=D("0.34"), units={"HOUR": D(1), "DAY": D(8)})
    asked = {"product": fitter, "unit": "DAY", "currency": "JPY"}  # 68 JPY an hour

    assert priced(**asked).unit_price == 544
    assert priced(**{**asked, "product": replace(fitter, unit_price=D("0.3404"))}).unit_price == D("544.6")
    classic = replace(TERMS, classic=True)
    assert priced(**{**asked, "product": replace(fitter, unit_price=D("0.3404"))}, terms=classic).unit_price == D(
        "544.8"
    )


@pytest.mark.parametrize(
    ("price", "percent", "quantity", "amount"),
    [
        ("3.333", "33.3", 3, "6.67"),  # 9.999 -> 10.00, and 3.33 off
        ("1.006", "50", 1, "0.5"),  # 1.01, and 0.505 -> 0.51 off; half of 1.006 would be 0.50
        ("1.006", "0", 1, "1.01"),
        ("1.006", "100", 1, "0"),
        ("1.006", "50", -1, "-0.5"),
    ],
)
def test_a_line_amount_is_rounded_and_its_discount_taken_off_by_itself(
    price: str, percent: str, quantity: int, amount: str
) -> None:
    answer = priced(line(price), discount(percent, list="S00002"))

    assert answer.line_amount(D(quantity)) == D(amount)


@pytest.mark.parametrize("rate", [Rate("2026-01-01", D(0), D(90)), Rate("2026-01-01", D(100), D(0))])
def test_a_rate_of_zero_is_none(rate: Rate) -> None:
    with pytest.raises(PriceUnknown) as caught:
        priced(line(90), currency="EUR", terms=replace(TERMS, rates={"EUR": (rate,)}))

    assert caught.value.code == "exchange_rate_missing"


def test_the_rate_is_that_of_each_questions_own_date() -> None:
    dates = ("2026-02-28", "2026-03-01", "2026-02-28")

    assert [priced(line(90), currency="EUR", date=date).unit_price for date in dates] == [100, D("112.5"), 100]


def test_facts_are_parsed_into_terms() -> None:
    terms = Terms.of(
        {
            "local_currency": "GBP",
            "currencies": [{"code": "", "unit_amount_precision": "0.00001", "amount_precision": "0.01"}],
            "rates": [
                {"currency": "EUR", "starting": "2026-01-01", "amount": "100", "local_amount": "90"},
                {"currency": "EUR", "starting": "2026-03-01", "amount": "100", "local_amount": "80"},
            ],
            "vat": [{"business_group": "DOMESTIC", "product_group": "VAT25", "percent": "25"}],
            "group_discounts": [],
        }
    )

    assert [rate.starting for rate in terms.rates["EUR"]] == ["2026-03-01", "2026-01-01"]
    assert (terms.currency_code("GBP"), terms.currency_code("EUR")) == ("", "EUR")
    assert terms.vat["DOMESTIC", "VAT25"] == 25
