"""A synchronized Tandem of real processes, and questions that go on to two replicas of the lookup."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from libs.contracts.vocabulary import System
from libs.testing.eventually import eventually
from libs.testing.rabbitmq_node import RabbitNode
from libs.testing.tcp_proxy import TcpProxy
from tests.system.asking import Answer, Question, Told, ask, go_on
from tests.system.broker import wipe
from tests.system.main_job import MainJob, main_job

PER_SECOND = 60
"""Over all processes of one machine; ``make soak`` asks more, and longer."""
RECOVERY_SECONDS = 12.0
KNOWN = 10
KEY = "the key of this environment"
SETTINGS = {
    "TANDEM_LOOKUP_KEY": KEY,
    "TANDEM_LOOKUP_REQUESTS_PER_MINUTE": "0",
    "TANDEM_LOOKUP_STOCK_SECONDS": "0.5",
    "TANDEM_LOOKUP_FRESH_SECONDS": "1",
    "TANDEM_LOOKUP_RESOLVED_SECONDS": "1",
    "TANDEM_LOOKUP_PATIENCE_SECONDS": "0.3",
}
"""So that nearly everything has to be asked for again within a second."""


@dataclass
class Selling:
    """A synchronized Tandem with two replicas of the lookup, and questions to both."""

    job: MainJob
    proxy: TcpProxy
    client: aiohttp.ClientSession
    addresses: list[str]
    known: list[Question]
    new: list[Question]
    told: list[Told] = field(default_factory=list)
    recovery: dict[str, float] = field(default_factory=dict)
    """After what -> seconds until everything known was told afresh by both replicas."""

    def __post_init__(self) -> None:
        self._known, self._new = cycle(self.known), iter(self.new)

    def question(self, number: int) -> Question:
        """Mostly what was asked before, now and then something new."""
        return next(self._new, None) or next(self._known) if number % 20 == 19 else next(self._known)

    async def go_on(self, phase: str, seconds: float, *, per_second: int = PER_SECOND) -> Told:
        told = await go_on(
            self.client, self.addresses, self.question, phase=phase, per_second=per_second, seconds=seconds
        )
        self.told.append(told)
        return told

    async def everything(self) -> list[Answer]:
        asked = ((address, question) for address in self.addresses for question in self.known)
        return await asyncio.gather(*(ask(self.client, address, question) for address, question in asked))

    async def another_lookup(self, replica: int, **settings: str) -> str:
        """One more replica with settings of its own; gives its address."""
        land = self.job.land
        usual = land.environment
        land.environment = {**usual, **{f"TANDEM_LOOKUP_{name.upper()}": value for name, value in settings.items()}}
        child = land.start_service("availability_lookup", replica)
        land.environment = usual
        await land.ready(child.name)
        return f"http://127.0.0.1:{child.port}"

    async def stop_lookup(self, replica: int) -> None:
        """In a thread, since the proxy on its way to the broker is ours."""
        await asyncio.to_thread(self.job.land.children[f"availability_lookup.{replica}"].stop)

    async def questions_to_financials(self, address: str) -> float:
        """How often a replica has asked the connector, whatever came of it."""
        async with self.client.get(f"{address}/metrics") as answer:
            text = await answer.text()
        counted = re.findall(r'^tandem_lookup_questions_total\{[^}]*side="financials"[^}]*\} (\S+)', text, re.MULTILINE)
        return sum(map(float, counted))

    async def recovered(self, after: str = "") -> None:
        """Wait until everything known is told afresh by both replicas, without anything being restarted."""
        loop = asyncio.get_running_loop()
        began = loop.time()

        async def fresh() -> bool:
            answers = await self.everything()
            assert [answer.body or answer.broken for answer in answers if answer.status != 200 or answer.stale] == []
            return True

        await eventually(fresh, timeout=RECOVERY_SECONDS, pause=0.1)
        if after:
            self.recovery[after] = loop.time() - began


@asynccontextmanager
async def selling(
    directory: Path, node: RabbitNode, *, environment: dict[str, str] | None = None
) -> AsyncIterator[Selling]:
    """Bring it up: by row ids of Sales and by numbers, as orders and as single questions."""
    await wipe(node.url)
    address = urlsplit(node.url)
    assert address.hostname and address.port
    settings = {**SETTINGS, **(environment or {})}
    async with TcpProxy(address.hostname, address.port).listening() as proxy:
        way = node.url.replace(f":{address.port}/", f":{proxy.port}/")
        made = main_job(directory, records=100, broker_url=way, ask_at=node.url, environment=settings)
        async with made as job, aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client:
            client.headers["Tandem-Key"] = KEY
            await job.prepare()
            await job.synchronize()
            job.land.start_service("availability_lookup", 2)
            await job.land.ready("availability_lookup.2")
            children = (job.land.children[name] for name in ("availability_lookup", "availability_lookup.2"))
            known, new = await questions(job)
            found = Selling(job, proxy, client, [f"http://127.0.0.1:{child.port}" for child in children], known, new)
            await found.recovered()
            yield found


async def questions(job: MainJob) -> tuple[list[Question], list[Question]]:
    """Those that are asked again and again, and those that are asked once."""
    items = [str(row["No."]) for row in await job.keyboard.rows(System.FINANCIALS, "Item")]
    accounts = await coupled(job, "CUSTOMER")
    products = await coupled(job, "ITEM-PRODUCT")

    def order(product: str, quantity: str) -> dict[str, Any]:
        return {"customer": {"account_id": accounts[0]}, "lines": [_line(product_id=product, quantity=quantity)]}

    known = [Question(True, order(product, "3")) for product in products[:KNOWN]]
    known += [Question(True, path=f"/v1/products/{product}/availability") for product in products[:2]]
    known += [Question(True, path=f"/v1/items/{item}/price") for item in items[:2]]
    missing = [{"lines": [_line(item=f"N{number}", quantity="1")]} for number in range(1000)]
    new = [Question(False, order(product, "1")) for product in products[KNOWN:]]
    return known, [*new, *(Question(False, body) for body in missing)]


def _line(**what: str) -> dict[str, Any]:
    return {"id": "1", **what}


async def coupled(job: MainJob, mapping: str) -> list[str]:
    """Row ids in Sales."""
    found = await job.client.couplings(mapping)
    return [each.sales_id for each in found if each.state == "coupled" and not each.skipped and each.sales_id]
