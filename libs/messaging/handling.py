"""What a service's ``routes()`` maps its messages to: workers, keepers, answers and listeners. Handlers return
messages; they never publish.

A worker's writes are repeatable: handle -> publish results, confirmed -> acknowledge.
A keeper owns one aggregate: handle (a pure function) -> one document write {state, handled id, outbox} -> acknowledge;
the relay publishes the outbox.
An answer replies to a request within its deadline.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from libs.contracts.message import Message, Reply, Request
from libs.messaging.ports import Outgoing

Result = Message | Outgoing
M_contra = TypeVar("M_contra", bound=Message, contravariant=True)


@dataclass(frozen=True)
class Handling:
    """The circumstances of one handling, passed in so that rules need no clock and draw no ids."""

    message_id: UUID
    correlation_id: str
    now: datetime
    attempt: int = 0


class Worker(Protocol):
    """Any repeatable handling."""

    async def __call__(self, message: Any, handling: Handling, /) -> Sequence[Result]: ...


class KeeperDecision(Protocol):
    """Pure: the aggregate's state (null when it does not exist) and a message -> the new state and what to publish.

    Returning ``None`` as state leaves the aggregate as it is (the message is acknowledged without effect).
    """

    def __call__(
        self, state: Mapping[str, Any] | None, message: Any, handling: Handling, /
    ) -> tuple[Mapping[str, Any] | None, Sequence[Result]]: ...


class Aggregates(Protocol):
    """Where a keeper's documents live; ``libs.store.ports.Collection`` fits."""

    async def get(self, id: str, /) -> Any: ...

    async def save(self, document: Any, /) -> Any: ...


@dataclass(frozen=True)
class Keeper:
    """Handles a message as the keeper of one document."""

    aggregates: Aggregates
    key: Callable[[Any], str]
    """Message -> id of the document it is about."""
    decide: KeeperDecision
    before: Callable[[Any, Handling], Awaitable[None]] | None = None
    """Repeatable writes that must be there before the document is saved (rows of its own)."""


Answer = Callable[[Any, Handling], Awaitable[Reply]]
Routes = Mapping[type[Message], Worker | Keeper]
Answers = Mapping[type[Request[Any]], Answer]
Listener = Callable[[Any], Awaitable[None]]
"""Hears an event that every process hears; nothing comes of it but what the process itself remembers."""
Listeners = Mapping[type[Message], Listener]
