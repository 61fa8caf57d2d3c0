"""The operations of the HTTP API: a question read, asked and answered; what stands around them is in ``gate.py``."""

from collections.abc import Callable
from typing import get_args

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from libs.runtime.clock import Clock
from services.availability_lookup.answered import AvailabilityAnswered, LineAnswered, OrderAnswered, PriceAnswered
from services.availability_lookup.answers import Answers, Kept, cut
from services.availability_lookup.asked import (
    CustomerAsked,
    Guid,
    Invalid,
    LineAsked,
    NotJson,
    Number,
    OrderAsked,
    PriceAsked,
    StockAsked,
    decode_order,
    decode_query,
    parsed,
)
from services.availability_lookup.codes import NotFoundCode
from services.availability_lookup.facts import Facts
from services.availability_lookup.gate import Gate, Handler
from services.availability_lookup.openapi import DOCUMENT_PATH, OPERATIONS, document
from services.availability_lookup.orders import Answered, Orders, Unanswerable
from services.availability_lookup.problems import Refused, misfit

_NOT_FOUND: tuple[NotFoundCode, ...] = get_args(NotFoundCode)


class Api:
    """Routes of version 1."""

    def __init__(self, orders: Orders, facts: Facts, gate: Gate, *, clock: Clock, today: Callable[[], str]) -> None:
        self._orders = orders
        self._facts = facts
        self._gate = gate
        self._clock = clock
        self._today = today
        self._answers = Answers()
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
            self._gate.route(
                operation.path.replace("}", ":[^/]+}"), operation.id, {operation.method: handlers[operation.id]}
            )
            for operation in OPERATIONS
        ]
        return [
            *found,
            self._gate.route(DOCUMENT_PATH, "openapi", {"GET": self._openapi}),
            self._gate.route("/v1", "none", {}),
            self._gate.route("/v1/{rest:.*}", "none", {}),
        ]

    async def _openapi(self, request: web.Request) -> web.Response:
        return self._gate.respond(request, self._document)

    async def _order_lines(self, request: web.Request) -> web.Response:
        until = await self._gate.admit(request)
        question = await self._gate.body(request, until)
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
        return self._gate.respond(request, kept.body(self._clock.monotonic()))

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
        until = await self._gate.admit(request)
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
        until = await self._gate.admit(request)
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
            if warning.code in _NOT_FOUND:
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
        return self._gate.respond(request, kept.body(self._clock.monotonic()))


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
