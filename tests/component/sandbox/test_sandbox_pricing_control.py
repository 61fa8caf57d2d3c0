"""How Financials prices its sales lines is switched over the control endpoint."""

from tests.component.sandbox.conftest import SalesClient
from tests.component.sandbox.test_sandbox_control import control


async def test_the_tables_of_prices_and_what_own_code_adds_are_switched(sales: SalesClient) -> None:
    pricing = sales.running.tenants.financials.company.pricing

    first = await control(sales, "PUT", "/pricing", {"mode": "price_lists"})
    second = await control(sales, "PUT", "/pricing", {"own_percent": "-1"})

    assert first == {"mode": "price_lists", "own_percent": "0"}
    assert second == {"mode": "price_lists", "own_percent": "-1"}
    assert (pricing.uses_price_lists, pricing.own_percent) == (True, -1)


async def test_switches_that_there_are_not_are_refused_in_words(sales: SalesClient) -> None:
    mode = await control(sales, "PUT", "/pricing", {"mode": "barter"}, status=400)
    percent = await control(sales, "PUT", "/pricing", {"own_percent": "a lot"}, status=400)

    assert "barter" in mode["error"]
    assert "error" in percent
    assert sales.running.tenants.financials.company.pricing.own_percent == 0
