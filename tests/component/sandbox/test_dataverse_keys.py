"""Dataverse in the sandbox: primary keys by name, alternate keys and the index behind them."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.component.sandbox.conftest import SalesClient

KEYS = "EntityDefinitions(LogicalName='account')/Keys"


async def declare(sales: SalesClient, *columns: str, name: str = "new_Key") -> None:
    reply = await sales.post(KEYS, {"SchemaName": name, "KeyAttributes": columns})
    assert reply.status == 204, reply.body


async def keys(sales: SalesClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await sales.get(KEYS)).json()["value"]
    return found


async def test_a_primary_key_may_be_named_but_not_that_of_users(sales: SalesClient) -> None:
    account = await sales.create("accounts", {"name": "A"})
    user = (await sales.get("WhoAmI")).json()["UserId"]

    assert (await sales.get(f"accounts(accountid={account})")).json()["name"] == "A"
    assert (await sales.patch(f"accounts(accountid={account})", {"name": "B"})).id == account
    assert (
        await sales.post(
            "contacts", {"lastname": "X", "parentcustomerid_account@odata.bind": f"/accounts(accountid={account})"}
        )
    ).status == 204
    assert (await sales.get(f"systemusers(systemuserid={user})")).status == 400


@pytest.mark.parametrize("mark", list("/<>*%&:\\?+"))
async def test_values_with_certain_characters_cannot_be_addressed(sales: SalesClient, mark: str) -> None:
    await declare(sales, "accountnumber")
    await sales.create("accounts", {"name": "A", "accountnumber": f"a{mark}1"})
    place = f"accounts(accountnumber='{quote(f'a{mark}1', safe='')}')"

    assert (await sales.get(place)).status == 400
    assert (await sales.patch(place, {"name": "B"})).status == 400


@pytest.mark.parametrize("value", ["O'Brien", "a)b", "(x", "Ü 1", "a,b", "שלום"])
async def test_other_values_can_in_addresses_and_in_references(sales: SalesClient, value: str) -> None:
    await declare(sales, "accountnumber")
    account = await sales.create("accounts", {"name": "A", "accountnumber": value})
    doubled = value.replace("'", "''")
    bind = {"parentcustomerid_account@odata.bind": f"/accounts(accountnumber='{doubled}')"}

    contact = await sales.create("contacts", {"lastname": "X", **bind})

    assert (await sales.get(f"accounts(accountnumber='{quote(doubled, safe='')}')")).json()["accountid"] == account
    assert (await sales.get(f"contacts({contact})")).json()["_parentcustomerid_value"] == account


@pytest.mark.parametrize("key", ["", "accountnumber=A1", "accountnumber='A1", "paymenttermscode=x", "paymenttermscode"])
async def test_keys_that_cannot_be_read_are_refused(sales: SalesClient, key: str) -> None:
    await declare(sales, "accountnumber")
    await declare(sales, "paymenttermscode", name="new_Terms")

    reply = await sales.get(f"accounts({key})")

    assert (reply.status, reply.code) == (400, "0x80060888")


async def test_a_key_over_duplicates_fails_and_is_of_no_use_until_it_is_tried_again(sales: SalesClient) -> None:
    rows = [await sales.create("accounts", {"name": "A", "telephone1": "1"}) for _ in range(2)]
    await declare(sales, "telephone1")

    assert [key["EntityKeyIndexStatus"] for key in await keys(sales)] == ["Failed"]
    assert (await sales.get("accounts(telephone1='1')")).status == 400
    assert (await sales.post("accounts", {"name": "A", "telephone1": "1"})).status == 204

    for row in (await sales.get("accounts?$filter=telephone1 eq '1'&$select=name")).json()["value"]:
        if row["accountid"] != rows[0]:
            await sales.patch(f"accounts({row['accountid']})", {"telephone1": None})
    again = {"EntityLogicalName": "account", "EntityKeyLogicalName": "new_key"}

    assert (await sales.post("ReactivateEntityKey", again)).status == 204
    assert [key["EntityKeyIndexStatus"] for key in await keys(sales)] == ["Active"]
    assert (await sales.get("accounts(telephone1='1')")).json()["accountid"] == rows[0]
    assert (await sales.post("accounts", {"name": "A", "telephone1": "1"})).code == "0x80040237"
    assert (await sales.post("ReactivateEntityKey", again)).status == 404


async def test_a_table_has_ten_keys_of_different_names_at_most(sales: SalesClient) -> None:
    for number in range(10):
        await declare(sales, "accountnumber", "name", name=f"new_Key{number}")

    for name in ("new_Key10", "new_key3"):
        reply = await sales.post(KEYS, {"SchemaName": name, "KeyAttributes": ["name"]})
        assert reply.status == 400


async def test_a_key_that_is_deleted_keeps_nothing_unique(sales: SalesClient) -> None:
    await declare(sales, "accountnumber")
    await sales.create("accounts", {"name": "A", "accountnumber": "a1"})

    removed = await sales.delete(f"{KEYS}({(await keys(sales))[0]['MetadataId']})")

    assert removed.status == 204
    assert await keys(sales) == []
    assert (await sales.post("accounts", {"name": "B", "accountnumber": "A1"})).status == 204
