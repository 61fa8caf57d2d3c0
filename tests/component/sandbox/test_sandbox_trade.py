"""Stock, open orders and prices of a running sandbox, changed through its control endpoint."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.sandbox.app import Sandbox
from services.sandbox.settings import SandboxSettings
from tests.component.sandbox.conftest import SETTINGS, SalesClient
from tests.component.sandbox.test_sandbox_control import control


def an_item(sales: SalesClient) -> dict[str, Any]:
    return sales.running.tenants.financials.insert("Item", {"Base Unit of Measure": "PCS", "Unit Price": "10"})


async def test_goods_come_in_and_go_out(sales: SalesClient) -> None:
    item = an_item(sales)
    number = item["No."]

    came = await control(sales, "POST", "/stock", {"item": number, "quantity": 12, "location": "EAST"})
    went = await control(sales, "POST", "/stock", {"item": number, "quantity": "-2.5", "date": "2026-01-01"})

    assert (came["Quantity"], came["Location Code"], came["Entry Type"]) == ("12", "EAST", "Positive Adjmt.")
    assert (went["Quantity"], went["Posting Date"], went["Entry No."]) == ("-2.5", "2026-01-01", came["Entry No."] + 1)
    [now] = [row for row in sales.running.tenants.financials.dump("Item") if row["No."] == number]
    # A movement touches the ledger alone.
    assert now == item | {"Inventory": "9.5"}


async def test_orders_hold_goods_and_bring_them(sales: SalesClient) -> None:
    number = an_item(sales)["No."]
    body = {"item": number, "quantity": "3", "day": "2026-04-01", "location": "WEST"}

    sold = await control(sales, "POST", "/sales-lines", {**body, "partner": "C00001"})
    bought = await control(sales, "POST", "/purchase-lines", body)

    assert (sold["Outstanding Qty. (Base)"], sold["Sell-to Customer No."]) == ("3", "C00001")
    assert (bought["Expected Receipt Date"], bought["Location Code"]) == ("2026-04-01", "WEST")


async def test_a_price_changes_on_the_card_and_in_a_price_list(sales: SalesClient) -> None:
    number = an_item(sales)["No."]
    line = sales.running.tenants.financials.dump("Price List Line")[0]
    key = f"{line['Price List Code']};{line['Line No.']}"

    card = await control(sales, "PUT", "/prices", {"table": "Item", "key": number, "unit_price": "12.34"})
    listed = await control(sales, "PUT", "/prices", {"table": "Price List Line", "key": key, "unit_price": 9})

    assert card["Unit Price"] == "12.34"
    assert (listed["Unit Price"], listed["Status"]) == ("9", line["Status"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"item": "1000", "quantity": "many"},
        {"item": "1000"},
        {"item": "1000", "quantity": "1", "colour": "red"},
        {"item": "NOTHING", "quantity": "1"},
    ],
)
async def test_a_movement_that_makes_no_sense_is_refused_in_words(sales: SalesClient, wrong: dict[str, str]) -> None:
    before = sales.running.tenants.financials.count("Item Ledger Entry")

    answered = await control(sales, "POST", "/stock", wrong, status=400)

    assert answered["error"]
    assert sales.running.tenants.financials.count("Item Ledger Entry") == before


def test_a_sandbox_begins_with_the_pricing_of_its_settings() -> None:
    modes = [Sandbox(replace(SETTINGS, pricing=mode)) for mode in ("classic", "price_lists")]

    assert [each.tenants.financials.company.pricing.uses_price_lists for each in modes] == [False, True]
    assert SandboxSettings().pricing == "classic"


def test_open_orders_of_a_sandbox_lie_around_its_own_day() -> None:
    sandbox = Sandbox(replace(SETTINGS, records=400))
    today = sandbox.shell.now().date().isoformat()

    days = [row["Expected Receipt Date"] for row in sandbox.tenants.financials.dump("Purchase Line")]

    assert any(day and day < today for day in days)
    assert any(day and day > today for day in days)
    assert all(Decimal(row["Quantity"]) > 0 for row in sandbox.tenants.financials.dump("Purchase Line"))
