"""A row whose owner may not own it fails alone: that its owner lacks a permission is not everybody's fault."""

from typing import Any
from uuid import uuid4

import pytest

from libs.testing.suites.connector_pieces import a_write
from services.sales_connector.writing import write_page
from tests.contract.sales_connector.served_sales import STAMP, UNIT, USER, ServedSales


@pytest.fixture
def nobodys_team(sales: ServedSales) -> str:
    team = str(uuid4())
    row = {"teamid": team, "name": "no roles", "teamtype": 0, "_businessunitid_value": UNIT}
    sales.world.load("team", [row], moment=STAMP)
    return f"team:{team}"


def an_account(owner: str) -> Any:
    return a_write("create", str(uuid4()), {"name": f"of {owner}", "ownerid": owner})


async def test_beside_others(sales: ServedSales, nobodys_team: str):
    writes = [an_account(owner) for owner in (f"systemuser:{USER}", nobodys_team, f"systemuser:{USER}")]
    outcomes = await write_page(sales.dataverse, "account", writes, [])
    assert [outcome["status"] for outcome in outcomes] == ["created", "refused", "created"]
    error = outcomes[1]["error"]
    assert (error["code"], error["field"]) == ("remote.owner_forbidden", "ownerid")


async def test_by_itself(sales: ServedSales, nobodys_team: str):
    [outcome] = await write_page(sales.dataverse, "account", [an_account(nobodys_team)], [])
    assert (outcome["status"], outcome["error"]["code"]) == ("refused", "remote.owner_forbidden")


async def test_when_it_is_given_to_such_an_owner(sales: ServedSales, nobodys_team: str):
    write = an_account(f"systemuser:{USER}")
    await write_page(sales.dataverse, "account", [write], [])
    update = a_write("update", write["id"], {"ownerid": nobodys_team})
    [outcome] = await write_page(sales.dataverse, "account", [update], [])
    assert (outcome["status"], outcome["error"]["code"]) == ("refused", "remote.owner_forbidden")
