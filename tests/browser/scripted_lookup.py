"""A lookup whose answers the test writes: the API's shape, its CORS rules, and a gate to hold answers back."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web

KEY = "key-of-an-embedded-environment"
Question = dict[str, Any]
Scripted = tuple[int, dict[str, Any], dict[str, str]]


def a_price(**changes: Any) -> dict[str, Any]:
    price = {
        "unit_price": "12.5",
        "currency": "EUR",
        "includes_vat": False,
        "line_discount_percent": "5",
        "line_amount": "142.5",
        "source": {
            "kind": "price_list_line",
            "list": "S00001",
            "line": "10000",
            "applies_to": "customer_price_group",
            "applies_to_code": "RETAIL",
            "minimum_quantity": "10",
            "minimum_quantity_unit": "PCS",
            "item_discount_group": "",
            "text": "Price list S00001, line 10000: customer price group RETAIL, from 10 PCS",
        },
        "discount_source": {
            "kind": "price_list_line",
            "list": "S00002",
            "line": "20000",
            "applies_to": "all_customers",
            "applies_to_code": "",
            "minimum_quantity": "0",
            "minimum_quantity_unit": "",
            "item_discount_group": "BOLTS",
            "text": "Price list S00002, line 20000: all customers, item discount group BOLTS",
        },
        "as_of": "2026-11-22T10:00:00Z",
        "stale": False,
    }
    return price | changes


def some_stock(**changes: Any) -> dict[str, Any]:
    supply = [{"date": "2026-12-01", "quantity": "100", "overdue": False}]
    stock = {
        "tracked": True,
        "unit": "PCS",
        "available": "5",
        "on_hand": "20",
        "reserved": "15",
        "on_the_way": supply,
        "sufficient": False,
        "available_from": "2026-12-01",
        "locations": [
            {"code": "EAST", "available": "5", "on_hand": "18", "reserved": "13", "on_the_way": supply},
            {"code": "WEST", "available": "0", "on_hand": "2", "reserved": "2", "on_the_way": []},
        ],
        "reason": "",
        "as_of": "2026-11-22T10:00:00Z",
        "stale": False,
    }
    return stock | changes


def enough_stock() -> dict[str, Any]:
    places = [{"code": "EAST", "available": "65", "on_hand": "80", "reserved": "15", "on_the_way": []}]
    return some_stock(
        available="65", on_hand="80", sufficient=True, available_from="2026-11-22", on_the_way=[], locations=places
    )


def an_answer(question: Question | None = None, **changes: Any) -> dict[str, Any]:
    """The API's answer for one line; ``line`` changes the line, everything else the answer around it."""
    asked = question["lines"][0] if question else {"quantity": "12"}
    line = {
        "id": "1",
        "product": {"kind": "item", "number": "1000"},
        "unit": "PCS",
        "quantity": asked["quantity"],
        "price": a_price(),
        "availability": some_stock(),
        "notes": [],
        "error": None,
    } | changes.pop("line", {})
    answer = {
        "as_of": "2026-11-22T10:00:00Z",
        "age_seconds": 0.4,
        "stale": False,
        "warnings": [],
        "customer": {"number": "C00010"},
        "currency": "EUR",
        "date": "2026-11-22",
        "lines": [line],
    }
    return answer | changes


def a_problem(status: int, code: str, detail: str, **headers: str) -> Scripted:
    return status, {"type": "about:blank", "title": detail, "status": status, "detail": detail, "code": code}, headers


class ScriptedLookup:
    def __init__(self) -> None:
        self.url = ""
        self.origin = ""
        """Whom CORS lets in."""
        self.asked: list[Question] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[Question], dict[str, Any] | Scripted] = an_answer
        self.gate = asyncio.Event()
        self.gate.set()
        self.given_up = 0
        """Questions whose asker went away before the answer."""

    async def _ask(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        if request.headers.get("Tandem-Key") != KEY and not request.headers.get("Authorization"):
            return self._response(a_problem(401, "not_signed_in", "A token is missing."))
        question: Question = msgspec.json.decode(await request.read())
        self.asked.append(question)
        scripted = self.answer(question)
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return self._response(scripted if isinstance(scripted, tuple) else (200, scripted, {}))

    async def _preflight(self, request: web.Request) -> web.Response:
        headers = {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "Authorization, Content-Type, Tandem-Key, Tandem-Deadline-Ms",
        }
        return web.Response(status=204, headers=headers | self._cors())

    def _response(self, scripted: Scripted) -> web.Response:
        status, body, headers = scripted
        kind = "application/json" if status == 200 else "application/problem+json"
        return web.Response(
            status=status, body=msgspec.json.encode(body), content_type=kind, headers=headers | self._cors()
        )

    def _cors(self) -> dict[str, str]:
        return {"Access-Control-Allow-Origin": self.origin, "Access-Control-Expose-Headers": "Retry-After"}

    @asynccontextmanager
    async def running(self) -> AsyncIterator["ScriptedLookup"]:
        application = web.Application(handler_args={"access_log": None})
        application.router.add_post("/v1/order-lines", self._ask)
        application.router.add_route("OPTIONS", "/v1/order-lines", self._preflight)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            self.gate.set()
            await runner.cleanup()
