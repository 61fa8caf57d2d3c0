"""The imitated order and quote forms for somebody at a browser: without TLS, since no browser trusts the sandbox's own
certificate authority, and with a product of the company chosen already.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from services.demo.client import Client
from services.demo.keyboard import Keyboard
from services.demo.order_form import Chosen, choose_customer, choose_lines
from services.demo.snapshot import take_snapshot
from services.sandbox.forms import form_routes
from services.sandbox.tenants import Tenants

FORMS = {"/order": "salesorderdetail", "/quote": "quotedetail"}
"""Short address -> the form it leads to."""


class OrderPages:
    """The forms at ``origin``."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.begin_with: dict[str, str] = {}
        """What the forms have chosen when they are opened."""

    def form_url(self, short: str, asked: Mapping[str, str] | None = None) -> str:
        """The whole address of a form; what is ``asked`` counts before what it begins with."""
        chosen = urlencode({**self.begin_with, **(asked or {})})
        return f"{self.origin}/forms/{FORMS[short]}" + (f"?{chosen}" if chosen else "")

    async def tell_lookup(self, url: str, key: str) -> None:
        """Set the solution's environment variables, so that the panel finds the lookup and needs no sign-in."""
        variables = {"tandem_LookupUrl": url, "tandem_LookupKey": key}
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            await session.put(f"{self.origin}/forms/variables", json=variables)

    async def forward(self, request: web.Request) -> web.Response:
        raise web.HTTPFound(self.form_url(request.path, request.query))


@asynccontextmanager
async def open_order_pages(tenants: Tenants) -> AsyncIterator[OrderPages]:
    """Serve them on loopback, at a port that is free, until the block is left."""
    pages = OrderPages("")
    application = web.Application()
    application.add_routes([*form_routes(tenants), *(web.get(short, pages.forward) for short in FORMS)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pages.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield pages
    finally:
        await runner.cleanup()


async def choose_order(client: Client, keyboard: Keyboard) -> tuple[str, str, list[Chosen]]:
    """A customer's number and row in Sales, and products that show different sides of the panel."""
    context = (await client.connect()).context
    snapshot = await take_snapshot(client, keyboard, await client.mappings(), context)
    account, card = choose_customer(snapshot)
    return card["No."], account, choose_lines(snapshot, card)
