"""Takes what we sent out of what a service says about it: errors are stored, shown and logged, field values are not.

Business Central quotes the value that it refuses, and so do plug-ins and extensions of either product.
"""

import re
from collections.abc import Iterable

_SHORTEST = 3
"""Shorter values are left: they tell nobody anything, and are parts of ordinary words."""

IN_PLACE = "…"


def without_values(words: str, values: Iterable[object]) -> str:
    """``words`` with every text of ``values`` replaced, however it is cased."""
    texts = {value.strip() for value in values if isinstance(value, str)}
    for text in sorted((text for text in texts if len(text) >= _SHORTEST), key=len, reverse=True):
        if text.casefold() in words.casefold():
            words = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", IN_PLACE, words, flags=re.IGNORECASE)
    return words
