"""A small sandbox over TLS for each test, and a plain HTTP client signed in to Sales."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec
import pytest
from yarl import URL

from libs.dynamics.financials_tables import COMPANION_GROUP, COMPANION_PUBLISHER, COMPANION_VERSION
from services.sandbox.app import RunningSandbox, Sandbox
from services.sandbox.settings import SandboxSettings

SETTINGS = SandboxSettings(records=40, seed=7)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        """Code of an error."""
        return str(self.json()["error"]["code"])

    @property
    def message(self) -> str:
        return str(self.json()["error"]["message"])

    @property
    def id(self) -> str:
        """Id of the row that was written."""
        return self.headers["OData-EntityId"].rsplit("(", 1)[1].rstrip(")")

    @property
    def etag(self) -> str:
        return str(self.json()["@odata.etag"])


class SalesClient:
    """Requests to the Dataverse Web API; addresses are relative to its root."""

    def __init__(self, session: aiohttp.ClientSession, running: RunningSandbox, token: str) -> None:
        self.session = session
        self.running = running
        self.root = f"{running.details.sales_url}/api/data/v9.2/"
        self.token = token

    async def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Reply:
        url = path if path.startswith("https://") else self.root + path
        given = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", **(headers or {})}
        data = body if isinstance(body, bytes) else None
        if body is not None and data is None:
            data = msgspec.json.encode(body)
            given.setdefault("Content-Type", "application/json")
        async with self.session.request(
            method, URL(url.replace(" ", "%20"), encoded=True), data=data, headers=given
        ) as reply:
            return Reply(reply.status, reply.headers, await reply.read())

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.send("GET", path, None, _named(headers))

    async def post(self, path: str, body: Any, **headers: str) -> Reply:
        return await self.send("POST", path, body, _named(headers))

    async def patch(self, path: str, body: Any, **headers: str) -> Reply:
        return await self.send("PATCH", path, body, _named(headers))

    async def delete(self, path: str, **headers: str) -> Reply:
        return await self.send("DELETE", path, None, _named(headers))

    async def create(self, set_name: str, values: dict[str, Any]) -> str:
        """A new row's id; the test fails when it is refused."""
        reply = await self.post(set_name, values)
        assert reply.status == 204, reply.body
        return reply.id


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with Sandbox(SETTINGS).running() as running:
        yield running


def trusting(running: RunningSandbox) -> aiohttp.ClientSession:
    """A session that trusts the sandbox's certificate authority alone."""
    context = ssl.create_default_context(cafile=running.details.ca_file)
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))


@pytest.fixture
async def sales(sandbox: RunningSandbox) -> AsyncIterator[SalesClient]:
    async with trusting(sandbox) as session:
        yield SalesClient(session, sandbox, sandbox.shell.tokens.issue(frozenset({"sales"})))


def service_roots(running: RunningSandbox) -> dict[str, str]:
    """Root of Sales and of each surface of Financials, without a slash at the end."""
    details = running.details
    companion = f"/api/{COMPANION_PUBLISHER}/{COMPANION_GROUP}/{COMPANION_VERSION}"
    return {
        "sales": f"{details.sales_url}/api/data/v9.2",
        "api_v2": details.financials_url,
        "companion": details.odata_url.removesuffix("/ODataV4") + companion,
        "page_services": details.odata_url,
    }
