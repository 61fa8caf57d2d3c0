"""What a service is to the runner: a name and one async context manager that opens its resources in order.

``app.py: build(settings, platform) -> Service`` is each service's only composition root. Nothing connects until
``libs.runtime.run`` enters ``open()``; leaving it closes everything in reverse.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from aiohttp import web

from libs.messaging.handling import Answers, Listeners, Routes
from libs.messaging.ports import Transport
from libs.runtime.clock import Clock
from libs.store.ports import Collection, Store


@dataclass(frozen=True)
class Platform:
    """What the place that a service runs in gives it. Transport and store are connected before ``open()``."""

    transport: Transport
    store: Store
    clock: Clock


@dataclass(frozen=True)
class Opened:
    """A service whose resources are open: what it handles, answers and does besides."""

    routes: Routes = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    listeners: Listeners = field(default_factory=dict)
    """Events that every replica of the service hears."""
    outboxes: Sequence[Collection] = ()
    """Collections whose outboxes the relay publishes."""
    background: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """Named tasks that run until the service stops; one that dies stops the service."""
    probes: Mapping[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    """Named readiness checks; raising means not ready."""
    http: Sequence[web.RouteDef] = ()
    """Routes beside /health/live, /health/ready and /metrics."""


@dataclass(frozen=True)
class Service:
    name: str
    open: Callable[[], AbstractAsyncContextManager[Opened]]
    prefetch: int = 4
    """Messages handled at the same time."""
    small: int = 0
    """How many more while messages are small."""
    stateless: bool = False
    """Owns no documents: its platform's store is not opened, so any number of replicas may run beside SQLite."""
