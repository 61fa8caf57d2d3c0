"""The generated company: the same for the same seed, sound but for what it says itself."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.dynamics.financials_tables import FINANCIALS_TABLES
from libs.dynamics.sales_tables import SALES_TABLES
from services.sandbox.financials.keys import key_text, sort_key
from services.sandbox.financials.values import utf16_length
from services.sandbox.generator import SMALLEST, Generated, generate

_SIZES = st.integers(SMALLEST, 700)
_SEEDS = st.integers(0, 2**31)
_CALM = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _numbers(company: Generated, table: str, field: str = "No.") -> set[str]:
    return {row[field] for row in company.financials[table]}


@_CALM
@given(_SIZES, _SEEDS)
def test_the_same_seed_gives_the_same_company(records: int, seed: int) -> None:
    assert generate(records, seed) == generate(records, seed)


def test_another_seed_gives_another_company() -> None:
    assert generate(100, 1).financials["Customer"] != generate(100, 2).financials["Customer"]


def test_a_company_is_the_same_on_every_machine() -> None:
    company = generate(100, 7)

    first = company.financials["Customer"][5]
    assert (first["No."], first["Name"], first["SystemId"]) == (
        "C00006",
        "Bainbridges Importers S.A.",
        "a76ee94a-98a9-4096-994d-98ec77cdf486",
    )


@_CALM
@given(_SIZES, _SEEDS)
def test_every_value_fits_its_field(records: int, seed: int) -> None:
    company = generate(records, seed)

    for name, rows in company.financials.items():
        for row in rows:
            for item in FINANCIALS_TABLES[name]:
                value = row.get(item.name)
                if isinstance(value, str) and item.length:
                    assert utf16_length(value) <= item.length, (name, item.name, value)
                if item.type == "option":
                    assert value in item.options
                if item.type == "code":
                    assert (value or "") == (value or "").strip().upper()


@_CALM
@given(_SIZES, _SEEDS)
def test_every_reference_leads_to_a_record(records: int, seed: int) -> None:
    company = generate(records, seed)
    keys = {name: _numbers(company, name, FINANCIALS_TABLES[name].key[0]) for name in company.financials}

    for name, rows in company.financials.items():
        for item in FINANCIALS_TABLES[name]:
            if item.relation:
                assert {row[item.name] for row in rows} - {""} <= keys[item.relation], (name, item.name)


@_CALM
@given(_SIZES, _SEEDS)
def test_keys_and_ids_are_unique(records: int, seed: int) -> None:
    company = generate(records, seed)

    for name, rows in company.financials.items():
        table = FINANCIALS_TABLES[name]
        assert len({sort_key(table, row) for row in rows}) == len(rows)
        assert len({row["SystemId"] for row in rows}) == len(rows)
    assert not _numbers(company, "Item") & _numbers(company, "Resource")


@_CALM
@given(_SIZES, _SEEDS)
def test_the_company_has_the_size_that_was_asked_for(records: int, seed: int) -> None:
    tables = generate(records, seed).financials

    persons = sum(row["Type"] == "Person" for row in tables["Contact"])
    prices = sum(row["Sales Type"] == "Customer Price Group" for row in tables["Sales Price"])
    main = sum(len(tables[name]) for name in ("Customer", "Item", "Resource")) + prices + persons
    assert abs(main - records) <= max(5, records // 20)
    assert 0.4 <= len(tables["Customer"]) / records <= 0.5


@_CALM
@given(_SIZES, _SEEDS)
def test_the_expectation_is_what_the_rules_say_of_the_rows(records: int, seed: int) -> None:
    company = generate(records, seed)

    assert company.failing.get("CURRENCY") == _rateless(company)
    assert company.failing.get("CUSTOMER", set()) == _failing_customers(company)
    assert company.failing.get("CONTACT", set()) == _contacts(company)[0]
    assert company.skipping.get("CONTACT", set()) == _contacts(company)[1]
    for mapping, table in (("ITEM-PRODUCT", "Item"), ("RESOURCE-PRODUCT", "Resource")):
        unitless = {
            row["No."] for row in company.financials[table] if not row["Base Unit of Measure"] and not row["Blocked"]
        }
        assert company.failing.get(mapping, set()) == unitless
    failing, skipping = _prices(company)
    assert company.failing.get("SALESPRC-PRODPRICE", set()) == failing
    assert company.skipping.get("SALESPRC-PRODPRICE", set()) == skipping


def _rateless(company: Generated) -> set[str]:
    usable = {
        row["Currency Code"]
        for row in company.financials["Currency Exchange Rate"]
        if row["Starting Date"] <= "2025-12-31" and row["Relational Exch. Rate Amount"]
    }
    return _numbers(company, "Currency", "Code") - usable


def _userless(company: Generated) -> set[str]:
    mails = {
        user["internalemailaddress"]
        for user in company.sales["systemuser"]
        if user["islicensed"] and not user["isdisabled"] and not user["isintegrationuser"]
    }
    return {row["Code"] for row in company.financials["Salesperson/Purchaser"] if row["E-Mail"] not in mails}


def _failing_customers(company: Generated) -> set[str]:
    userless, rateless = _userless(company), _rateless(company)
    return {
        row["No."]
        for row in company.financials["Customer"]
        if row["Blocked"] == " "
        and (row["Salesperson Code"] in userless or row["Currency Code"] in rateless or row["Credit Limit (LCY)"] < 0)
    }


def _contacts(company: Generated) -> tuple[set[str], set[str]]:
    customers = {
        row["Contact No."]: row["No."]
        for row in company.financials["Contact Business Relation"]
        if row["Link to Table"] == "Customer"
    }
    blocked = {row["No."] for row in company.financials["Customer"] if row["Blocked"] != " "}
    lost = _failing_customers(company) | blocked
    userless = _userless(company)
    persons = [row for row in company.financials["Contact"] if row["Type"] == "Person" and row["Company No."]]
    skipped = {row["No."] for row in persons if row["Company No."] not in customers}
    failed = {
        row["No."]
        for row in persons
        if row["No."] not in skipped and (customers[row["Company No."]] in lost or row["Salesperson Code"] in userless)
    }
    return failed, skipped


def _prices(company: Generated) -> tuple[set[str], set[str]]:
    table = FINANCIALS_TABLES["Sales Price"]
    products = {
        row["No."]: row["Base Unit of Measure"]
        for row in company.financials["Item"]
        if row["Base Unit of Measure"] and not row["Blocked"]
    }
    grouped = [row for row in company.financials["Sales Price"] if row["Sales Type"] == "Customer Price Group"]
    first: dict[str, Any] = {}
    for row in sorted(grouped, key=lambda row: sort_key(table, row)):
        first.setdefault(row["Sales Code"], row["Currency Code"])
    failing, skipping, held = set(), set(), Counter[tuple[str, str]]()
    for row in grouped:
        unit = products.get(row["Item No."])
        if (
            row["Minimum Quantity"] > 1
            or row["Starting Date"]
            or row["Ending Date"]
            or row["Variant Code"]
            or row["Currency Code"] != first[row["Sales Code"]]
            or (unit and row["Unit of Measure Code"] not in {"", unit})
        ):
            skipping.add(key_text(table, row))
            continue
        if unit is None or row["Unit Price"] < 0:
            failing.add(key_text(table, row))
        held[row["Sales Code"], row["Item No."]] += 1
    assert set(held.values()) <= {1}, "two prices for one place in a price list"
    return failing, skipping


@pytest.mark.parametrize("records", [40, 1000])
def test_every_size_has_its_hostile_records(records: int) -> None:
    company = generate(records, 7)
    customers = company.financials["Customer"]

    assert any(utf16_length(row["Name"]) == 100 for row in customers)
    assert any(row["Blocked"] != " " for row in customers)
    assert any("'" in row["Name"] and '"' in row["Name"] for row in customers)
    assert any(row["Address"] == row["E-Mail"] == "" for row in customers)
    assert {mapping for mapping, _ in _reasons(company)} >= {"CURRENCY", "CUSTOMER", "CONTACT", "ITEM-PRODUCT"}
    if records == 1000:
        assert len(_reasons(company)) >= 13


def _reasons(company: Generated) -> set[tuple[str, str]]:
    return {(item.mapping, item.reason) for item in company.expected}


def test_the_sales_side_fits_its_tables_and_holds_no_customer() -> None:
    sales = generate(100, 7).sales

    for name, rows in sales.items():
        table = SALES_TABLES[name]
        for row in rows:
            unknown = {each for each in row if each not in table and each != table.id}
            assert not unknown, (name, unknown)
    assert all(row["customertypecode"] != 3 for row in sales["account"])
    assert [(row["isocurrencycode"], row["exchangerate"]) for row in sales["transactioncurrency"]] == [("USD", 1)]


def test_a_company_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        generate(SMALLEST - 1, 1)


def test_everything_generated_can_be_written_as_json() -> None:
    assert len(msgspec.json.encode(generate(100, 7))) > 10_000
