"""How often one caller may ask: a bucket of tokens each, refilled steadily; only so many callers are remembered."""

from collections import OrderedDict

MOST_CALLERS = 10_000


class RateLimit:
    """A caller may make ``per_minute`` requests at once, then as many as that is a second. 0: no limit."""

    def __init__(self, per_minute: int) -> None:
        self._most = float(per_minute)
        self._per_second = per_minute / 60
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, caller: str, now: float) -> float:
        """Counts a request; seconds until the caller may ask again, 0 when it may now. ``now`` is monotonic."""
        if not self._most:
            return 0.0
        left, at = self._buckets.pop(caller, (self._most, now))
        left = min(self._most, left + (now - at) * self._per_second)
        allowed = left >= 1.0
        self._buckets[caller] = (left - 1.0 if allowed else left, now)
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - left) / self._per_second
