"""Users who were coupled become members of the company's owning team."""

from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from libs.contracts.setup import PrepareCompany
from libs.runtime.errors import AccessDenied, RecordGone
from services.sales_connector.company import prepare_company
from services.sales_connector.team import add_members
from tests.contract.sales_connector.served_sales import STAMP, ServedSales
from tests.contract.sales_connector.test_sales_setup import COMPANY

ANA, BO = "00000000-0000-4000-8000-0000000000a2", "00000000-0000-4000-8000-0000000000a3"


@pytest.fixture
async def team(sales: ServedSales) -> str:
    users = [{"systemuserid": user, "fullname": user} for user in (ANA, BO)]
    sales.world.load("systemuser", users, moment=STAMP)
    prepared = await prepare_company(sales.dataverse, PrepareCompany(company=COMPANY, rates={"EUR": "0.85"}))
    return prepared.owner_team_id


def members(sales: ServedSales, team: str) -> list[str]:
    return [row["systemuserid"] for row in sales.rows("teammembership") if row["teamid"] == team]


async def test_they_are_added_once(sales: ServedSales, team: str):
    await add_members(sales.dataverse, team, [ANA, ANA])
    await add_members(sales.dataverse, team, [ANA, BO])
    assert sorted(members(sales, team)) == [ANA, BO]


async def test_who_was_added_meanwhile_is_no_failure(sales: ServedSales, team: str):
    sales.fault("cut_after", method="POST")
    await add_members(sales.dataverse, team, [ANA])
    with capture_logs() as logs:
        await add_members(sales.dataverse, team, [ANA, BO])
    assert sorted(members(sales, team)) == [ANA, BO]
    assert [entry["user"] for entry in logs if entry["event"] == "team_member.added"] == [BO]


async def test_somebody_who_cannot_be_added_keeps_nobody_else_out(sales: ServedSales, team: str):
    nobody = str(uuid4())
    with capture_logs() as logs:
        await add_members(sales.dataverse, team, [nobody, BO])
    assert members(sales, team) == [BO]
    assert [entry["user"] for entry in logs if entry["event"] == "team_member.refused"] == [nobody]


async def test_a_missing_permission_and_a_deleted_team_are_told(sales: ServedSales, team: str):
    sales.shell.denied["sales"].add(("team", "write"))
    with pytest.raises(AccessDenied) as denied:
        await add_members(sales.dataverse, team, [ANA])
    assert denied.value.setting == "TANDEM_CLIENT_ID"
    with pytest.raises(RecordGone):
        await add_members(sales.dataverse, str(uuid4()), [ANA])
