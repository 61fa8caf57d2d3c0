"""What is particular to API v2.0, to published pages, and to how the surfaces are addressed and switched off."""

import base64
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from libs.dynamics.financials_tables import FINANCIALS_TABLES
from tests.component.sandbox_financials.conftest import Financials, Start

_EMPTY = "00000000-0000-0000-0000-000000000000"


def _row(financials: Financials, table: str, name: str, value: str) -> dict[str, Any]:
    return next(row for row in financials.world.dump(table) if row[name] == value)


# --- API v2.0 -------------------------------------------------------------------------------------------------------


async def test_a_blank_currency_is_shown_as_the_local_one_and_written_back_as_blank(api_v2: Financials) -> None:
    created = await api_v2.ask(
        "POST", f"{api_v2.company}/customers", {"displayName": "Alpha", "currencyCode": "GBP", "type": "Person"}
    )

    record = created.json
    assert (record["currencyCode"], record["currencyId"], record["type"]) == ("GBP", _EMPTY, "Person")
    assert _row(api_v2, "Customer", "No.", record["number"])["Currency Code"] == ""
    assert record["lastModifiedDateTime"].endswith("Z")
    assert "systemRowVersion" not in record


async def test_related_records_are_given_by_their_ids(api_v2: Financials) -> None:
    terms = _row(api_v2, "Payment Terms", "Code", "COD")
    euro = _row(api_v2, "Currency", "Code", "EUR")
    body = {"displayName": "Alpha", "paymentTermsId": terms["SystemId"], "currencyId": euro["SystemId"]}

    record = (await api_v2.ask("POST", f"{api_v2.company}/customers", body)).json

    stored = _row(api_v2, "Customer", "No.", record["number"])
    assert (stored["Payment Terms Code"], stored["Currency Code"]) == ("COD", "EUR")
    assert (record["paymentTermsId"], record["currencyCode"]) == (terms["SystemId"], "EUR")
    assert record["shipmentMethodId"] == _EMPTY


async def test_ids_that_fit_no_record_or_not_their_code_are_refused(api_v2: Financials) -> None:
    euro = _row(api_v2, "Currency", "Code", "EUR")
    path = f"{api_v2.company}/customers"

    unknown = await api_v2.ask("POST", path, {"displayName": "A", "paymentTermsId": euro["SystemId"]})
    unlike = await api_v2.ask("POST", path, {"displayName": "A", "currencyId": euro["SystemId"], "currencyCode": "USD"})

    assert (unknown.status, unknown.code) == (400, "Application_DialogException")
    assert (unlike.status, unlike.code) == (400, "Application_DialogException")


async def test_a_customer_without_a_name_is_refused(api_v2: Financials) -> None:
    answered = await api_v2.ask("POST", f"{api_v2.company}/customers", {"number": "X"})

    assert answered.code == "Application_DialogException"
    assert "displayName" in answered.json["error"]["message"]


async def test_an_id_cannot_be_changed(api_v2: Financials) -> None:
    row = api_v2.world.dump("Customer")[0]

    answered = await api_v2.ask("PATCH", f"{api_v2.company}/customers({row['SystemId']})", {"id": _EMPTY}, If_Match="*")

    assert answered.code == "Application_DialogException"


async def test_inventory_is_refused_on_create_and_adjusted_on_change(api_v2: Financials) -> None:
    path = f"{api_v2.company}/items"
    row = api_v2.world.dump("Item")[0]

    created = await api_v2.ask("POST", path, {"displayName": "x", "inventory": 5})
    changed = await api_v2.ask("PATCH", f"{path}({row['SystemId']})", {"inventory": 5}, If_Match="*")

    assert created.code == "BadRequest_InvalidOperation"
    assert (changed.status, changed.json["inventory"]) == (200, 5)


async def test_changes_are_found_by_modification_time(api_v2: Financials) -> None:
    api_v2.world.change("Customer", "C00004", {"Name": "changed"})

    answered = await api_v2.get(
        f"{api_v2.company}/customers",
        {"$filter": "lastModifiedDateTime gt 2024-06-01T00:00:00.000Z", "$orderby": "lastModifiedDateTime"},
        Prefer="odata.track-changes",
    )

    assert [row["number"] for row in answered.rows] == ["C00004"]
    assert "@odata.deltaLink" not in answered.json


async def test_related_records_can_be_expanded(api_v2: Financials) -> None:
    api_v2.world.insert("Customer", {"No.": "X", "Name": "x", "Currency Code": "EUR"})

    answered = await api_v2.get(
        f"{api_v2.company}/customers",
        {"$filter": "number eq 'X'", "$select": "number", "$expand": "currency($select=code),paymentTerm"},
    )

    (row,) = answered.rows
    assert (row["number"], row["currency"]["code"], row["paymentTerm"]) == ("X", "EUR", None)


async def test_an_item_brings_its_base_unit_and_its_variants_along(api_v2: Financials) -> None:
    api_v2.world.insert("Item", {"No.": "X", "Description": "x", "Base Unit of Measure": "PCS"})
    for code in ("OAK", "ASH", "FIR"):
        api_v2.world.insert("Item Variant", {"Item No.": "X", "Code": code, "Description": code.title()})
    some = "itemVariants($select=code;$filter=code ne 'FIR';$orderby=code desc)"

    answered = await api_v2.get(
        f"{api_v2.company}/items",
        {"$filter": "number eq 'X'", "$expand": f"baseUnitOfMeasure($select=code),{some}"},
    )
    [item] = answered.rows
    alone = await api_v2.get(f"{api_v2.company}/items({item['id']})/itemVariants", {"$select": "code", "$top": "2"})

    assert item["baseUnitOfMeasure"]["code"] == "PCS"
    assert [variant["code"] for variant in item["itemVariants"]] == ["OAK", "ASH"]
    assert [variant["code"] for variant in alone.rows] == ["ASH", "FIR"]


@pytest.mark.parametrize(
    "expand", ["currency($expand=nothing)", "currency($select=nothing)", "nothing", "itemVariants"]
)
async def test_what_is_not_related_cannot_be_expanded(api_v2: Financials, expand: str) -> None:
    answered = await api_v2.get(f"{api_v2.company}/customers", {"$filter": "currencyCode eq 'EUR'", "$expand": expand})

    assert answered.status == 400


async def test_the_company_tells_its_local_currency(api_v2: Financials) -> None:
    information = (await api_v2.get(f"{api_v2.company}/companyInformation")).rows
    setup = (await api_v2.get(f"{api_v2.company}/generalLedgerSetup")).rows

    assert [row["currencyCode"] for row in information] == ["GBP"]
    assert [(row["localCurrencyCode"], row["localCurrencySymbol"]) for row in setup] == [("GBP", "£")]


async def test_exchange_rates_can_be_read_and_not_written(api_v2: Financials) -> None:
    path = f"{api_v2.company}/currencyExchangeRates"

    answered = await api_v2.get(path, {"$filter": "currencyCode eq 'EUR' and startingDate le 2025-12-31"})

    assert [row["startingDate"] for row in answered.rows] == ["2023-01-01", "2024-01-01", "2025-01-01"]
    assert (await api_v2.ask("POST", path, {})).status == 405


async def test_api_v2_lacks_what_only_pages_and_the_companion_have(api_v2: Financials) -> None:
    answered = await api_v2.get(f"{api_v2.company}/customerPriceGroups")

    assert (answered.status, answered.code) == (404, "BadRequest_NotFound")


async def test_api_v2_also_shows_what_tandem_maps_nothing_to(api_v2: Financials) -> None:
    api_v2.world.insert("Contact", {"No.": "X", "Name": "x"})
    [contact] = (await api_v2.get(f"{api_v2.company}/contacts", {"$filter": "number eq 'X'"})).rows
    address = f"{api_v2.company}/contacts({contact['id']})"

    changed = await api_v2.ask("PATCH", address, {"jobTitle": "Buyer"}, If_Match="*")

    assert (contact["jobTitle"], contact["lastInteractionDate"]) == ("", "0001-01-01")
    assert changed.json["jobTitle"] == "Buyer"
    assert (await api_v2.ask("PATCH", address, {"lastInteractionDate": "2026-01-01"}, If_Match="*")).status == 400


# --- published pages ------------------------------------------------------------------------------------------------


async def test_pages_have_keys_and_old_names_and_no_ids(pages: Financials) -> None:
    path = f"{pages.named_company}/CustomerCard"

    answered = await pages.get(f"{path}('C00003')")

    record = answered.json
    assert record["No"] == "C00003"
    assert {"Customer_Price_Group", "Primary_Contact_No", "Credit_Limit_LCY"} <= set(record)
    assert not {"id", "lastModifiedDateTime", "systemRowVersion"} & set(record)
    changed = await pages.ask("PATCH", f"{path}('C00003')", {"Name": "New"}, If_Match=record["@odata.etag"])
    assert (changed.status, changed.json["Name"]) == (200, "New")
    assert (await pages.ask("DELETE", f"{path}(No='C00003')", If_Match="*")).status == 204


async def test_composite_keys_are_named_parts(pages: Financials) -> None:
    row = next(row for row in pages.world.dump("Sales Price") if row["Sales Type"] == "Customer Price Group")
    found = await pages.get(f"{pages.named_company}/SalesPrices", {"$filter": f"Item_No eq '{row['Item No.']}'"})
    listed = found.rows[0]
    names = [FINANCIALS_TABLES["Sales Price"][name].page for name in FINANCIALS_TABLES["Sales Price"].key]
    bare = {"Starting_Date", "Minimum_Quantity"}
    key = ",".join(
        f"{name}={listed[name]}" if name in bare else f"{name}={quote(repr(str(listed[name])))}" for name in names
    )

    answered = await pages.get(f"{pages.named_company}/SalesPrices({key})")

    assert {name: value for name, value in answered.json.items() if name != "@odata.context"} == listed
    assert listed["Sales_Type"] == "Customer Price Group"


@pytest.mark.parametrize(
    "address",
    [
        "CustomerCard(C00001)",
        "CustomerCard(Number='C00001')",
        "ItemUnitsOfMeasure('1000','PCS')",
        "ItemUnitsOfMeasure(Item_No='1000')",
        "CurrencyExchangeRates(Currency_Code='EUR',Starting_Date='2023-01-01')",
        "ItemLedgerEntries('1')",
    ],
)
async def test_texts_of_a_page_key_are_quoted_numbers_and_dates_bare_and_several_parts_named(
    pages: Financials, address: str
) -> None:
    answered = await pages.get(f"{pages.named_company}/{address}")

    assert (answered.status, answered.code) == (400, "BadRequest_InvalidRequestUrl")


async def test_a_created_page_record_is_addressed_by_its_key(pages: Financials) -> None:
    created = await pages.ask("POST", f"{pages.named_company}/PaymentTerms", {"Code": "it's 5", "Description": "x"})

    assert created.status == 201
    assert created.headers["Location"].endswith("/PaymentTerms('IT''S%205')")
    assert (await pages.get(created.headers["Location"].split("ODataV4")[1])).json["Code"] == "IT'S 5"


async def test_list_pages_and_read_only_pages_refuse_writes(pages: Financials) -> None:
    assert (await pages.get(f"{pages.named_company}/CustomerList")).status == 200
    assert (await pages.ask("POST", f"{pages.named_company}/CustomerList", {"Name": "x"})).status == 405
    assert (await pages.ask("POST", f"{pages.named_company}/ContactBusinessRelations", {})).status == 405


async def test_a_service_that_is_not_published_is_not_found_by_its_name(pages: Financials) -> None:
    pages.shell.unpublished.add("SalesPrices")

    answered = await pages.get(f"{pages.named_company}/SalesPrices")

    assert answered.status == 404
    assert "'SalesPrices'" in answered.json["error"]["message"]
    listed = await pages.get("/")
    assert "SalesPrices" not in {entry["name"] for entry in listed.rows}


async def test_pages_take_batches_too(pages: Financials) -> None:
    part = {"method": "GET", "url": f"{pages.named_company[1:]}/ItemCard('1000')", "id": "1"}

    (response,) = await pages.batch(part)

    assert response["body"]["No"] == "1000"


# --- addresses ------------------------------------------------------------------------------------------------------


async def test_the_company_may_be_named_in_every_documented_way(financials: Financials) -> None:
    other = list(financials.world.companies.values())[1]
    financials.world.insert("Payment Terms", {"Code": "THERE"}, company=other.id)
    api, pages = financials.on("api_v2"), financials.on("page_services")
    name = quote(other.name)

    answers = [
        await api.get(f"/companies({other.id})/paymentTerms"),
        await api.get("/paymentTerms", {"company": other.id}),
        await api.get("/paymentTerms", {"company": other.name}),
        await api.get("/paymentTerms", Company=other.name),
        await api.get(f"/companies(name='{name}')/paymentTerms".replace("name=", "Name=")),
        await pages.get(f"/Company('{name}')/PaymentTerms"),
        await pages.get(f"/Company(Id={other.id})/PaymentTerms"),
        await pages.get("/PaymentTerms", {"company": other.name}),
    ]

    assert [[row.get("code") or row.get("Code") for row in answered.rows] for answered in answers] == [["THERE"]] * 8


async def test_without_a_company_the_default_one_answers(api_v2: Financials) -> None:
    assert len((await api_v2.get("/paymentTerms")).rows) == api_v2.world.count("Payment Terms")


@pytest.mark.parametrize("path", ["/companies({})/customers", "/Company('{}')/CustomerCard"])
async def test_an_unknown_company_is_not_found(financials: Financials, path: str) -> None:
    surface = financials.on("page_services" if "'" in path else "api_v2")

    answered = await surface.get(path.format("d7a5c8f0-0000-4000-8000-00000000dead"))
    wrong_case = await surface.get("/paymentTerms", {"company": surface.world.company.name.lower()})

    assert (answered.status, answered.code) == (404, "Internal_CompanyNotFound")
    assert wrong_case.code == "Internal_CompanyNotFound"


async def test_companies_are_listed(financials: Financials) -> None:
    api = financials.on("api_v2")

    listed = await api.get("/companies", {"$filter": "name eq 'CRONUS International Ltd.'", "$select": "id,name"})
    one = await api.get(api.company)
    of_pages = await financials.on("page_services").get("/Company")

    assert listed.rows == [{"id": financials.world.company.id, "name": "CRONUS International Ltd."}]
    assert one.json["displayName"] == "CRONUS International Ltd."
    assert "CRONUS International Ltd." in {row["Name"] for row in of_pages.rows}


async def test_environments_are_listed(financials: Financials) -> None:
    answered = await financials.get("/environments/v1.2")

    assert [row["name"] for row in answered.rows] == ["Production"]


@pytest.mark.parametrize("surface", ["companion", "api_v2", "page_services"])
async def test_metadata_and_the_service_document_name_every_set(financials: Financials, surface: str) -> None:
    spoken = financials.on(surface)

    listed = {entry["name"] for entry in (await spoken.get("/")).rows}
    schema = ElementTree.fromstring((await spoken.get("/$metadata")).raw)

    space = "{http://docs.oasis-open.org/odata/ns/edm}"
    sets = {element.get("Name") for element in schema.iter(f"{space}EntitySet")}
    namespace = "NAV" if surface == "page_services" else "Microsoft.NAV"
    types = {f"{namespace}.{element.get('Name')}" for element in schema.iter(f"{space}EntityType")}
    assert listed == sets
    assert types == {element.get("EntityType") for element in schema.iter(f"{space}EntitySet")}
    wanted = {
        "companion": {table.companion_set for table in FINANCIALS_TABLES.values()}
        | {"deletions", "feedPositions", "pricingSetup", "stockOnHand", "stockReserved", "stockOnTheWay"},
        "api_v2": {table.api_v2_set for table in FINANCIALS_TABLES.values() if table.api_v2_set} | {"companies"},
        "page_services": {table.page_service for table in FINANCIALS_TABLES.values()}
        - {"SalesPriceLists", "PricesOverview"}
        | {"Company"},
    }[surface]
    assert wanted <= listed


@pytest.mark.parametrize("surface", ["companion", "api_v2", "page_services"])
async def test_a_surface_can_be_switched_off(financials: Financials, surface: str) -> None:
    financials.shell.surfaces.discard(surface)

    answered = await financials.on(surface).get("/$metadata")

    assert (answered.status, answered.code) == (404, "BadRequest_NotFound")


async def test_another_tenant_or_environment_is_not_found(financials: Financials) -> None:
    tenant = financials.shell.settings.tenant_id

    assert (await financials.get("/v2.0/other/Production/api/v2.0/companies")).status == 404
    assert (await financials.get(f"/v2.0/{tenant}/Test/api/v2.0/companies")).status == 404
    assert (await financials.get("/v2.0/Production/api/v2.0/companies")).status == 200


# --- on-premises ----------------------------------------------------------------------------------------------------


async def test_on_premises_wants_the_user_and_the_web_service_access_key(start: Start) -> None:
    financials = (await start(on_premises=True)).on("api_v2")
    settings = financials.shell.settings
    right = base64.b64encode(f"{settings.user}:{settings.access_key}".encode()).decode()
    wrong = base64.b64encode(f"{settings.user}:password".encode()).decode()

    answered = await financials.get("/companies", {"tenant": "default"}, Authorization=f"Basic {right}")
    refused = await financials.get("/companies", Authorization=f"Basic {wrong}")

    assert financials.root == "/BC/api/v2.0"
    assert len(settings.access_key) == 44
    assert answered.status == 200
    assert (refused.status, refused.code) == (401, "Authentication_InvalidCredentials")


async def test_an_on_premises_server_with_its_api_off_answers_405(start: Start) -> None:
    financials = (await start(on_premises=True)).on("api_v2")
    financials.shell.surfaces.discard("api_v2")
    settings = financials.shell.settings
    right = base64.b64encode(f"{settings.user}:{settings.access_key}".encode()).decode()

    answered = await financials.get("/companies", Authorization=f"Basic {right}")

    assert answered.status == 405
