"""The HTTP API: who may ask, what a request must look like, and its answer or problem.

No middleware: each route does what it needs and no more, since a warm answer takes less time than a chain of them.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType
from multidict import CIMultiDict

from libs.runtime.clock import Clock
from libs.runtime.metrics import LOOKUP_REQUESTS, LOOKUP_SECONDS
from services.availability_lookup.answers import Answers, Kept, cut
from services.availability_lookup.api import (
    MAX_BYTES,
    AvailabilityAnswered,
    CustomerAsked,
    Guid,
    Invalid,
    LineAnswered,
    LineAsked,
    NotJson,
    Number,
    OrderAnswered,
    OrderAsked,
    PriceAnswered,
    PriceAsked,
    StockAsked,
    decode_order,
    decode_query,
    parsed,
)
from services.availability_lookup.facts import Facts
from services.availability_lookup.limits import RateLimit
from services.availability_lookup.openapi import (
    DEADLINE_HEADER,
    DEFAULT_DEADLINE_MS,
    DOCUMENT_PATH,
    LONGEST_DEADLINE_MS,
    OPERATIONS,
    document,
)
from services.availability_lookup.orders import Answered, Orders, Unanswerable
from services.availability_lookup.problems import Refused, misfit
from services.availability_lookup.security import Security

_JSON, _PROBLEM = "application/json", "application/problem+json"
_SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Origin"}
_EXPOSED = "Retry-After"
_ASKED_HEADERS = f"Authorization, Content-Type, Tandem-Key, {DEADLINE_HEADER}"
_PREFLIGHT_SECONDS = "600"
_MILLISECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_JSON_TYPE = re.compile(r"application/json\s*(;\s*charset\s*=\s*\"?utf-?8\"?\s*)?", re.IGNORECASE)
_NOT_FOUND = ("product_not_coupled", "product_not_found", "unit_not_coupled", "unit_unknown", "variant_unknown")
_NO_CUSTOMER = ("customer_not_coupled", "customer_not_found")

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Api:
    """Routes of version 1. ``origin`` is the only one whose pages may ask; empty for none."""

    def __init__(
        self,
        orders: Orders,
        facts: Facts,
        security: Security,
        limit: RateLimit,
        *,
        clock: Clock,
        today: Callable[[], str],
        origin: str,
    ) -> None:
        self._orders = orders
        self._facts = facts
        self._security = security
        self._limit = limit
        self._clock = clock
        self._today = today
        self._origin = origin
        self._answers = Answers()
        self._alone: CIMultiDict[str] = CIMultiDict({"Content-Type": _JSON, **_SAFE})
        self._shared: CIMultiDict[str] = CIMultiDict({**self._alone, **self._sharing()})
        self._document = msgspec.json.encode(document())

    def routes(self) -> list[web.RouteDef]:
        """All of version 1; what else is asked below ``/v1`` gets a problem as well."""
        handlers: dict[str, Handler] = {
            "order_lines": self._order_lines,
            "item_availability": self._item_availability,
            "item_price": self._item_price,
            "product_availability": self._product_availability,
            "product_price": self._product_price,
        }
        found = [
            # The router's own pattern for a variable part leaves out braces, which a number may hold.
            self._route(
                operation.path.replace("}", ":[^/]+}"), operation.id, {operation.method: handlers[operation.id]}
            )
            for operation in OPERATIONS
        ]
        return [
            *found,
            self._route(DOCUMENT_PATH, "openapi", {"GET": self._openapi}),
            self._route("/v1", "none", {}),
            self._route("/v1/{rest:.*}", "none", {}),
        ]

    # Around every request ---------------------------------------------------------------------------------------

    def _route(self, path: str, name: str, methods: Mapping[str, Handler]) -> web.RouteDef:
        methods = {**methods, **({"HEAD": methods["GET"]} if "GET" in methods else {})}
        seconds = LOOKUP_SECONDS.labels(name)
        answered = LOOKUP_REQUESTS.labels(name, "200")
        clock = self._clock.monotonic

        async def handle(request: web.Request) -> web.Response:
            started = clock()
            try:
                handler = methods.get(request.method)
                response = await handler(request) if handler is not None else self._other(request, methods)
            except Refused as refused:
                response = self._refusal(request, refused)
            if response.status == 200:
                answered.inc()
            else:
                LOOKUP_REQUESTS.labels(name, str(response.status)).inc()
            seconds.observe(clock() - started)
            return response

        return web.route("*", path, handle)

    def _other(self, request: web.Request, methods: Mapping[str, Handler]) -> web.Response:
        """A method that the path does not have; OPTIONS is answered for browsers that ask before they ask."""
        if not methods:
            raise Refused(404, "no_such_path", "There is nothing at this path; see /v1/openapi.json.")
        allowed = {"Allow": ", ".join([*methods, "OPTIONS"])}
        if request.method != "OPTIONS":
            raise Refused(405, "method_not_allowed", "The path does not have this method.", headers=allowed)
        headers = {**_SAFE, **allowed}
        if self._may_share(request):
            headers |= self._sharing()
            headers |= {
                "Access-Control-Allow-Methods": ", ".join(methods),
                "Access-Control-Allow-Headers": _ASKED_HEADERS,
                "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
            }
        return web.Response(status=204, headers=headers)

    def _refusal(self, request: web.Request, refused: Refused) -> web.Response:
        headers = {"Content-Type": _PROBLEM, **_SAFE, **refused.headers}
        if self._may_share(request):
            headers |= self._sharing()
        return web.Response(status=refused.status, body=refused.body(), headers=headers)

    def _may_share(self, request: web.Request) -> bool:
        return bool(self._origin) and request.headers.get("Origin") == self._origin

    def _sharing(self) -> dict[str, str]:
        return {"Access-Control-Allow-Origin": self._origin, "Access-Control-Expose-Headers": _EXPOSED}

    def _respond(self, request: web.Request, body: bytes) -> web.Response:
        return web.Response(body=body, headers=self._shared if self._may_share(request) else self._alone)

    async def _admit(self, request: web.Request) -> float:
        """Who asks, how often, and until when they wait (monotonic)."""
        headers = request.headers
        caller = self._security.known_caller(headers) or await self._security.caller(headers)
        now = self._clock.monotonic()
        wait = self._limit.wait(caller, now)
        if wait:
            raise Refused(429, "too_many_requests", "This caller asks too often; wait.", retry_after=wait)
        given = headers.get(DEADLINE_HEADER)
        if given is None:
            return now + DEFAULT_DEADLINE_MS / 1000
        if not _MILLISECONDS.fullmatch(given) or not 1 <= int(given) <= LONGEST_DEADLINE_MS:
            words = f"a whole number of milliseconds from 1 to {LONGEST_DEADLINE_MS}"
            raise misfit(Invalid(words, parameter=DEADLINE_HEADER))
        return now + int(given) / 1000

    # Operations -------------------------------------------------------------------------------------------------

    async def _openapi(self, request: web.Request) -> web.Response:
        return self._respond(request, self._document)

    async def _order_lines(self, request: web.Request) -> web.Response:
        until = await self._admit(request)
        question = await self._body(request, until)
        kept = self._kept(question)
        if kept is None:
            try:
                order = decode_order(question)
            except Invalid as error:
                raise misfit(error) from None
            except NotJson:
                raise Refused(400, "not_json", "The body cannot be read as JSON.") from None
            day = self._today()
            answered = await self._ask(order, until)
            kept = cut(answered.answer, answered.at, answered.valid_until, answered.epoch, day)
            self._answers.put(question, kept)
        return self._respond(request, kept.body(self._clock.monotonic()))

    async def _body(self, request: web.Request, until: float) -> bytes:
        """The whole body, which must have come before ``until``."""
        if not _JSON_TYPE.fullmatch(request.headers.get("Content-Type", "")):
            raise Refused(415, "not_json_type", "Send Content-Type: application/json (UTF-8).")
        if (request.content_length or 0) <= MAX_BYTES:
            try:
                if request.content.is_eof():
                    body = await request.read()
                else:
                    async with asyncio.timeout(max(0.0, until - self._clock.monotonic())):
                        body = await request.read()
            except web.HTTPRequestEntityTooLarge:
                body = b""
            except web.RequestPayloadError:
                raise Refused(400, "not_json", "The body is not as its headers say.") from None
            except TimeoutError:
                raise Refused(408, "body_late", "The body did not come within the deadline.") from None
            else:
                if len(body) <= MAX_BYTES:
                    return body
        raise Refused(413, "too_large", f"A request has at most {MAX_BYTES} bytes.")

    def _kept(self, question: bytes) -> Kept | None:
        return self._answers.get(
            question, now=self._clock.monotonic(), epoch=self._facts.current_epoch(), day=self._today()
        )

    async def _item_availability(self, request: web.Request) -> web.Response:
        return await self._availability(request, "number")

    async def _product_availability(self, request: web.Request) -> web.Response:
        return await self._availability(request, "id")

    async def _item_price(self, request: web.Request) -> web.Response:
        return await self._price(request, "number")

    async def _product_price(self, request: web.Request) -> web.Response:
        return await self._price(request, "id")

    async def _availability(self, request: web.Request, segment: str) -> web.Response:
        until = await self._admit(request)
        try:
            query = decode_query(StockAsked, request.query.items())
            line = _line(request, segment, query)
        except Invalid as error:
            raise misfit(error) from None
        order = OrderAsked([line], location=query.location, per_location=query.per_location == "true")
        answered = await self._ask(order, until, prices=False)
        answer, found = answered.answer, _only(answered.answer)
        assert found.product is not None
        return self._single(
            request,
            answered,
            AvailabilityAnswered(
                answer.as_of,
                answer.age_seconds,
                answer.stale,
                answer.warnings,
                product=found.product,
                unit=found.unit,
                quantity=found.quantity,
                availability=found.availability,
                notes=found.notes,
            ),
        )

    async def _price(self, request: web.Request, segment: str) -> web.Response:
        until = await self._admit(request)
        try:
            query = decode_query(PriceAsked, request.query.items())
            line = _line(request, segment, query)
        except Invalid as error:
            raise misfit(error) from None
        customer: CustomerAsked | UnsetType = UNSET
        if query.account is not UNSET:
            customer = CustomerAsked(account_id=query.account)
        elif query.customer is not UNSET:
            customer = CustomerAsked(number=query.customer)
        order = OrderAsked([line], customer=customer, currency=query.currency, date=query.date)
        answered = await self._ask(order, until, stocks=False)
        answer, found = answered.answer, _only(answered.answer)
        assert found.product is not None
        for warning in answer.warnings:
            if warning.code in _NO_CUSTOMER:
                raise Refused(404, warning.code, warning.message)
        return self._single(
            request,
            answered,
            PriceAnswered(
                answer.as_of,
                answer.age_seconds,
                answer.stale,
                answer.warnings,
                product=found.product,
                customer=answer.customer,
                currency=answer.currency,
                date=answer.date,
                unit=found.unit,
                quantity=found.quantity,
                price=found.price,
                notes=found.notes,
            ),
        )

    async def _ask(self, order: OrderAsked, until: float, *, prices: bool = True, stocks: bool = True) -> Answered:
        try:
            return await self._orders.answer(order, until, prices=prices, stocks=stocks)
        except Unanswerable as error:
            raise Refused(503, error.code, error.message, retry_after=error.retry_after) from None

    def _single(
        self, request: web.Request, answered: Answered, answer: AvailabilityAnswered | PriceAnswered
    ) -> web.Response:
        kept = cut(answer, answered.at, 0.0, answered.epoch, "")
        return self._respond(request, kept.body(self._clock.monotonic()))


def _line(request: web.Request, segment: str, query: StockAsked | PriceAsked) -> LineAsked:
    named = request.match_info[segment]
    if segment == "id":
        return LineAsked(
            "1", query.quantity, product_id=parsed(Guid, named, segment), variant=query.variant, unit=query.unit
        )
    return LineAsked("1", query.quantity, item=parsed(Number, named, segment), variant=query.variant, unit=query.unit)


def _only(answer: OrderAnswered) -> LineAnswered:
    line = answer.lines[0]
    if line.error is not None and line.error.code in _NOT_FOUND:
        raise Refused(404, line.error.code, line.error.message)
    return line
