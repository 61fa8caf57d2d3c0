"""A sandbox with products, a scripted lookup, and the form page open in a real Chromium."""

import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, FrameLocator, Page, async_playwright

from services.sandbox.app import RunningSandbox, Sandbox
from services.sandbox.settings import SandboxSettings
from tests.browser.scripted_lookup import KEY, ScriptedLookup

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "deploy" / "sales-solution" / "node_modules"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@dataclass
class Company:
    """Rows of Sales that the form offers."""

    customer: str
    contact: str
    product: str
    other_product: str
    unit: str
    other_unit: str


@dataclass
class OpenForm:
    """The form in the browser, with the panel in its frame."""

    page: Page
    panel: FrameLocator
    problems: list[str] = field(default_factory=list)

    async def state(self, name: str) -> None:
        """Wait until the panel is in that state."""
        await self.panel.locator(f'#panel[data-state="{name}"][aria-busy="false"]').wait_for()

    async def text(self, selector: str) -> str:
        return " ".join((await self.panel.locator(selector).inner_text()).split())

    async def value(self, column: str) -> Any:
        """What the form context holds."""
        return await self.page.evaluate("name => formUnderTest.getAttribute(name).getValue()", column)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no Chromium here: install Debian's package chromium (make setup-tests does)")
    if not MODULES.is_dir():
        pytest.skip("no node_modules in deploy/sales-solution: run npm ci there (make setup-tests does)")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield started
        await started.close()


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with Sandbox(SandboxSettings(records=30, seed=7, plain=True)).running() as running:
        yield running


@pytest.fixture
def company(sandbox: RunningSandbox) -> Company:
    return a_company(sandbox)


def a_company(sandbox: RunningSandbox) -> Company:
    """Rows that the generated company has only after a synchronization."""
    sales = sandbox.tenants.sales
    group = sales.insert("uomschedule", {"name": "1000", "baseuomname": "PCS"})["uomscheduleid"]
    unit = next(row["uomid"] for row in sales.dump("uom") if row["uomscheduleid"] == group)
    box = sales.insert("uom", {"name": "BOX", "uomscheduleid": group, "baseuom": unit, "quantity": "12"})["uomid"]
    units = {"defaultuomscheduleid": group, "defaultuomid": unit, "quantitydecimal": 2}
    product = sales.insert("product", {"productnumber": "1000", "name": "Bicycle", **units})["productid"]
    other = sales.insert("product", {"productnumber": "1001", "name": "Touring Bicycle", **units})["productid"]
    contact = sales.insert("contact", {"lastname": "Berg", "firstname": "Maja"})["contactid"]
    account = sales.insert("account", {"name": "Adatum Corporation"})["accountid"]
    return Company(account, contact, product, other, unit, box)


@pytest_asyncio.fixture(loop_scope="module")
async def lookup(sandbox: RunningSandbox) -> AsyncIterator[ScriptedLookup]:
    scripted = ScriptedLookup()
    async with scripted.running():
        scripted.origin = sandbox.details.sales_url
        await give(sandbox, tandem_LookupUrl=scripted.url, tandem_LookupKey=KEY)
        yield scripted


async def give(sandbox: RunningSandbox, **variables: str) -> None:
    """Set environment variables of the solution."""
    async with aiohttp.ClientSession() as session:
        url = f"{sandbox.details.sales_url}/forms/variables"
        response = await session.put(url, json=variables, ssl=False)
        response.raise_for_status()


@asynccontextmanager
async def a_form(
    browser: Browser, sandbox: RunningSandbox, table: str = "salesorderdetail", width: int = 1120, **asked: Any
) -> AsyncIterator[OpenForm]:
    """The form in a browser of its own; a script that fails fails the test."""
    context = await browser.new_context(
        viewport={"width": width, "height": 900},
        reduced_motion="reduce",
        timezone_id="Europe/Stockholm",
        ignore_https_errors=True,
    )
    context.set_default_timeout(10_000)
    page = await context.new_page()
    form = OpenForm(page, page.frame_locator("#WebResource_tandem_orderline"))
    page.on("pageerror", lambda error: form.problems.append(str(error)))
    wanted = {name: value for name, value in asked.items() if value}
    await page.goto(f"{sandbox.details.sales_url}/forms/{table}?{urlencode(wanted)}")
    yield form
    await context.close()
    assert form.problems == []


@pytest_asyncio.fixture(loop_scope="module")
async def opened(browser: Browser, sandbox: RunningSandbox, company: Company) -> AsyncIterator[Any]:
    """A function that opens the form: ``await opened(product=…, language=1053, width=400)``."""
    async with AsyncExitStack() as forms:

        async def open_form(table: str = "salesorderdetail", width: int = 1120, **asked: Any) -> OpenForm:
            asked = {"customer": company.customer, "product": company.product, "quantity": "12"} | asked
            return await forms.enter_async_context(a_form(browser, sandbox, table, width, **asked))

        yield open_form
