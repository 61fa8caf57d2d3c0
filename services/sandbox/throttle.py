"""The services' limits and pace: who is asked to wait, for how long, and how long work takes.

Everything is off until set. ``DOCUMENTED`` holds the published limits; ``REALISTIC`` holds service times in the order
of what the services show. Nothing is compressed: a 300-second window takes 300 seconds.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from services.sandbox.refusals import Refused, too_many, unavailable


@dataclass(frozen=True)
class Limits:
    """Zero means no limit."""

    requests: int = 0
    """Requests in a window."""
    execution_seconds: float = 0
    """Combined execution time in a window."""
    concurrency: int = 0
    queue: int = 0
    """Requests that wait when ``concurrency`` is reached; 0: they are refused at once."""
    queue_seconds: float = 480
    window_seconds: float = 300


@dataclass(frozen=True)
class ServiceTimes:
    """How long a request takes: ``request_ms`` and for each record the figure of its operation."""

    request_ms: float = 0
    per_record_ms: dict[str, float] = field(default_factory=dict)
    """Operation (read, create, update, delete, bulk_create, bulk_update, ...) -> milliseconds for one record."""

    def seconds(self, work: list[tuple[str, int]]) -> float:
        milliseconds = self.request_ms
        for operation, records in work:
            milliseconds += self.per_record_ms.get(operation, 0) * records
        return milliseconds / 1000


DOCUMENTED: dict[str, Limits] = {
    "sales": Limits(requests=6000, execution_seconds=1200, concurrency=52),
    "financials": Limits(requests=6000, concurrency=5, queue=95),
}
REALISTIC: dict[str, ServiceTimes] = {
    "sales": ServiceTimes(
        40, {"read": 0.1, "create": 12, "update": 10, "delete": 10, "bulk_create": 6, "bulk_update": 6}
    ),
    "financials": ServiceTimes(40, {"read": 0.15, "create": 12, "update": 10, "delete": 8, "price": 3}),
}


class Meter:
    """Counts one side's requests against its limits. All callers sign in as one application, so it is one user."""

    def __init__(self, side: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.side = side
        self.limits = Limits()
        self.times = ServiceTimes()
        self.refused = 0
        self._monotonic = monotonic
        self._window: deque[tuple[float, float]] = deque()
        """(end, execution seconds) of each request."""
        self._spent = 0.0
        self._running = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._pressed = 0

    def configure(self, limits: Limits | None = None, times: ServiceTimes | None = None) -> None:
        """Change limits or pace; the window begins anew with the limits."""
        if limits is not None:
            self.limits = replace(limits)
            self._window.clear()
            self._spent = 0.0
            self._pressed = 0
        if times is not None:
            self.times = times

    async def enter(self) -> float:
        """Take a place, perhaps after waiting in the queue; gives the moment at which execution began.

        Raises ``Refused`` with 429, or 503 when the wait in the queue was too long.
        """
        limits = self.limits
        if limits.requests or limits.execution_seconds:
            self._check_window(limits)
        if limits.concurrency and self._running >= limits.concurrency:
            if len(self._waiting) >= limits.queue:
                raise self._refuse("concurrency", self._press())
            await self._wait(limits)
        else:
            self._running += 1
        self._pressed = 0
        return self._monotonic()

    def leave(self, began: float) -> None:
        """Give the place back, and let the next one in the queue have it."""
        now = self._monotonic()
        if self.limits.requests or self.limits.execution_seconds:
            self._window.append((now, now - began))
            self._spent += now - began
        while self._waiting:
            next_one = self._waiting.popleft()
            if not next_one.done():
                next_one.set_result(None)
                return
        self._running -= 1

    def remaining(self) -> tuple[float, float]:
        """Requests and seconds that are left in the window; infinity without a limit."""
        limits = self.limits
        requests = limits.requests - len(self._window) - self._running if limits.requests else math.inf
        seconds = limits.execution_seconds - self._spent if limits.execution_seconds else math.inf
        return max(requests, 0), max(seconds, 0.0)

    def _check_window(self, limits: Limits) -> None:
        oldest = self._monotonic() - limits.window_seconds
        window = self._window
        while window and window[0][0] <= oldest:
            self._spent -= window.popleft()[1]
        if limits.requests and len(window) + self._running + len(self._waiting) >= limits.requests:
            raise self._refuse("requests", self._until_free(oldest))
        if limits.execution_seconds and self._spent >= limits.execution_seconds:
            raise self._refuse("time", self._until_free(oldest))

    def _until_free(self, oldest: float) -> float:
        """Until the oldest request leaves the window, and longer for those who keep pressing."""
        free = self._window[0][0] - oldest if self._window else 1.0
        return max(free, self._press())

    def _press(self) -> float:
        self._pressed += 1
        return float(min(1 + self._pressed // 20, 60))

    def _refuse(self, measure: str, seconds: float) -> Refused:
        self.refused += 1
        limits = self.limits
        limit = {"requests": limits.requests, "time": limits.execution_seconds, "concurrency": limits.concurrency}
        return too_many(
            self.side, math.ceil(seconds), measure=measure, limit=limit[measure], window=limits.window_seconds
        )

    async def _wait(self, limits: Limits) -> None:
        """``leave`` hands its place over, so ``_running`` stays as it is."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await asyncio.wait_for(asyncio.shield(turn), limits.queue_seconds)
        except TimeoutError:
            turn.cancel()
            raise unavailable(self.side, 1) from None
        except asyncio.CancelledError:
            if turn.done():
                self.leave(self._monotonic())
            turn.cancel()
            raise
