"""Stock as the cache keeps it: parsed once, in base units."""

from decimal import Decimal

from msgspec import Struct

from libs.contracts.lookups import StockData


class Stock(Struct, frozen=True):
    """Of one item, variant and location."""

    variant: str
    location: str
    on_hand: Decimal
    reserved: Decimal
    """Outstanding on sales orders."""
    supply: tuple[tuple[str, Decimal], ...]
    """What is on the way: expected date (empty where nobody tells) and quantity."""

    @classmethod
    def of(cls, data: StockData) -> "Stock":
        return cls(
            variant=data["variant"],
            location=data["location"],
            on_hand=Decimal(data["on_hand"]),
            reserved=Decimal(data["reserved"]),
            supply=tuple((row["date"], Decimal(row["quantity"])) for row in data["supply"]),
        )
