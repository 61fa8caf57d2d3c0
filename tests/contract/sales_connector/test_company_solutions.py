"""An organization tells companies apart by Microsoft's columns, or by Tandem's own where Microsoft's are not there."""

import pytest

from libs.contracts.setup import CompanyPrepared, PrepareCompany
from libs.dynamics.company_columns import MICROSOFT, TANDEM, CompanyColumns
from services.sales_connector.checking import check_connection
from services.sales_connector.company import prepare_company
from tests.contract.sales_connector.served_sales import ServedSales, served_sales
from tests.contract.sales_connector.test_sales_setup import COMPANY


async def prepared(sales: ServedSales) -> CompanyPrepared:
    return await prepare_company(sales.dataverse, PrepareCompany(company=COMPANY, rates={"EUR": "0.85"}))


@pytest.mark.parametrize(("installed", "used"), [("microsoft", MICROSOFT), ("tandem", TANDEM), ("both", MICROSOFT)])
async def test_microsofts_columns_are_used_where_they_are_there_else_our_own(installed: str, used: CompanyColumns):
    async with served_sales(installed) as sales:
        assert (await check_connection(sales.dataverse)).failures == []
        first = await prepared(sales)
        writes = sales.world.writes
        assert await prepared(sales) == first
        assert sales.world.writes == writes
        assert (first.failures, first.company_column) == ([], used.column)
        [row] = sales.rows(used.table)
        assert row[used.column] == first.company_row_id
        assert (row[used.name], row[used.external_id]) == (COMPANY.name[:30], COMPANY.id.lower())
        [price_list] = sales.rows("pricelevel")
        assert price_list[f"_{used.column}_value"] == first.company_row_id
        [held] = sales.rows("teamroles")
        assert sales.world.tables["role"].rows[held["roleid"]]["_parentrootroleid_value"] == used.team_role


async def test_without_either_the_administrator_is_told_which_to_install():
    async with served_sales("none") as sales:
        [found] = (await check_connection(sales.dataverse)).failures
        [refused] = (await prepared(sales)).failures
        assert sales.world.writes == 0
    for failure in (found, refused):
        assert "Business Central Dataverse Base Integration" in failure.message
        assert "TandemCompany" in failure.message
        assert failure.setting == "TANDEM_SALES_URL"


@pytest.mark.parametrize(("installed", "table"), [("both", MICROSOFT.table), ("tandem", TANDEM.table)])
async def test_a_company_table_that_may_not_be_read_is_not_taken_for_one_that_is_absent(installed: str, table: str):
    async with served_sales(installed) as sales:
        sales.shell.denied["sales"].add((table, "read"))
        [found] = (await check_connection(sales.dataverse)).failures
        [refused] = (await prepared(sales)).failures
        assert sales.world.writes == 0
    assert table in found.message
    assert (found.setting, refused.code) == ("TANDEM_CLIENT_ID", "remote.privilege_missing")


@pytest.mark.parametrize("right", ["read", "create"])
@pytest.mark.parametrize(
    ("installed", "role", "other"),
    [("microsoft", MICROSOFT.role, TANDEM.role), ("tandem", TANDEM.role, MICROSOFT.role)],
)
async def test_an_administrator_is_told_of_the_role_that_is_there_to_be_given(
    installed: str, role: str, other: str, right: str
):
    async with served_sales(installed) as sales:
        sales.shell.denied["sales"].add(("account", right))
        [found] = (await check_connection(sales.dataverse)).failures
    assert f'"{role}"' in found.message
    assert other not in found.message
