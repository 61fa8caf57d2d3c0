"""Price lists, discounts and what else decides prices, on each surface of the make-believe Financials."""

import pytest

from tests.component.sandbox_financials.conftest import Financials

OLD, NEW = ("SalesPrices", "SalesLineDiscounts"), ("SalesPriceLists", "PricesOverview")


@pytest.mark.parametrize(("mode", "open_pages", "closed_pages"), [("classic", OLD, NEW), ("price_lists", NEW, OLD)])
async def test_only_the_pages_of_the_pricing_in_use_open(
    pages: Financials, mode: str, open_pages: tuple[str, ...], closed_pages: tuple[str, ...]
) -> None:
    pages.world.company.pricing.mode = mode  # type: ignore[assignment]

    listed = {entry["name"] for entry in (await pages.get("/")).rows}
    there = [(await pages.get(f"{pages.named_company}/{name}")).status for name in open_pages]
    closed = [(await pages.get(f"{pages.named_company}/{name}")).status for name in closed_pages]
    setup = await pages.on("companion").get(f"{pages.company}/pricingSetup")

    assert there == [200, 200]
    assert closed == [404, 404]
    assert listed >= set(open_pages)
    assert not listed & set(closed_pages)
    assert setup.rows == [{"primaryKey": "", "usesPriceLists": mode == "price_lists"}]


async def test_the_lines_of_some_items_are_read_in_one_question(companion: Financials) -> None:
    lines = [row for row in companion.world.dump("Price List Line") if row["Asset Type"] == "Item"]
    numbers = sorted({row["Asset No."] for row in lines})[:3]
    asked = " or ".join(f"assetNumber eq '{number}'" for number in numbers)
    condition = f"status eq 'Active' and priceType eq 'Sale' and assetType eq 'Item' and ({asked})"

    found = (await companion.get(f"{companion.company}/priceListLines", {"$filter": condition})).rows

    expected = [row for row in lines if row["Asset No."] in numbers and row["Status"] == "Active"]
    assert [(row["priceListCode"], row["lineNumber"]) for row in found] == [
        (row["Price List Code"], row["Line No."]) for row in expected
    ]
    assert 0 < len(found) < len(lines)


async def test_price_list_lines_look_as_on_the_page(pages: Financials) -> None:
    pages.world.company.pricing.mode = "price_lists"
    first = pages.world.dump("Price List Line")[0]
    key = f"Price_List_Code='{first['Price List Code']}',Line_No={first['Line No.']}"

    line = (await pages.get(f"{pages.named_company}/PricesOverview({key})")).json
    written = await pages.ask("PATCH", f"{pages.named_company}/PricesOverview({key})", {"Unit_Price": 1}, If_Match="*")

    assert (line["Source_Type"], line["Asset_No"]) == (first["Source Type"], first["Asset No."])
    assert f"{line['Unit_Price']}" == first["Unit Price"] or float(line["Unit_Price"]) == float(first["Unit Price"])
    assert "Line_Discount_Percent" in line
    assert "Price_Type" not in line
    assert written.status == 405


async def test_line_discounts_are_kept_on_their_page(financials: Financials) -> None:
    pages, companion = financials.on("page_services"), financials.on("companion")
    body = {"Type": "Item Disc. Group", "Code": "A", "Sales_Type": "All Customers", "Line_Discount_Percent": 12.5}

    created = await pages.ask("POST", f"{pages.named_company}/SalesLineDiscounts", {**body, "Minimum_Quantity": 77})
    again = await pages.ask("POST", f"{pages.named_company}/SalesLineDiscounts", {**body, "Minimum_Quantity": 77})
    [shown] = (
        await companion.get(f"{companion.company}/salesLineDiscounts", {"$filter": "minimumQuantity eq 77"})
    ).rows

    assert (created.status, again.code) == (201, "Internal_EntityWithSameKeyExists")
    assert (shown["type"], shown["lineDiscountPercent"]) == ("Item_x0020_Disc_x002E__x0020_Group", 12.5)


async def test_what_prices_rest_on_is_the_same_on_every_surface(financials: Financials) -> None:
    pages, companion, api_v2 = (financials.on(each) for each in ("page_services", "companion", "api_v2"))

    [setup] = (await companion.get(f"{companion.company}/generalLedgerSetup")).rows
    [setup_page] = (await pages.get(f"{pages.named_company}/GeneralLedgerSetup")).rows
    [setup_api] = (await api_v2.get(f"{api_v2.company}/generalLedgerSetup")).rows
    vat = (await companion.get(f"{companion.company}/vatPostingSetup", {"$filter": "vatPercent gt 0"})).rows
    home = "VAT_Bus_Posting_Group='DOMESTIC',VAT_Prod_Posting_Group='STANDARD'"
    one = (await pages.get(f"{pages.named_company}/VATPostingSetup({home})")).json

    assert setup["lcyCode"] == setup_page["LCY_Code"] == setup_api["localCurrencyCode"] == "GBP"
    assert setup["unitAmountRoundingPrecision"] == setup_page["Unit_Amount_Rounding_Precision"] == 0.00001
    assert one["VAT_Percent"] == 20
    assert ("DOMESTIC", "STANDARD", 20, "Normal_x0020_VAT") in [
        (
            row["vatBusinessPostingGroup"],
            row["vatProductPostingGroup"],
            row["vatPercent"],
            row["vatCalculationType"],
        )
        for row in vat
    ]


async def test_a_deleted_customer_takes_its_prices_along(financials: Financials) -> None:
    world = financials.world
    number = world.insert("Customer", {"Name": "New"})["No."]
    world.insert(
        "Price List Line",
        {
            "Price List Code": "S00001",
            "Line No.": 9_990_000,
            "Source Type": "Customer",
            "Source No.": number,
            "Asset Type": "Item",
            "Asset No.": "1000",
        },
    )
    renamed = world.change("Customer", number, {"No.": "RENAMED"})["No."]
    named = [row["Source No."] for row in world.dump("Price List Line") if row["Line No."] == 9_990_000]

    world.delete("Customer", renamed)

    assert named == ["RENAMED"]
    assert not [row for row in world.dump("Price List Line") if row["Line No."] == 9_990_000]
