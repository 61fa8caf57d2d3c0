"""The HTTP edge that every process has: /health/live, /health/ready, /metrics, and the routes of its services.

The server listens before anything else opens, so that a process that waits for its broker is seen to be alive. The
services' own routes join once they are open, on the same socket.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from aiohttp import web

from libs.runtime.connections import Connection
from libs.runtime.errors import MappingInvalid, TandemError
from libs.runtime.metrics import exposition

Probe = Callable[[], Awaitable[None]]

PROBE_SECONDS = 5.0
"""A probe that takes longer counts as failed."""


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
        self._socket: socket.socket | None = None
        self._serving: _Serving | None = None
        self._extended = False

    async def __aenter__(self) -> "HttpEdge":
        if self._port:
            self._socket = _listen(self._host, self._port)
            self._serving = await self._serve([])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._serving is not None:
            await self._serving.end()
        if self._socket is not None:
            self._socket.close()

    async def add(self, routes: Sequence[web.RouteDef]) -> None:
        """Serve these too. A second application takes over on the same socket, so no connection is refused."""
        if routes and self._serving is not None:
            self._extended = True
            await self._replace(routes)

    async def withdraw(self) -> None:
        """Finish the requests to added routes, then serve health and metrics alone."""
        if self._extended:
            self._extended = False
            await self._replace([])

    async def _replace(self, routes: Sequence[web.RouteDef]) -> None:
        before, self._serving = self._serving, await self._serve(routes)
        if before is not None:
            await before.end()

    async def _serve(self, routes: Sequence[web.RouteDef]) -> "_Serving":
        assert self._socket is not None
        application = web.Application()
        # A handler whose caller has gone is cancelled, so that nobody works for nobody.
        application.add_routes([*health_routes(self._health), *routes])
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=5.0, handler_cancellation=True)
        await runner.setup()
        handlers, loop = runner.server, asyncio.get_running_loop()
        assert handlers is not None
        listening = await loop.create_server(lambda: Connection(handlers, loop), sock=self._socket.dup())
        return _Serving(runner, listening)


@dataclass(frozen=True)
class _Serving:
    """An application that takes connections."""

    runner: web.AppRunner
    listening: asyncio.Server

    async def end(self) -> None:
        """Take no more connections and finish the requests of those that are there."""
        self.listening.close()
        await self.runner.cleanup()


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise MappingInvalid(
            f"Cannot listen on {host} port {port}: {error.strerror}. Change TANDEM_HTTP_PORT or TANDEM_HTTP_HOST.",
            code="settings.invalid",
            setting="TANDEM_HTTP_PORT",
        ) from error
