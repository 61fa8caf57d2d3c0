"""The sandbox's Dataverse on a socket, and the connector talking to it through all of its layers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

from libs.dynamics.connection import open_connection
from libs.dynamics.throttle import Gate
from services.sales_connector.dataverse import Dataverse
from services.sandbox.dataverse.roles import load_roles
from services.sandbox.dataverse.routes import dataverse_routes
from services.sandbox.dataverse.service import DataverseService
from services.sandbox.dataverse.solutions import tables_of
from services.sandbox.dataverse.world import Identity, World
from services.sandbox.faults import Fault
from services.sandbox.settings import SandboxSettings
from services.sandbox.shell import SALES, Shell
from tests.contract.sandbox_tokens import SandboxTokens

USER = "00000000-0000-4000-8000-0000000000a1"
ORGANIZATION = "00000000-0000-4000-8000-0000000000b1"
UNIT = "00000000-0000-4000-8000-0000000000c1"
EURO = "00000000-0000-4000-8000-0000000000d1"
STAMP = "2024-01-01T00:00:00Z"


@dataclass
class ServedSales:
    """A running environment and the connector's way into it."""

    url: str
    shell: Shell
    world: World
    dataverse: Dataverse
    gate: Gate

    def fault(self, kind: str, **more: Any) -> None:
        self.shell.faults.add(Fault(kind, side=SALES, **more))

    def rows(self, table: str) -> list[dict[str, Any]]:
        return list(self.world.tables[table].rows.values())


@asynccontextmanager
async def served_sales(company_columns: str = "microsoft") -> AsyncIterator[ServedSales]:
    shell = Shell(SandboxSettings())
    world = World(shell.now, tables_of(company_columns))
    world.identity = Identity(USER, ORGANIZATION, UNIT)
    world.load("businessunit", [{"businessunitid": UNIT, "name": "contoso"}], moment=STAMP)
    world.load("systemuser", [{"systemuserid": USER, "fullname": "# Tandem"}], moment=STAMP)
    euro = {
        "transactioncurrencyid": EURO,
        "isocurrencycode": "EUR",
        "currencyname": "Euro",
        "currencysymbol": "€",
        "exchangerate": "1",
        "currencyprecision": 2,
    }
    world.load("transactioncurrency", [euro], moment=STAMP)
    organization = {
        "organizationid": ORGANIZATION,
        "name": "contoso",
        "basecurrencyid": EURO,
        "currencydecimalprecision": 2,
    }
    world.load("organization", [organization], moment=STAMP)
    load_roles(world, moment=STAMP)
    app = web.Application(middlewares=[shell.middleware], client_max_size=0)
    service = DataverseService(
        world,
        shell.now,
        lambda *what: shell.denies(SALES, *what),
        lambda *what: shell.faults.fails(SALES, *what),
    )
    app.add_routes(dataverse_routes(service, shell))
    server = TestServer(app)
    await server.start_server()
    url = str(server.make_url("/")).rstrip("/")
    shell.sales_url = url
    gate = Gate("Dynamics 365 Sales", 8)
    try:
        async with open_connection(
            credentials=SandboxTokens(shell, SALES), gate=gate, url_setting="TANDEM_SALES_URL"
        ) as connection:
            yield ServedSales(url, shell, world, Dataverse(connection.session, url, gate), gate)
    finally:
        await server.close()
