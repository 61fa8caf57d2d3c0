"""What is particular to prices kept as sales prices and sales line discounts, as a table of examples."""

from typing import Any

import pytest

from tests.price_cases import PricedCompany

Lines = list[tuple[str, dict[str, Any]]]


def _prices(lines: Lines) -> PricedCompany:
    company = PricedCompany("classic")
    for price, fields in lines:
        company.sales_price(price, **fields)
    return company


def _discounts(lines: Lines) -> PricedCompany:
    company = PricedCompany("classic")
    for percent, fields in lines:
        company.line_discount(percent, **fields)
    return company


def _for(type: str, code: str) -> dict[str, Any]:
    return {"Sales_Type": type, "Sales_Code": code}


@pytest.mark.parametrize(
    ("fields", "price"),
    [
        ({}, "90"),
        (_for("Customer", "C1"), "90"),
        (_for("Customer", "C2"), "100"),
        (_for("Customer Price Group", "RETAIL"), "90"),
        (_for("Customer Price Group", "TRADE"), "100"),
        (_for("Campaign", "CP1"), "100"),
        ({"Starting_Date": "2026-11-23"}, "100"),
        ({"Ending_Date": "2026-11-21"}, "100"),
        ({"Variant_Code": "OAK"}, "100"),
        ({"Unit": "BOX"}, "100"),
        ({"Currency_Code": "EUR"}, "100"),
        ({"Minimum": "2"}, "100"),
    ],
    ids=str,
)
def test_a_sales_price_counts_when_everything_on_it_fits(fields: dict[str, Any], price: str) -> None:
    assert _prices([("90", fields)]).price() == price


def test_a_campaigns_price_counts_where_the_document_names_it() -> None:
    assert _prices([("90", _for("Campaign", "CP1"))]).price(campaign="CP1") == "90"


@pytest.mark.parametrize(
    ("lines", "price"),
    [
        ([("95", _for("Customer", "C1")), ("90", {}), ("93", _for("Customer Price Group", "RETAIL"))], "112.5"),
        ([("50", {}), ("90", {"Currency_Code": "EUR"})], "90"),
        ([("10", {"Currency_Code": "EUR"}), ("20", {"Currency_Code": "EUR", "Variant_Code": "OAK"})], "20"),
    ],
    ids=str,
)
def test_the_lowest_of_the_most_specific_prices_wins(lines: Lines, price: str) -> None:
    assert _prices(lines).price(currency="EUR", variant="OAK") == price


def test_currency_and_variant_displace_each_other_in_the_order_of_the_key() -> None:
    # Blank currency codes come first in the key, so the euro price is the last word, dearer or not.
    assert _prices([("30", {"Currency_Code": "EUR"}), ("20", {"Variant_Code": "OAK"})]).price(
        currency="EUR", variant="OAK"
    ) == "30"  # fmt: skip


def test_a_best_price_of_zero_gives_way_to_what_comes_after_it() -> None:
    assert _prices([("0", _for("Customer", "C1")), ("90", {})]).price() == "90"
    assert _prices([("90", _for("Customer", "C1")), ("0", {})]).price() == "0"


@pytest.mark.parametrize(
    ("fields", "discount"),
    [
        ({}, "5"),
        (_for("Customer", "C1"), "5"),
        (_for("Customer Disc. Group", "LARGE"), "5"),
        (_for("Customer Disc. Group", "SMALL"), "0"),
        ({"Type": "Item Disc. Group", "Code": "PARTS"}, "5"),
        ({"Type": "Item Disc. Group", "Code": "TOOLS"}, "0"),
        ({"Minimum": "2"}, "0"),
        ({"Variant_Code": "OAK"}, "0"),
        ({"Starting_Date": "2026-11-23"}, "0"),
    ],
    ids=str,
)
def test_a_line_discount_counts_when_everything_on_it_fits(fields: dict[str, Any], discount: str) -> None:
    assert _discounts([("5", fields)]).discount() == discount


def test_the_highest_line_discount_wins() -> None:
    company = _discounts(
        [("5", {}), ("7", {"Type": "Item Disc. Group", "Code": "PARTS"}), ("6", _for("Customer", "C1"))]
    )

    assert company.discount() == "7"


def test_a_sales_price_that_forbids_discounts_has_none() -> None:
    company = _discounts([("5", {})])
    assert company.discount() == "5"
    assert company.discount(customer="C4") == "0"

    company.sales_price("90", Allow=False)
    assert company.discount() == "0"


def test_the_lowest_sales_price_is_the_lowest_after_the_discount_that_it_allows() -> None:
    company = _discounts([("20", {})])
    company.sales_price("90", Allow=False)
    company.sales_price("100", **_for("Customer", "C1"))

    assert (company.price(), company.discount()) == ("100", "20")


def test_vat_in_a_sales_price_is_taken_out() -> None:
    assert _prices([("125", {"Including": True, "VAT_Group": "DOMESTIC"})]).price() == "100"


def test_a_resource_costs_what_its_card_says_rounded_before_it_is_multiplied() -> None:
    company = PricedCompany("classic")
    company.world.change("Resource", "R1", {"Unit Price": "0.777"})
    company.list_line("1", Asset_Type="Resource", Asset_No="R1")

    # 0.777 / 0.075 = 10.36, in steps of 0.05: 10.35; eight of them.
    assert company.price(kind="resource", number="R1", unit="DAY", currency="SEK") == "82.8"


def test_price_lists_do_not_count_while_prices_are_kept_the_old_way() -> None:
    company = _prices([("90", {})])
    company.list_line("50")
    assert company.price() == "90"

    company.company.pricing.mode = "price_lists"
    assert company.price() == "50"
