"""Seeded chance: the same seed gives the same company on every machine and version of Python."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

T = TypeVar("T")

_CENTS = Decimal(100)


class Chance:
    """Draws from one seeded stream. Uses ``random()`` and ``getrandbits`` alone, whose streams Python guarantees."""

    def __init__(self, seed: int, stream: str) -> None:
        """``stream`` keeps tables apart, so that a change to one leaves the others as they were."""
        source = random.Random(f"{seed}/{stream}")
        self.fraction = source.random
        self._bits = source.getrandbits

    def below(self, limit: int) -> int:
        """0 … limit-1."""
        return int(self.fraction() * limit)

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[int(self.fraction() * len(choices))]

    def happens(self, probability: float) -> bool:
        return self.fraction() < probability

    def guid(self) -> str:
        """A version 4 GUID as lower-case text."""
        digits = f"{self._bits(128):032x}"
        variant = "89ab"[int(digits[16], 16) & 3]
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"

    def amount(self, low: int, high: int) -> Decimal:
        """An amount with two decimals at most, trailing zeros stripped; bounds in whole units."""
        return Decimal(low * 100 + int(self.fraction() * (high - low) * 100)) / _CENTS
