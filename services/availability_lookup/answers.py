"""Answers that may be repeated byte for byte, but for their age, while none of their facts grew old."""

from collections import OrderedDict
from dataclasses import dataclass

import msgspec

from services.availability_lookup.answered import AvailabilityAnswered, OrderAnswered, PriceAnswered

MOST_ANSWERS = 4_000
MOST_BYTES = 16 * 1024 * 1024
LONGEST_QUESTION = 4 * 1024

_AGE = b'"age_seconds":'


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer cut around its age."""

    head: bytes
    tail: bytes
    at: float
    """When its oldest fact was read, on the monotonic clock."""
    valid_until: float
    epoch: int
    day: str

    def body(self, now: float) -> bytes:
        return b"%b%.3f%b" % (self.head, max(0.0, now - self.at), self.tail)

    @property
    def size(self) -> int:
        return len(self.head) + len(self.tail) + 400


def cut(
    answer: OrderAnswered | AvailabilityAnswered | PriceAnswered, at: float, valid_until: float, epoch: int, day: str
) -> Kept:
    encoded = msgspec.json.encode(answer)
    start = encoded.index(_AGE) + len(_AGE)
    return Kept(encoded[:start], encoded[encoded.index(b",", start) :], at, valid_until, epoch, day)


class Answers:
    """Question -> answer, least recently used first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, question: bytes, *, now: float, epoch: int, day: str) -> Kept | None:
        kept = self._kept.get(question)
        if kept is None:
            return None
        if kept.valid_until <= now or kept.epoch != epoch or kept.day != day:
            self._drop(question)
            return None
        self._kept.move_to_end(question)
        return kept

    def put(self, question: bytes, kept: Kept) -> None:
        if not kept.valid_until or len(question) > LONGEST_QUESTION:
            return
        self._drop(question)
        self._kept[question] = kept
        self._bytes += kept.size + len(question)
        while len(self._kept) > MOST_ANSWERS or self._bytes > MOST_BYTES:
            self._drop(next(iter(self._kept)))

    def _drop(self, question: bytes) -> None:
        kept = self._kept.pop(question, None)
        if kept is not None:
            self._bytes -= kept.size + len(question)
