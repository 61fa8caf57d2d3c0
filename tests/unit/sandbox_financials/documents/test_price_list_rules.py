"""Every rule by which price lists give an order line its price and discount, as a table of examples."""

from typing import Any

import pytest

from tests.price_cases import PricedCompany

Lines = list[tuple[str, dict[str, Any]]]


def _company(lines: Lines) -> PricedCompany:
    company = PricedCompany("price_lists")
    for price, fields in lines:
        company.list_line(price, **fields)
    return company


def _of(type: str, number: str = "") -> dict[str, Any]:
    return {"Source_Type": type, "Source_No": number}


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        (_of("All Customers"), "90"),
        (_of("Customer", "C1"), "90"),
        (_of("Customer", "C4"), "100"),
        (_of("Customer Price Group", "RETAIL"), "90"),
        (_of("Customer Price Group", "TRADE"), "100"),
        (_of("Customer Disc. Group", "LARGE"), "100"),
        (_of("Campaign", "CP1"), "100"),
        ({"Status": "Draft"}, "100"),
        ({"Status": "Inactive"}, "100"),
        ({"Price_Type": "Purchase"}, "100"),
        ({"Amount_Type": "Any"}, "90"),
        ({"Amount_Type": "Discount"}, "100"),
        ({"Asset_No": "I2"}, "100"),
        ({"Asset_Type": "Resource"}, "100"),
        ({"Starting_Date": "2026-11-22"}, "90"),
        ({"Starting_Date": "2026-11-23"}, "100"),
        ({"Ending_Date": "2026-11-22"}, "90"),
        ({"Ending_Date": "2026-11-21"}, "100"),
        ({"Currency_Code": "EUR"}, "100"),
        ({"Variant_Code": "OAK"}, "100"),
        ({"Unit": "PCS"}, "90"),
        ({"Unit": "BOX"}, "100"),
        ({"Minimum": "1"}, "90"),
        ({"Minimum": "2"}, "100"),
    ],
    ids=str,
)
def test_a_line_counts_when_everything_on_it_fits(fields: dict[str, Any], price: str) -> None:
    assert _company([("90", fields)]).price() == price


def test_a_campaign_counts_where_the_document_names_it() -> None:
    company = _company([("90", _of("Campaign", "CP1"))])

    assert company.price(campaign="CP1") == "90"
    assert company.price(campaign="CP2") == "100"


def test_prices_are_those_of_the_customer_who_is_billed() -> None:
    company = _company(
        [("90", _of("Customer", "C3")), ("95", _of("Customer", "C1")), ("70", _of("Customer Price Group", "TRADE"))]
    )

    assert company.price(customer="C3") == "95"


def test_the_lowest_price_wins_whoever_it_is_for() -> None:
    assert (
        _company([("95", _of("Customer", "C1")), ("90", {}), ("93", _of("Customer Price Group", "RETAIL"))]).price()
        == "90"
    )
    assert _company([("95", _of("Customer", "C1")), ("0", {})]).price() == "0"


def test_a_dearer_line_still_displaces_the_card() -> None:
    assert _company([("120", {})]).price() == "120"


@pytest.mark.parametrize(
    ("minimum", "unit", "asked", "quantity", "price"),
    [
        ("12", "", "PCS", "11", "100"),
        ("12", "", "PCS", "12", "50"),
        ("12", "", "BOX", "1", "600"),
        ("13", "", "BOX", "1", "1200"),
        ("2", "BOX", "BOX", "1", "1200"),
        ("2", "BOX", "BOX", "2", "50"),
        ("2", "PCS", "PCS", "-2", "50"),
    ],
)
def test_a_minimum_counts_in_the_lines_unit_or_in_base_units(
    minimum: str, unit: str, asked: str, quantity: str, price: str
) -> None:
    assert _company([("50", {"Minimum": minimum, "Unit": unit})]).price(unit=asked, quantity=quantity) == price


@pytest.mark.parametrize(
    ("lines", "price"),
    [
        ([("50", {}), ("90", {"Currency_Code": "EUR"})], "90"),
        ([("90", {"Currency_Code": "EUR"}), ("50", {})], "90"),
        ([("50", {}), ("90", {"Variant_Code": "OAK"})], "112.5"),
        ([("10", {"Currency_Code": "EUR"}), ("90", {"Variant_Code": "OAK", "Currency_Code": "EUR"})], "90"),
        ([("10", {"Currency_Code": "EUR"}), ("20", {"Variant_Code": "OAK"})], "10"),
        ([("20", {"Variant_Code": "OAK"}), ("10", {"Currency_Code": "EUR"})], "10"),
        ([("30", {"Currency_Code": "EUR"}), ("20", {"Variant_Code": "OAK"}), ("1", {})], "25"),
        ([("50", {}), ("90", {"Currency_Code": "EUR", "Minimum": "5"})], "62.5"),
    ],
    ids=str,
)
def test_a_line_with_currency_or_variant_displaces_lines_without(lines: Lines, price: str) -> None:
    assert _company(lines).price(currency="EUR", variant="OAK") == price


@pytest.mark.parametrize(
    ("currency", "date", "price"),
    [
        ("EUR", "2026-11-22", "41.66"),
        ("EUR", "2026-12-01", "66.66"),
        ("SEK", "2026-11-22", "444.4"),
        ("", "2026-11-22", "33.33"),
    ],
)
def test_local_prices_are_converted_by_the_rate_of_the_day_and_rounded_once(
    currency: str, date: str, price: str
) -> None:
    assert _company([("33.33", {})]).price(currency=currency, date=date) == price


def test_rounding_takes_halves_away_from_zero() -> None:
    company = _company([("0.0005", {})])

    assert company.price() == "0.001"


def test_a_currency_without_a_rate_is_refused() -> None:
    assert "Currency Exchange Rate" in _company([]).price(currency="USD")


@pytest.mark.parametrize(
    ("customer", "item", "including", "group", "price"),
    [
        ("C1", "I1", False, "", "100"),
        ("C1", "I1", True, "DOMESTIC", "80"),
        ("C1", "I1", True, "ABROAD", "83.333"),
        ("C1", "I1", True, "EU", "100"),
        ("C2", "I1", False, "", "120"),
        ("C2", "I1", True, "ABROAD", "100"),
        ("C2", "I1", True, "DOMESTIC", "96"),
        ("C5", "I1", False, "", "100"),
        ("C5", "I1", True, "DOMESTIC", "80"),
    ],
)
def test_vat_is_taken_out_of_a_price_and_put_into_it(
    customer: str, item: str, including: bool, group: str, price: str
) -> None:
    company = _company([("100", {"Including": including, "VAT_Group": group, "Currency_Code": "EUR"})])
    company.list_line("100", Including=including, VAT_Group=group)

    assert company.price(customer=customer, number=item) == price


def test_vat_that_is_not_set_up_cannot_be_taken_out() -> None:
    assert "VAT Posting Setup does not exist" in _company([("9", {"Including": True, "VAT_Group": "NOWHERE"})]).price()


@pytest.mark.parametrize(
    ("question", "price"),
    [
        ({}, "100"),
        ({"unit": "BOX"}, "1200"),
        ({"unit": ""}, "100"),
        ({"number": "I3", "unit": ""}, "36"),
        ({"number": "I3", "unit": "PCS"}, "3"),
        ({"number": "I2"}, "100"),
        ({"number": "I2", "customer": "C2"}, "150"),
        ({"currency": "EUR"}, "125"),
        ({"customer": "C2"}, "150"),
        ({"kind": "resource", "number": "R1", "unit": ""}, "80"),
        ({"kind": "resource", "number": "R1", "unit": "DAY"}, "640"),
    ],
    ids=str,
)
def test_without_a_line_the_card_gives_the_price(question: dict[str, Any], price: str) -> None:
    assert _company([]).price(**question) == price


def test_resources_have_price_lines_too() -> None:
    company = _company([("70", {"Asset_Type": "Resource", "Asset_No": "R1"})])

    assert company.price(kind="resource", number="R1", unit="DAY") == "560"


def test_a_line_for_all_items_counts_where_its_source_has_none_for_the_item() -> None:
    company = _company([("7", {"Asset_No": ""}), ("9", _of("Customer", "C1"))])
    assert company.price() == "7"

    company.list_line("90")
    assert company.price() == "9"


# --- discounts ------------------------------------------------------------------------------------------------------


def _discounts(*lines: dict[str, Any]) -> PricedCompany:
    return _company([("0", {"Amount_Type": "Discount", **fields}) for fields in lines])


@pytest.mark.parametrize(
    ("fields", "discount"),
    [
        ({"Disc": "5"}, "5"),
        ({"Disc": "5", **_of("Customer", "C1")}, "5"),
        ({"Disc": "5", **_of("Customer Disc. Group", "LARGE")}, "5"),
        ({"Disc": "5", **_of("Customer Disc. Group", "SMALL")}, "0"),
        ({"Disc": "5", **_of("Customer Price Group", "RETAIL")}, "0"),
        ({"Disc": "5", "Asset_Type": "Item Discount Group", "Asset_No": "PARTS"}, "5"),
        ({"Disc": "5", "Asset_Type": "Item Discount Group", "Asset_No": "TOOLS"}, "0"),
        ({"Disc": "5", "Minimum": "2"}, "0"),
        ({"Disc": "5", "Ending_Date": "2026-11-21"}, "0"),
        ({"Disc": "5", "Unit": "BOX"}, "0"),
        ({"Disc": "5", "Status": "Draft"}, "0"),
    ],
    ids=str,
)
def test_a_discount_counts_when_everything_on_its_line_fits(fields: dict[str, Any], discount: str) -> None:
    assert _discounts(fields).discount() == discount


def test_the_highest_discount_wins_whatever_it_is_for() -> None:
    company = _discounts({"Disc": "5"}, {"Disc": "7", "Asset_Type": "Item Discount Group", "Asset_No": "PARTS"})

    assert company.discount() == "7"


def test_a_discount_in_the_documents_currency_displaces_a_higher_one_without() -> None:
    company = _discounts({"Disc": "20"}, {"Disc": "5", "Currency_Code": "EUR"})

    assert company.discount(currency="EUR") == "5"


def test_a_line_for_price_and_discount_gives_both_but_no_discount_of_zero() -> None:
    company = _discounts({"Disc": "5"})
    company.list_line("90", Amount_Type="Any", Disc="8")
    assert (company.price(), company.discount()) == ("90", "8")

    company.list_line("85", Amount_Type="Any", Disc="0", Currency_Code="EUR")
    assert company.discount(currency="EUR") == "8"


def test_a_price_that_forbids_discounts_has_none() -> None:
    company = _discounts({"Disc": "5"})
    company.list_line("90", Allow=False)

    assert (company.price(), company.discount()) == ("90", "0")


def test_the_lowest_price_is_the_lowest_after_the_discount_that_it_allows() -> None:
    company = _discounts({"Disc": "20"})
    company.list_line("90", Allow=False)
    company.list_line("100")

    assert (company.price(), company.discount()) == ("100", "20")


def test_of_two_prices_that_come_to_the_same_the_first_line_counts() -> None:
    company = _discounts({"Disc": "10"})
    company.list_line("90", Allow=False)
    company.list_line("100")
    assert (company.price(), company.discount()) == ("90", "0")

    company.list_line("100", List="A")
    assert (company.price(), company.discount()) == ("100", "10")


def test_without_a_price_line_the_billed_customer_decides_whether_there_are_discounts() -> None:
    company = _discounts({"Disc": "5"})

    assert company.discount(customer="C1") == "5"
    assert company.discount(customer="C3") == "5"
    assert company.discount(customer="C4") == "0"

    company.list_line("90")
    assert company.discount(customer="C4") == "5"
