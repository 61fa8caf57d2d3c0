"""A clock that a test moves by hand; it also fires what was to happen later, so it serves as a broker's timer."""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count


class FrozenClock:
    """Stands still at ``moment`` until :meth:`advance`."""

    def __init__(self, moment: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)) -> None:
        self._moment = moment
        self._elapsed = 0.0
        self._order = count()
        self._due: list[tuple[float, int, Callable[[], None]]] = []

    def now(self) -> datetime:
        return self._moment

    def monotonic(self) -> float:
        return self._elapsed

    def time(self) -> float:
        return self._elapsed

    def call_later(self, delay: float, callback: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._elapsed + delay, next(self._order), callback))

    def advance(self, seconds: float) -> None:
        """Let time pass; what falls due on the way happens at its own moment."""
        until = self._elapsed + seconds
        while self._due and self._due[0][0] <= until:
            moment, _, callback = heapq.heappop(self._due)
            self._move_to(moment)
            callback()
        self._move_to(until)

    def _move_to(self, elapsed: float) -> None:
        self._moment += timedelta(seconds=elapsed - self._elapsed)
        self._elapsed = elapsed
