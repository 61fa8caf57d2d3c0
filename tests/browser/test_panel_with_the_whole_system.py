"""The panel, the lookup, the connectors and both tenants together: what Financials holds is what the seller reads."""

import socket
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser

from libs.contracts.couplings import CouplingView
from libs.testing.eventually import eventually
from services.sandbox.users import FORM_CLIENT
from tests.browser.conftest import a_form, give
from tests.system.one_process import Tandem, a_tandem

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("browser")]


def a_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def coupled(tandem: Tandem, mapping: str) -> list[CouplingView]:
    couplings = await tandem.client.couplings(mapping)
    return [each for each in couplings if each.state == "coupled" and not each.skipped]


async def test_a_seller_reads_what_financials_holds(browser: Browser, tmp_path: Path) -> None:
    port = a_free_port()
    environment = {
        "TANDEM_HTTP_PORT": str(port),
        "TANDEM_LOOKUP_AUDIENCE": "api://lookup",
        "TANDEM_LOOKUP_FRESH_SECONDS": "0.1",
        "TANDEM_LOOKUP_STOCK_SECONDS": "0.1",
        "TANDEM_LOOKUP_PATIENCE_SECONDS": "0.3",
    }
    async with a_tandem(tmp_path, environment=environment) as tandem:
        await tandem.connected()
        await tandem.client.couple_salespeople(lambda jobs: None)
        await tandem.client.generate_review()
        await tandem.client.start_review(lambda jobs: None)
        await give(
            tandem.sandbox,
            tandem_LookupUrl=f"http://127.0.0.1:{port}",
            tandem_LookupTenantId=tandem.sandbox.details.tenant_id,
            tandem_LookupClientId=FORM_CLIENT,
            tandem_LookupScope="api://lookup/Lookup.Read",
            tandem_LookupAuthority=tandem.sandbox.details.sales_url,
        )
        items: dict[str, Any] = {row["No."]: row for row in tandem.sandbox.tenants.financials.dump("Item")}
        stocked = next(
            each for each in await coupled(tandem, "ITEM-PRODUCT") if float(items[each.financials_key]["Inventory"]) > 0
        )
        customer = (await coupled(tandem, "CUSTOMER"))[0]
        async with a_form(browser, tandem.sandbox, customer=customer.sales_id, product=stocked.sales_id) as form:
            await form.state("answer")

            held = float(items[stocked.financials_key]["Inventory"])
            assert f"On hand {held:,.5f}".rstrip("0").rstrip(".") in await form.text("#figures")
            assert await form.text("#unit-price")
            assert await form.text("#reason")
            await form.panel.locator("#use").press("Enter")
            assert (await form.text("#used-words")).startswith("The line now has the price")
            assert await form.value("ispriceoverridden") is True

            # Financials goes away: its last answer stays, with its age; and comes back by itself.
            tandem.sandbox.control.add_fault("unavailable", side="financials", count=None, seconds=0.2)
            await form.panel.locator("#refresh").press("Enter")
            await form.state("stale")
            assert (await form.text("#notes")).startswith("Financials did not answer just now. The last answer came")
            assert f"On hand {held:,.5f}".rstrip("0").rstrip(".") in await form.text("#figures")
            tandem.sandbox.shell.faults.clear()

            async def recovered() -> bool:
                await form.panel.locator("#refresh").press("Enter")
                await form.panel.locator('#panel[aria-busy="false"]').wait_for()
                return await form.panel.locator("#panel").get_attribute("data-state") == "answer"

            await eventually(recovered, timeout=20, pause=0.3)
