"""Draws ids for new couplings and for the records to be created."""

import secrets
from collections.abc import Callable
from datetime import datetime
from itertools import count

_TIME_AT, _VERSION_AT, _VARIANT_AT = 80, 76, 62
"""Where a UUID of version 7 (RFC 9562) keeps its milliseconds, its version and its variant, in bits from the right."""


def ids(now: datetime) -> Callable[[], str]:
    """Draws one UUID after the other, in ascending order and later than those of earlier pages.

    Ids that come in order are stored side by side; scattered ones cost a database twice the time to store.
    """
    milliseconds = int(now.timestamp() * 1000)
    start = milliseconds << _TIME_AT | 7 << _VERSION_AT | secrets.randbits(12) << 64 | 0b10 << _VARIANT_AT
    # The highest random bit stays clear, so that counting on never runs into the variant.
    numbers = count(start | secrets.randbits(61))

    def draw() -> str:
        text = f"{next(numbers):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    return draw
