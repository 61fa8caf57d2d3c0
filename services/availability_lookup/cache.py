"""Facts in memory: bounded by their number and by about how much memory they take; the least used go first."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from libs.contracts.lookups import MissingFact

ENTRY_BYTES = 600
"""What a fact takes beside its value: entry, key, place in the mapping."""


class Key(Struct, frozen=True, cache_hash=True):
    """What a fact is about: a kind (``stock``, ``price_lines`` …) and what names it within the kind."""

    kind: str
    name: tuple[str, ...]


class Fact(Struct):
    """One answer of Financials or the registry. ``value`` null: there is no such thing."""

    value: Any
    at: float
    """When it was read, on the monotonic clock."""
    as_of: str
    """The same, ISO 8601 UTC."""
    fresh_until: float = 0.0
    size: int = 0
    """Bytes of the value, about."""
    missing: tuple[MissingFact, ...] = ()
    """What no surface of this Financials told."""


class Cache:
    """Key -> fact, least recently used first."""

    def __init__(self, most_entries: int, most_bytes: int) -> None:
        self.bytes = 0
        self._most_entries = most_entries
        self._most_bytes = most_bytes
        self._facts: OrderedDict[Key, Fact] = OrderedDict()

    def __len__(self) -> int:
        return len(self._facts)

    def get(self, key: Key) -> Fact | None:
        fact = self._facts.get(key)
        if fact is not None:
            self._facts.move_to_end(key)
        return fact

    def put(self, key: Key, fact: Fact) -> None:
        """Keep it, unless what is there was asked later and answered sooner."""
        before = self._facts.get(key)
        if before is not None:
            if before.at > fact.at:
                return
            self.bytes -= before.size + ENTRY_BYTES
            self._facts.move_to_end(key)
        self._facts[key] = fact
        self.bytes += fact.size + ENTRY_BYTES
        while len(self._facts) > self._most_entries or (self.bytes > self._most_bytes and len(self._facts) > 1):
            _, gone = self._facts.popitem(last=False)
            self.bytes -= gone.size + ENTRY_BYTES

    def expire(self, keys: Iterable[Key]) -> None:
        """No longer fresh; still there to be told with their age."""
        for key in keys:
            fact = self._facts.get(key)
            if fact is not None:
                fact.fresh_until = 0.0

    def clear(self) -> None:
        self._facts.clear()
        self.bytes = 0
