"""The sandbox's Financials on a socket, and the connector talking to it through all of its layers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from libs.dynamics.auth import BasicCredentials, Credentials
from libs.dynamics.connection import open_connection
from libs.dynamics.throttle import Gate
from services.financials_connector.addresses import Addresses
from services.financials_connector.discovery import Tenants
from services.financials_connector.remote import Remote
from services.financials_connector.tenant import TenantSettings
from services.sandbox.faults import Fault
from services.sandbox.financials import financials_routes
from services.sandbox.financials.world import FinancialsWorld
from services.sandbox.settings import SandboxSettings
from services.sandbox.shell import FINANCIALS, Shell
from tests.contract.sandbox_tokens import SandboxTokens

COMPANY_ID = "c0000000-0000-4000-8000-0000000000aa"
COMPANY_NAME = "CRONUS International Ltd."


@dataclass
class ServedFinancials:
    """A running environment and the connector's way into it."""

    shell: Shell
    world: FinancialsWorld
    remote: Remote
    tenants: Tenants
    gate: Gate
    urgent: Remote
    """For questions that somebody waits for."""

    def fault(self, kind: str, **more: Any) -> None:
        self.shell.faults.add(Fault(kind, side=FINANCIALS, **more))


@asynccontextmanager
async def served_financials(*, on_premises: bool = False, companion: bool = True) -> AsyncIterator[ServedFinancials]:
    """Online with tokens, or on-premises with user and access key; one company, still empty."""
    settings = SandboxSettings(on_premises=on_premises)
    shell = Shell(settings)
    if not companion:
        shell.surfaces.discard("companion")
    world = FinancialsWorld(shell.now)
    world.add_company(COMPANY_ID, COMPANY_NAME)
    app = web.Application(middlewares=[shell.middleware], client_max_size=0)
    app.add_routes(financials_routes(world, shell))
    server = TestServer(app)
    await server.start_server()
    url = str(server.make_url("/")).rstrip("/")
    shell.financials_origin = url
    credentials: Credentials = SandboxTokens(shell, FINANCIALS)
    if on_premises:
        credentials = BasicCredentials(settings.user, settings.access_key)
    gate = Gate("Financials", 5)
    try:
        async with open_connection(
            credentials=credentials, gate=gate, url_setting="TANDEM_FINANCIALS_URL"
        ) as connection:
            addresses = Addresses.of(f"{url}{settings.financials_root}/api/v2.0")
            remote = Remote(connection.session, addresses)
            tenants = Tenants(remote, TenantSettings(addresses, COMPANY_NAME))
            await tenants.current()
            urgent = Remote(connection.urgent, addresses)
            yield ServedFinancials(shell, world, remote, tenants, gate, urgent)
    finally:
        await server.close()
