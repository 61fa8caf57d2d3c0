"""The token of one reading of a page: when it began, and a random part that tells readings of the same moment apart."""

from datetime import datetime, timedelta

_MOMENT = 12
"""Hexadecimal digits of the milliseconds since 1970."""

CLOCKS_DIFFER = timedelta(minutes=1)
"""How far the clocks of a connector's replicas may be apart."""


def new_attempt(now: datetime, random: str) -> str:
    """The token of a reading that begins now."""
    return f"{int(now.timestamp() * 1000):0{_MOMENT}x}{random}"


def began_long_before(attempt: str, other: str) -> bool:
    """Whether a reading certainly began before another, whoever's clocks they go by. False where one cannot tell."""
    try:
        began, later = int(attempt[:_MOMENT], 16), int(other[:_MOMENT], 16)
    except ValueError:
        return False
    return len(attempt) > _MOMENT < len(other) and later - began > CLOCKS_DIFFER.total_seconds() * 1000
