"""The sandbox's control endpoint: rows of both tenants as somebody at the keyboard sees and changes them."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec

from libs.contracts.vocabulary import System

Row = dict[str, Any]


class Keyboard:
    """Reads and changes rows past both Web APIs."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def company(self) -> Row:
        """What the sandbox has generated: its size, its seed, and the records that are to be left behind."""
        found: Row = await self._ask("GET", "/company")
        return found

    async def rows(self, system: System, table: str) -> list[Row]:
        """All rows of a table (options of a choice), canonical; decimals as text."""
        found: list[Row] = await self._ask("GET", f"/tables/{system}/{quote(table, safe='')}")
        return found

    async def change(self, system: System, table: str, key: str | list[str], values: Row) -> None:
        """Change one row as a user would: in Sales by its id, in Financials by its key."""
        await self._ask("PATCH", f"/tables/{system}/{quote(table, safe='')}", {"key": key, "values": values})

    async def price_order_lines(self, order: Row) -> list[Row]:
        """Price and discount that Financials' own document engine puts on the lines of an order."""
        found: list[Row] = await self._ask("POST", "/order-lines", order)
        return found

    async def post_stock(self, item: str, quantity: str) -> None:
        """Goods come into Financials' stock, or go out of it."""
        await self._ask("POST", "/stock", {"item": item, "quantity": quantity})

    async def forget_statistics(self) -> None:
        """Begin counting requests and written rows anew."""
        await self._ask("POST", "/statistics/reset")

    async def rows_written(self) -> dict[str, int]:
        """Rows that were written since, by system."""
        found = await self.statistics()
        return {system.value: int(found[system.value]["rows_written"]) for system in System}

    async def statistics(self) -> dict[str, Any]:
        """What each side was asked for since."""
        found: dict[str, Any] = await self._ask("GET", "/statistics")
        return found

    async def use_realistic_limits(self) -> None:
        """Switch on the documented limits and realistic service times on both sides."""
        for system in System:
            await self._ask("PUT", f"/limits/{system}", {"documented": True})
            await self._ask("PUT", f"/times/{system}", {"realistic": True})

    async def take_time(self, milliseconds: float) -> None:
        """Let every request of both sides take this long."""
        for system in System:
            await self._ask("PUT", f"/times/{system}", {"request_ms": milliseconds})

    async def let_fail(self, fault: Row) -> None:
        """Let requests go wrong from now on; the fields are those of the sandbox's ``Fault``."""
        await self._ask("POST", "/faults", fault)

    async def faults(self) -> list[Row]:
        """What is set to go wrong, and how often each ``struck``."""
        found: list[Row] = await self._ask("GET", "/faults")
        return found

    async def let_work(self) -> None:
        """No faults any more."""
        await self._ask("DELETE", "/faults")

    async def numbers_of_rows(self) -> dict[str, dict[str, int]]:
        """System -> table -> rows."""
        found: dict[str, dict[str, int]] = await self._ask("GET", "/tables")
        return found

    async def _ask(self, method: str, path: str, body: Row | None = None) -> Any:
        data = msgspec.json.encode(body) if body is not None else None
        async with self._session.request(method, f"{self._url}{path}", data=data) as answer:
            text = await answer.read()
            if answer.status >= 400:
                raise RuntimeError(f"the sandbox refuses {method} {path}: {text.decode(errors='replace')}")
            return msgspec.json.decode(text) if text else None


@asynccontextmanager
async def open_keyboard(control_url: str, ca_file: str) -> AsyncIterator[Keyboard]:
    """A keyboard at a running sandbox; ``ca_file`` is the certificate authority that it has made for itself."""
    context = ssl.create_default_context(cafile=ca_file) if ca_file else True
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=120)) as session:
        yield Keyboard(session, control_url)
