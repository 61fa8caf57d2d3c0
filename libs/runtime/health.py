"""The HTTP edge that every process has: /health/live, /health/ready, /metrics, and the routes of its services.

The server listens before anything else opens, so that a process that waits for its broker is seen to be alive. The
services' own routes join once they are open, behind the same listening server: one that is closed may have accepted a
connection that nobody then reads.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from aiohttp import web

from libs.runtime.connections import Connection, nothing_here
from libs.runtime.errors import MappingInvalid, TandemError
from libs.runtime.metrics import exposition

Probe = Callable[[], Awaitable[None]]

PROBE_SECONDS = 5.0
"""A probe that takes longer counts as failed."""

_ROUNDS_TO_WAIT = 3
"""Of the event loop, until a connection just made waits for its first request. The one that does not yet is not seen
as idle by aiohttp, and is given all the time that a request has."""


@dataclass
class Health:
    """What the process says of itself."""

    ready: bool = False
    """Whether it takes work; set by the runner."""
    waiting_for: str = "its start"
    """What it still waits for while it is not ready."""
    probes: dict[str, Probe] = field(default_factory=dict)

    async def problems(self) -> dict[str, str]:
        """Failing probes with their words; empty when ready."""
        if not self.ready:
            return {"process": f"waiting for {self.waiting_for}"}
        names = list(self.probes)
        outcomes = await asyncio.gather(*(_probe(self.probes[name]) for name in names))
        return {name: outcome for name, outcome in zip(names, outcomes, strict=True) if outcome}


async def _probe(probe: Probe) -> str:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe()
    except TandemError as error:
        return error.message
    except TimeoutError:
        return f"no answer within {PROBE_SECONDS:g} s"
    except OSError as error:
        return f"{type(error).__name__}: {error}"
    return ""


def health_routes(health: Health) -> list[web.RouteDef]:
    async def live(_: web.Request) -> web.Response:
        return web.json_response({"status": "live"})

    async def ready(_: web.Request) -> web.Response:
        problems = await health.problems()
        body = {"status": "not ready" if problems else "ready", "problems": problems}
        return web.json_response(body, status=503 if problems else 200)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=exposition(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    return [web.get("/health/live", live), web.get("/health/ready", ready), web.get("/metrics", metrics)]


class HttpEdge:
    """The listening server; used with ``async with``. Without a port it does nothing."""

    def __init__(self, health: Health, host: str, port: int) -> None:
        self._health = health
        self._host = host
        self._port = port
        self._listening: asyncio.Server | None = None
        self._serving: web.AppRunner | None = None
        self._extended = False

    async def __aenter__(self) -> "HttpEdge":
        if self._port:
            listener = _listen(self._host, self._port)
            self._serving = await self._application([])
            loop = asyncio.get_running_loop()
            self._listening = await loop.create_server(self._connection, sock=listener)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._listening is not None:
            self._listening.close()
        if self._serving is not None:
            await _finish(self._serving)

    async def add(self, routes: Sequence[web.RouteDef]) -> None:
        """Serve these too: a second application takes the connections from here on, so none is refused."""
        if routes and self._serving is not None:
            self._extended = True
            await self._replace(routes)

    async def withdraw(self) -> None:
        """Finish the requests to added routes, then serve health and metrics alone."""
        if self._extended:
            self._extended = False
            await self._replace([])

    async def _replace(self, routes: Sequence[web.RouteDef]) -> None:
        before, self._serving = self._serving, await self._application(routes)
        if before is not None:
            await _finish(before)

    async def _application(self, routes: Sequence[web.RouteDef]) -> web.AppRunner:
        application = web.Application()
        nowhere = web.route("*", "/{rest:.*}", nothing_here)
        application.add_routes([*health_routes(self._health), *routes, nowhere])
        # A handler whose caller has gone is cancelled, so that nobody works for nobody.
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=5.0, handler_cancellation=True)
        await runner.setup()
        return runner

    def _connection(self) -> Connection:
        """One connection, served by the application that is there when it is made."""
        assert self._serving is not None and self._serving.server is not None
        return Connection(self._serving.server, asyncio.get_running_loop())


async def _finish(serving: web.AppRunner) -> None:
    """End an application that gets no more connections once its requests are answered."""
    for _ in range(_ROUNDS_TO_WAIT):
        await asyncio.sleep(0)
    await serving.cleanup()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise MappingInvalid(
            f"Cannot listen on {host} port {port}: {error.strerror}. Change TANDEM_HTTP_PORT or TANDEM_HTTP_HOST.",
            code="settings.invalid",
            setting="TANDEM_HTTP_PORT",
        ) from error
