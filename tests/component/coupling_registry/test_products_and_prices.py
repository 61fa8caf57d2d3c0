"""Items, resources, price lists and prices."""

from typing import Any

import pytest

from libs.contracts.vocabulary import RunKind
from libs.testing.builders import a_context, a_record, a_resource, a_sales_price, an_id, an_item
from tests.component.coupling_registry.bench import Bench, counted


@pytest.fixture
async def shop(bench: Bench) -> Bench:
    """Units, one item and one price list are there already."""
    await bench.to_sales("UNIT OF MEASURE", *(a_record(code, {"Code": code}) for code in ("PCS", "BOX", "HOUR")))
    await bench.to_sales("CURRENCY", a_record("GBP", {"Code": "GBP", "Exchange Rate": "1.2", "Description": "Pound"}))
    await bench.to_sales("ITEM-PRODUCT", an_item("1000"))
    await bench.to_sales("CUSTPRCGRP-PRICE", a_group("RETAIL"))
    return bench


def a_group(code: str, currency: str = "") -> Any:
    return a_record(code, {"Code": code, "Description": f"Prices of {code}", "First Line Currency Code": currency})


async def test_an_item_becomes_an_active_product_with_a_default_price(shop: Bench) -> None:
    group = (await shop.coupling("UNIT OF MEASURE", "PCS")).sales_id
    unit = an_id(f"base unit of {group}")
    [product] = shop.sales.records("product")
    values = product["values"]
    assert (values["producttypecode"], values["productstructure"], values["quantitydecimal"]) == (1, 1, 2)
    assert (values["defaultuomid"], values["defaultuomscheduleid"]) == (unit, group)
    assert (values["price"], values["standardcost"], values["currentcost"]) == ("4000", "350.59", "350.59")
    [create] = [write for write in shop.sales.performed if write["id"] == product["id"]]
    price_list = a_context().default_price_list_id
    assert create["final_values"] == {"pricelevelid": price_list, "statecode": 0, "statuscode": 1}
    [price] = shop.sales.records("productpricelevel")
    assert price["values"] == {
        "pricelevelid": price_list,
        "productid": product["id"],
        "uomid": unit,
        "amount": "4000",
        "pricingmethodcode": 1,
    }


@pytest.mark.parametrize("units", ["Dozen box", None])
async def test_a_product_is_not_sold_in_the_unit_of_a_group_that_holds_another_or_several(
    shop: Bench, units: str | None
) -> None:
    unit = a_record("PAL", {"Code": "PAL"})
    shop.sales.put("uomschedule", an_id("pallets"), {"name": "NAV PAL", "baseuomname": "PAL", "units": units})
    await shop.to_sales("UNIT OF MEASURE", unit)

    refused = await shop.to_sales("ITEM-PRODUCT", an_item("2000", base_unit_of_measure="PAL"))
    # Somebody renames the unit: that is no new version of the group.
    shop.sales.table("uomschedule")[an_id("pallets")].values["units"] = "PAL"
    await shop.to_sales("UNIT OF MEASURE", unit)
    shop.clock.advance(60)
    mended = await shop.to_sales("ITEM-PRODUCT", an_item("2000", base_unit_of_measure="PAL"))

    [error] = refused.errors
    assert (error.failure.code, error.failure.field) == ("record.unit_group_unfit", "Base Unit of Measure")
    assert "PAL" in error.failure.message
    assert counted(mended) == {"inserted": 1}


async def test_a_new_price_is_written_to_the_product_and_its_default_price(shop: Bench) -> None:
    done = await shop.to_sales("ITEM-PRODUCT", an_item("1000", unit_price="4100", version="2"), run=RunKind.MODIFIED)

    assert counted(done) == {"modified": 1}
    assert shop.sales.performed[-1]["values"] == {"price": "4100"}
    assert [row["values"]["amount"] for row in shop.sales.records("productpricelevel")] == ["4100"]


@pytest.mark.parametrize("run", [RunKind.FULL, RunKind.MODIFIED])
async def test_a_retired_product_is_active_again_when_its_item_is_written(shop: Bench, run: RunKind) -> None:
    [product] = shop.sales.records("product")
    shop.sales.put("product", product["id"], {**product["values"], "statecode": 1, "statuscode": 2})

    done = await shop.to_sales("ITEM-PRODUCT", an_item("1000", description="Bike", version="2"), run=run)

    assert counted(done) == {"modified": 1}
    assert shop.sales.performed[-1]["values"] == {"name": "Bike", "statecode": 0, "statuscode": 1}


async def test_the_product_of_an_item_that_was_blocked_is_retired(shop: Bench) -> None:
    done = await shop.to_sales("ITEM-PRODUCT", an_item("1000", blocked=True, version="2"), run=RunKind.MODIFIED)

    assert counted(done) == {"modified": 1}
    assert shop.sales.performed[-1]["values"] == {"statecode": 1, "statuscode": 2}


async def test_another_change_leaves_the_default_price_alone(shop: Bench) -> None:
    await shop.to_sales("ITEM-PRODUCT", an_item("1000", description="Bike", version="2"), run=RunKind.MODIFIED)

    assert "children" not in shop.sales.performed[-1]


async def test_negative_price_and_stock_are_written_as_zero(shop: Bench) -> None:
    await shop.to_sales("ITEM-PRODUCT", an_item("1001", unit_price="-5", inventory="-3"))

    values = shop.sales.records("product")[-1]["values"]
    assert (values["price"], values["quantityonhand"]) == ("0", "0")


async def test_a_resource_becomes_a_service_with_its_unit(shop: Bench) -> None:
    done = await shop.to_sales("RESOURCE-PRODUCT", a_resource())

    assert counted(done) == {"inserted": 1}
    values = shop.sales.records("product")[-1]["values"]
    group = (await shop.coupling("UNIT OF MEASURE", "HOUR")).sales_id
    assert (values["producttypecode"], values["defaultuomscheduleid"]) == (3, group)


@pytest.mark.parametrize("mapping", ["ITEM-PRODUCT", "RESOURCE-PRODUCT"])
async def test_a_blank_base_unit_fails(shop: Bench, mapping: str) -> None:
    builder = an_item if mapping == "ITEM-PRODUCT" else a_resource

    done = await shop.to_sales(mapping, builder("NEW", base_unit_of_measure=""))

    assert counted(done) == {"failed": 1}
    assert done.errors[0].failure.message == "Base Unit of Measure must have a value."


async def test_a_unit_that_is_not_coupled_fails_the_item_by_name(shop: Bench) -> None:
    done = await shop.to_sales("ITEM-PRODUCT", an_item("NEW", base_unit_of_measure="PALLET"))

    assert counted(done) == {"failed": 1}
    assert "Base Unit of Measure PALLET" in done.errors[0].failure.message
    assert "UNIT OF MEASURE" in done.errors[0].failure.message


async def test_an_active_product_of_sales_becomes_an_item_with_the_coupled_unit(shop: Bench) -> None:
    group = (await shop.coupling("UNIT OF MEASURE", "BOX")).sales_id
    product = a_record(id=an_id("product"), values={"name": "Crate", "defaultuomscheduleid": group})

    done = await shop.from_sales("ITEM-PRODUCT", product)

    assert counted(done) == {"inserted": 1}
    [item] = shop.financials.records("Item")
    assert item["values"] == {"Description": "Crate", "Base Unit of Measure": "BOX"}
    assert (await shop.stored("ITEM-PRODUCT", item["key"]))["facts"]["Base Unit of Measure"] == "BOX"


async def test_a_price_group_takes_the_currency_of_its_first_price(shop: Bench) -> None:
    done = await shop.to_sales("CUSTPRCGRP-PRICE", a_group("UK", "GBP"))

    assert counted(done) == {"inserted": 1}
    price_list = shop.sales.records("pricelevel")[-1]["values"]
    assert price_list["name"] == "UK"
    assert price_list["description"] == "Prices of UK"
    assert price_list["transactioncurrencyid"] == (await shop.coupling("CURRENCY", "GBP")).sales_id
    assert price_list["bcbi_companyid"] == a_context().company_row_id


async def test_a_price_group_whose_first_price_changed_currency_fails(shop: Bench) -> None:
    done = await shop.to_sales("CUSTPRCGRP-PRICE", a_group("RETAIL", "GBP"))

    assert counted(done) == {"failed": 1}
    assert done.errors[0].failure.code == "record.frozen_value"


async def test_a_sales_price_lands_in_the_coupled_list_with_the_base_unit(shop: Bench) -> None:
    done = await shop.to_sales("SALESPRC-PRODPRICE", a_sales_price())

    assert counted(done) == {"inserted": 1}
    values = shop.sales.records("productpricelevel")[-1]["values"]
    assert values["pricelevelid"] == (await shop.coupling("CUSTPRCGRP-PRICE", "RETAIL")).sales_id
    assert values["productid"] == (await shop.coupling("ITEM-PRODUCT", "1000")).sales_id
    assert values["uomid"] == an_id(f"base unit of {(await shop.coupling('UNIT OF MEASURE', 'PCS')).sales_id}")
    assert (values["amount"], values["pricingmethodcode"]) == ("3900", 1)
    assert "transactioncurrencyid" not in values


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"minimum_quantity": "10"}, "minimum quantity"),
        ({"starting_date": "2026-01-01"}, "starting or ending date"),
        ({"ending_date": "2026-12-31"}, "starting or ending date"),
        ({"variant_code": "RED"}, "variant"),
        ({"currency_code": "GBP"}, "GBP"),
        ({"unit_of_measure_code": "BOX"}, "BOX"),
    ],
)
async def test_a_price_that_sales_cannot_hold_is_skipped_with_the_reason(
    shop: Bench, fields: dict[str, str], words: str
) -> None:
    done = await shop.to_sales("SALESPRC-PRODPRICE", a_sales_price(**fields))

    assert counted(done) == {"skipped": 1}
    [error] = done.errors
    assert (error.action, error.failure.code) == ("skip", "record.price_beyond_sales")
    assert words in error.failure.message
    assert "3900" not in error.failure.message


async def test_a_minimum_quantity_of_one_is_the_plain_price(shop: Bench) -> None:
    done = await shop.to_sales("SALESPRC-PRODPRICE", a_sales_price(minimum_quantity="1"))

    assert counted(done) == {"inserted": 1}


async def test_the_second_price_of_a_list_product_and_unit_is_skipped_on_one_page_and_on_later_ones(
    shop: Bench,
) -> None:
    first = await shop.to_sales(
        "SALESPRC-PRODPRICE", a_sales_price("1"), a_sales_price("2", unit_of_measure_code="PCS")
    )
    written = shop.sales.written
    second = await shop.to_sales("SALESPRC-PRODPRICE", a_sales_price("2", unit_of_measure_code="PCS"))

    assert counted(first) == {"inserted": 1, "skipped": 1}
    assert counted(second) == {"skipped": 1}
    assert second.errors[0].failure.code == "record.second_price"
    assert shop.sales.written == written


async def test_a_price_that_sales_has_already_is_coupled_and_modified(shop: Bench) -> None:
    unit = an_id(f"base unit of {(await shop.coupling('UNIT OF MEASURE', 'PCS')).sales_id}")
    shop.sales.put(
        "productpricelevel",
        an_id("existing"),
        {
            "pricelevelid": (await shop.coupling("CUSTPRCGRP-PRICE", "RETAIL")).sales_id,
            "productid": (await shop.coupling("ITEM-PRODUCT", "1000")).sales_id,
            "uomid": unit,
            "amount": "1",
            "pricingmethodcode": 1,
        },
    )

    done = await shop.to_sales("SALESPRC-PRODPRICE", a_sales_price())

    assert counted(done) == {"modified": 1}
    assert shop.sales.table("productpricelevel")[an_id("existing")].values["amount"] == "3900"


async def test_a_refused_price_fails_alone_and_keeps_its_reserved_id(shop: Bench) -> None:
    shop.sales.refuse = lambda write: "amount is below 0" if write["values"].get("amount") == "-1" else ""
    await shop.to_sales("ITEM-PRODUCT", an_item("2000"))
    bad = a_sales_price("9", item_no="2000", unit_price="-1")

    first = await shop.to_sales("SALESPRC-PRODPRICE", a_sales_price(), bad)
    drawn = shop.sales.performed[-1]["id"]
    shop.sales.refuse = lambda write: ""
    second = await shop.to_sales("SALESPRC-PRODPRICE", bad)

    assert counted(first) == {"inserted": 1, "failed": 1}
    assert first.errors[0].failure.remote_message == "amount is below 0"
    assert counted(second) == {"inserted": 1}
    assert drawn in shop.sales.table("productpricelevel")


async def test_a_price_of_an_uncoupled_item_or_group_fails_by_name(shop: Bench) -> None:
    done = await shop.to_sales(
        "SALESPRC-PRODPRICE", a_sales_price("1", item_no="NEW"), a_sales_price("2", sales_code="NOGROUP")
    )

    assert counted(done) == {"failed": 2}
    assert ["NEW" in done.errors[0].failure.message, "NOGROUP" in done.errors[1].failure.message] == [True, True]
