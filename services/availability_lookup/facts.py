"""What an order needs to know, from memory where it is fresh, asked for where it is not, old where nobody answers.

A fact is told for as long as its kind counts as fresh. After that it is asked for anew; when no answer comes within a
short patience, or asking fails, it is still told, marked as stale, up to a limit that the setup sets. Events make facts
old before their time.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from libs.runtime.clock import Clock
from libs.runtime.errors import TandemError, Unavailable
from libs.runtime.metrics import LOOKUP_FACTS
from services.availability_lookup.cache import Cache, Fact, Key
from services.availability_lookup.questions import Ask, Question, Questions

RESOLVED = "resolved"
CUSTOMER, PRODUCT, PRICE_LINES, OWN_LINES = "customer", "product", "price_lines", "own_lines"
STOCK, COMPANY, ASKED_PRICE = "stock", "company", "asked_price"

REGISTRY, FINANCIALS, PRICES = "registry", "financials", "prices"
"""The sides that are asked; each fails and recovers by itself."""

SIDE_OF = {
    RESOLVED: REGISTRY,
    CUSTOMER: FINANCIALS,
    PRODUCT: FINANCIALS,
    PRICE_LINES: FINANCIALS,
    OWN_LINES: FINANCIALS,
    STOCK: FINANCIALS,
    COMPANY: FINANCIALS,
    ASKED_PRICE: PRICES,
}

LASTING = frozenset({RESOLVED})
"""Facts that seldom change: which record is which. They do not make an answer old."""

DROP_PAUSE = 5.0
"""Seconds between two droppings of whole kinds: a synchronization tells of a page many times a second."""

_COUNTED = {
    (kind, outcome): LOOKUP_FACTS.labels(kind, outcome)
    for kind in SIDE_OF
    for outcome in ("fresh", "asked", "stale", "unknown")
}


@dataclass(frozen=True)
class Lifetimes:
    """Seconds."""

    fresh: Mapping[str, float]
    """Kind -> how long a fact counts as fresh."""
    absent: float
    """The same for something that does not exist."""
    stale: float
    """Age up to which old facts are told where nobody answers."""
    patience: float
    """How long an answer is waited for where an old one is there."""


@dataclass
class Obtained:
    facts: dict[Key, Fact] = field(default_factory=dict)
    stale: set[Key] = field(default_factory=set)
    """Those of the facts that are told although they are old."""
    failures: dict[str, TandemError] = field(default_factory=dict)
    """Side -> why it did not answer."""

    def add(self, other: "Obtained") -> None:
        self.facts |= other.facts
        self.stale |= other.stale
        self.failures |= other.failures

    def failure(self, key: Key) -> TandemError:
        """Why a key is not among the facts."""
        return self.failures.get(SIDE_OF[key.kind]) or Unavailable("no answer came in time", code="lookup.slow")


class Facts:
    def __init__(self, cache: Cache, sides: Mapping[str, Ask], lifetimes: Lifetimes, clock: Clock) -> None:
        self.cache = cache
        self.epoch = 0
        """Grows whenever something became old before its time."""
        self.company = 0
        """Grows whenever another company is connected."""
        self._clock = clock
        self._lifetimes = lifetimes
        self._questions = {name: Questions(name, ask, self._keep, clock) for name, ask in sides.items()}
        self._not_before: dict[str, float] = {}
        self._dropped_at = float("-inf")
        self._forgotten_at = float("-inf")
        self._to_drop: set[str] = set()

    async def obtain(self, keys: Iterable[Key], until: float) -> Obtained:
        """Whatever can be told of these keys before ``until`` on the monotonic clock."""
        now = self._clock.monotonic()
        self._drop_pending(now)
        found = Obtained()
        old: dict[Key, Fact | None] = {}
        for key in keys:
            fact = self.cache.get(key)
            if fact is not None and self._is_fresh(key, fact, now):
                found.facts[key] = fact
            else:
                old[key] = fact if fact is not None and self._may_be_told(fact, now) else None
        _count(found.facts, "fresh")
        if old:
            await self._ask(old, found, now, until)
        return found

    async def _ask(self, old: Mapping[Key, Fact | None], found: Obtained, now: float, until: float) -> None:
        questions = self._questions_for(old, found)
        patience = self._lifetimes.patience
        complete = all(fact is not None for fact in old.values())
        for question in questions:
            question.askers += 1
        left: dict[Question, bool] = dict.fromkeys(questions, True)
        try:
            for question, (side, _) in questions.items():
                # Where everything can be told from memory, nobody waits longer than a moment since it was asked.
                limit = min(until, question.at + patience) if complete else until
                over = await _over(question, limit - self._clock.monotonic())
                left[question] = False
                if not over:
                    found.failures.setdefault(side, Unavailable("no answer came in time", code="lookup.slow"))
                elif question.error is not None:
                    found.failures[side] = question.error
        finally:
            for question, (side, _) in questions.items():
                self._questions[side].leave(question, cancelled=left[question])
        asked: dict[Key, Fact] = {}
        for question, (_, keys) in questions.items():
            for key in keys:
                fact = question.answer.get(key)
                if fact is not None:
                    asked[key] = fact
        found.facts |= asked
        _count(asked, "asked")
        for key, fact in old.items():
            if key in found.facts:
                continue
            if fact is not None:
                found.facts[key] = fact
                found.stale.add(key)
            _COUNTED[key.kind, "unknown" if fact is None else "stale"].inc()

    def _questions_for(self, old: Iterable[Key], found: Obtained) -> dict[Question, tuple[str, list[Key]]]:
        """The questions to wait for, with what is awaited of them: those under way already, and one new one a side."""
        joined: dict[Question, tuple[str, list[Key]]] = {}
        missing: dict[str, list[Key]] = {}
        for key in old:
            side = SIDE_OF[key.kind]
            question = self._questions[side].under_way(key)
            if question is None:
                missing.setdefault(side, []).append(key)
            else:
                joined.setdefault(question, (side, []))[1].append(key)
        for side, keys in missing.items():
            try:
                question = self._questions[side].ask(keys)
            except TandemError as error:
                found.failures[side] = error
            else:
                joined.setdefault(question, (side, []))[1].extend(keys)
        return joined

    def valid_until(self, found: Obtained) -> float:
        """Until when an answer from these facts may be repeated; 0 where something is old or was not told."""
        if found.stale or found.failures:
            return 0.0
        return min((fact.fresh_until for fact in found.facts.values()), default=0.0)

    def current_epoch(self) -> int:
        self._drop_pending(self._clock.monotonic())
        return self.epoch

    def retry_after(self) -> float:
        """Seconds until a side that failed is asked again."""
        return max((questions.rest for questions in self._questions.values()), default=0.0)

    # Becoming old ----------------------------------------------------------------------------------------------

    def expire(self, keys: Iterable[Key]) -> None:
        """News came about these: what is known of them is old, and so is what is being asked just now."""
        keys = list(keys)
        self.epoch += 1
        self.cache.expire(keys)
        for questions in self._questions.values():
            questions.spoil(keys)

    def expire_kinds(self, kinds: Iterable[str]) -> None:
        """The same for all facts of these kinds; at most every few seconds."""
        self._to_drop.update(kinds)
        self._drop_pending(self._clock.monotonic())

    def forget(self) -> None:
        """Nothing of this is true any more: another company is connected."""
        self.epoch += 1
        self.company += 1
        self._forgotten_at = self._clock.monotonic()
        self.cache.clear()
        for questions in self._questions.values():
            questions.spoil_all()

    def _drop_pending(self, now: float) -> None:
        if self._to_drop and now - self._dropped_at >= DROP_PAUSE:
            self.epoch += 1
            self._dropped_at = now
            self._not_before.update(dict.fromkeys(self._to_drop, now))
            for questions in self._questions.values():
                questions.spoil_kinds(self._to_drop)
            self._to_drop.clear()

    def _is_fresh(self, key: Key, fact: Fact, now: float) -> bool:
        return fact.fresh_until > now and fact.at >= self._not_before.get(key.kind, 0.0)

    def _may_be_told(self, fact: Fact, now: float) -> bool:
        return fact.value is not None and now - fact.at <= self._lifetimes.stale

    def _keep(self, question: Question) -> None:
        if question.at <= self._forgotten_at:
            return  # It was asked before, so its answer may be of the company that was connected before.
        now = self._clock.monotonic()
        for key, fact in question.answer.items():
            if fact.value is None:
                fact.fresh_until = now + self._lifetimes.absent
            else:
                fact.fresh_until = fact.at + self._lifetimes.fresh[key.kind]
            if key in question.spoiled:
                fact.fresh_until = 0.0
            self.cache.put(key, fact)

    async def stop(self) -> None:
        await asyncio.gather(*(questions.stop() for questions in self._questions.values()))


def _count(keys: Iterable[Key], outcome: str) -> None:
    for kind, number in Counter(key.kind for key in keys).items():
        _COUNTED[kind, outcome].inc(number)


async def _over(question: Question, seconds: float) -> bool:
    if not question.over.is_set() and seconds > 0:
        try:
            async with asyncio.timeout(seconds):
                await question.over.wait()
        except TimeoutError:
            return False
    return question.over.is_set()
