"""Checking the connection and preparing the company."""

from uuid import uuid4

import pytest

from libs.contracts.setup import FinancialsCompany, PrepareCompany
from libs.dynamics.company_columns import MICROSOFT
from services.sales_connector.checking import MAPPED_TABLES, check_connection
from services.sales_connector.company import prepare_company
from services.sales_connector.dataverse import Dataverse
from tests.contract.sales_connector.served_sales import EURO, ORGANIZATION, USER, ServedSales

COMPANY = FinancialsCompany(
    id="C0000000-0000-4000-8000-0000000000AA",
    name="CRONUS International Ltd. & Söhne",
    display_name="CRONUS International",
    local_currency_code="GBP",
    local_currency_symbol="£",
)


async def test_a_good_connection_tells_who_and_where(sales: ServedSales):
    report = await check_connection(sales.dataverse)
    assert report.ok
    assert (report.user_id, report.organization_id) == (USER, ORGANIZATION)
    assert report.version.startswith("9.2")


@pytest.mark.parametrize("table", MAPPED_TABLES)
async def test_a_table_that_may_not_be_read_is_named_with_the_role(sales: ServedSales, table: str):
    sales.shell.denied["sales"].add((table, "read"))
    [failure] = (await check_connection(sales.dataverse)).failures
    assert table in failure.message and "role" in failure.message
    assert failure.remote_message


async def test_rights_to_write_are_looked_at_before_anything_is_written(sales: ServedSales):
    sales.shell.denied["sales"] |= {("account", "create"), ("product", "write"), ("team", "create")}
    [failure] = (await check_connection(sales.dataverse)).failures
    assert failure.code == "connection.privilege_missing"
    assert "prvCreateAccount, prvWriteProduct: give it the role" in failure.message
    assert failure.setting == "TANDEM_CLIENT_ID"


async def test_privileges_that_cannot_be_read_do_not_keep_from_connecting(sales: ServedSales):
    sales.fault("status", record="RetrieveUserPrivileges", status=403, count=None)
    sales.shell.denied["sales"].add(("account", "create"))
    assert (await check_connection(sales.dataverse)).ok


async def test_a_wrong_address_names_the_setting(sales: ServedSales):
    elsewhere = Dataverse(sales.dataverse._session, sales.url + "/nowhere", sales.gate)
    [failure] = (await check_connection(elsewhere)).failures
    assert failure.setting == "TANDEM_SALES_URL"


async def test_an_application_that_the_environment_does_not_know_is_named(sales: ServedSales):
    sales.fault("status", status=401, count=None)
    [failure] = (await check_connection(sales.dataverse)).failures
    assert failure.setting == "TANDEM_CLIENT_ID"


async def test_the_company_is_prepared_once(sales: ServedSales):
    request = PrepareCompany(company=COMPANY, rates={"EUR": "0.85"})
    first = await prepare_company(sales.dataverse, request)
    assert first.failures == []
    writes = sales.world.writes
    assert await prepare_company(sales.dataverse, request) == first
    assert sales.world.writes == writes

    [company] = sales.rows("bcbi_company")
    assert company["bcbi_companyid"] == first.company_row_id
    assert company["bcbi_externalid"] == COMPANY.id.lower()
    assert company["bcbi_name"] == COMPANY.name[:30]
    assert company["_bcbi_defaultowningteam_value"] == first.owner_team_id
    assert company["_ownerid_value"] == first.owner_team_id
    unit = next(row for row in sales.rows("businessunit") if row["businessunitid"] == first.business_unit_id)
    assert unit["name"] == f"{COMPANY.name} ({COMPANY.id.lower()})"
    [team] = sales.rows("team")
    assert team["name"] == f"BCI - {unit['name']}"
    assert team["_administratorid_value"] == USER
    [held] = sales.rows("teamroles")
    role = sales.world.tables["role"].rows[held["roleid"]]
    assert held["teamid"] == first.owner_team_id
    assert (role["_parentrootroleid_value"], role["_businessunitid_value"]) == (
        MICROSOFT.team_role,
        first.business_unit_id,
    )
    currency = next(row for row in sales.rows("transactioncurrency") if row["isocurrencycode"] == "GBP")
    assert currency["transactioncurrencyid"] == first.local_currency_id
    assert str(currency["exchangerate"]).rstrip("0") == "0.85"
    assert first.local_currency_rate == "0.85"
    assert currency["currencysymbol"] == "£"
    [price_list] = sales.rows("pricelevel")
    assert price_list["pricelevelid"] == first.default_price_list_id
    assert price_list["name"] == "CRONUS International Default Price List"
    assert price_list["_transactioncurrencyid_value"] == first.local_currency_id
    assert (first.base_currency_id, first.base_currency_code, first.currency_precision) == (EURO, "EUR", 2)


async def test_without_a_copy_of_its_role_the_team_could_own_nothing(sales: ServedSales):
    roles = sales.world.tables["role"]
    sales.world.delete(roles, roles.rows[MICROSOFT.team_role], by=USER)
    prepared = await prepare_company(sales.dataverse, PrepareCompany(company=COMPANY, rates={"EUR": "0.85"}))
    [failure] = prepared.failures
    assert failure.code == "company.role_missing"
    assert MICROSOFT.team_role_name in failure.message and COMPANY.name in failure.message
    assert sales.rows("bcbi_company") == []


async def test_an_earlier_attempt_that_was_cut_off_is_carried_on(sales: ServedSales):
    request = PrepareCompany(company=COMPANY, rates={"EUR": "0.85"})
    for after in range(0, 12, 2):
        sales.fault("cut_after", method="POST", after=after)
        await prepare_company(sales.dataverse, request)
        sales.shell.faults.clear()
    prepared = await prepare_company(sales.dataverse, request)
    assert prepared.failures == []
    assert len(sales.rows("team")) == len(sales.rows("bcbi_company")) == len(sales.rows("pricelevel")) == 1


async def test_a_local_currency_without_a_rate_cannot_be_created(sales: ServedSales):
    prepared = await prepare_company(sales.dataverse, PrepareCompany(company=COMPANY, rates={"USD": "0.7"}))
    [failure] = prepared.failures
    assert "EUR" in failure.message and "exchange rate" in failure.message
    assert sales.rows("bcbi_company") == []


async def test_a_local_currency_that_is_the_base_currency_needs_no_rate(sales: ServedSales):
    company = COMPANY.model_copy(update={"local_currency_code": "EUR"})
    prepared = await prepare_company(sales.dataverse, PrepareCompany(company=company))
    assert prepared.failures == []
    assert prepared.local_currency_id == prepared.base_currency_id == EURO


@pytest.mark.parametrize("rates", [{}, {"EUR": "0.85"}])
async def test_the_rate_of_a_local_currency_that_is_there_is_told_and_left_alone(
    sales: ServedSales, rates: dict[str, str]
):
    pound = {
        "isocurrencycode": "GBP",
        "currencyname": "Pound",
        "currencysymbol": "£",
        "currencyprecision": 2,
        "exchangerate": "0.9",
    }
    sales.world.load("transactioncurrency", [pound], moment="2024-01-01T00:00:00Z")
    prepared = await prepare_company(sales.dataverse, PrepareCompany(company=COMPANY, rates=rates))
    assert (prepared.failures, prepared.local_currency_rate) == ([], "0.9")
    [kept] = [row for row in sales.rows("transactioncurrency") if row["isocurrencycode"] == "GBP"]
    assert str(kept["exchangerate"]).rstrip("0") == "0.9"


async def test_two_companies_have_their_own(sales: ServedSales):
    other = COMPANY.model_copy(update={"id": str(uuid4()), "display_name": "Other"})
    rates = {"EUR": "0.85"}
    first = await prepare_company(sales.dataverse, PrepareCompany(company=COMPANY, rates=rates))
    second = await prepare_company(sales.dataverse, PrepareCompany(company=other, rates=rates))
    assert second.failures == []
    assert first.company_row_id != second.company_row_id
    assert first.owner_team_id != second.owner_team_id
    assert first.local_currency_id == second.local_currency_id


@pytest.mark.parametrize("taken", [1, 2])
async def test_a_price_list_of_that_name_in_another_currency_leads_to_the_name_with_the_currency(
    sales: ServedSales, taken: int
):
    names = ["CRONUS International Default Price List", "CRONUS International Default Price List GBP"]
    sales.world.load(
        "pricelevel",
        [{"name": name, "transactioncurrencyid": EURO} for name in names[:taken]],
        moment="2024-01-01T00:00:00Z",
    )
    request = PrepareCompany(company=COMPANY, rates={"EUR": "0.85"})
    prepared = await prepare_company(sales.dataverse, request)
    if taken == len(names):
        [failure] = prepared.failures
        assert failure.code == "company.price_list_currency" and names[1] in failure.message
        return
    assert await prepare_company(sales.dataverse, request) == prepared
    [ours] = [row for row in sales.rows("pricelevel") if row["pricelevelid"] == prepared.default_price_list_id]
    assert (ours["name"], ours["_transactioncurrencyid_value"]) == (names[1], prepared.local_currency_id)


def microsofts_connection(sales: ServedSales, name: str, address: str | None) -> None:
    row = {"nav_connectionid": str(uuid4()), "nav_name": name, "nav_dynamicsnavurl": address}
    sales.world.load("nav_connection", [row], moment="2024-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (COMPANY.name.upper(), "https://businesscentral.dynamics.com/"),
        ("", "https://bc/BC/?company=CRONUS%20International%20Ltd.%20%26%20S%C3%B6hne&page=1"),
    ],
)
async def test_a_company_that_microsofts_own_engine_synchronizes_is_refused(
    sales: ServedSales, name: str, address: str
):
    microsofts_connection(sales, name, address)
    writes = sales.world.writes
    [failure] = (await prepare_company(sales.dataverse, PrepareCompany(company=COMPANY, rates={"EUR": "1"}))).failures
    assert failure.code == "connection.second_engine"
    assert COMPANY.name in failure.message and "Microsoft Dynamics 365 Connection Setup" in failure.message
    assert sales.world.writes == writes


async def test_microsofts_engine_may_be_off_of_another_company_or_absent(sales: ServedSales):
    request = PrepareCompany(company=COMPANY, rates={"EUR": "0.85"})
    microsofts_connection(sales, COMPANY.name, None)
    microsofts_connection(sales, "Fabrikam", "https://businesscentral.dynamics.com/?company=Fabrikam")
    assert (await prepare_company(sales.dataverse, request)).failures == []
    del sales.world.sets["nav_connections"]
    assert (await prepare_company(sales.dataverse, request)).failures == []


async def test_whether_microsofts_engine_is_on_must_be_seen(sales: ServedSales):
    sales.shell.denied["sales"].add(("nav_connection", "read"))
    [failure] = (await prepare_company(sales.dataverse, PrepareCompany(company=COMPANY, rates={"EUR": "1"}))).failures
    assert failure.setting == "TANDEM_CLIENT_ID" and "Integration User" in failure.message
