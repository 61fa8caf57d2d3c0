"""Customers and accounts: created, modified, compared, both ways round."""

from libs.testing.builders import a_context, a_customer
from tests.component.coupling_registry.bench import Bench, counted


async def test_a_new_customer_becomes_an_account_of_the_company_owned_by_its_team(bench: Bench) -> None:
    done = await bench.to_sales("CUSTOMER", a_customer())

    assert counted(done) == {"inserted": 1}
    [account] = bench.sales.records("account")
    assert account["values"]["name"] == "Adatum Corporation"
    assert account["values"]["customertypecode"] == 3
    assert account["values"]["bcbi_companyid"] == a_context().company_row_id
    assert account["values"]["ownerid"] == f"team:{a_context().owner_team_id}"
    assert account["values"]["transactioncurrencyid"] == a_context().local_currency_id
    coupling = await bench.coupling("CUSTOMER", "C00010")
    assert (coupling.state, coupling.sales_id, coupling.sales_version) == ("coupled", account["id"], account["version"])


async def test_a_second_full_run_compares_and_writes_nothing(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    written = bench.sales.written

    done = await bench.to_sales("CUSTOMER", a_customer())

    assert counted(done) == {"unchanged": 1}
    assert bench.sales.written == written
    assert bench.sales.performed[-1]["operation"] == "compare"
