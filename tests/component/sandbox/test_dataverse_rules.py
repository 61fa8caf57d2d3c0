"""Dataverse in the sandbox: what it does by itself with units, products, prices, currencies and deleted rows."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.component.sandbox.conftest import SalesClient


@dataclass
class Goods:
    """A unit group with two units, another group, a price list and a product in draft."""

    group: str
    base: str
    box: str
    other_group: str
    other_base: str
    currency: str
    price_list: str
    product: str


async def _base_unit(sales: SalesClient, group: str) -> str:
    query = f"uoms?$filter=_uomscheduleid_value eq {group} and isschedulebaseuom eq true"
    rows = (await sales.get(query)).json()["value"]
    assert len(rows) == 1
    return str(rows[0]["uomid"])


def product_of(group: str, unit: str, number: str = "P1") -> dict[str, Any]:
    return {
        "name": number,
        "productnumber": number,
        "quantitydecimal": 2,
        "defaultuomscheduleid@odata.bind": f"/uomschedules({group})",
        "defaultuomid@odata.bind": f"/uoms({unit})",
    }


def price_of(goods: Goods, unit: str, amount: float = 10) -> dict[str, Any]:
    return {
        "pricelevelid@odata.bind": f"/pricelevels({goods.price_list})",
        "productid@odata.bind": f"/products({goods.product})",
        "uomid@odata.bind": f"/uoms({unit})",
        "amount": amount,
    }


@pytest.fixture
async def goods(sales: SalesClient) -> Goods:
    currency = await sales.create(
        "transactioncurrencies",
        {
            "currencyname": "Rupee",
            "isocurrencycode": "INR",
            "currencysymbol": "₹",
            "exchangerate": 80.5,
            "currencyprecision": 2,
        },
    )
    group = await sales.create("uomschedules", {"name": "Chairs", "baseuomname": "PCS"})
    other = await sales.create("uomschedules", {"name": "Water", "baseuomname": "LITRE"})
    base = await _base_unit(sales, group)
    box = await sales.create(
        "uoms", {"name": "BOX", "quantity": 12, "uomscheduleid@odata.bind": f"/uomschedules({group})"}
    )
    price_list = await sales.create(
        "pricelevels", {"name": "Retail", "transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})"}
    )
    product = await sales.create("products", product_of(group, base))
    return Goods(group, base, box, other, await _base_unit(sales, other), currency, price_list, product)


async def test_a_unit_group_is_created_with_its_base_unit(sales: SalesClient, goods: Goods) -> None:
    base = (await sales.get(f"uoms({goods.base})")).json()
    box = (await sales.get(f"uoms({goods.box})")).json()

    assert (base["name"], base["quantity"], base["_baseuom_value"]) == ("PCS", 1, None)
    assert (box["_baseuom_value"], box["isschedulebaseuom"]) == (goods.base, False)


async def test_unit_names_are_unique_in_their_group_only(sales: SalesClient, goods: Goods) -> None:
    same = await sales.post(
        "uoms", {"name": "box", "quantity": 6, "uomscheduleid@odata.bind": f"/uomschedules({goods.group})"}
    )
    other = await sales.post(
        "uoms", {"name": "BOX", "quantity": 6, "uomscheduleid@odata.bind": f"/uomschedules({goods.other_group})"}
    )

    assert (same.status, same.code) == (412, "0x80040237")
    assert other.status == 204


async def test_a_product_begins_as_a_draft_with_a_unique_number(sales: SalesClient, goods: Goods) -> None:
    row = (await sales.get(f"products({goods.product})")).json()
    again = await sales.post("products", product_of(goods.group, goods.base, "p1"))

    assert (row["statecode"], row["statuscode"], row["productstructure"]) == (2, 0, 1)
    assert (again.status, again.code) == (400, "0x80043b06")


@pytest.mark.parametrize(
    ("without", "code"),
    [
        ("productnumber", "0x80043b05"),
        ("defaultuomscheduleid@odata.bind", "0x80043b0a"),
        ("defaultuomid@odata.bind", "0x80043b0d"),
    ],
)
async def test_what_a_product_lacks_is_named_by_its_code(
    sales: SalesClient, goods: Goods, without: str, code: str
) -> None:
    values = product_of(goods.group, goods.base, "P2")
    del values[without]

    assert (await sales.post("products", values)).code == code


async def test_the_units_of_a_product_and_its_prices_belong_to_its_group(sales: SalesClient, goods: Goods) -> None:
    product = await sales.post("products", product_of(goods.group, goods.other_base, "P2"))
    price = await sales.post("productpricelevels", price_of(goods, goods.other_base))

    assert (product.status, product.code) == (400, "0x80043b16")
    assert (price.status, price.code) == (400, "0x80043b16")


STATUS = {0: 1, 1: 2, 2: 0, 3: 3}


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([0], ""),
        ([0, 3, 0], ""),
        ([0, 1, 0], ""),
        ([0, 2], "0x8004F912"),
        ([1], "0x8004F913"),
        ([3], "0x8004F978"),
        ([0, 1, 3], "0x8004F979"),
    ],
)
async def test_products_change_state_step_by_step(
    sales: SalesClient, goods: Goods, steps: list[int], code: str
) -> None:
    for state in steps:
        reply = await sales.patch(f"products({goods.product})", {"statecode": state, "statuscode": STATUS[state]})
        if state is not steps[-1]:
            assert reply.status == 204, reply.body

    assert reply.status == (400 if code else 204)
    if code:
        assert reply.code == code


async def test_state_and_status_must_fit(sales: SalesClient, goods: Goods) -> None:
    reply = await sales.patch(f"products({goods.product})", {"statecode": 0, "statuscode": 2})

    assert (reply.status, reply.code) == (400, "0x80048408")


async def test_a_state_alone_brings_its_status(sales: SalesClient) -> None:
    row_id = await sales.create("accounts", {"name": "A"})

    await sales.patch(f"accounts({row_id})", {"statecode": 1})

    row = (await sales.get(f"accounts({row_id})")).json()
    assert (row["statecode"], row["statuscode"]) == (1, 2)


async def test_active_products_may_be_locked(sales: SalesClient, goods: Goods) -> None:
    await sales.patch(f"products({goods.product})", {"statecode": 0, "statuscode": 1})
    free = await sales.patch(f"products({goods.product})", {"name": "New"})
    sales.running.tenants.sales.world.behaviour.active_products_locked = True
    locked = await sales.patch(f"products({goods.product})", {"name": "Newer"})

    assert free.status == 204
    assert (locked.status, locked.code) == (400, "0x8004F995")


async def test_a_price_takes_its_currency_from_the_list_and_is_unique_there(sales: SalesClient, goods: Goods) -> None:
    row_id = await sales.create("productpricelevels", price_of(goods, goods.base))
    second = await sales.post("productpricelevels", price_of(goods, goods.base, 12))
    other_unit = await sales.post("productpricelevels", price_of(goods, goods.box, 100))

    row = (await sales.get(f"productpricelevels({row_id})")).json()
    assert row["_transactioncurrencyid_value"] == goods.currency
    assert (row["_uomscheduleid_value"], row["productnumber"]) == (goods.group, "P1")
    assert (row["pricingmethodcode"], row["quantitysellingcode"]) == (1, 1)
    assert (second.status, second.code) == (400, "0x80043b08")
    assert other_unit.status == 204


async def test_price_lists_have_unique_names_and_a_currency(sales: SalesClient, goods: Goods) -> None:
    bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({goods.currency})"}

    assert (await sales.post("pricelevels", {"name": "RETAIL", **bind})).code == "0x80043b0f"
    assert (await sales.post("pricelevels", {"name": "Other"})).code == "0x80048546"
    assert (await sales.post("pricelevels", bind)).code == "0x80043b0e"


async def test_currencies_are_unique_by_their_code_and_the_base_currency_stays(
    sales: SalesClient, goods: Goods
) -> None:
    organization = (await sales.get("organizations?$select=_basecurrencyid_value")).json()["value"][0]
    base = organization["_basecurrencyid_value"]
    values = {"currencyname": "x", "currencysymbol": "x", "exchangerate": 2, "currencyprecision": 2}

    assert (await sales.post("transactioncurrencies", {**values, "isocurrencycode": "inr"})).code == "0x80048cf3"
    assert (await sales.patch(f"transactioncurrencies({base})", {"exchangerate": 2})).status == 400
    assert (await sales.delete(f"transactioncurrencies({base})")).status == 400


async def test_what_is_in_use_cannot_be_deleted(sales: SalesClient, goods: Goods) -> None:
    account = await sales.create(
        "accounts", {"name": "A", "defaultpricelevelid@odata.bind": f"/pricelevels({goods.price_list})"}
    )

    for place in (
        f"pricelevels({goods.price_list})",
        f"transactioncurrencies({goods.currency})",
        f"uomschedules({goods.group})",
    ):
        assert (await sales.delete(place)).status == 405
    assert (await sales.delete(f"uoms({goods.base})")).status == 400
    assert (await sales.delete(f"accounts({account})")).status == 204
    assert (await sales.delete(f"pricelevels({goods.price_list})")).status == 204


async def test_deleting_takes_along_what_belongs_to_a_row(sales: SalesClient, goods: Goods) -> None:
    price = await sales.create("productpricelevels", price_of(goods, goods.base))
    account = await sales.create("accounts", {"name": "A"})
    contact = await sales.create(
        "contacts", {"lastname": "X", "parentcustomerid_account@odata.bind": f"/accounts({account})"}
    )

    assert (await sales.delete(f"products({goods.product})")).status == 204
    assert (await sales.delete(f"uomschedules({goods.group})")).status == 204
    assert (await sales.delete(f"accounts({account})")).status == 204

    for gone in (f"productpricelevels({price})", f"uoms({goods.base})", f"uoms({goods.box})", f"contacts({contact})"):
        assert (await sales.get(gone)).status == 404


async def test_a_deleted_contact_is_taken_from_the_accounts_that_name_it(sales: SalesClient) -> None:
    contact = await sales.create("contacts", {"lastname": "X"})
    account = await sales.create("accounts", {"name": "A", "primarycontactid@odata.bind": f"/contacts({contact})"})
    before = (await sales.get(f"accounts({account})")).etag

    await sales.delete(f"contacts({contact})")

    row = (await sales.get(f"accounts({account})")).json()
    assert row["_primarycontactid_value"] is None
    assert row["@odata.etag"] != before


async def test_full_names_follow_their_parts(sales: SalesClient) -> None:
    row_id = await sales.create("contacts", {"firstname": "Ada", "lastname": "King"})
    await sales.patch(f"contacts({row_id})", {"lastname": "Lovelace"})

    assert (await sales.get(f"contacts({row_id})")).json()["fullname"] == "Ada Lovelace"
