"""``python -m services --synchronized``: one command after which a person can open the order form and see a price."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser

from tests.browser.conftest import ROOT

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("browser")]


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, Any]]:
    """What the command prints for a program; it is told to stop in the end as Ctrl-C does."""
    command = [sys.executable, "-m", "services", "--synchronized", "--records", "60", "--json"]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the command ended before it was ready"
    yield json.loads(line)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


@pytest.mark.parametrize(("form", "title"), [("order_form_url", "Order Product"), ("quote_form_url", "Quote Product")])
async def test_the_form_has_a_customer_a_product_and_its_price(
    browser: Browser, addresses: dict[str, Any], form: str, title: str
) -> None:
    page = await browser.new_page()
    # The solution's copy of Microsoft's sign-in library is not there before `npm ci`, and not needed with a key.
    await page.route("**/msalbrowser.js", lambda route: route.fulfill(status=404))
    await page.goto(addresses[form])
    panel = page.frame_locator("#WebResource_tandem_orderline")
    await panel.locator('#panel[data-state="answer"][aria-busy="false"]').wait_for(timeout=20_000)

    await page.get_by_role("heading", name=title, exact=True).wait_for()
    assert await panel.locator("#unit-price").inner_text()
    assert await page.locator("#customer").input_value() and await page.locator("#productid").input_value()
    await panel.locator("#use").press("Enter")
    assert await page.locator("#priceperunit").input_value()
    await page.close()


async def test_the_short_address_leads_to_the_form_and_keeps_what_is_asked(
    browser: Browser, addresses: dict[str, Any]
) -> None:
    page = await browser.new_page()
    origin = addresses["order_form_url"].partition("/forms/")[0]
    await page.goto(f"{origin}/order?language=1053")
    await page.get_by_role("heading", name="Orderprodukt").wait_for()
    assert "product=" in page.url
    await page.close()


async def test_the_lookup_answers_to_the_key_alone(addresses: dict[str, Any]) -> None:
    url = f"{addresses['lookup_url']}/v1/order-lines"
    order = {"lines": [{"id": "1", "item": "1000", "quantity": 5}]}
    async with aiohttp.ClientSession() as session:
        async with session.post(url, json=order) as refused:
            assert refused.status == 401
        async with session.post(url, json=order, headers={"Tandem-Key": addresses["lookup_key"]}) as answered:
            assert answered.status == 200
            assert (await answered.json())["lines"][0]["price"]["unit_price"]
