"""The topology as RabbitMQ's exchanges, queues and arguments, and the headers that travel with a message: data only.

Work, retry and dead-letter queues are quorum queues. What exceeds the delivery limit, and what has waited long enough
on a rung, moves on by dead-lettering with the at-least-once strategy, so that a broker that dies in between loses
nothing. Request and reply queues are classic and vanish when nobody uses them.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from libs.contracts.routing import (
    COMMANDS,
    DEAD,
    DELIVERY_LIMIT,
    EVENTS,
    REQUESTS,
    RETURNS,
    QueueSpec,
    ServiceTopology,
    retry_queue,
)

EXCHANGES: dict[str, str] = {COMMANDS: "topic", EVENTS: "topic", REQUESTS: "topic", DEAD: "direct", RETURNS: "direct"}
"""Durable exchanges that all services share, with their kinds."""

REQUESTS_EXPIRE = 3_600_000
"""Milliseconds after which the request queue of a service that is gone vanishes."""

REPLIES_EXPIRE = 600_000
"""The same for the reply queue of one process: longer than any broker outage that an asker would sit out."""

UNLIMITED = 1_000_000_000
"""Delivery limit of dead-letter queues, which are looked at again and again. Newer brokers have a default of 20."""

_AT_LEAST_ONCE: dict[str, Any] = {
    "x-queue-type": "quorum",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",  # the strategy asks for it; no queue here has a length limit
}


@dataclass(frozen=True)
class DeclaredQueue:
    name: str
    arguments: dict[str, Any]
    bindings: tuple[tuple[str, str], ...] = ()
    """Exchange and pattern."""
    passing: bool = False
    """Goes with the connection that declared it."""


@dataclass(frozen=True)
class Declarations:
    """What one service declares, in this order."""

    exchanges: dict[str, str] = field(default_factory=dict)
    queues: tuple[DeclaredQueue, ...] = ()


def declarations(topology: ServiceTopology) -> Declarations:
    exchanges = dict(EXCHANGES)
    queues = [
        DeclaredQueue(
            topology.dead,
            {"x-queue-type": "quorum", "x-delivery-limit": UNLIMITED},
            ((DEAD, topology.service),),
        )
    ]
    for rung in topology.rungs:
        # A fanout of its own lets a message wait under its work queue's name, by which it returns.
        name = retry_queue(rung)
        exchanges[name] = "fanout"
        arguments = {**_AT_LEAST_ONCE, "x-message-ttl": round(rung * 1000), "x-dead-letter-exchange": RETURNS}
        queues.append(DeclaredQueue(name, arguments, ((name, ""),)))
    work = {
        **_AT_LEAST_ONCE,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-routing-key": topology.service,
    }
    for spec in (topology.commands, topology.events):
        if spec is not None:
            queues.append(DeclaredQueue(spec.name, work, (*_bindings(spec), (RETURNS, spec.name))))
    queues.append(
        DeclaredQueue(topology.requests.name, {"x-expires": REQUESTS_EXPIRE}, _bindings(topology.requests)),
    )
    return Declarations(exchanges, tuple(queues))


def reply_queue(name: str) -> DeclaredQueue:
    """Where the answers to one process arrive."""
    return DeclaredQueue(name, {"x-expires": REPLIES_EXPIRE})


def ear_queue(name: str, patterns: Collection[str]) -> DeclaredQueue:
    """Where one process hears events that all processes hear."""
    return DeclaredQueue(name, {}, tuple((EVENTS, pattern) for pattern in patterns), passing=True)


def _bindings(spec: QueueSpec) -> tuple[tuple[str, str], ...]:
    return tuple((spec.exchange, pattern) for pattern in spec.bindings)


@dataclass(frozen=True)
class Travel:
    """Where a message has been, as its headers tell; RabbitMQ's own account fills in what ours does not say."""

    id: str = ""
    exchange: str = ""
    key: str = ""
    queue: str = ""
    code: str = ""
    reason: str = ""
    died_at: str = ""

    def origin(self) -> "Travel":
        """The same without a death: what a message that moves on keeps."""
        return Travel(id=self.id, exchange=self.exchange, key=self.key)

    def headers(self) -> dict[str, Any]:
        return {f"tandem-{name}": value for name, value in vars(self).items() if value}


def travel_of(headers: dict[str, Any], exchange: str, key: str) -> Travel:
    """``exchange`` and ``key`` are those of the delivery, true unless the message came back from somewhere."""
    death: dict[str, Any] = next(iter(headers.get("x-death") or ()), {})

    def ours(name: str) -> str:
        return str(headers.get(f"tandem-{name}", ""))

    keys = death.get("routing-keys") or [""]
    code = ours("code") or str(death.get("reason", ""))
    at = death.get("time")
    return Travel(
        id=ours("id"),
        exchange=ours("exchange") or str(death.get("exchange") or exchange),
        key=ours("key") or str(keys[0] or key),
        queue=ours("queue") or str(death.get("queue", "")),
        code=code,
        reason=ours("reason")
        or ("given back too often; it may kill whoever handles it" if code == "delivery_limit" else ""),
        died_at=ours("died_at") or (at.isoformat() if at is not None else ""),
    )
