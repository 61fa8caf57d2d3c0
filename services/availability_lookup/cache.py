"""Facts in memory: bounded by their number and by about how much memory they take; the least used go first."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, NamedTuple

from libs.contracts.lookups import MissingFact

ENTRY_BYTES = 600
"""What a fact takes beside its value: entry, key, place in the mapping."""


class Key(NamedTuple):
    """What a fact is about: a kind (``stock``, ``price_lines`` …) and what names it within the kind."""

    kind: str
    name: tuple[str, ...]


class Fact:
    """One answer of Financials or the registry. ``value`` null: there is no such thing."""

    __slots__ = ("as_of", "at", "fresh_until", "missing", "size", "value")

    def __init__(
        self,
        value: Any,
        *,
        at: float,
        as_of: str,
        fresh_until: float,
        size: int = 0,
        missing: tuple[MissingFact, ...] = (),
    ) -> None:
        self.value = value
        self.at = at
        """When it was read, on the monotonic clock."""
        self.as_of = as_of
        """The same, ISO 8601 UTC."""
        self.fresh_until = fresh_until
        self.size = size + ENTRY_BYTES
        """Bytes, about."""
        self.missing = missing
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
        before = self._facts.pop(key, None)
        if before is not None:
            self.bytes -= before.size
        self._facts[key] = fact
        self.bytes += fact.size
        while len(self._facts) > self._most_entries or (self.bytes > self._most_bytes and len(self._facts) > 1):
            _, gone = self._facts.popitem(last=False)
            self.bytes -= gone.size

    def expire(self, keys: Iterable[Key]) -> None:
        """No longer fresh; still there to be told with their age."""
        for key in keys:
            fact = self._facts.get(key)
            if fact is not None:
                fact.fresh_until = 0.0

    def clear(self) -> None:
        self._facts.clear()
        self.bytes = 0
