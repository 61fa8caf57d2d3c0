"""Sales quotes and orders with their lines over API v2.0: defaults, order of fields, prices, totals, refusals."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.sandbox.financials import financials_routes
from services.sandbox.settings import SandboxSettings
from services.sandbox.shell import FINANCIALS, Shell
from tests.component.sandbox_financials.conftest import Answered, Financials
from tests.price_cases import PricedCompany

_EMPTY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def shop() -> PricedCompany:
    return PricedCompany("price_lists")


@pytest.fixture
async def api(shop: PricedCompany) -> AsyncIterator[Financials]:
    shell = Shell(SandboxSettings(any_token=True))
    app = web.Application(middlewares=[shell.middleware])
    app.add_routes(financials_routes(shop.world, shell))
    async with TestClient(TestServer(app)) as client:
        yield Financials(client, shell, shop.world).on("api_v2")


def _id(api: Financials, table: str, key: str, name: str = "No.") -> str:
    return str(next(row["SystemId"] for row in api.world.dump(table) if row[name] == key))


async def _post(api: Financials, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answered = await api.ask("POST", f"{api.company}/{path}", body)
    assert answered.status == 201, answered.raw
    return dict(answered.json)


async def _patch(api: Financials, path: str, body: dict[str, Any], etag: str = "*") -> Answered:
    return await api.ask("PATCH", f"{api.company}/{path}", body, If_Match=etag)


async def _order(api: Financials, customer: str = "C1", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return await _post(api, "salesOrders", {"customerNumber": customer, **more, "salesOrderLines": list(lines)})


def _item(number: str = "I1", **more: Any) -> dict[str, Any]:
    return {"lineType": "Item", "lineObjectNumber": number, **more}


async def _lines(api: Financials, order: dict[str, Any]) -> list[dict[str, Any]]:
    return (await api.get(f"{api.company}/salesOrders({order['id']})/salesOrderLines")).rows


# --- headers --------------------------------------------------------------------------------------------------------


async def test_a_new_order_takes_what_it_needs_from_its_customer(api: Financials) -> None:
    answered = await api.ask("POST", f"{api.company}/salesOrders", {"customerNumber": "C3"})

    order = answered.json
    assert order["number"] == "S-ORD101001"
    assert (order["customerName"], order["billToCustomerNumber"], order["billToName"]) == ("Branch", "C1", "Adatum")
    assert (order["currencyCode"], order["currencyId"]) == ("GBP", _EMPTY)
    assert (order["orderDate"], order["postingDate"], order["status"]) == ("2026-11-22", "2026-11-22", "Draft")
    assert order["customerId"] == _id(api, "Customer", "C3")
    assert answered.headers["Location"].endswith(f"/salesOrders({order['id']})")
    assert order["totalAmountIncludingTax"] == 0


async def test_fields_of_a_header_are_validated_in_their_order(api: Financials) -> None:
    after = await _post(api, "salesOrders", {"customerNumber": "C2", "currencyCode": "SEK"})
    before = await _post(api, "salesOrders", {"currencyCode": "SEK", "customerNumber": "C2"})

    assert (after["currencyCode"], before["currencyCode"]) == ("SEK", "EUR")
    assert (after["number"], before["number"]) == ("S-ORD101001", "S-ORD101002")


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({}, "Application_DialogException", "customerNumber"),
        ({"customerNumber": "NOBODY"}, "Internal_InvalidTableRelation", "NOBODY"),
        ({"customerId": _EMPTY[:-1] + "1"}, "Application_DialogException", "customerId"),
        ({"customerNumber": "C1", "number": "X"}, "BadRequest_InvalidOperation", "number"),
        ({"customerNumber": "C1", "totalTaxAmount": 1}, "BadRequest_InvalidOperation", "totalTaxAmount"),
        ({"customerNumber": "C1", "colour": "red"}, "BadRequest", "colour"),
        ({"customerNumber": "C1", "currencyCode": "XXX"}, "Internal_InvalidTableRelation", "XXX"),
        ({"customerNumber": "C1", "externalDocumentNumber": "x" * 36}, "Application_StringExceededLength", "35"),
        ({"customerNumber": "C1", "orderDate": "soon"}, "BadRequest", "orderDate"),
    ],
    ids=str,
)
async def test_a_header_that_does_not_hold_is_refused(api: Financials, body: Any, code: str, words: str) -> None:
    answered = await api.ask("POST", f"{api.company}/salesOrders", body)

    assert (answered.status, answered.code) == (400, code)
    assert words in answered.json["error"]["message"]
    assert (await api.get(f"{api.company}/salesOrders")).rows == []


async def test_an_id_and_a_number_that_name_different_records_are_refused(api: Financials) -> None:
    body = {"customerId": _id(api, "Customer", "C1"), "customerNumber": "C2"}

    answered = await api.ask("POST", f"{api.company}/salesOrders", body)

    assert (answered.status, answered.code) == (400, "Application_DialogException")


async def test_a_change_of_a_line_is_found_by_the_modification_time_of_its_order(api: Financials) -> None:
    order = await _order(api, "C1", _item(quantity=1))
    since = {"$filter": f"lastModifiedDateTime ge {order['lastModifiedDateTime']}", "$orderby": "lastModifiedDateTime"}

    [line] = await _lines(api, order)
    await _patch(api, f"salesOrderLines({line['id']})", {"quantity": 2})

    found = (await api.get(f"{api.company}/salesOrders", since)).rows
    assert [(row["number"], row["totalAmountExcludingTax"]) for row in found] == [(order["number"], 200)]
    assert found[0]["@odata.etag"] != order["@odata.etag"]


async def test_a_blocked_customer_gets_no_documents(api: Financials) -> None:
    api.world.change("Customer", "C1", {"Blocked": "Invoice"})

    answered = await api.ask("POST", f"{api.company}/salesOrders", {"customerNumber": "C3"})

    assert "blocked with type Invoice" in answered.json["error"]["message"]


async def test_an_order_is_found_by_its_external_document_number(api: Financials) -> None:
    await _order(api, externalDocumentNumber="crm-1")
    second = await _order(api, externalDocumentNumber="CRM-2")

    found = await api.get(
        f"{api.company}/salesOrders", {"$filter": "externalDocumentNumber eq 'CRM-2'", "$select": "id,number"}
    )

    assert [row["id"] for row in found.rows] == [second["id"]]
    assert set(found.rows[0]) == {"@odata.etag", "id", "number"}


async def test_a_change_names_the_version_that_it_means(api: Financials) -> None:
    order = await _order(api)

    changed = await _patch(api, f"salesOrders({order['id']})", {"email": "a@b.example"}, order["@odata.etag"])
    stale = await _patch(api, f"salesOrders({order['id']})", {"email": "c@d.example"}, order["@odata.etag"])
    without = await api.ask("PATCH", f"{api.company}/salesOrders({order['id']})", {"email": "x"})

    assert (changed.status, changed.json["email"]) == (200, "a@b.example")
    assert (stale.status, stale.code) == (409, "Request_EntityChanged")
    assert without.code == "BadRequest_InvalidToken"


async def test_another_currency_or_customer_prices_every_line_anew(api: Financials) -> None:
    order = await _order(api, "C1", _item(quantity=2))

    await _patch(api, f"salesOrders({order['id']})", {"currencyCode": "EUR"})
    [in_euro] = await _lines(api, order)
    await _patch(api, f"salesOrders({order['id']})", {"customerNumber": "C2"})
    [gross] = await _lines(api, order)

    assert (in_euro["unitPrice"], in_euro["quantity"]) == (125, 2)
    assert (gross["unitPrice"], gross["amountIncludingTax"], gross["amountExcludingTax"]) == (150, 300, 250)


async def test_a_deleted_order_is_gone_with_its_lines_and_frees_its_stock(api: Financials) -> None:
    order = await _order(api, "C1", _item(quantity=2), _item("I2", quantity=1))
    assert api.world.count("Sales Line") == 2

    deleted = await api.ask("DELETE", f"{api.company}/salesOrders({order['id']})", If_Match="*")

    assert deleted.status == 204
    assert (await api.get(f"{api.company}/salesOrders({order['id']})")).code == "Internal_RecordNotFound"
    assert api.world.count("Sales Line") == 0


# --- lines ----------------------------------------------------------------------------------------------------------


async def test_lines_are_numbered_priced_and_totalled(api: Financials, shop: PricedCompany) -> None:
    shop.list_line("90", Minimum="10")
    shop.list_line(None, Amount_Type="Discount", Disc="10", Source_Type="Customer Disc. Group", Source_No="LARGE")

    order = await _order(
        api, "C1", _item(quantity=10), _item("I3", quantity=1), {"lineType": "Comment", "description": "!"}
    )

    first, second, comment = await _lines(api, order)
    assert [line["sequence"] for line in (first, second, comment)] == [10000, 20000, 30000]
    assert (first["unitPrice"], first["discountPercent"], first["discountAmount"]) == (90, 10, 90)
    assert (first["amountExcludingTax"], first["taxPercent"], first["amountIncludingTax"]) == (810, 25, 1012.5)
    assert (first["description"], first["itemId"]) == ("Chair", _id(api, "Item", "I1"))
    assert (second["unitOfMeasureCode"], second["unitPrice"], second["netAmountIncludingTax"]) == ("BOX", 36, 39.6)
    assert (comment["description"], comment["lineType"], comment["itemId"]) == ("!", "Comment", _EMPTY)
    order = (await api.get(f"{api.company}/salesOrders({order['id']})")).json
    assert (order["totalAmountExcludingTax"], order["totalAmountIncludingTax"]) == (846, 1052.1)
    assert "lastModifiedDateTime" not in first


async def test_a_price_given_after_item_and_quantity_is_kept_and_one_given_before_is_not(
    api: Financials, shop: PricedCompany
) -> None:
    shop.list_line("90")
    after = _item(quantity=2, unitPrice=10.5, discountPercent=3)
    between = {"lineType": "Item", "lineObjectNumber": "I1", "unitPrice": 10.5, "discountPercent": 3, "quantity": 2}
    before = {"unitPrice": 10.5, "discountPercent": 3, "lineType": "Item", "lineObjectNumber": "I1", "quantity": 2}

    order = await _order(api, "C1", after, between, before)

    kept, priced, last = await _lines(api, order)
    assert (last["unitPrice"], last["discountPercent"]) == (90, 0)
    assert (kept["unitPrice"], kept["discountPercent"], kept["amountExcludingTax"]) == (10.5, 3, 20.37)
    assert (priced["unitPrice"], priced["discountPercent"]) == (90, 0)


async def test_without_price_lines_a_change_of_quantity_leaves_the_price_alone(api: Financials) -> None:
    order = await _order(api, "C1", _item(quantity=2, unitPrice=10.5))
    [line] = await _lines(api, order)

    changed = (await _patch(api, f"salesOrderLines({line['id']})", {"quantity": 5})).json
    unit = (await _patch(api, f"salesOrderLines({line['id']})", {"unitOfMeasureCode": "BOX"})).json

    assert (changed["unitPrice"], changed["amountExcludingTax"]) == (10.5, 52.5)
    assert (unit["unitPrice"], unit["quantity"]) == (1200, 5)


async def test_variant_location_and_unit_may_be_given_by_id(api: Financials, shop: PricedCompany) -> None:
    shop.list_line("77", Variant_Code="OAK")
    line = {
        "itemId": _id(api, "Item", "I1"),
        "itemVariantId": _id(api, "Item Variant", "OAK", "Code"),
        "locationId": _id(api, "Location", "WEST", "Code"),
        "unitOfMeasureId": _id(api, "Unit of Measure", "BOX", "Code"),
        "quantity": 3,
    }

    order = await _order(api, "C1", line)

    [stored] = await _lines(api, order)
    assert (stored["unitPrice"], stored["description"], stored["unitOfMeasureCode"]) == (924, "Chair, oak", "BOX")
    assert (stored["itemVariantId"], stored["locationId"]) == (line["itemVariantId"], line["locationId"])
    [told] = api.world.dump("Sales Line")
    assert told["SystemId"] == stored["id"]
    assert (told["Document Type"], told["No."], told["Variant Code"], told["Location Code"]) == (
        "Order",
        "I1",
        "OAK",
        "WEST",
    )
    assert (told["Outstanding Quantity"], told["Outstanding Qty. (Base)"]) == ("3", "36")


async def test_lines_are_added_changed_and_deleted_one_by_one(api: Financials) -> None:
    order = await _order(api, "C1")
    path = f"{api.company}/salesOrders({order['id']})/salesOrderLines"

    first = (await api.ask("POST", path, _item(quantity=1, sequence=15))).json
    second = await _post(api, "salesOrderLines", {"documentId": order["id"], **_item("I2", quantity=1)})
    await _patch(api, f"salesOrderLines({first['id']})", {"quantity": 4, "sequence": 15, "documentId": order["id"]})
    await api.ask("DELETE", f"{path}({second['id']})", If_Match="*")

    assert (first["sequence"], second["sequence"], second["documentId"]) == (15, 10015, order["id"])
    assert [(line["id"], line["quantity"]) for line in await _lines(api, order)] == [(first["id"], 4)]
    assert (await api.get(f"{api.company}/salesOrders({order['id']})")).json["totalAmountExcludingTax"] == 400
    assert [row["Outstanding Quantity"] for row in api.world.dump("Sales Line")] == ["4"]


async def test_lines_are_listed_for_named_documents_only(api: Financials) -> None:
    order = await _order(api, "C1", _item(quantity=1), _item("I2", quantity=1))
    await _order(api, "C1", _item("I3", quantity=1))
    path = f"{api.company}/salesOrderLines"

    every = await api.get(path)
    of_order = await api.get(path, {"$filter": f"documentId eq {order['id']} and lineObjectNumber eq 'I2'"})
    one = await api.get(path, {"$filter": f"id eq {of_order.rows[0]['id']}"})
    expanded = await api.get(
        f"{api.company}/salesOrders({order['id']})",
        {"$expand": "salesOrderLines($select=sequence),customer($select=number),currency"},
    )

    assert (every.status, every.code) == (400, "Application_DialogException")
    assert "Document Id" in every.json["error"]["message"]
    assert [row["lineObjectNumber"] for row in of_order.rows] == ["I2"]
    assert [row["lineObjectNumber"] for row in one.rows] == ["I2"]
    assert [line["sequence"] for line in expanded.json["salesOrderLines"]] == [10000, 20000]
    assert (expanded.json["customer"]["number"], expanded.json["currency"]) == ("C1", None)


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (_item("NOTHING"), "Internal_InvalidTableRelation", "NOTHING"),
        ({"itemId": _EMPTY[:-1] + "1"}, "Application_DialogException", "itemId"),
        ({"itemId": _EMPTY[:-1] + "1", "accountId": _EMPTY[:-1] + "2"}, "Application_DialogException", "both"),
        ({"lineType": "Account", "lineObjectNumber": "1000"}, "Internal_InvalidTableRelation", "Account"),
        ({"quantity": 1}, "Application_DialogException", "No. must have a value"),
        (_item(unitOfMeasureCode="HOUR"), "Internal_InvalidTableRelation", "HOUR"),
        (_item("I2", itemVariantId=_EMPTY[:-1] + "1"), "Application_DialogException", "itemVariantId"),
        (_item(discountPercent=101), "Application_DialogException", "between 0 and 100"),
        (_item(quantity="many"), "BadRequest", "quantity"),
        (_item(netAmount=1), "BadRequest_InvalidOperation", "netAmount"),
        (_item(documentId=_EMPTY), "", ""),
    ],
    ids=str,
)
async def test_a_bad_line_fails_the_whole_order(api: Financials, line: Any, code: str, words: str) -> None:
    body = {"customerNumber": "C1", "salesOrderLines": [_item(quantity=1), line]}

    answered = await api.ask("POST", f"{api.company}/salesOrders", body)

    if not code:
        assert answered.status == 201
        return
    assert (answered.status, answered.code) == (400, code)
    assert words in answered.json["error"]["message"]
    assert (await api.get(f"{api.company}/salesOrders/$count")).raw == b"0"
    assert api.world.count("Sales Line") == 0


@pytest.mark.parametrize(
    ("table", "key", "values", "words"),
    [
        ("Item", "I1", {"Blocked": True}, "Blocked must be equal to 'No'"),
        ("Item", "I1", {"Sales Blocked": True}, "cannot sell item I1"),
    ],
)
async def test_a_blocked_item_cannot_be_sold(
    api: Financials, table: str, key: str, values: dict[str, Any], words: str
) -> None:
    api.world.change(table, key, values)

    answered = await api.ask(
        "POST", f"{api.company}/salesOrders", {"customerNumber": "C1", "salesOrderLines": [_item()]}
    )

    assert words in answered.json["error"]["message"]


@pytest.mark.parametrize("change", [{"sequence": 5}, {"documentId": _EMPTY}, {"id": _EMPTY}], ids=str)
async def test_number_and_document_of_a_line_are_fixed(api: Financials, change: dict[str, Any]) -> None:
    [line] = await _lines(api, await _order(api, "C1", _item(quantity=1)))

    answered = await _patch(api, f"salesOrderLines({line['id']})", change)

    assert answered.code == "Application_DialogException"


async def test_a_discount_on_the_order_is_spread_over_its_lines_to_the_last_penny(api: Financials) -> None:
    order = await _order(api, "C1", *(_item(quantity=1, unitPrice=10) for _ in range(3)))

    changed = (await _patch(api, f"salesOrders({order['id']})", {"discountAmount": 1})).json

    lines = await _lines(api, order)
    assert [line["invoiceDiscountAllocation"] for line in lines] == [0.33, 0.34, 0.33]
    assert [line["netAmount"] for line in lines] == [9.67, 9.66, 9.67]
    assert (changed["totalAmountExcludingTax"], changed["totalTaxAmount"]) == (29, 7.25)
    assert sum(round(line["netTaxAmount"] * 100) for line in lines) == 725


async def test_rights_are_those_of_header_and_line(api: Financials) -> None:
    order = await _order(api, "C1")
    api.shell.denied[FINANCIALS] = {("Sales Line", "create"), ("Sales Header", "read")}

    refused = await api.ask("POST", f"{api.company}/salesOrders({order['id']})/salesOrderLines", _item())
    read = await api.get(f"{api.company}/salesOrders")

    assert (refused.status, read.status) == (403, 403)


async def test_documents_follow_records_that_get_another_number(api: Financials) -> None:
    order = await _order(api, "C1", _item(quantity=1))

    api.world.change("Customer", "C1", {"No.": "C100"})
    api.world.change("Item", "I1", {"No.": "I100"})

    assert (await api.get(f"{api.company}/salesOrders({order['id']})")).json["customerNumber"] == "C100"
    [line] = await _lines(api, order)
    changed = (await _patch(api, f"salesOrderLines({line['id']})", {"quantity": 2})).json
    assert (changed["lineObjectNumber"], changed["itemId"]) == ("I100", _id(api, "Item", "I100"))
    [told] = api.world.dump("Sales Line")
    assert (told["Sell-to Customer No."], told["No."], told["Quantity"]) == ("C100", "I100", "2")


# --- quotes, batches ------------------------------------------------------------------------------------------------


async def test_a_quote_reserves_no_stock_and_becomes_an_order_with_its_prices(api: Financials) -> None:
    quote = await _post(
        api, "salesQuotes", {"customerNumber": "C1", "salesQuoteLines": [_item(quantity=2, unitPrice=5)]}
    )
    [offered] = api.world.dump("Sales Line")

    made = await api.ask("POST", f"{api.company}/salesQuotes({quote['id']})/Microsoft.NAV.makeOrder")

    assert (quote["number"], offered["Document Type"]) == ("S-QUO1001", "Quote")
    assert made.status == 204
    order = (await api.get(made.headers["Location"].split("/api/v2.0")[1])).json
    assert (order["number"], order["totalAmountExcludingTax"]) == ("S-ORD101001", 10)
    [line] = await _lines(api, order)
    assert (line["unitPrice"], line["shipQuantity"]) == (5, 2)
    assert (await api.get(f"{api.company}/salesQuotes")).rows == []
    assert [row["Document Type"] for row in api.world.dump("Sales Line")] == ["Order"]


async def test_a_snapshot_batch_takes_a_whole_order_back(api: Financials) -> None:
    order = await _order(api, "C1")
    path = f"{api.company[1:]}/salesOrders({order['id']})/salesOrderLines"
    parts = [
        {"method": "POST", "url": path, "id": str(number), "body": body}
        for number, body in enumerate((_item(quantity=1), _item("X")))
    ]

    answers = await api.batch(*parts, Isolation="snapshot")

    assert [answer["status"] for answer in answers] == [201, 400]
    assert await _lines(api, order) == []
    assert api.world.count("Sales Line") == 0


@pytest.mark.parametrize("expand", ["salesOrderLines($expand=nothing)", "customer($expand=nothing)"])
async def test_what_stands_beneath_a_document_must_be_related_too(api: Financials, expand: str) -> None:
    order = await _order(api, "C1", _item(quantity=1))
    query = {"$expand": "customer($select=number;$expand=currency($select=code)),salesOrderLines"}

    known = (await api.get(f"{api.company}/salesOrders({order['id']})", query)).json
    unknown = await api.get(f"{api.company}/salesOrders({order['id']})", {"$expand": expand})

    assert (known["customer"]["number"], known["customer"]["currency"]) == ("C1", None)
    assert (unknown.status, unknown.code) == (400, "BadRequest_InvalidRequestUrl")


async def test_documents_stand_in_the_metadata_with_their_lines(api: Financials) -> None:
    document = (await api.get("/$metadata")).raw.decode()

    assert '<EntityType Name="salesOrderLine">' in document
    assert '<NavigationProperty Name="customer" Type="Microsoft.NAV.customer"/>' in document
    assert '<Action Name="makeOrder" IsBound="true">' in document
    assert '<NavigationProperty Name="salesOrderLines" Type="Collection(Microsoft.NAV.salesOrderLine)"' in document
