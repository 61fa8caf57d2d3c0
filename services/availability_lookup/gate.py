"""What stands around every request of the API: who may ask and how often, until when, whose pages, and problems.

No middleware: each route does what it needs and no more, since a warm answer takes less time than a chain of them.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from multidict import CIMultiDict

from libs.runtime.clock import Clock
from libs.runtime.metrics import LOOKUP_REQUESTS, LOOKUP_SECONDS
from services.availability_lookup.asked import MAX_BYTES, Invalid
from services.availability_lookup.limits import RateLimit
from services.availability_lookup.openapi import DEADLINE_HEADER, DEFAULT_DEADLINE_MS, LONGEST_DEADLINE_MS
from services.availability_lookup.problems import Refused, misfit
from services.availability_lookup.security import Security

_JSON, _PROBLEM = "application/json", "application/problem+json"
_SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Origin"}
_EXPOSED = "Retry-After"
_ASKED_HEADERS = f"Authorization, Content-Type, Tandem-Key, {DEADLINE_HEADER}"
_PREFLIGHT_SECONDS = "600"
_CALLER_GONE = 499
"""Stands in the figures for an answer that nobody waited for; the number is the one that proxies use."""
_MILLISECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_JSON_TYPE = re.compile(r"application/json\s*(;\s*charset\s*=\s*\"?utf-?8\"?\s*)?", re.IGNORECASE)

Handler = Callable[[web.Request], Awaitable[web.Response]]


def _milliseconds(given: str) -> int:
    """0 for what is no deadline."""
    number = int(given) if _MILLISECONDS.fullmatch(given) else 0
    return number if number <= LONGEST_DEADLINE_MS else 0


class Gate:
    """``origin`` is the only one whose pages may ask; empty for none."""

    def __init__(self, security: Security, limit: RateLimit, *, clock: Clock, origin: str) -> None:
        self._security = security
        self._limit = limit
        self._clock = clock
        self._origin = origin
        self._alone: CIMultiDict[str] = CIMultiDict({"Content-Type": _JSON, **_SAFE})
        self._shared: CIMultiDict[str] = CIMultiDict({**self._alone, **self._sharing()})

    def route(self, path: str, name: str, methods: Mapping[str, Handler]) -> web.RouteDef:
        """A path with its methods; ``name`` is what metrics call it."""
        methods = {**methods, **({"HEAD": methods["GET"]} if "GET" in methods else {})}
        seconds = LOOKUP_SECONDS.labels(name)
        answered = LOOKUP_REQUESTS.labels(name, "200")
        clock = self._clock.monotonic

        async def handle(request: web.Request) -> web.Response:
            started = clock()
            status = 500  # the answer where a bug gets out of here
            try:
                try:
                    handler = methods.get(request.method)
                    response = await handler(request) if handler is not None else self._other(request, methods)
                except Refused as refused:
                    response = self._refusal(request, refused)
                status = response.status
                return response
            except asyncio.CancelledError:
                status = _CALLER_GONE
                raise
            finally:
                if status == 200:
                    answered.inc()
                else:
                    LOOKUP_REQUESTS.labels(name, str(status)).inc()
                seconds.observe(clock() - started)

        return web.route("*", path, handle)

    async def admit(self, request: web.Request) -> float:
        """Who asks, how often, and until when they wait (monotonic)."""
        headers = request.headers
        began = self._clock.monotonic()
        given = headers.get(DEADLINE_HEADER)
        milliseconds = DEFAULT_DEADLINE_MS if given is None else _milliseconds(given)
        until = began + (milliseconds or DEFAULT_DEADLINE_MS) / 1000
        caller = self._security.known_caller(headers) or await self._caller(headers, until)
        wait = self._limit.wait(caller, self._clock.monotonic())
        if wait:
            raise Refused(429, "too_many_requests", "This caller asks too often; wait.", retry_after=wait)
        if not milliseconds:
            words = f"a whole number of milliseconds from 1 to {LONGEST_DEADLINE_MS}"
            raise misfit(Invalid(words, parameter=DEADLINE_HEADER))
        return until

    async def _caller(self, headers: Mapping[str, str], until: float) -> str:
        try:
            async with asyncio.timeout(max(0.0, until - self._clock.monotonic())):
                return await self._security.caller(headers)
        except TimeoutError:
            words = "The keys of the tenant did not come within the deadline."
            raise Refused(503, "keys_unavailable", words, retry_after=5) from None

    async def body(self, request: web.Request, until: float) -> bytes:
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

    def respond(self, request: web.Request, body: bytes) -> web.Response:
        """The answer, as JSON."""
        return web.Response(body=body, headers=self._shared if self._may_share(request) else self._alone)

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
