"""What lies around every request to a make-believe tenant: sign-in, faults, limits, pace and counting.

``Shell.middleware`` does all of it for both products, so that a handler only sees requests that may proceed. A handler
says what it did with ``shell.note(request, operation, records)``; statistics and service times come from that.
"""

import asyncio
import base64
import hmac
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from services.sandbox.faults import Fault, Faults
from services.sandbox.refusals import Refused, not_signed_in, too_many, unavailable
from services.sandbox.settings import SandboxSettings
from services.sandbox.throttle import Meter
from services.sandbox.tokens import Tokens

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SALES = "sales"
FINANCIALS = "financials"
ENTRA = "entra"


@dataclass
class Visit:
    """One request on its way through."""

    side: str
    faults: list[Fault] = field(default_factory=list)
    began: float | None = None
    """Set while it holds a place at the meter."""
    work: list[tuple[str, int]] = field(default_factory=list)
    guarded: bool = False


@dataclass
class Statistics:
    """What a side was asked for since the last reset."""

    requests: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    """Operation, as noted by handlers -> requests in which it occurred."""
    records: Counter[str] = field(default_factory=Counter)
    """Operation -> records."""
    statuses: Counter[int] = field(default_factory=Counter)
    throttled: int = 0
    busy_seconds: float = 0.0
    """Time in which requests were carried out, waiting in the queue left out."""

    def as_dict(self) -> dict[str, object]:
        return {
            "requests": self.requests,
            "by_kind": dict(self.by_kind),
            "records": dict(self.records),
            "statuses": {str(status): count for status, count in self.statuses.items()},
            "throttled": self.throttled,
            "busy_seconds": round(self.busy_seconds, 3),
        }


class Cut(Exception):
    """The connection is to break now."""


VISIT = web.RequestKey("visit", Visit)


class Shell:
    """Everything of a running sandbox that both products share."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self.sales_url = ""
        """Origin of Sales; set when the sandbox listens."""
        self.financials_origin = ""
        self.tokens = Tokens(settings)
        self.faults = Faults(settings.seed)
        self.limits: dict[str, Meter] = {side: Meter(side) for side in (SALES, FINANCIALS)}
        self.statistics: dict[str, Statistics] = {side: Statistics() for side in (SALES, FINANCIALS, ENTRA)}
        self.surfaces: set[str] = set(settings.surfaces)
        """Ways into Financials that are switched on just now."""
        self.secret_expired = False
        """Whether Entra says that the client secret has expired."""
        self.unpublished: set[str] = set()
        """Page services of Financials that are not published."""
        self.denied: dict[str, set[tuple[str, str]]] = {SALES: set(), FINANCIALS: set()}
        """(table, right) that the application lacks; right is read, create, write or delete; ``*`` stands for all."""
        self._basic = "Basic " + base64.b64encode(f"{settings.user}:{settings.access_key}".encode()).decode()

    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.now(UTC)

    def side_of(self, path: str) -> str | None:
        """Whose request that is; None for the control endpoint and unknown addresses."""
        if path.startswith("/api/data/"):
            return SALES
        if path.startswith("/control"):
            return None
        if "/oauth2/" in path or path.endswith("/.well-known/openid-configuration"):
            return ENTRA
        if path.startswith(("/v2.0/", f"/{self.settings.instance}/", "/environments/")):
            return FINANCIALS
        return None

    def note(self, request: web.Request, operation: str, records: int = 1) -> None:
        """A handler tells what it did: operation (read, create, update, delete, bulk_create, ...) and how many."""
        visit = request.get(VISIT)
        if visit is not None:
            visit.work.append((operation, records))

    def denies(self, side: str, table: str, right: str) -> bool:
        """Whether the application lacks that right."""
        denied = self.denied[side]
        return bool(denied) and not denied.isdisjoint({(table, right), (table, "*"), ("*", right), ("*", "*")})

    async def guard(self, request: web.Request, side: str) -> None:
        """Faults before the work, sign-in and limits; raises ``Refused``. The middleware has called it already."""
        visit = request.get(VISIT)
        if visit is None:
            visit = request[VISIT] = Visit(side)
        if visit.guarded:
            return
        visit.guarded = True
        visit.faults = self.faults.draw(side, request.method, request.path_qs)
        await self._faults_before(visit)
        if side == ENTRA:
            return
        self._check_sign_in(request, side)
        visit.began = await self.limits[side].enter()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Around every handler of both products."""
        side = self.side_of(request.path)
        if side is None:
            return await handler(request)
        visit = request[VISIT] = Visit(side)
        statistics = self.statistics[side]
        statistics.requests += 1
        try:
            response = await self._answer(request, handler, visit)
        except Cut:
            return _cut(request)
        finally:
            if visit.began is not None:
                self.limits[side].leave(visit.began)
        self._count(visit, response, statistics)
        return await self._send(request, response, visit)

    async def _answer(self, request: web.Request, handler: Handler, visit: Visit) -> web.StreamResponse:
        side = visit.side
        response: web.StreamResponse
        try:
            await self.guard(request, side)
            response = await handler(request)
        except Refused as refusal:
            response = refusal.response(side)
        except web.HTTPException as error:
            code = "0x80060888" if side == SALES else "BadRequest_NotFound"
            response = Refused(error.status, code, error.reason).response(side)
        for fault in visit.faults:
            if fault.kind == "status_after":
                response = _failed(side, fault).response(side)
        if visit.began is not None:
            await self._pace(visit, visit.began)
        return response

    async def _pace(self, visit: Visit, began: float) -> None:
        """Take as long as the service would."""
        times = self.limits[visit.side].times
        if times.request_ms or times.per_record_ms:
            needed = times.seconds(visit.work) - (time.monotonic() - began)
            if needed > 0:
                await asyncio.sleep(needed)
        self.statistics[visit.side].busy_seconds += time.monotonic() - began

    async def _faults_before(self, visit: Visit) -> None:
        for fault in visit.faults:
            match fault.kind:
                case "latency":
                    await asyncio.sleep(fault.seconds)
                case "cut_before":
                    raise Cut
                case "throttle":
                    raise too_many(visit.side, fault.seconds if fault.retry_after else None)
                case "unavailable":
                    raise unavailable(visit.side, fault.seconds if fault.retry_after else None)
                case "status":
                    raise _failed(visit.side, fault)

    def _check_sign_in(self, request: web.Request, side: str) -> None:
        authorization = request.headers.get("Authorization", "")
        basic = side == FINANCIALS and self.settings.on_premises
        if basic:
            if hmac.compare_digest(authorization.encode(), self._basic.encode()):
                return
        elif authorization[:7].lower() == "bearer " and self.tokens.accepts(authorization[7:], side):
            return
        authority = f"{self.sales_url}/{self.settings.tenant_id}/oauth2/authorize"
        origin = self.sales_url if side == SALES else self.financials_origin
        raise not_signed_in(side, authority, "" if basic else origin)

    def _count(self, visit: Visit, response: web.StreamResponse, statistics: Statistics) -> None:
        statistics.statuses[response.status] += 1
        if response.status == 429:
            statistics.throttled += 1
        for operation in {operation for operation, _ in visit.work}:
            statistics.by_kind[operation] += 1
        for operation, records in visit.work:
            statistics.records[operation] += records

    async def _send(self, request: web.Request, response: web.StreamResponse, visit: Visit) -> web.StreamResponse:
        kinds = {fault.kind for fault in visit.faults}
        if "cut_after" in kinds:
            return _cut(request)
        if "torn" in kinds and isinstance(response, web.Response) and isinstance(response.body, bytes):
            return await _tear(request, response)
        if visit.side == SALES:
            self._sales_headers(response)
        return response

    def _sales_headers(self, response: web.StreamResponse) -> None:
        """What every answer of Dataverse says, refusals included: which request it was, and what is left."""
        response.headers["x-ms-service-request-id"] = response.headers["REQ_ID"] = str(uuid.uuid4())
        requests, seconds = self.limits[SALES].remaining()
        response.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] = str(int(min(requests, 6000)))
        response.headers["x-ms-ratelimit-time-remaining-xrm-requests"] = f"{min(seconds, 1200):.2f}"


def _failed(side: str, fault: Fault) -> Refused:
    """The answer with the status that a fault says."""
    waits = side == FINANCIALS and fault.status in (502, 503) and fault.retry_after
    headers = {"Retry-After": f"{fault.seconds:g}"} if waits else {}
    code = "0x80040216" if side == SALES else "Internal_ServerError"
    return Refused(fault.status, code, "An unexpected error occurred.", headers=headers)


def _cut(request: web.Request) -> web.Response:
    """Break the connection; the answer that is returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


async def _tear(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Promise the whole length, send half of it, and break the connection."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    torn = web.StreamResponse(status=whole.status, headers=whole.headers)
    torn.content_length = max(len(body), 2)
    await torn.prepare(request)
    await torn.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return torn
