"""Dataverse in the sandbox: CreateMultiple, UpdateMultiple, UpsertMultiple."""

import uuid
from typing import Any

import pytest

from tests.component.sandbox.conftest import Reply, SalesClient

CRM = "Microsoft.Dynamics.CRM."


async def bulk(sales: SalesClient, message: str, *targets: dict[str, Any], table: str = "account") -> Reply:
    typed = [{"@odata.type": f"{CRM}{table}", **target} for target in targets]
    sets = {"account": "accounts", "uom": "uoms", "productpricelevel": "productpricelevels"}
    sets["transactioncurrency"] = "transactioncurrencies"
    return await sales.post(f"{sets[table]}/{CRM}{message}", {"Targets": typed})


def count(sales: SalesClient) -> int:
    return sales.running.tenants.sales.count("account")


async def test_created_ids_come_in_the_order_of_the_targets(sales: SalesClient) -> None:
    chosen = str(uuid.uuid4())

    reply = await bulk(sales, "CreateMultiple", {"name": "A"}, {"name": "B", "accountid": chosen}, {"name": "C"})

    ids = reply.json()["Ids"]
    assert reply.status == 200
    assert ids[1] == chosen
    assert [(await sales.get(f"accounts({row_id})")).json()["name"] for row_id in ids] == ["A", "B", "C"]


async def test_one_refused_target_undoes_them_all(sales: SalesClient) -> None:
    before = count(sales)

    reply = await bulk(sales, "CreateMultiple", {"name": "A"}, {"name": "B" * 200}, {"name": "C"})

    assert (reply.status, reply.code) == (400, "0x80044331")
    assert count(sales) == before


async def test_every_target_needs_its_type(sales: SalesClient) -> None:
    reply = await sales.post(f"accounts/{CRM}CreateMultiple", {"Targets": [{"name": "A"}]})

    assert (reply.status, reply.code) == (400, "0x80048d19")
    assert "@odata.type" in reply.message


async def test_updating_needs_the_primary_key_and_changes_all_or_none(sales: SalesClient) -> None:
    first = await sales.create("accounts", {"name": "A"})
    second = await sales.create("accounts", {"name": "B"})

    good = await bulk(
        sales, "UpdateMultiple", {"accountid": first, "name": "A2"}, {"accountid": second, "telephone1": "1"}
    )
    without = await bulk(sales, "UpdateMultiple", {"name": "X"})
    half = await bulk(
        sales, "UpdateMultiple", {"accountid": first, "name": "A3"}, {"accountid": str(uuid.uuid4()), "name": "?"}
    )

    assert (good.status, without.status, half.status) == (204, 400, 404)
    assert (await sales.get(f"accounts({first})")).json()["name"] == "A2"
    assert (await sales.get(f"accounts({second})")).json()["name"] == "B"


async def test_upserting_by_alternate_key_creates_and_updates(sales: SalesClient) -> None:
    keys = {"SchemaName": "new_Number", "KeyAttributes": ["accountnumber"]}
    assert (await sales.post("EntityDefinitions(LogicalName='account')/Keys", keys)).status == 204
    there = await sales.create("accounts", {"name": "A", "accountnumber": "A1"})

    reply = await bulk(
        sales,
        "UpsertMultiple",
        {"@odata.id": "accounts(accountnumber='A1')", "name": "A2"},
        {"@odata.id": "accounts(accountnumber='B''1')", "name": "B"},
    )

    assert (reply.status, reply.body) == (204, b"")
    assert (await sales.get(f"accounts({there})")).json()["name"] == "A2"
    found = (await sales.get("accounts?$filter=accountnumber eq 'B''1'")).json()["value"]
    assert [row["name"] for row in found] == ["B"]


async def test_a_key_column_among_the_members_of_an_upsert_is_refused(sales: SalesClient) -> None:
    keys = {"SchemaName": "new_Number", "KeyAttributes": ["accountnumber"]}
    await sales.post("EntityDefinitions(LogicalName='account')/Keys", keys)

    reply = await bulk(
        sales, "UpsertMultiple", {"@odata.id": "accounts(accountnumber='A1')", "accountnumber": "A1", "name": "A"}
    )

    assert reply.status == 400


@pytest.mark.parametrize("table", ["uom", "productpricelevel", "transactioncurrency"])
@pytest.mark.parametrize("message", ["CreateMultiple", "UpdateMultiple", "UpsertMultiple"])
async def test_tables_without_the_message_refuse_it(sales: SalesClient, table: str, message: str) -> None:
    reply = await bulk(sales, message, {"name": "A"}, table=table)

    assert reply.status == 400
    assert "does not support entities of type" in reply.message


async def test_deleting_in_bulk_is_refused(sales: SalesClient) -> None:
    assert (await bulk(sales, "DeleteMultiple", {"accountid": str(uuid.uuid4())})).status == 400


async def test_the_same_row_twice_is_refused(sales: SalesClient) -> None:
    row_id = await sales.create("accounts", {"name": "A"})

    reply = await bulk(sales, "UpdateMultiple", *[{"accountid": row_id, "name": "B"}] * 2)

    assert reply.status == 400


async def test_message_filters_tell_which_table_has_which_message(sales: SalesClient) -> None:
    query = (
        "sdkmessagefilters?$select=sdkmessagefilterid"
        "&$filter=sdkmessageid/name eq @m and primaryobjecttypecode eq @t&@m='CreateMultiple'&@t="
    )

    with_message = (await sales.get(f"{query}'account'")).json()["value"]
    without = (await sales.get(f"{query}'productpricelevel'")).json()["value"]

    assert [set(row) for row in with_message] == [{"sdkmessagefilterid"}]
    assert without == []
