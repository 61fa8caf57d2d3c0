"""Topic patterns as the broker matches them: words between dots, ``*`` one word, ``#`` any number, also none."""

from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=4096)
def matches(pattern: str, key: str) -> bool:
    """Whether a routing key fits a binding's pattern."""
    return _fits(_words(pattern), _words(key))


def _words(text: str) -> list[str]:
    return text.split(".") if text else []


def _fits(pattern: Sequence[str], words: Sequence[str]) -> bool:
    # reached[i]: the words seen so far can be matched by the first i parts of the pattern.
    reached = [True] + [False] * len(pattern)
    for index, part in enumerate(pattern):
        reached[index + 1] = reached[index] and part == "#"
    for word in words:
        after = [False] * (len(pattern) + 1)
        for index, part in enumerate(pattern):
            if part == "#":
                after[index + 1] = after[index] or reached[index] or reached[index + 1]
            else:
                after[index + 1] = reached[index] and part in ("*", word)
        reached = after
    return reached[-1]
