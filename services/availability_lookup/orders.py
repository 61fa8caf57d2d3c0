"""Answers orders: the path gone to its end, the answer with its age, or why there is none."""

from collections.abc import Callable
from dataclasses import dataclass

from libs.runtime.clock import Clock
from services.availability_lookup.answered import CustomerFound, OrderAnswered
from services.availability_lookup.asked import OrderAsked
from services.availability_lookup.codes import OutageCode
from services.availability_lookup.facts import LASTING, Facts
from services.availability_lookup.outages import told
from services.availability_lookup.path import Path


class Unanswerable(Exception):
    """Nothing at all can be told now, since nobody who knows answers."""

    def __init__(self, code: OutageCode, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True)
class Answered:
    answer: OrderAnswered
    at: float
    """When the oldest fact was read, lasting ones aside, on the monotonic clock."""
    valid_until: float
    """Until when it may be repeated as it is, on the monotonic clock; 0: not at all."""
    epoch: int


class Orders:
    def __init__(self, facts: Facts, clock: Clock, today: Callable[[], str], *, ask_prices: bool) -> None:
        self._facts = facts
        self._clock = clock
        self._today = today
        self._ask_prices = ask_prices

    async def answer(self, order: OrderAsked, until: float, *, prices: bool = True, stocks: bool = True) -> Answered:
        """Everything that can be told before ``until``. Raises :class:`Unanswerable` when that is nothing."""
        epoch, path = await self._gone(order, until, prices=prices, stocks=stocks)
        lines = path.lines()
        found = path.found
        if lines and all(line.unanswered for line in lines):
            code, words = told(*next(iter(found.failures.items())))
            raise Unanswerable(code, words, max(1.0, self._facts.retry_after()))
        telling = [fact for key, fact in found.facts.items() if key.kind not in LASTING or key in found.stale]
        oldest = min(telling or found.facts.values(), key=lambda fact: fact.at, default=None)
        now = self._clock.monotonic()
        at = min(oldest.at, now) if oldest is not None else now
        answer = OrderAnswered(
            as_of=oldest.as_of if oldest is not None else "",
            age_seconds=round(now - at, 3),
            stale=bool(found.stale),
            warnings=path.warnings(now),
            customer=CustomerFound(path.buyer_number) if path.buyer_number else None,
            currency=path.currency_shown(),
            date=path.date,
            lines=[line.answer for line in lines],
        )
        return Answered(answer, at, self._facts.valid_until(found), epoch)

    async def _gone(self, order: OrderAsked, until: float, *, prices: bool, stocks: bool) -> tuple[int, Path]:
        """The path gone to its end; once more when another company was connected on the way, which mixes nothing."""
        while True:
            epoch, company = self._facts.current_epoch(), self._facts.company
            path = Path(self._facts, order, until, self._today(), prices=prices, stocks=stocks)
            await path.resolve()
            await path.gather()
            if self._ask_prices and prices:
                await path.ask_prices()
            if company == self._facts.company:
                return epoch, path
