"""A broker in memory: exchanges, queues, retry rungs and dead letters with RabbitMQ's rules, for one process.

:class:`~libs.messaging.memory.MemoryTransport` connects services to it. It lives on one event loop at a time and keeps
bodies as bytes, so nothing is shared between sender and receiver.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Protocol

from libs.contracts.routing import COMMANDS, DELIVERY_LIMIT, EVENTS, REQUESTS, RETURNS, QueueSpec, ServiceTopology
from libs.messaging.retry import rung_for
from libs.messaging.topics import matches
from libs.runtime.clock import Clock, SystemClock


class Timer(Protocol):
    """When something happens later; a test may use one that it moves by hand."""

    def time(self) -> float:
        """Seconds that only go forward."""
        ...

    def call_later(self, delay: float, callback: Callable[[], None]) -> object: ...


class LoopTimer:
    """The running event loop's own."""

    def time(self) -> float:
        return asyncio.get_running_loop().time()

    def call_later(self, delay: float, callback: Callable[[], None]) -> object:
        return asyncio.get_running_loop().call_later(delay, callback)


@dataclass(frozen=True)
class Stored:
    """One message in a queue."""

    body: bytes
    exchange: str
    key: str
    """Where it was published at first; kept on rungs and among dead letters."""
    message_id: str
    reply_to: str = ""
    expires_at: float | None = None
    returned: int = 0
    """How often it was given back."""
    queue: str = ""
    """Dead letters: the work queue it came from."""
    code: str = ""
    reason: str = ""
    died_at: str = ""

    @property
    def redelivered(self) -> bool:
        return self.returned > 0


class Subscriber(Protocol):
    """A consumer with room for so many messages."""

    def room(self) -> bool: ...

    def take(self, message: Stored) -> None: ...


@dataclass
class _Queue:
    name: str
    delivery_limit: int | None
    dead_to: str
    """Service whose dead letters get what exceeds the delivery limit."""
    rungs: tuple[float, ...]
    ready: deque[Stored] = field(default_factory=deque)
    subscribers: deque[Subscriber] = field(default_factory=deque)


class MemoryBroker:
    """Everything that RabbitMQ would hold."""

    def __init__(self, timer: Timer | None = None, *, clock: Clock | None = None) -> None:
        self._timer = timer or LoopTimer()
        self._clock = clock or SystemClock()
        self._bindings: dict[str, list[tuple[str, str]]] = {COMMANDS: [], EVENTS: [], REQUESTS: []}
        self._routes: dict[tuple[str, str], list[_Queue]] = {}
        self._queues: dict[str, _Queue] = {}
        self._dead: dict[str, deque[Stored]] = {}
        self._waiting: dict[str, int] = {}
        self._reply_lines: dict[str, Callable[[bytes], None]] = {}

    # Topology ------------------------------------------------------------------------------------------------

    def declare(self, topology: ServiceTopology) -> None:
        for spec, limit in (
            (topology.commands, DELIVERY_LIMIT),
            (topology.events, DELIVERY_LIMIT),
            (topology.requests, None),
        ):
            if spec is not None:
                self._declare_queue(spec, limit, topology)
        self._dead.setdefault(topology.service, deque())

    def _declare_queue(self, spec: QueueSpec, limit: int | None, topology: ServiceTopology) -> None:
        self._queues.setdefault(spec.name, _Queue(spec.name, limit, topology.service, topology.rungs))
        bound = self._bindings[spec.exchange]
        for pattern in spec.bindings:
            if (pattern, spec.name) not in bound:
                bound.append((pattern, spec.name))
                self._routes.clear()

    def declare_ear(self, queue: str, patterns: Collection[str]) -> None:
        """A queue of one listener; it goes with it."""
        topology = ServiceTopology(
            queue, QueueSpec(queue, EVENTS, tuple(patterns)), None, QueueSpec("", REQUESTS, ()), ""
        )
        self._declare_queue(topology.commands, None, topology)

    def delete(self, queue: str) -> None:
        """With everything in it."""
        self._queues.pop(queue, None)
        for exchange, bound in self._bindings.items():
            self._bindings[exchange] = [(pattern, name) for pattern, name in bound if name != queue]
        self._routes.clear()

    def knows(self, queue: str) -> bool:
        return queue in self._queues

    # Publishing ----------------------------------------------------------------------------------------------

    def publish(self, message: Stored) -> bool:
        """Put the message on every queue that its key is bound to; false when there is none."""
        queues = self._routed(message.exchange, message.key)
        for queue in queues:
            queue.ready.append(message)
            self._pump(queue)
        return bool(queues)

    def _routed(self, exchange: str, key: str) -> list[_Queue]:
        if exchange == RETURNS:
            return [self._queues[key]] if key in self._queues else []
        found = self._routes.get((exchange, key))
        if found is None:
            names = dict.fromkeys(name for pattern, name in self._bindings[exchange] if matches(pattern, key))
            found = self._routes[exchange, key] = [self._queues[name] for name in names]
        return found

    def wait_on_rung(self, message: Stored, queue: str, delay: float) -> None:
        """Put it back on ``queue`` after the first rung that is at least ``delay``."""
        rung = rung_for(delay, self._queues[queue].rungs)
        self._waiting[queue] = self._waiting.get(queue, 0) + 1

        def back() -> None:
            self._waiting[queue] -= 1
            self._queues[queue].ready.append(message)
            self._pump(self._queues[queue])

        self._timer.call_later(rung, back)

    def expiry(self, seconds: float) -> float:
        return self._timer.time() + seconds

    # Consuming -----------------------------------------------------------------------------------------------

    def subscribe(self, queue: str, subscriber: Subscriber) -> None:
        self._queues[queue].subscribers.append(subscriber)
        self._pump(self._queues[queue])

    def unsubscribe(self, queue: str, subscriber: Subscriber) -> None:
        home = self._queues.get(queue)
        if home is not None and subscriber in home.subscribers:
            home.subscribers.remove(subscriber)

    def settled(self, queue: str) -> None:
        """A subscriber has room again."""
        if queue in self._queues:
            self._pump(self._queues[queue])

    def give_back(self, message: Stored, queue: str) -> None:
        """To the head of its queue, or to the dead letters when that has happened too often."""
        home = self._queues[queue]
        returned = message.returned + 1
        if home.delivery_limit is not None and returned > home.delivery_limit:
            self.bury(message, queue, "delivery_limit", "given back too often; it may kill whoever handles it")
        else:
            home.ready.appendleft(replace(message, returned=returned))
        self._pump(home)

    def _pump(self, queue: _Queue) -> None:
        while queue.ready:
            subscriber = self._next_with_room(queue)
            if subscriber is None:
                return
            message = queue.ready.popleft()
            if message.expires_at is None or message.expires_at > self._timer.time():
                subscriber.take(message)

    def _next_with_room(self, queue: _Queue) -> Subscriber | None:
        for _ in range(len(queue.subscribers)):
            subscriber = queue.subscribers[0]
            queue.subscribers.rotate(-1)
            if subscriber.room():
                return subscriber
        return None

    def depth(self, queue: str) -> int:
        """Messages ready in a queue or waiting on a rung to come back to it."""
        return len(self._queues[queue].ready) + self._waiting.get(queue, 0)

    def waiting_in(self, queue: str) -> list[Stored]:
        """Messages ready in a queue, oldest first; they stay there."""
        return list(self._queues[queue].ready)

    # Dead letters --------------------------------------------------------------------------------------------

    def bury(self, message: Stored, queue: str, code: str, reason: str) -> None:
        service = self._queues[queue].dead_to
        letter = replace(
            message, queue=queue, code=code, reason=reason, died_at=self._clock.now().isoformat(), returned=0
        )
        self._dead.setdefault(service, deque()).append(letter)

    def dead_letters(self, service: str) -> list[Stored]:
        return list(self._dead.get(service, ()))

    def take_dead_letters(self, service: str, message_ids: Collection[str] | None) -> list[Stored]:
        letters = self._dead.get(service, deque())
        taken: list[Stored] = []
        kept: deque[Stored] = deque()
        for letter in letters:
            (taken if message_ids is None or letter.message_id in message_ids else kept).append(letter)
        self._dead[service] = kept
        return taken

    def replay(self, letter: Stored) -> None:
        home = self._queues[letter.queue]
        home.ready.append(replace(letter, queue="", code="", reason="", died_at="", returned=0))
        self._pump(home)

    # Replies -------------------------------------------------------------------------------------------------

    def open_reply_line(self, name: str, arrived: Callable[[bytes], None]) -> None:
        self._reply_lines[name] = arrived

    def close_reply_line(self, name: str) -> None:
        self._reply_lines.pop(name, None)

    def reply(self, name: str, body: bytes) -> None:
        """To the asker's line, or nowhere when it has gone."""
        arrived = self._reply_lines.get(name)
        if arrived is not None:
            arrived(body)
