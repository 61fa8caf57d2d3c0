"""Stock on each surface of the make-believe Financials: queries, flow filters, ledger entries, open lines."""

from decimal import Decimal
from typing import Any

import pytest

from libs.dynamics.financials_tables import FINANCIALS_QUERIES, FINANCIALS_TABLES, FinancialsQuery
from tests.component.sandbox_financials.conftest import Financials

ITEM_LIST = "ItemList"


def summed(financials: Financials, query: FinancialsQuery) -> dict[tuple[Any, ...], Decimal]:
    """What a query must answer, from the rows of its table."""
    found: dict[tuple[Any, ...], Decimal] = {}
    for row in financials.world.dump(query.table):
        if all(row[field] == member for field, member in query.conditions):
            place = tuple(row[field] or ("0001-01-01" if "Date" in field else "") for _, field in query.columns)
            found[place] = found.get(place, Decimal(0)) + Decimal(row[query.total[1]])
    return found


def an_item(financials: Financials, **stock: str) -> str:
    """A new item with that much at each location."""
    number = str(financials.world.insert("Item", {"Base Unit of Measure": "PCS", "Description": "Lamp"})["No."])
    for location, quantity in stock.items():
        financials.world.post_stock(number, quantity, location=location.strip("_"))
    return number


@pytest.mark.parametrize("query", FINANCIALS_QUERIES.values(), ids=lambda query: query.name)
async def test_a_query_sums_up_its_table(companion: Financials, query: FinancialsQuery) -> None:
    expected = summed(companion, query)

    rows, address = [], f"{companion.company}/{query.name}"
    while address:
        answered = await companion.get(address, Prefer="odata.maxpagesize=37")
        rows += answered.rows
        address = answered.json.get("@odata.nextLink", "")

    names = [name for name, _ in query.columns]
    assert [tuple(row[name] for name in names) for row in rows] == sorted(expected)
    assert {tuple(row[name] for name in names): Decimal(str(row["quantity"])) for row in rows} == expected
    assert len(rows) > 37
    assert all(set(row) == set(query.properties) for row in rows)


async def test_a_query_answers_for_the_items_that_are_asked_for(companion: Financials) -> None:
    one, other = an_item(companion, EAST="5", WEST="-2"), an_item(companion, _="3")
    asked = f"(itemNumber eq '{one}' or itemNumber eq '{other}')"

    rows = (await companion.get(f"{companion.company}/stockOnHand", {"$filter": asked})).rows
    east = f"{asked} and locationCode eq 'EAST'"
    [there] = (await companion.get(f"{companion.company}/stockOnHand", {"$filter": east})).rows
    companion.world.post_stock(one, "1", location="EAST")
    [after] = (await companion.get(f"{companion.company}/stockOnHand", {"$filter": east})).rows

    counted = await companion.get(f"{companion.company}/stockOnHand/$count", {"$filter": asked})

    assert counted.raw == b"3"
    assert (await companion.get(f"{companion.company}/stockOnHand()")).code == "BadRequest_InvalidRequestUrl"
    assert [(row["itemNumber"], row["locationCode"], row["quantity"]) for row in rows] == [
        (one, "EAST", 5),
        (one, "WEST", -2),
        (other, "", 3),
    ]
    assert (there["quantity"], after["quantity"]) == (5, 6)


async def test_a_query_takes_the_right_to_read_its_table_and_refuses_or_on_distinct_fields(
    companion: Financials,
) -> None:
    address = f"{companion.company}/stockOnHand"
    refused = await companion.get(address, {"$filter": "itemNumber eq '1' or locationCode eq 'EAST'"})
    written = await companion.ask("POST", address, {"itemNumber": "1000"})
    companion.shell.denied["financials"] = {("Item Ledger Entry", "read")}
    denied = await companion.get(address)

    assert (refused.status, written.status, denied.status) == (400, 405, 403)
    assert "OR" in refused.json["error"]["message"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("", (7, 9, 100)),
        (" and Location_Filter eq 'EAST'", (5, 9, 60)),
        (" and (Location_Filter eq 'EAST' or Location_Filter eq 'WEST')", (7, 9, 100)),
        (" and Location_Filter eq 'WEST' and Variant_Filter eq 'RED'", (4, 0, 40)),
        (" and Variant_Filter eq ''", (3, 9, 60)),
        (" and Location_Filter ne 'EAST'", (2, 0, 40)),
        # Inventory has no date; what is to be shipped or to arrive later is left out.
        (" and Date_Filter le 2026-01-31", (7, 4, 60)),
        (" and Location_Filter eq 'EAST' and Date_Filter gt 2026-01-31", (5, 5, 0)),
    ],
)
async def test_flow_filters_restrict_the_sums_and_not_the_rows(
    pages: Financials, condition: str, expected: tuple[int, int, int]
) -> None:
    world, number = pages.world, an_item(pages, EAST="5", WEST="-2")
    world.insert("Item Variant", {"Item No.": number, "Code": "RED"})
    world.post_stock(number, "4", location="WEST", variant="RED")
    world.add_order_line("Sales Line", number, "4", location="EAST", day="2026-01-20")
    world.add_order_line("Sales Line", number, "5", location="EAST", day="2026-02-20")
    world.add_order_line("Purchase Line", number, "60", location="EAST", day="2026-01-15")
    world.add_order_line("Purchase Line", number, "40", location="WEST", variant="RED", day="2026-03-01")

    [row] = (await pages.get(f"{pages.named_company}/{ITEM_LIST}", {"$filter": f"No eq '{number}'{condition}"})).rows

    assert (row["Inventory"], row["Qty_on_Sales_Order"], row["Qty_on_Purch_Order"]) == expected


async def test_stock_of_five_hundred_items_is_one_question(companion: Financials) -> None:
    numbers = [str(1000 + place) for place in range(500)]
    asked = " or ".join(f"itemNumber eq '{number}'" for number in numbers)
    url = f"companies({companion.world.company.id})/stockOnHand?$filter={asked}"

    [answered] = await companion.batch({"method": "GET", "id": "1", "url": url})

    held = summed(companion, FINANCIALS_QUERIES["stockOnHand"])
    assert len(answered["body"]["value"]) == sum(place[0] in numbers for place in held) > 100


async def test_flow_filters_hold_on_every_page_of_a_listing(pages: Financials) -> None:
    address = f"{pages.named_company}/{ITEM_LIST}"
    query = {"$filter": "Location_Filter eq 'EAST'", "$select": "No,Inventory"}

    rows, answered = [], await pages.get(address, query, Prefer="odata.maxpagesize=25")
    rows += answered.rows
    while "@odata.nextLink" in answered.json:
        answered = await pages.get(answered.json["@odata.nextLink"], Prefer="odata.maxpagesize=25")
        rows += answered.rows

    expected = dict.fromkeys((row["No."] for row in pages.world.dump("Item")), Decimal(0))
    for entry in pages.world.dump("Item Ledger Entry"):
        if entry["Location Code"] == "EAST":
            expected[entry["Item No."]] += Decimal(entry["Quantity"])
    assert {row["No"]: Decimal(str(row["Inventory"])) for row in rows} == expected


async def test_what_the_item_list_sums_up_is_up_to_date(pages: Financials) -> None:
    number, world = an_item(pages, EAST="5"), pages.world
    address = f"{pages.named_company}/{ITEM_LIST}('{number}')"

    before = (await pages.get(address)).json
    world.add_order_line("Sales Line", number, "3")
    world.add_order_line("Purchase Line", number, "8")
    after = (await pages.get(address)).json

    flows = ("Inventory", "Qty_on_Sales_Order", "Qty_on_Purch_Order")
    assert [before[name] for name in flows] == [5, 0, 0]
    assert [after[name] for name in flows] == [5, 3, 8]
    assert (await pages.ask("PATCH", address, {"Description": "x"}, If_Match="*")).status == 405


async def test_a_changed_inventory_posts_an_adjustment(api_v2: Financials) -> None:
    number = an_item(api_v2, EAST="5")
    [item] = (await api_v2.get(f"{api_v2.company}/items", {"$filter": f"number eq '{number}'"})).rows
    [last] = (
        await api_v2.get(f"{api_v2.company}/itemLedgerEntries", {"$orderby": "entryNumber desc", "$top": "1"})
    ).rows

    address = f"{api_v2.company}/items({item['id']})"
    changed = await api_v2.ask("PATCH", address, {"inventory": 2}, If_Match=item["@odata.etag"])
    entries = (
        await api_v2.get(f"{api_v2.company}/itemLedgerEntries", {"$filter": f"entryNumber gt {last['entryNumber']}"})
    ).rows

    assert (item["inventory"], changed.json["inventory"]) == (5, 2)
    assert [(row["itemNumber"], row["quantity"], row["entryType"]) for row in entries] == [
        (number, -3, "Negative_x0020_Adjmt_x002E_")
    ]
    assert "locationCode" not in entries[0]


async def test_the_ledger_is_read_from_an_entry_number_on(financials: Financials) -> None:
    companion, pages = financials.on("companion"), financials.on("page_services")
    whole = financials.world.count("Item Ledger Entry")
    number = an_item(financials, EAST="1", WEST="2")
    after = {"$filter": f"entryNumber gt {whole}", "$orderby": "entryNumber"}

    entries = (await companion.get(f"{companion.company}/itemLedgerEntries", after, Prefer="odata.maxpagesize=1")).rows
    page = (await pages.get(f"{pages.named_company}/ItemLedgerEntries", {"$filter": f"Entry_No ge {whole + 2}"})).rows
    one = (await pages.get(f"{pages.named_company}/ItemLedgerEntries({whole + 1})")).json

    assert [(row["entryNumber"], row["itemNumber"], row["locationCode"]) for row in entries] == [
        (whole + 1, number, "EAST")
    ]
    assert [(row["Entry_No"], row["Location_Code"], row["Quantity"]) for row in page] == [(whole + 2, "WEST", 2)]
    assert (one["Item_No"], one["Quantity"]) == (number, 1)


async def test_open_purchase_lines_are_read_by_item(pages: Financials) -> None:
    one, other = an_item(pages), an_item(pages)
    pages.world.add_order_line("Purchase Line", one, "5", location="EAST", day="2026-05-01")
    pages.world.add_order_line("Purchase Line", other, "6", unit="PCS")
    asked = f"Document_Type eq 'Order' and Type eq 'Item' and (No eq '{one}' or No eq '{other}')"

    rows = (await pages.get(f"{pages.named_company}/PurchaseLines", {"$filter": asked})).rows

    assert [(row["No"], row["Outstanding_Qty_Base"], row["Expected_Receipt_Date"]) for row in rows] == [
        (one, 5, "2026-05-01"),
        (other, 6, "0001-01-01"),
    ]


@pytest.mark.parametrize(("name", "service"), [("Location", "LocationList"), ("Item Variant", "ItemVariants")])
async def test_what_the_companion_only_shows_is_written_on_the_other_surfaces(
    financials: Financials, name: str, service: str
) -> None:
    companion, api_v2, pages = (financials.on(each) for each in ("companion", "api_v2", "page_services"))
    table, number = FINANCIALS_TABLES[name], an_item(financials)
    own = {"itemNumber": number} if name == "Item Variant" else {}
    own_page = {"Item_No": number} if name == "Item Variant" else {}

    by_api = await api_v2.ask("POST", f"{api_v2.company}/{table.api_v2_set}", {**own, "code": "NEW1"})
    by_page = await pages.ask("POST", f"{pages.named_company}/{service}", {**own_page, "Code": "NEW2"})
    refused = await companion.ask("POST", f"{companion.company}/{table.companion_set}", {**own, "code": "NEW3"})
    shown = (
        await companion.get(f"{companion.company}/{table.companion_set}", {"$filter": "startswith(code,'NEW')"})
    ).rows

    assert (by_api.status, by_page.status, refused.status) == (201, 201, 405)
    assert [row["code"] for row in shown] == ["NEW1", "NEW2"]


async def test_a_variant_of_api_v2_is_tied_to_its_item_by_id(api_v2: Financials) -> None:
    number = an_item(api_v2)
    [item] = [row for row in api_v2.world.dump("Item") if row["No."] == number]

    body = {"itemId": item["SystemId"], "code": "red", "description": "Red"}
    created = await api_v2.ask("POST", f"{api_v2.company}/itemVariants", body)
    found = (await api_v2.get(f"{api_v2.company}/itemVariants", {"$filter": f"itemNumber eq '{number}'"})).rows

    assert created.status == 201
    assert [(row["itemId"], row["itemNumber"], row["code"]) for row in found] == [(item["SystemId"], number, "RED")]


async def test_an_order_of_api_v2_reserves_stock_until_it_is_deleted(financials: Financials) -> None:
    companion, pages, api_v2 = (financials.on(each) for each in ("companion", "page_services", "api_v2"))
    number, customer = an_item(financials, EAST="50"), financials.world.insert("Customer", {"Name": "Buyer"})["No."]
    line = {"lineType": "Item", "lineObjectNumber": number, "quantity": 7, "unitPrice": 1}
    asked = {"$filter": f"itemNumber eq '{number}'"}
    listed = {"$filter": f"No eq '{number}'"}

    async def seen() -> tuple[list[float], float]:
        rows = (await companion.get(f"{companion.company}/stockReserved", asked)).rows
        [item] = (await pages.get(f"{pages.named_company}/{ITEM_LIST}", listed)).rows
        return [row["quantity"] for row in rows], item["Qty_on_Sales_Order"]

    before = await seen()
    body = {"customerNumber": customer, "salesOrderLines": [line, line]}
    order = await api_v2.ask("POST", f"{api_v2.company}/salesOrders", body)
    held = await seen()
    deleted = await api_v2.ask("DELETE", f"{api_v2.company}/salesOrders({order.json['id']})", If_Match="*")

    assert (order.status, deleted.status) == (201, 204)
    assert (before, held, await seen()) == (([], 0), ([14], 14), ([], 0))
