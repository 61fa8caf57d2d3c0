"""Dataverse in the sandbox: rows created together, and columns that follow from others."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.component.sandbox.conftest import Reply, SalesClient


def exact(reply: Reply) -> dict[str, Any]:
    """A row with its numbers as they were sent."""
    row: dict[str, Any] = msgspec.json.Decoder(float_hook=Decimal).decode(reply.body)
    return row


async def krona(sales: SalesClient, rate: float) -> str:
    values = {"currencyname": "Krona", "isocurrencycode": "QKR", "currencysymbol": "kr", "currencyprecision": 2}
    return await sales.create("transactioncurrencies", values | {"exchangerate": rate})


async def test_amounts_are_kept_in_base_currency_at_the_rate_of_their_last_change(sales: SalesClient) -> None:
    currency = await krona(sales, 8)
    bind = {"transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})"}
    account = await sales.create("accounts", {"name": "A", "creditlimit": 100, "creditlimit_base": 7, **bind})
    place = f"accounts({account})?$select=creditlimit_base,exchangerate"

    first = exact(await sales.get(place))
    await sales.patch(f"transactioncurrencies({currency})", {"exchangerate": 16})
    await sales.patch(f"accounts({account})", {"name": "B"})
    untouched = exact(await sales.get(place))
    await sales.patch(f"accounts({account})", {"creditlimit": 200.1})
    changed = exact(await sales.get(place))
    await sales.patch(f"accounts({account})", {"creditlimit": None})

    assert (first["creditlimit_base"], first["exchangerate"]) == (Decimal("12.5"), 8)
    assert (untouched["creditlimit_base"], untouched["exchangerate"]) == (Decimal("12.5"), 8)
    assert (changed["creditlimit_base"], changed["exchangerate"]) == (Decimal("12.51"), 16)
    assert exact(await sales.get(place))["creditlimit_base"] is None


async def test_generated_rows_have_their_amounts_in_base_currency_too(sales: SalesClient) -> None:
    rows = (await sales.get("productpricelevels?$select=amount,amount_base,exchangerate&$top=5")).json()["value"]
    rows += (await sales.get("products?$select=price,price_base,exchangerate&$top=5")).json()["value"]

    for row in rows:
        amount, base = row.get("amount", row.get("price")), row.get("amount_base", row.get("price_base"))
        assert (amount is None) == (base is None)
        if amount is not None:
            assert base == pytest.approx(amount / row["exchangerate"], abs=0.006)


async def test_who_owns_a_row_is_told_in_full(sales: SalesClient) -> None:
    account = await sales.create("accounts", {"name": "A"})
    unit = (await sales.get("WhoAmI")).json()["BusinessUnitId"]
    team = (await sales.get("teams?$top=1&$select=_businessunitid_value")).json()["value"][0]
    place = f"accounts({account})?$select=_owningbusinessunit_value,_owninguser_value,_owningteam_value"

    by_user = (await sales.get(f"{place}&$expand=owninguser($select=fullname)")).json()
    moved = await sales.patch(f"accounts({account})", {"ownerid@odata.bind": f"/teams({team['teamid']})"})
    by_team = (await sales.get(place)).json()

    assert (
        by_user["owninguser"]["systemuserid"]
        == by_user["_owninguser_value"]
        == (await sales.get("WhoAmI")).json()["UserId"]
    )
    assert (by_user["_owningbusinessunit_value"], by_user["_owningteam_value"]) == (unit, None)
    assert moved.status == 204
    assert (by_team["_owninguser_value"], by_team["_owningteam_value"]) == (None, team["teamid"])


async def test_a_migrated_row_keeps_the_moment_at_which_it_was_created_before(sales: SalesClient) -> None:
    account = await sales.create("accounts", {"name": "A", "overriddencreatedon": "2001-02-03T04:05:06+02:00"})

    await sales.patch(f"accounts({account})", {"overriddencreatedon": "2002-01-01T00:00:00Z"})
    row = (await sales.get(f"accounts({account})?$select=createdon,modifiedon")).json()

    assert row["createdon"] == "2001-02-03T02:05:06Z"
    assert row["modifiedon"] > "2002"


async def test_rows_are_created_together_with_what_they_point_to_and_what_points_to_them(sales: SalesClient) -> None:
    there = await sales.create("contacts", {"lastname": "There"})
    body = {
        "name": "Parent",
        "primarycontactid": {"lastname": "Primary"},
        "contact_customer_accounts": [{"lastname": "One"}, {"@odata.type": "#Microsoft.Dynamics.CRM.contact"}],
        "contact_customer_accounts@odata.bind": [f"/contacts({there})"],
        "account_parent_account": [{"name": "Child", "contact_customer_accounts": [{"lastname": "Grandchild"}]}],
    }

    created = await sales.post(
        "accounts?$select=name&$expand=primarycontactid($select=lastname),contact_customer_accounts($select=lastname)",
        body,
        Prefer="return=representation",
    )
    row = created.json()
    grandchild = (await sales.get("contacts?$filter=parentcustomerid_account/parentaccountid/name eq 'Parent'")).json()

    assert (created.status, row["primarycontactid"]["lastname"]) == (201, "Primary")
    assert {inner["lastname"] for inner in row["contact_customer_accounts"]} == {"One", None, "There"}
    assert [inner["lastname"] for inner in grandchild["value"]] == ["Grandchild"]


@pytest.mark.parametrize(
    "nested",
    [
        {"primarycontactid": {"lastname": "x" * 51}},
        {"contact_customer_accounts": [{"lastname": "A"}, {"lastname": "x" * 51}]},
        {"contact_customer_accounts": ["/contacts(1)"]},
        {"contact_customer_accounts": [1]},
        {"contact_customer_accounts": {"lastname": "A"}},
        {"contact_customer_accounts@odata.bind": [{"lastname": "A"}]},
        {"contact_customer_accounts@odata.bind": "/contacts(1)"},
        {"primarycontactid": [{"lastname": "A"}]},
        {"telephone1": {"lastname": "A"}},
    ],
)
async def test_rows_that_are_created_together_are_refused_together(sales: SalesClient, nested: dict[str, Any]) -> None:
    tenant = sales.running.tenants.sales
    before = tenant.count("account"), tenant.count("contact")

    reply = await sales.post("accounts", {"name": "Parent", **nested})

    assert reply.status == 400
    assert (tenant.count("account"), tenant.count("contact")) == before


async def test_rows_are_not_changed_together(sales: SalesClient) -> None:
    account = await sales.create("accounts", {"name": "A"})

    reply = await sales.patch(f"accounts({account})", {"primarycontactid": {"lastname": "X"}})

    assert (reply.status, reply.code) == (400, "0x80048d19")


async def test_an_exchange_rate_keeps_twelve_places(sales: SalesClient) -> None:
    values = {"currencyname": "x", "isocurrencycode": "QQQ", "currencysymbol": "x", "currencyprecision": 2}

    row = await sales.create("transactioncurrencies", values | {"exchangerate": 1.1234567890123})

    assert b'"exchangerate":1.123456789012,' in (await sales.get(f"transactioncurrencies({row})")).body
