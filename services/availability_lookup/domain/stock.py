"""Stock as the cache keeps it: parsed once, in base units."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct, convert

from libs.contracts.lookup_facts import StockData


class Expected(Struct, frozen=True):
    """What is on the way."""

    date: str
    """Empty where nobody tells."""
    quantity: Decimal


class Stock(Struct, frozen=True):
    """Of one item, variant and location."""

    item: str
    variant: str
    location: str
    on_hand: Decimal
    reserved: Decimal
    """Outstanding on sales orders."""
    supply: tuple[Expected, ...]


def stock_of(rows: Sequence[StockData]) -> list[Stock]:
    return convert(rows, list[Stock])
