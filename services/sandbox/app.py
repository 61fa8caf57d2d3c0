"""Puts a sandbox together and runs it: both tenants, the sign-in service and the control endpoint, over TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

from aiohttp import web

from services.sandbox.certificates import make_certificates
from services.sandbox.control import Control
from services.sandbox.control_routes import control_routes
from services.sandbox.dataverse.routes import LONGEST_URL, dataverse_routes
from services.sandbox.dataverse.service import DataverseService
from services.sandbox.dataverse.solutions import tables_of
from services.sandbox.dataverse.world import World
from services.sandbox.entra import entra_routes
from services.sandbox.financials import financials_routes
from services.sandbox.forms import form_routes
from services.sandbox.generator import generate
from services.sandbox.settings import SandboxSettings
from services.sandbox.shell import SALES, Shell
from services.sandbox.tenants import Tenants
from services.sandbox.users import Users

LARGEST_REQUEST = 128 * 1024 * 1024


@dataclass(frozen=True)
class Details:
    """Where a running sandbox is, and how to sign in; the line that it prints when it is ready."""

    sales_url: str
    """Without the API path."""
    financials_url: str
    """With the API path."""
    odata_url: str
    token_url: str
    tenant_id: str
    client_id: str
    client_secret: str
    user: str
    web_service_access_key: str
    company_id: str
    company_name: str
    environment: str
    ca_file: str
    """Empty with ``--plain``."""
    control_url: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers, with direct access to what is behind it."""

    details: Details
    tenants: Tenants
    control: Control
    shell: Shell
    users: Users


class Sandbox:
    """One sandbox: ``async with Sandbox(settings).running() as running: …``."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.shell = Shell(settings)
        generated = generate(settings.records, settings.seed, self.shell.now().date())
        world = World(self.shell.now, tables_of(settings.company_columns))
        self.tenants = Tenants(generated, world, self.shell.now, client_id=settings.client_id, stamp=settings.stamp)
        self.tenants.financials.company.pricing.mode = settings.pricing
        self.control = Control(self.shell, self.tenants)
        self.users = Users(settings.tenant_id, lambda: self.shell.tokens.seconds)

    def application(self) -> web.Application:
        """All routes in one application; every port serves it."""
        shell = self.shell
        service = DataverseService(
            self.tenants.sales.world,
            shell.now,
            lambda table, right: shell.denies(SALES, table, right),
            lambda path, body: shell.faults.fails(SALES, path, body),
        )
        application = web.Application(
            middlewares=[shell.middleware],
            client_max_size=LARGEST_REQUEST,
            handler_args={"access_log": None, "max_line_size": 2 * LONGEST_URL},
        )
        application.add_routes(control_routes(self.control, shell, self.tenants))
        application.add_routes(form_routes(self.tenants))
        application.add_routes(dataverse_routes(service, shell))
        application.add_routes(financials_routes(self.tenants.financials, shell))
        application.add_routes(entra_routes(shell, self.users))
        return application

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RunningSandbox]:
        """Listen until the block is left."""
        settings = self.settings
        certificates = None if settings.plain else make_certificates(settings.name, settings.ca_file)
        context = certificates.server if certificates else None
        runner = web.AppRunner(self.application(), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            port = await _listen(runner, settings.host, settings.port, context)
            financials_port = settings.financials_port
            if financials_port is None:
                financials_port = settings.port and port
            if financials_port != port:
                financials_port = await _listen(runner, settings.host, financials_port, context)
            ca_file = str(certificates.ca_file) if certificates else ""
            details = self._details(port, financials_port, ca_file)
            yield RunningSandbox(details, self.tenants, self.control, self.shell, self.users)
        finally:
            await _stop(runner)
            if certificates:
                certificates.remove()

    def _details(self, port: int, financials_port: int, ca_file: str) -> Details:
        settings = self.settings
        scheme = "http" if settings.plain else "https"
        origin = f"{scheme}://{settings.name}:{port}"
        financials = f"{scheme}://{settings.name}:{financials_port}"
        self.shell.sales_url, self.shell.financials_origin = origin, financials
        root = f"{financials}{settings.financials_root}"
        company = self.tenants.financials.company
        return Details(
            sales_url=origin,
            financials_url=f"{root}/api/v2.0",
            odata_url=f"{root}/ODataV4",
            token_url=f"{origin}/{settings.tenant_id}/oauth2/v2.0/token",
            tenant_id=settings.tenant_id,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            user=settings.user,
            web_service_access_key=settings.access_key,
            company_id=company.id,
            company_name=company.name,
            environment=settings.environment,
            ca_file=ca_file,
            control_url=f"{origin}/control",
        )


async def _stop(runner: web.AppRunner) -> None:
    """Shut down; a TLS connection does not outlive it waiting for the other side's farewell."""
    connections = runner.server.connections if runner.server else []
    transports = [connection.transport for connection in connections]
    await runner.cleanup()
    for transport in transports:
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()
    await asyncio.sleep(0)  # the loop closes the sockets in its next round


async def _listen(runner: web.AppRunner, host: str, port: int, context: ssl.SSLContext | None) -> int:
    site = web.TCPSite(runner, host, port, ssl_context=context, backlog=512)
    await site.start()
    return int(runner.addresses[-1][1])
