"""The control endpoint: faults, limits, pace, statistics, rights and rows of a running sandbox, as JSON over HTTP.

Below ``/control``, without sign-in (a sandbox is for loopback, or for a network of its own):

    GET    /company                         {"records", "seed", …, "expected": records that are to fail or be skipped}
    GET    /statistics                      requests, records and statuses per side, rows written
    POST   /statistics/reset
    GET    /faults        POST /faults      {"kind", "side", "method", "path", "count", "after", "probability", …}
    DELETE /faults        POST /seed        {"seed"}
    PUT    /limits/{side}                   {"requests", "execution_seconds", "concurrency", …}, or {"documented": true}
    PUT    /times/{side}                    {"request_ms", "per_record_ms": {operation: ms}}, or {"realistic": true}
    PUT    /rights/{side}                   {"denied": [["account", "write"], …]}
    PUT    /surfaces                        {"on": ["companion", …]}
    PUT    /services                        {"unpublished": ["Customer_Card", …]}
    PUT    /fields/{side}                   {"table", "field", "length"}: from now on no longer than that
    PUT    /pricing                         {"mode": "classic" or "price_lists", "own_percent": "-1"}
    PUT    /microsoft                       {"synchronizes": true}: Microsoft's own synchronization is on
    PUT    /behaviour                       {"active_products_locked", "create_only_refused"}
    PUT    /tokens                          {"seconds", "secret_expired"}
    POST   /tokens/revoke
    POST   /stock                           {"item", "quantity", "variant", "location", "date"}: goods come in or go out
    POST   /sales-lines                     {"item", "quantity", "unit", "variant", "location", "day", "partner"}
    POST   /purchase-lines                  the same; open lines of orders, "day" when they are shipped or expected
    POST   /order-lines                     {"customer", "currency", "date", "lines"}: what the document engine prices
    PUT    /prices                          {"table", "key", "unit_price"}: of an item, a resource or a price
    GET    /tables                          numbers of rows: {side: {table: rows}}
    GET    /tables/{side}/{table}           all rows, canonical
    POST   /tables/{side}/{table}           {"values", "by"}: a user creates a row
    PATCH  /tables/{side}/{table}           {"id" or "key", "values", "by"}: a user changes one
    DELETE /tables/{side}/{table}           {"id" or "key"}: a user deletes one
"""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields, replace
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import web

from services.sandbox.control import Control
from services.sandbox.faults import Fault
from services.sandbox.refusals import Refused
from services.sandbox.shell import FINANCIALS, SALES, Shell
from services.sandbox.tenants import Tenants
from services.sandbox.throttle import DOCUMENTED, REALISTIC, Limits, ServiceTimes

Answering = Callable[[web.Request], Awaitable[Any]]
Handlers = list[tuple[str, str, Answering]]

_FAULT_FIELDS = {item.name for item in fields(Fault) if item.init and item.name not in ("id", "struck")}


def control_routes(control: Control, shell: Shell, tenants: Tenants) -> list[web.RouteDef]:
    """Routes below ``/control``."""
    handlers = [
        *_counting(control),
        *_faults(control, shell),
        *_switches(control, shell, tenants),
        *_trade(control),
        *_rows(control),
    ]
    return [web.route(method, f"/control{path}", _json(answering)) for method, path, answering in handlers]


def _counting(control: Control) -> Handlers:
    """What there is and what was done."""

    async def company(request: web.Request) -> Any:
        return control.company()

    async def statistics(request: web.Request) -> Any:
        return control.statistics()

    async def reset(request: web.Request) -> Any:
        control.reset()

    return [
        ("GET", "/company", company),
        ("GET", "/statistics", statistics),
        ("POST", "/statistics/reset", reset),
    ]


def _faults(control: Control, shell: Shell) -> Handlers:
    """Faults, limits and pace."""

    async def faults(request: web.Request) -> Any:
        return [_shown(fault) for fault in shell.faults.all]

    async def add_fault(request: web.Request) -> Any:
        body = await _body(request)
        unknown = set(body) - _FAULT_FIELDS
        if unknown:
            raise ValueError(f"A fault has no {', '.join(sorted(unknown))}.")
        return _shown(control.add_fault(**body))

    async def clear_faults(request: web.Request) -> Any:
        shell.faults.clear()

    async def seed(request: web.Request) -> Any:
        shell.faults.seed(int((await _body(request))["seed"]))

    async def limits(request: web.Request) -> Any:
        side, body = _side(request), await _body(request)
        documented = body.pop("documented", False)
        chosen = replace(DOCUMENTED[side], **body) if documented else Limits(**body)
        control.set_limits(side, chosen)
        return asdict(chosen)

    async def times(request: web.Request) -> Any:
        side, body = _side(request), await _body(request)
        realistic = body.pop("realistic", False)
        chosen = replace(REALISTIC[side], **body) if realistic else ServiceTimes(**body)
        control.set_times(side, chosen)
        return asdict(chosen)

    return [
        ("GET", "/faults", faults),
        ("POST", "/faults", add_fault),
        ("DELETE", "/faults", clear_faults),
        ("POST", "/seed", seed),
        ("PUT", "/limits/{side}", limits),
        ("PUT", "/times/{side}", times),
    ]


def _switches(control: Control, shell: Shell, tenants: Tenants) -> Handlers:
    """What the application may do, and what is there at all."""

    async def rights(request: web.Request) -> Any:
        denied = [(str(table), str(right)) for table, right in (await _body(request))["denied"]]
        control.deny(_side(request), *denied)

    async def surfaces(request: web.Request) -> Any:
        shell.surfaces.clear()
        shell.surfaces.update((await _body(request))["on"])

    async def services(request: web.Request) -> Any:
        shell.unpublished.clear()
        shell.unpublished.update((await _body(request))["unpublished"])

    async def field_lengths(request: web.Request) -> Any:
        body = await _body(request)
        control.shorten(_side(request), str(body["table"]), str(body["field"]), int(body["length"]))

    async def pricing(request: web.Request) -> Any:
        body = await _body(request)
        own = body.get("own_percent")
        chosen = control.set_pricing(body.get("mode"), None if own is None else msgspec.convert(str(own), Decimal))
        return {"mode": chosen.mode, "own_percent": f"{chosen.own_percent:f}"}

    async def behaviour(request: web.Request) -> Any:
        world = tenants.sales.world
        world.behaviour = replace(world.behaviour, **await _body(request))
        return asdict(world.behaviour)

    async def microsoft(request: web.Request) -> Any:
        control.microsoft_synchronizes(bool((await _body(request))["synchronizes"]))

    async def tokens(request: web.Request) -> Any:
        body = await _body(request)
        shell.tokens.seconds = int(body.get("seconds", shell.tokens.seconds))
        shell.secret_expired = bool(body.get("secret_expired", shell.secret_expired))

    async def revoke(request: web.Request) -> Any:
        shell.tokens.revoke()

    return [
        ("PUT", "/rights/{side}", rights),
        ("PUT", "/surfaces", surfaces),
        ("PUT", "/services", services),
        ("PUT", "/fields/{side}", field_lengths),
        ("PUT", "/pricing", pricing),
        ("PUT", "/behaviour", behaviour),
        ("PUT", "/microsoft", microsoft),
        ("PUT", "/tokens", tokens),
        ("POST", "/tokens/revoke", revoke),
    ]


def _trade(control: Control) -> Handlers:
    """Stock, open orders and prices of Financials."""

    async def stock(request: web.Request) -> Any:
        return control.post_stock(**await _texts(request))

    async def sales_lines(request: web.Request) -> Any:
        return control.add_sales_line(**await _texts(request))

    async def purchase_lines(request: web.Request) -> Any:
        return control.add_purchase_line(**await _texts(request))

    async def order_lines(request: web.Request) -> Any:
        return control.price_order_lines(await _body(request))

    async def prices(request: web.Request) -> Any:
        body = await _body(request)
        return control.change_price(str(body["table"]), body["key"], str(body["unit_price"]))

    return [
        ("POST", "/stock", stock),
        ("POST", "/sales-lines", sales_lines),
        ("POST", "/purchase-lines", purchase_lines),
        ("POST", "/order-lines", order_lines),
        ("PUT", "/prices", prices),
    ]


def _rows(control: Control) -> Handlers:
    """Rows, as a user sees and changes them."""

    async def tables(request: web.Request) -> Any:
        return control.counts()

    async def rows(request: web.Request) -> Any:
        side, table = _table(control, request)
        match request.method:
            case "GET":
                return control.dump(side, table)
            case "POST":
                body = await _body(request)
                return control.insert(side, table, body["values"], body.get("by", ""))
            case "PATCH":
                body = await _body(request)
                key = body.get("id") or body["key"]
                return control.change(side, table, key, body["values"], body.get("by", ""))
        body = await _body(request)
        return control.delete(side, table, body.get("id") or body["key"])

    return [
        ("GET", "/tables", tables),
        *((method, "/tables/{side}/{table:.+}", rows) for method in ("GET", "POST", "PATCH", "DELETE")),
    ]


def _json(answering: Answering) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Answers what a function gives, and says in words what was wrong with a request."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            found = await answering(request)
        except (KeyError, TypeError, ValueError, msgspec.DecodeError) as error:
            return _response({"error": f"{type(error).__name__}: {error}"}, 400)
        except Refused as error:
            return _response({"error": error.message, "code": error.code}, error.status)
        return web.Response(status=204) if found is None else _response(found, 200)

    return handle


def _response(document: Any, status: int) -> web.Response:
    return web.Response(status=status, body=msgspec.json.encode(document), content_type="application/json")


def _shown(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in (*sorted(_FAULT_FIELDS), "id", "struck")}


async def _body(request: web.Request) -> dict[str, Any]:
    body = msgspec.json.decode(await request.read() or b"{}")
    if not isinstance(body, dict):
        raise TypeError("an object is expected")
    return body


async def _texts(request: web.Request) -> dict[str, str]:
    """The members of a body as text, ``quantity`` being a number."""
    texts = {name: str(value) for name, value in (await _body(request)).items()}
    msgspec.convert(texts["quantity"], Decimal)
    return texts


def _side(request: web.Request) -> str:
    side = request.match_info["side"]
    if side not in (SALES, FINANCIALS):
        raise ValueError(f"there is no side '{side}'")
    return side


def _table(control: Control, request: web.Request) -> tuple[str, str]:
    side, table = _side(request), unquote(request.match_info["table"])
    if table not in control.tables(side):
        raise ValueError(f"there is no table '{table}' in {side}")
    return side, table
