"""Two hundred order lines a second are asked about while Financials is slow, throttles, stops and comes back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Any

import aiohttp

from libs.contracts.vocabulary import System
from libs.testing.eventually import eventually
from libs.testing.landscape import settings_from_sandbox
from libs.testing.processes import Child, spare_port, start
from services.demo.keyboard import Keyboard, open_keyboard
from services.embedded import embedded

PER_SECOND = 200
STOCK_SECONDS = 0.5
SETTINGS = {
    "TANDEM_LOOKUP_KEY": "key",
    "TANDEM_LOOKUP_REQUESTS_PER_MINUTE": "0",
    "TANDEM_LOOKUP_STOCK_SECONDS": str(STOCK_SECONDS),
    "TANDEM_LOOKUP_FRESH_SECONDS": "1",
    "TANDEM_LOOKUP_COMPANY_SECONDS": "1",
    "TANDEM_LOOKUP_PATIENCE_SECONDS": "0.3",
}


@dataclass
class Told:
    """One answer."""

    item: str
    status: int
    headers: Any
    body: dict[str, Any]

    @property
    def stale(self) -> bool:
        return bool(self.body.get("stale"))


@dataclass
class Sandbox:
    """A process that can be stopped and started at the same address."""

    folder: Path
    port: int = field(default_factory=spare_port)
    child: Child | None = None

    async def start(self) -> dict[str, Any]:
        arguments = [
            "--records",
            "600",
            "--seed",
            "11",
            "--port",
            str(self.port),
            "--ca-file",
            str(self.folder / "ca.pem"),
        ]
        self.child = start("sandbox", ["-m", "services.sandbox", *arguments], environment={}, directory=self.folder)
        return await asyncio.to_thread(self.child.first_line)

    async def stop(self) -> None:
        if self.child is not None:
            await asyncio.to_thread(self.child.stop, 5.0)


@dataclass
class Seller:
    """Asks and asks."""

    client: aiohttp.ClientSession
    warm: Iterator[str]
    cold: Iterator[str]
    customer: str
    known: set[str] = field(default_factory=set)

    async def ask(self, item: str) -> Told:
        body = {"customer": {"number": self.customer}, "lines": [{"id": "1", "item": item, "quantity": "3"}]}
        async with self.client.post("/v1/order-lines", json=body) as answer:
            return Told(item, answer.status, answer.headers, await answer.json(content_type=None))

    async def go_on(self, seconds: float) -> list[Told]:
        """So many requests a second, whether they are answered or not; every tenth for an item that is new."""
        loop = asyncio.get_running_loop()
        began, asking = loop.time(), []
        for number in range(round(seconds * PER_SECOND)):
            await asyncio.sleep(max(0.0, began + number / PER_SECOND - loop.time()))
            asking.append(asyncio.create_task(self.ask(next(self.cold if number % 10 == 9 else self.warm))))
        return await asyncio.gather(*asking)


@asynccontextmanager
async def selling(folder: Path, sandbox: Sandbox) -> AsyncIterator[tuple[Seller, Keyboard]]:
    details, port = await sandbox.start(), spare_port()
    environment = {**settings_from_sandbox(details), **SETTINGS, "TANDEM_HTTP_PORT": str(port)}
    async with (
        open_keyboard(details["control_url"], details["ca_file"]) as keyboard,
        embedded(folder, environment),
        aiohttp.ClientSession(
            f"http://127.0.0.1:{port}", headers={"Tandem-Key": "key"}, connector=aiohttp.TCPConnector(limit=0)
        ) as client,
    ):
        items = [str(row["No."]) for row in await keyboard.rows(System.FINANCIALS, "Item")]
        customer = str((await keyboard.rows(System.FINANCIALS, "Customer"))[0]["No."])
        # Numbers that are not there cost a question each as well, so that the new ones never run out.
        cold = (item for items_or_numbers in (items[20:], (f"N{n}" for n in count())) for item in items_or_numbers)
        yield Seller(client, cycle(items[:20]), cold, customer, set(items[:20])), keyboard


def problems(seller: Seller, answers: list[Told]) -> list[str]:
    """What is not as it should be, whatever happened to Financials."""
    found = []
    for told in answers:
        if told.status == 503:
            if told.headers["Content-Type"] != "application/problem+json" or not told.headers.get("Retry-After"):
                found.append(f"a 503 that is no problem: {told.body}")
            if told.item in seller.known:
                found.append(f"{told.item} was known, but not told: {told.body['code']}")
        elif told.status != 200:
            found.append(f"{told.status}: {told.body}")
        elif told.stale:
            (line,) = told.body["lines"]
            parts = [part for part in (line["price"], line["availability"]) if part]
            if told.body["age_seconds"] < STOCK_SECONDS or not told.body["warnings"] or not parts:
                found.append(f"stale without age or warning: {told.body}")
    return found


async def test_whatever_happens_to_financials_answers_are_honest_and_come_back_by_themselves(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path)
    try:
        async with selling(tmp_path, sandbox) as (seller, keyboard):
            for item in seller.known:
                assert (await seller.ask(item)).status == 200

            async def recovered() -> bool:
                return all(told.status == 200 and not told.stale for told in await every(seller))

            answers = {"well": await seller.go_on(2)}
            await keyboard.let_fail({"kind": "latency", "side": "financials", "seconds": 2, "count": None})
            answers["slow"] = await seller.go_on(4)
            await keyboard.let_work()
            await eventually(recovered, timeout=20)

            await keyboard.let_fail({"kind": "throttle", "side": "financials", "seconds": 1, "count": None})
            await keyboard.forget_statistics()
            answers["throttling"] = await seller.go_on(3)
            asked = (await keyboard.statistics())["financials"]["requests"]
            await keyboard.let_work()
            await eventually(recovered, timeout=20)

            await sandbox.stop()
            answers["stopped"] = await seller.go_on(3)
            await sandbox.start()
            answers["started again"] = await seller.go_on(2)
            await eventually(recovered, timeout=30)
            answers["well again"] = await seller.go_on(1)
    finally:
        await sandbox.stop()

    for phase, told in answers.items():
        assert problems(seller, told) == [], phase
    for phase in ("well", "well again"):
        assert {told.status for told in answers[phase]} == {200}, phase
    for phase in ("slow", "throttling", "stopped"):
        assert any(told.stale for told in answers[phase]), phase
    assert {told.body["warnings"][0]["code"] for told in answers["slow"] if told.stale} >= {"financials_slow"}
    assert any(told.status == 503 for told in answers["stopped"]), (
        "a new item cannot be known while nobody can be asked"
    )
    assert asked < 60, f"{asked} requests in three seconds to a side that asks for a pause"


async def every(seller: Seller) -> list[Told]:
    return await asyncio.gather(*(seller.ask(item) for item in sorted(seller.known)))
