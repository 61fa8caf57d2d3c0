"""What the generated company has for questions behind an order line: stock, open orders, prices of every kind."""

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sandbox.generator import Generated, generate

_TODAY = date(2026, 1, 15)
Row = dict[str, Any]


def a_company() -> Generated:
    return generate(2000, 7, _TODAY)


def lines_by(rows: list[Row], name: str) -> Counter[Any]:
    return Counter(row[name] for row in rows)


@settings(max_examples=15, deadline=None)
@given(st.integers(10, 300), st.integers(0, 9))
def test_the_ledger_adds_up_to_every_inventory(records: int, seed: int) -> None:
    tables = generate(records, seed).financials
    sums = Counter[str]()
    for entry in tables["Item Ledger Entry"]:
        sums[entry["Item No."]] += entry["Quantity"]

    assert all(row["Inventory"] == sums[row["No."]] for row in tables["Item"])
    variants = {(row["Item No."], row["Code"]) for row in tables["Item Variant"]}
    units = {(row["Item No."], row["Code"]): row["Qty. per Unit of Measure"] for row in tables["Item Unit of Measure"]}
    for entry in tables["Item Ledger Entry"]:
        assert not entry["Variant Code"] or (entry["Item No."], entry["Variant Code"]) in variants
    for line in (*tables["Sales Line"], *tables["Purchase Line"]):
        assert not line["Variant Code"] or (line["No."], line["Variant Code"]) in variants
        per_unit = units[line["No."], line["Unit of Measure Code"]]
        assert line["Outstanding Qty. (Base)"] == line["Outstanding Quantity"] * per_unit
        assert 0 <= line["Outstanding Quantity"] <= line["Quantity"]


@settings(max_examples=15, deadline=None)
@given(st.integers(10, 300), st.integers(0, 9))
def test_every_price_is_for_a_product_in_a_unit_and_variant_that_it_has(records: int, seed: int) -> None:
    tables = generate(records, seed).financials
    units = {("Item", row["Item No."], row["Code"]) for row in tables["Item Unit of Measure"]}
    units |= {("Resource", row["Resource No."], row["Code"]) for row in tables["Resource Unit of Measure"]}
    variants = {(row["Item No."], row["Code"]) for row in tables["Item Variant"]}
    groups = {row["Code"] for row in tables["Item Discount Group"]}

    for line in tables["Price List Line"]:
        if line["Asset Type"] == "Item Discount Group":
            assert line["Asset No."] in groups
            assert line["Amount Type"] == "Discount"
            continue
        unit = line["Unit of Measure Code"]
        assert not unit or (line["Asset Type"], line["Asset No."], unit) in units
        assert not line["Variant Code"] or (line["Asset No."], line["Variant Code"]) in variants
        assert line["Amount Type"] == "Discount" or line["Source Type"] != "Customer Disc. Group"
        assert line["Price Includes VAT"] == bool(line["VAT Bus. Posting Gr. (Price)"])
        assert line["Unit Price"] >= 0
    for price in tables["Sales Price"]:
        assert not price["Variant Code"] or (price["Item No."], price["Variant Code"]) in variants


def test_only_the_dates_of_open_orders_depend_on_the_day() -> None:
    one, other = generate(300, 7, date(2026, 1, 15)), generate(300, 7, date(2026, 3, 15))
    dates = {"Sales Line": "Shipment Date", "Purchase Line": "Expected Receipt Date"}

    for name, rows in one.financials.items():
        dated = dates.get(name)
        assert [{key: value for key, value in row.items() if key != dated} for row in rows] == [
            {key: value for key, value in row.items() if key != dated} for row in other.financials[name]
        ]
    assert one.financials["Purchase Line"] != other.financials["Purchase Line"]


def test_there_is_stock_of_every_kind() -> None:
    tables = a_company().financials
    entries, sold, bought = (tables[name] for name in ("Item Ledger Entry", "Sales Line", "Purchase Line"))
    at = Counter[tuple[str, str]]()
    for entry in entries:
        at[entry["Item No."], entry["Location Code"]] += entry["Quantity"]

    assert set(lines_by(entries, "Location Code")) == {"", "EAST", "MAIN", "WEST"}
    assert any(entry["Variant Code"] for entry in entries)
    assert any(quantity < 0 for quantity in at.values())
    assert lines_by(sold, "Document Type").keys() == {"Order", "Quote"}
    assert any(line["Outstanding Quantity"] < line["Quantity"] for line in sold)
    assert any(line["Unit of Measure Code"] == "BOX" for line in bought)
    today = _TODAY.isoformat()
    days = [line["Expected Receipt Date"] for line in bought]
    assert min(sum(day == "" for day in days), sum("" < day < today for day in days), sum(day > today for day in days))


def test_there_are_prices_of_every_kind() -> None:
    tables = a_company().financials
    lines, discounts, prices = (tables[name] for name in ("Price List Line", "Sales Line Discount", "Sales Price"))
    sources = {"All Customers", "Customer", "Customer Price Group", "Customer Disc. Group", "Campaign"}

    assert set(lines_by(lines, "Source Type")) == sources
    assert set(lines_by(lines, "Asset Type")) == {"Item", "Item Discount Group", "Resource"}
    assert set(lines_by(lines, "Amount Type")) == {"Any", "Price", "Discount"}
    assert set(lines_by(lines, "Status")) == {"Active", "Draft", "Inactive"}
    assert set(lines_by(discounts, "Sales Type")) == sources - {"Customer Price Group"}
    assert set(lines_by(discounts, "Type")) == {"Item", "Item Disc. Group"}
    assert set(lines_by(prices, "Sales Type")) == sources - {"Customer Disc. Group"}
    for rows in (lines, discounts, prices):
        assert {"", "EUR", "USD"} <= set(lines_by(rows, "Currency Code"))
        assert {"", "OAK"} <= set(lines_by(rows, "Variant Code"))
        assert {"", "PCS", "BOX"} <= set(lines_by(rows, "Unit of Measure Code"))
        assert {Decimal(0), Decimal(10)} <= set(lines_by(rows, "Minimum Quantity"))
        assert {"", "2999-01-01"} <= set(lines_by(rows, "Starting Date"))
    for rows in (lines, prices):
        assert set(lines_by(rows, "Price Includes VAT")) == set(lines_by(rows, "Allow Line Disc.")) == {True, False}


def test_customers_and_products_have_terms_of_every_kind() -> None:
    tables = a_company().financials
    customers, items = tables["Customer"], tables["Item"]
    by_number = {row["No."]: row for row in customers}
    vat = {(row["VAT Bus. Posting Group"], row["VAT Prod. Posting Group"]) for row in tables["VAT Posting Setup"]}

    assert {row["VAT Bus. Posting Group"] for row in customers} == {"DOMESTIC", "EU", "EXPORT"}
    assert {row["VAT Prod. Posting Group"] for row in items} == {"STANDARD", "REDUCED", "ZERO"}
    assert len(vat) == 9
    for name in ("Prices Including VAT", "Allow Line Disc."):
        assert {row[name] for row in customers} == {True, False}
    payers = {row["Bill-to Customer No."] for row in customers} - {""}
    assert payers
    assert all(by_number[payer]["Bill-to Customer No."] == "" for payer in payers)
    assert any(row["Sales Unit of Measure"] != row["Base Unit of Measure"] for row in items)
    assert any(row["Price Includes VAT"] and row["VAT Bus. Posting Gr. (Price)"] for row in items)
    assert any(row["Sales Blocked"] for row in items)
    assert len({row["Unit-Amount Rounding Precision"] for row in tables["Currency"]}) > 3


def test_a_large_company_has_no_more_prices_than_anybody_needs() -> None:
    tables = generate(20_000, 7).financials

    assert len(tables["Price List Line"]) < 5000
    assert len(tables["Item Ledger Entry"]) < 3 * len(tables["Item"])
