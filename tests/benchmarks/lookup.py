"""How fast the lookup answers: warm beside a bare handler that returns the same bytes, cold against the sandbox."""

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import msgspec

from libs.contracts.vocabulary import System
from libs.runtime.logging import configure_logging
from libs.runtime.memory import spare_the_collector
from libs.runtime.metrics import REMOTE_SECONDS
from libs.testing.landscape import settings_from_sandbox
from libs.testing.processes import Child, spare_port, start
from services.availability_lookup.cache import Cache, Fact, Key
from services.demo.keyboard import open_keyboard
from services.embedded import embedded
from tests.benchmarks.figures import Figure
from tests.component.availability_lookup.scripted import KEY, World, a_line, running_lookup

CONNECTIONS = 16
ROUNDS, ROUND_SECONDS = 13, 1.0
QUESTION = msgspec.json.encode({"customer": {"number": "C1"}, "lines": [a_line()]})
NEW_QUESTIONS = [QUESTION.replace(b'"2"', b'"%d"' % number) for number in range(1, 40_000)]
"""Other ones each round, and more than answers are kept: the facts are in memory, the answers are not."""
COLD_ORDERS = {1: 9, 10: 9, 100: 5, 500: 3}
"""Lines of an order -> how many such orders are asked; the figures are their medians."""
ADDED_MS = 10.0
"""What Tandem itself may add to the time in Financials, for an order of any size."""
COLD_RECORDS = 12_500
"""A fifth of them are items, enough for every order to ask for others."""
ASKERS = 1000
DISTINCT = 1_000_000


async def lookup_warm(options: argparse.Namespace) -> list[Figure]:
    """The lookup's answer to an order of one line, facts in memory, beside a bare handler; rounds alternate."""
    del options
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        path = Path(folder)
        async with _server("lookup", path) as ours:
            body = path / "answer.json"
            body.write_bytes(await _ask(ours.url))
            async with _server("bare", path, str(body)) as bare:
                rounds = [(await _load(ours), await _load(bare)) for _ in range(ROUNDS)][1:]
                turns = range(ROUNDS // 3)
                new = [(await _load(ours, NEW_QUESTIONS[turn :: len(turns)]), await _load(bare)) for turn in turns]
    ratio = statistics.median(mine.per_second / plain.per_second for mine, plain in rounds)
    slowest = statistics.median(mine.at(0.99) / plain.at(0.99) for mine, plain in rounds)
    cpu = statistics.median(plain.cpu_each / mine.cpu_each for mine, plain in rounds)
    mine = [pair[0] for pair in rounds]
    return [
        Figure("lookup_warm_ratio", ratio, "x bare handler", 0.6, at_least=True),
        Figure("lookup_warm_ratio.by_cpu_time", cpu, "x bare handler"),
        Figure(
            "lookup_warm_ratio.every_question_new",
            statistics.median(mine.per_second / plain.per_second for mine, plain in new),
            "x bare handler",
        ),
        Figure("lookup_warm_p99_ratio", slowest, "x bare handler", 2.0),
        Figure("lookup_warm_requests_per_second", statistics.median(one.per_second for one in mine), "requests/s"),
        Figure(
            "lookup_warm_requests_per_second.bare_handler",
            statistics.median(plain.per_second for _, plain in rounds),
            "requests/s",
        ),
        Figure("lookup_warm_p50_ms", 1000 * statistics.median(one.at(0.5) for one in mine), "ms"),
        Figure("lookup_warm_p99_ms", 1000 * statistics.median(one.at(0.99) for one in mine), "ms"),
    ]


async def lookup_cold(options: argparse.Namespace) -> list[Figure]:
    """Orders of items that nobody has asked for yet, against the sandbox: calls of Financials, and what Tandem adds."""
    del options
    configure_logging("warning", "json", service="benchmark")
    figures: list[Figure] = []
    port = spare_port()
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        child = start(
            "sandbox",
            ["-m", "services.sandbox", "--records", str(COLD_RECORDS), "--seed", "7"],
            environment={},
            directory=Path(folder),
        )
        try:
            details = await asyncio.to_thread(child.first_line)
            environment = {
                **settings_from_sandbox(details),
                "TANDEM_HTTP_PORT": str(port),
                "TANDEM_LOOKUP_KEY": KEY,
                "TANDEM_LOOKUP_REQUESTS_PER_MINUTE": "0",
            }
            async with (
                open_keyboard(details["control_url"], details["ca_file"]) as keyboard,
                embedded(Path(folder), environment),
                aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers={"Tandem-Key": KEY}) as client,
            ):
                items = [str(row["No."]) for row in await keyboard.rows(System.FINANCIALS, "Item")]
                customers = [str(row["No."]) for row in await keyboard.rows(System.FINANCIALS, "Customer")]
                # The connector finds its way into Financials with its first question, and this one is not counted.
                await _order(client, customers.pop(), [items.pop()])
                spare_the_collector()
                for size, orders in COLD_ORDERS.items():
                    asked = [
                        await _cold(client, keyboard, customers.pop(), [items.pop() for _ in range(size)])
                        for _ in range(orders)
                    ]
                    figures += _cold_figures(size, asked)
        finally:
            child.stop(10)
    return figures


@dataclass(frozen=True)
class _Cold:
    """What one cold order took; seconds.

    Tandem adds what the asker waits less what the request to Financials took, from its sending to its last byte. All
    services and the asker share this process, set up as a service's process is. Its CPU time is told beside, since
    that says the same on a machine that has other work as well.
    """

    whole: float
    remote: float
    cpu: float
    calls: int


async def _cold(client: aiohttp.ClientSession, keyboard: Any, customer: str, items: list[str]) -> _Cold:
    calls, remote = await _requests(keyboard), _remote_seconds()
    began, used = time.perf_counter(), time.process_time()
    await _order(client, customer, items)
    whole, cpu = time.perf_counter() - began, time.process_time() - used
    return _Cold(whole, _remote_seconds() - remote, cpu, await _requests(keyboard) - calls)


def _cold_figures(size: int, asked: list[_Cold]) -> list[Figure]:
    def median_ms(name: str, of: Callable[[_Cold], float], budget: float | None = None) -> Figure:
        return Figure(f"{name}_{size}_lines", 1000 * statistics.median(map(of, asked)), "ms", budget)

    most = max(order.calls for order in asked)
    return [
        Figure(f"lookup_cold_calls_{size}_lines", most, "calls", 1 if size == 500 else None),
        median_ms("lookup_cold_added_ms", lambda order: max(0.0, order.whole - order.remote), ADDED_MS),
        median_ms("lookup_cold_cpu_ms", lambda order: order.cpu),
        median_ms("lookup_cold_ms", lambda order: order.whole),
    ]


async def lookup_rush(options: argparse.Namespace) -> list[Figure]:
    """A thousand who ask for the same cold item at once, and a million distinct keys."""
    del options
    configure_logging("warning", "json", service="benchmark")
    world = World()
    world.flowing.clear()
    async with running_lookup(world, TANDEM_LOOKUP_REQUESTS_PER_MINUTE="0") as lookup:
        asking = [asyncio.create_task(lookup.order(a_line())) for _ in range(ASKERS)]
        await asyncio.wait(asking, timeout=2)
        world.flowing.set()
        await asyncio.gather(*asking)
    return [
        Figure("lookup_calls_of_1000_askers", len(world.lookups), "calls", 1),
        Figure("lookup_memory_mb_of_a_million_keys", await asyncio.to_thread(_grown), "MB", 100),
    ]


LOOKUP = {"lookup_warm": lookup_warm, "lookup_cold": lookup_cold, "lookup_rush": lookup_rush}


def _grown() -> float:
    """By how much the process grows while a million different facts pass through the memory."""
    cache = Cache(50_000, 32 * 1024 * 1024)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for n in range(DISTINCT):
        key = Key("stock", (f"ITEM{n:016d}",))
        if cache.get(key) is None:
            cache.put(
                key, Fact((f"{n}",) * 20, at=0.0, as_of=f"2026-11-22T10:00:00.{n:06d}Z", fresh_until=0.0, size=600)
            )
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


# Load ------------------------------------------------------------------------------------------------------------


@dataclass
class Load:
    """Answers of one round: how many a second, and how long each took."""

    seconds: float = 0.0
    cpu: float = 0.0
    """Seconds of CPU that the server used meanwhile."""
    took: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.took) / self.seconds

    @property
    def cpu_each(self) -> float:
        return self.cpu / len(self.took)

    def at(self, share: float) -> float:
        return sorted(self.took)[min(len(self.took) - 1, int(share * len(self.took)))]


class _Asker(asyncio.Protocol):
    """Asks again as soon as it is answered; costs as little as it can, since it shares the machine."""

    def __init__(self, requests: Iterator[bytes], load: Load, until: float, over: Callable[[], None]) -> None:
        self._requests = requests
        self._load = load
        self._until = until
        self._over = over
        self._got = b""
        self._asked = 0.0
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._got += data
        head = self._got.find(b"\r\n\r\n")
        if head < 0:
            return
        place = self._got.index(b"Content-Length: ") + 16
        if len(self._got) < head + 4 + int(self._got[place : self._got.index(b"\r\n", place)]):
            return
        assert self._got.startswith(b"HTTP/1.1 200"), self._got[:200]
        self._got = b""
        now = time.perf_counter()
        self._load.took.append(now - self._asked)
        if now < self._until:
            self._ask()
        else:
            self._transport.close()
            self._over()


async def _load(server: "_Server", questions: Sequence[bytes] = (QUESTION,)) -> Load:
    place = urlsplit(server.url)
    head = (
        b"POST /v1/order-lines HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\nAccept: */*\r\n"
        b"Tandem-Key: %b\r\nContent-Length: " % (place.netloc.encode(), KEY.encode())
    )
    requests = cycle([b"%b%d\r\n\r\n%b" % (head, len(question), question) for question in questions])
    load, left, over = Load(), CONNECTIONS, asyncio.Event()
    began, used = time.perf_counter(), server.child.cpu_seconds()

    def ended() -> None:
        nonlocal left
        left -= 1
        if not left:
            over.set()

    for _ in range(CONNECTIONS):
        await asyncio.get_running_loop().create_connection(
            lambda: _Asker(requests, load, began + ROUND_SECONDS, ended), place.hostname, place.port
        )
    await over.wait()
    load.seconds = time.perf_counter() - began
    load.cpu = server.child.cpu_seconds() - used
    return load


@dataclass(frozen=True)
class _Server:
    child: Child
    url: str


@asynccontextmanager
async def _server(name: str, folder: Path, *arguments: str) -> AsyncIterator[_Server]:
    child = start(
        f"{name}_server", ["-m", "tests.benchmarks.lookup_server", name, *arguments], environment={}, directory=folder
    )
    try:
        yield _Server(child, (await asyncio.to_thread(child.first_line))["line"])
    finally:
        child.stop(10)


async def _ask(url: str) -> bytes:
    headers = {"Tandem-Key": KEY, "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.post(f"{url}/v1/order-lines", data=QUESTION) as answer,
    ):
        answer.raise_for_status()
        return await answer.read()


async def _order(client: aiohttp.ClientSession, customer: str, items: list[str]) -> None:
    lines = [{"id": str(place), "item": item, "quantity": "1"} for place, item in enumerate(items)]
    body = msgspec.json.encode({"customer": {"number": customer}, "lines": lines})
    headers = {"Tandem-Deadline-Ms": "30000", "Content-Type": "application/json"}
    async with client.post("/v1/order-lines", data=body, headers=headers) as answer:
        found = msgspec.json.decode(await answer.read())
        assert answer.status == 200, found
    unanswered = [line["error"] or line["notes"] for line in found["lines"] if line["price"] is None]
    if len(unanswered) > len(items) / 10:
        raise RuntimeError(f"{len(unanswered)} of {len(items)} lines have no price: {unanswered[0]}")


async def _requests(keyboard: Any) -> int:
    return int((await keyboard.statistics())["financials"]["requests"])


def _remote_seconds() -> float:
    """Time that answers of Financials took so far."""
    return sum(
        sample.value
        for metric in REMOTE_SECONDS.collect()
        for sample in metric.samples
        if sample.name.endswith("_sum") and sample.labels.get("environment") == "Financials"
    )
