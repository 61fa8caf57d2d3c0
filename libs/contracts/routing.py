"""The broker topology as data: exchanges, queues, retry rungs, and who listens to which event.

A routing key is ``<owner>.<type>``: the receiver of a command or request, the sender of an event.
"""

from dataclasses import dataclass, field

from libs.contracts.item_availability import ItemLedgerRead
from libs.contracts.jobs import EnvironmentThrottled, PageAbandoned, SynchJobFinished
from libs.contracts.message import Kind, Message
from libs.contracts.pages import PageRead, PageSynchronized

COMMANDS = "commands"
EVENTS = "events"
REQUESTS = "requests"
DEAD = "dead"
RETURNS = "returns"
"""Direct exchange by queue name; where a retry rung sends a message back to the queue it came from."""

EXCHANGE_OF: dict[Kind, str] = {Kind.COMMAND: COMMANDS, Kind.EVENT: EVENTS, Kind.REQUEST: REQUESTS}

RETRY_RUNGS: tuple[float, ...] = (5.0, 30.0, 120.0, 600.0, 3600.0)
"""Seconds that a failed message waits before its next delivery: first failure, second failure, …"""

DELIVERY_LIMIT = 20
"""Deliveries of one message by the broker before it is dead-lettered: for a message that kills its process."""

SERVICES: tuple[str, ...] = (
    "sales_connector",
    "financials_connector",
    "coupling_registry",
    "orchestrator",
    "availability_lookup",
)
"""Services that take part in messaging, in start order."""

SUBSCRIPTIONS: dict[str, tuple[type[Message], ...]] = {
    "orchestrator": (
        PageRead,
        PageSynchronized,
        SynchJobFinished,
        EnvironmentThrottled,
        PageAbandoned,
        ItemLedgerRead,
    ),
}
"""Service -> events it listens to, whoever sends them."""

BROADCASTS: dict[str, tuple[type[Message], ...]] = {
    "availability_lookup": (ItemLedgerRead, PageSynchronized),
}
"""Service -> events that every process of it hears while it runs, and nobody keeps for it."""


@dataclass(frozen=True)
class QueueSpec:
    """One durable quorum queue."""

    name: str
    exchange: str
    """Exchange that it is bound to with ``bindings``."""
    bindings: tuple[str, ...]
    """Topic patterns."""


@dataclass(frozen=True)
class ServiceTopology:
    """Everything one service declares at the broker; declaring it twice is harmless."""

    service: str
    commands: QueueSpec
    events: QueueSpec | None
    requests: QueueSpec
    dead: str
    """Queue of dead letters of this service, bound to the exchange ``dead`` by the service's name."""
    rungs: tuple[float, ...] = field(default=RETRY_RUNGS)
    broadcasts: tuple[str, ...] = ()
    """Topic patterns of events that every process of it hears."""


def retry_queue(rung: float) -> str:
    """Name of the shared queue where messages wait ``rung`` seconds."""
    return f"retry.{rung:g}s"


def routing_key(message: Message) -> str:
    """``<owner>.<type>``."""
    return f"{message.owner()}.{message.TYPE}"


def topology_of(service: str) -> ServiceTopology:
    """What ``service`` declares before it consumes."""
    events = SUBSCRIPTIONS.get(service, ())
    return ServiceTopology(
        service=service,
        commands=QueueSpec(f"{service}.commands", COMMANDS, (f"{service}.#",)),
        events=QueueSpec(f"{service}.events", EVENTS, tuple(f"*.{event.TYPE}" for event in events)) if events else None,
        requests=QueueSpec(f"{service}.requests", REQUESTS, (f"{service}.#",)),
        dead=f"{service}.dead",
        broadcasts=tuple(f"*.{event.TYPE}" for event in BROADCASTS.get(service, ())),
    )
