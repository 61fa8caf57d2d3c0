"""Faults of both tenants, as the sandbox takes them."""

import random
from typing import Any

KINDS = ("throttle", "unavailable", "cut_before", "cut_after", "torn")


def draw_faults(seed: int, *, times: int = 1, within: int = 15) -> list[dict[str, Any]]:
    """Every kind of fault on both sides, so many times each, beginning within the next so many requests of that side.
    Throttling and outages say how long to wait, a second at most."""
    chance = random.Random(seed)
    return [
        {
            "kind": kind,
            "side": side,
            "count": times,
            "after": chance.randint(0, within),
            "probability": 0.5,
            "seconds": chance.choice([0, 1]),
        }
        for side in ("sales", "financials")
        for kind in KINDS
    ]


LATEST = 6
"""Seconds by which a request is held up at most."""


def draw_delays(seed: int, *, times: int = 3, within: int = 60) -> list[dict[str, Any]]:
    """Requests that are held up on their way and arrive seconds later, also when whoever sent them was killed and the
    message was handled again meanwhile."""
    chance = random.Random(seed)
    return [
        {
            "kind": "latency",
            "side": side,
            "method": "POST|PATCH|DELETE",
            "after": chance.randint(0, within),
            "seconds": chance.uniform(1, LATEST),
        }
        for side in ("sales", "financials")
        for _ in range(times)
    ]
