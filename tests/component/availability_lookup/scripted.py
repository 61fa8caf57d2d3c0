"""The lookup as it is built, over an in-memory broker, with a registry and a connector that a test scripts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

from libs.contracts.couplings import ResolvedRecord, ResolvedRecords, ResolveRecords
from libs.contracts.failures import Failure
from libs.contracts.lookups import AskPrices, LookedUpFacts, LookUpFacts, MissingFact, PricesAsked
from libs.contracts.message import Message
from libs.messaging.broker import MemoryBroker
from libs.messaging.dispatcher import Dispatcher
from libs.messaging.handling import Answers, Handling
from libs.messaging.memory import MemoryTransport
from libs.messaging.posting import Sender
from libs.runtime.clock import SystemClock
from libs.runtime.errors import TandemError
from libs.runtime.run import run_services
from libs.runtime.service import Platform
from libs.runtime.settings import read_settings
from libs.store.connect import open_store
from libs.store.ports import Document
from libs.testing.eventually import eventually
from libs.testing.processes import spare_port
from services.availability_lookup.app import build
from services.availability_lookup.settings import Settings

KEY = "environment key"
ORIGIN = "https://contoso.crm4.dynamics.com"
ENVIRONMENT = {"TANDEM_LOOKUP_KEY": KEY, "TANDEM_SALES_URL": f"{ORIGIN}/", "TANDEM_STORE_URL": "sqlite:///nowhere"}


def a_guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


def an_item(number: str = "1000", **changes: Any) -> dict[str, Any]:
    return {
        "kind": "item",
        "number": number,
        "type": "Inventory",
        "base_unit": "PCS",
        "sales_unit": "",
        "units": {"PCS": "1", "BOX": "12"},
        "variants": [],
        "unit_price": "10",
        "price_includes_vat": False,
        "price_vat_business_group": "",
        "vat_product_group": "VAT25",
        "discount_group": "",
        "blocked": False,
        **changes,
    }


def a_buyer(number: str = "C1", **changes: Any) -> dict[str, Any]:
    return {
        "number": number,
        "bill_to": number,
        "price_group": "RETAIL",
        "discount_group": "",
        "currency": "",
        "location": "",
        "prices_include_vat": False,
        "allow_line_discount": True,
        "vat_business_group": "EU",
        "blocked": "",
        **changes,
    }


def a_price_line(**changes: Any) -> dict[str, Any]:
    return {
        "origin": "price_list",
        "list": "S00001",
        "line": "10000",
        "source_type": "all_customers",
        "source": "",
        "asset_type": "item",
        "asset": "1000",
        "variant": "",
        "unit": "",
        "currency": "",
        "minimum_quantity": "0",
        "amount": "price",
        "unit_price": "8",
        "line_discount": "0",
        "starting": "",
        "ending": "",
        "allow_line_discount": True,
        "price_includes_vat": False,
        "vat_business_group": "",
        **changes,
    }


def some_stock(item: str = "1000", **changes: Any) -> dict[str, Any]:
    return {
        "item": item,
        "variant": "",
        "location": "EAST",
        "on_hand": "20",
        "reserved": "5",
        "supply": [{"date": "2999-12-01", "quantity": "100"}],
        **changes,
    }


COMPANY: dict[str, Any] = {
    "local_currency": "EUR",
    "currencies": [
        {"code": "", "unit_amount_precision": "0.00001", "amount_precision": "0.01"},
        {"code": "USD", "unit_amount_precision": "0.001", "amount_precision": "0.01"},
    ],
    "rates": [{"currency": "USD", "starting": "2020-01-01", "amount": "100", "local_amount": "50"}],
    "vat": [{"business_group": "EU", "product_group": "VAT25", "percent": "25"}],
    "group_discounts": [],
}


@dataclass
class World:
    """What the registry and Financials know, and how they behave."""

    couplings: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """(table of Sales, row) -> (table of Financials, key)."""
    customers: dict[str, dict[str, Any]] = field(default_factory=lambda: {"C1": a_buyer()})
    items: dict[str, dict[str, Any]] = field(default_factory=lambda: {"1000": an_item()})
    price_lines: list[dict[str, Any]] = field(default_factory=list)
    company: dict[str, Any] = field(default_factory=lambda: COMPANY)
    stock: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"1000": [some_stock()]})
    missing: list[MissingFact] = field(default_factory=list)
    any_item: bool = False
    """Whether there is an item for every number, and a coupling for every product."""
    failure: Failure | None = None
    error: TandemError | None = None
    registry_error: TandemError | None = None
    priced: dict[str, Any] | None = None
    price_failure: Failure | None = None
    flowing: asyncio.Event = field(default_factory=asyncio.Event)
    """Cleared: answers are held back."""
    pricing: asyncio.Event = field(default_factory=asyncio.Event)
    """The same for prices of Financials' own."""
    company_id: str = "the company"
    """Whose couplings the registry holds."""
    financials_company: str = "the company"
    retry_after: float | None = None
    lookups: list[LookUpFacts] = field(default_factory=list)
    resolutions: list[ResolveRecords] = field(default_factory=list)
    asked_prices: list[AskPrices] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.flowing.set()
        self.pricing.set()

    def registry(self) -> Answers:
        async def resolve(request: ResolveRecords, _: Handling) -> ResolvedRecords:
            self.resolutions.append(request)
            if self.registry_error is not None:
                raise self.registry_error
            found = []
            for ref in request.records:
                known = self.couplings.get((ref["table"], ref["id"]))
                if known is None and self.any_item and ref["table"] == "product":
                    known = ("Item", ref["id"][:8])
                if known is not None:
                    table, key = known
                    found.append(
                        ResolvedRecord(
                            table=ref["table"],
                            id=ref["id"],
                            mapping="",
                            financials_table=table,
                            financials_id="",
                            financials_key=key,
                        )
                    )
            return ResolvedRecords(records=found, company_id=self.company_id)

        return {ResolveRecords: resolve}

    def financials(self) -> Answers:
        async def look_up(request: LookUpFacts, _: Handling) -> LookedUpFacts:
            self.lookups.append(request)
            as_of = SystemClock().now().isoformat()
            await self.flowing.wait()
            if self.error is not None:
                raise self.error
            if self.failure is not None:
                return LookedUpFacts(failures=[self.failure], as_of=as_of, retry_after=self.retry_after)
            return self._facts(request, as_of)

        async def ask_prices(request: AskPrices, _: Handling) -> PricesAsked:
            self.asked_prices.append(request)
            await self.pricing.wait()
            if self.price_failure is not None:
                return PricesAsked(failures=[self.price_failure])
            assert self.priced is not None
            return PricesAsked(
                prices=[self.priced for _ in request.lines],
                company_id=self.financials_company,
                as_of=SystemClock().now().isoformat(),
            )

        return {LookUpFacts: look_up, AskPrices: ask_prices}

    def _facts(self, request: LookUpFacts, as_of: str) -> LookedUpFacts:
        numbers = [ref["number"] for ref in request.products]
        payers = [self.customers[number]["bill_to"] for number in request.customers if number in self.customers]
        customers = dict.fromkeys([*request.customers, *payers])
        return LookedUpFacts(
            customers=[self.customers[number] for number in customers if number in self.customers],
            products=[
                self.items[n] if n in self.items else an_item(n) for n in numbers if n in self.items or self.any_item
            ],
            price_lines=self.price_lines,
            stock=[row for item in request.stock for row in self.stock.get(item, ())],
            company=self.company if request.company else None,
            missing=self.missing,
            as_of=as_of,
            company_id=self.financials_company,
            calls=1,
        )


@dataclass
class Lookup:
    """The running service and a client of it."""

    world: World
    client: aiohttp.ClientSession
    url: str
    broker: MemoryBroker
    sender: Sender

    async def order(
        self, *lines: dict[str, Any], status: int = 200, headers: Any = None, **fields: Any
    ) -> dict[str, Any]:
        """Ask for an order; the customer is C1 unless told otherwise."""
        body = {"customer": {"number": "C1"}, **fields, "lines": list(lines)}
        return await self.post({name: value for name, value in body.items() if value is not None}, status, headers)

    async def post(self, body: Any, status: int = 200, headers: Any = None) -> dict[str, Any]:
        async with self.client.post(f"{self.url}/v1/order-lines", json=body, headers=headers) as answer:
            found: dict[str, Any] = await answer.json(content_type=None)
            assert answer.status == status, found
            return found

    async def get(self, path: str, status: int = 200, **query: str) -> dict[str, Any]:
        async with self.client.get(f"{self.url}{path}", params=query) as answer:
            found: dict[str, Any] = await answer.json(content_type=None)
            assert answer.status == status, found
            return found

    async def publish(self, message: Message) -> None:
        await self.sender.send([message])


def a_line(item: str = "1000", quantity: str = "2", **fields: Any) -> dict[str, Any]:
    return {"id": "1", "item": item, "quantity": quantity, **fields}


class _Scripted:
    """A service that only answers."""

    def __init__(self, name: str, broker: MemoryBroker, answers: Answers) -> None:
        self._transport = MemoryTransport(broker)
        self._dispatcher = Dispatcher(
            name,
            self._transport,
            {},
            answers,
            clock=SystemClock(),
            new_document=lambda key: Document(key, {}),
            prefetch=2000,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Self]:
        async with self._transport.connect():
            await self._dispatcher.start()
            try:
                yield self
            finally:
                await self._dispatcher.stop(0)


@asynccontextmanager
async def running_lookup(world: World | None = None, **environment: str) -> AsyncIterator[Lookup]:
    """The service, ready, on a loopback port of its own."""
    world = world or World()
    broker, port = MemoryBroker(), spare_port()
    settings = read_settings(Settings, {**ENVIRONMENT, **environment})
    platform = Platform(MemoryTransport(broker), open_store("sqlite:///nowhere", "nobody"), SystemClock())
    stop, ready = asyncio.Event(), asyncio.Event()
    outside = MemoryTransport(broker)
    async with (
        _Scripted("coupling_registry", broker, world.registry()).running(),
        _Scripted("financials_connector", broker, world.financials()).running(),
        outside.connect(),
    ):
        services = [(build(settings, platform), platform)]
        task = asyncio.create_task(run_services(services, stop, http_port=port, grace=0.1, ready=ready))
        try:
            await eventually(lambda: ready.is_set() or task.done())
            async with aiohttp.ClientSession(
                headers={"Tandem-Key": KEY}, connector=aiohttp.TCPConnector(limit=0)
            ) as client:
                yield Lookup(
                    world, client, f"http://127.0.0.1:{port}", broker, Sender("elsewhere", outside, SystemClock())
                )
        finally:
            world.flowing.set()
            stop.set()
            await task
