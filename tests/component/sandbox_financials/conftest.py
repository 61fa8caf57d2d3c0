"""A served Financials with a small generated company, and a client that speaks to one of its surfaces."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from services.sandbox.financials import FinancialsWorld, financials_routes
from services.sandbox.generator import generate
from services.sandbox.settings import SandboxSettings
from services.sandbox.shell import Shell

RECORDS, SEED = 300, 5


@dataclass
class Answered:
    status: int
    headers: Any
    raw: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.raw)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def rows(self) -> list[dict[str, Any]]:
        assert self.status == 200, self.raw
        return list(self.json["value"])


@dataclass
class Financials:
    """A running make-believe Financials."""

    client: TestClient
    shell: Shell
    world: FinancialsWorld
    root: str = ""
    """Path of the surface that is spoken to."""

    @property
    def company(self) -> str:
        return f"/companies({self.world.company.id})"

    @property
    def named_company(self) -> str:
        return f"/Company('{quote(self.world.company.name)}')"

    def on(self, surface: str) -> "Financials":
        """The same, spoken to on a surface: companion, api_v2 or page_services."""
        roots = {"companion": "/api/tandem/integration/v1.0", "api_v2": "/api/v2.0", "page_services": "/ODataV4"}
        return replace(self, root=self.shell.settings.financials_root + roots[surface])

    async def ask(
        self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None, **headers: str
    ) -> Answered:
        """``headers`` by name with underscores; ``path`` behind the surface's root."""
        sent = {"Authorization": "Bearer token"} | {name.replace("_", "-"): value for name, value in headers.items()}
        data = None
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        address = path if path.startswith("http") else self.root + path
        if address.startswith("http"):
            address = "/" + address.split("/", 3)[3]
        if query:
            address += "?" + "&".join(f"{name}={quote(value)}" for name, value in query.items())
        async with self.client.request(method, URL(address, encoded=True), data=data, headers=sent) as response:
            return Answered(response.status, response.headers, await response.read())

    async def get(self, path: str, query: dict[str, str] | None = None, **headers: str) -> Answered:
        return await self.ask("GET", path, None, query, **headers)

    async def batch(self, *requests: dict[str, Any], **headers: str) -> list[dict[str, Any]]:
        answered = await self.ask("POST", "/$batch", {"requests": list(requests)}, **headers)
        assert answered.status == 200, answered.raw
        return list(answered.json["responses"])


Start = Callable[..., Awaitable[Financials]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts a Financials with other settings than the usual ones."""
    async with AsyncExitStack() as stack:

        async def starting(**settings: Any) -> Financials:
            shell = Shell(SandboxSettings(**({"any_token": True} | settings)))
            world = FinancialsWorld.of(generate(RECORDS, SEED), shell.now)
            app = web.Application(middlewares=[shell.middleware])
            app.add_routes(financials_routes(world, shell))
            client = await stack.enter_async_context(TestClient(TestServer(app)))
            return Financials(client, shell, world)

        yield starting


@pytest.fixture
async def financials(start: Start) -> Financials:
    return await start()


@pytest.fixture
def companion(financials: Financials) -> Financials:
    return financials.on("companion")


@pytest.fixture
def api_v2(financials: Financials) -> Financials:
    return financials.on("api_v2")


@pytest.fixture
def pages(financials: Financials) -> Financials:
    return financials.on("page_services")
