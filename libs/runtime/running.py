"""One service at work: its dispatcher, its relay and its background tasks, started and stopped step by step."""

import asyncio
from collections.abc import Awaitable, Callable

from libs.messaging.dispatcher import Dispatcher
from libs.messaging.relay import Relay
from libs.runtime.errors import Unavailable
from libs.runtime.metrics import READY, PrometheusMetrics
from libs.runtime.service import Opened, Platform, Service
from libs.store.ports import Document

FLUSH_SECONDS = 5.0
"""How long the relay may take for its last round. What it leaves is published by the next process."""


class RunningService:
    def __init__(self, service: Service, platform: Platform, opened: Opened) -> None:
        self.service = service
        self.opened = opened
        self.tasks: list[asyncio.Task[None]] = []
        """Everything that runs until the service stops; the runner watches them."""
        self._platform = platform
        metrics = PrometheusMetrics()
        self._relay = (
            Relay(service.name, platform.transport, opened.outboxes, metrics=metrics) if opened.outboxes else None
        )
        self._dispatcher = Dispatcher(
            service.name,
            platform.transport,
            opened.routes,
            opened.answers,
            opened.listeners,
            clock=platform.clock,
            new_document=_new_document,
            prefetch=service.prefetch,
            small=service.small,
            relay=self._relay,
            metrics=metrics,
        )
        self._started = False

    def probes(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Readiness: broker, store, and what the service adds."""
        own = {} if self.service.stateless else {"store": self._platform.store.ping}
        return {"broker": self._broker_answers, **own, **self.opened.probes}

    async def start(self) -> None:
        """Background tasks, then consumers, then the relay."""
        for name, run in self.opened.background.items():
            self._run(name, run)
        self._started = True
        await self._dispatcher.start()
        if self._relay is not None:
            self._run("relay", self._relay.run)
        READY.labels(self.service.name).set(1)

    async def stop_consuming(self, grace: float) -> None:
        """No more messages; handlers in flight get ``grace`` seconds, then their messages are given back."""
        READY.labels(self.service.name).set(0)
        if self._started:
            await self._dispatcher.stop(grace)

    async def stop_tasks(self, _: float) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def flush(self, _: float) -> None:
        """Publish what the last handlers left in their outboxes."""
        if self._relay is not None and self._started:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._relay.flush()

    def _run(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        async def running() -> None:
            await run()

        self.tasks.append(asyncio.create_task(running(), name=name))

    async def _broker_answers(self) -> None:
        if not self._platform.transport.healthy:
            raise Unavailable("The broker cannot be reached.", setting="TANDEM_BROKER_URL")


def _new_document(id: str) -> Document:
    return Document(id, {})
