"""Exchange rates: Sales keeps how many units of a currency one unit of the base currency is worth."""

from decimal import Context, Decimal, InvalidOperation
from typing import Any

from libs.contracts.pages import Value
from libs.synch import failures
from libs.synch.conversions.cells import MISSING, Cell
from libs.synch.lookups import Lookups
from libs.synch.values import code, rounded

RATE_PRECISION = 10
_DIVIDING = Context(prec=40)


class ExchangeRate:
    """Values are (local currency per unit of the currency, its code).

    Both rates come in local currency, so units per base unit = rate of the base currency / rate of the currency. The
    base currency's own rate is 1, and Sales refuses to have it written.
    """

    __slots__ = ("_base_code", "_base_rate")

    def __init__(self, base_code: str, base_rate: str) -> None:
        self._base_code = code(base_code)
        self._base_rate = Decimal(base_rate or "1")

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        rate, currency = value
        currency = code(currency)
        if currency and currency == self._base_code:
            return Cell(MISSING, None)
        try:
            amount = Decimal(str(rate))
        except InvalidOperation:
            amount = Decimal(0)
        if not amount.is_finite() or amount <= 0:
            return Cell(MISSING, None, failures.rate_missing(currency))
        wanted = rounded(str(_DIVIDING.divide(self._base_rate, amount)), RATE_PRECISION)
        return Cell(wanted, wanted)

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        return Cell(MISSING, rounded(value, RATE_PRECISION) if value is not None else None)
