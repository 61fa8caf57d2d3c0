"""Turns rows of Financials into stock by item, variant and location, in base units. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

from libs.contracts.lookup_facts import StockData
from services.financials_connector.columns import Found, Table, amount, day
from services.financials_connector.lookup_readings import Rows

Place = tuple[str, str, str]
"""Item, variant, location."""
KeyT = TypeVar("KeyT")

_OUTSTANDING = "Outstanding Qty. (Base)"


class Stock:
    """Gathers stock by place; amounts are decimal text."""

    def __init__(self) -> None:
        self._on_hand: dict[Place, str] = {}
        self._reserved: dict[Place, str] = {}
        self._supply: dict[Place, dict[str, str]] = {}

    def add_on_hand(self, amounts: Iterable[tuple[Place, str]]) -> None:
        _add(self._on_hand, amounts)

    def add_reserved(self, amounts: Iterable[tuple[Place, str]]) -> None:
        _add(self._reserved, amounts)

    def add_on_the_way(self, amounts: Iterable[tuple[Place, str, str]]) -> None:
        """Place, expected receipt (empty: not told), quantity."""
        for place, date, quantity in amounts:
            _add(self._supply.setdefault(place, {}), [(date, quantity)])

    def data(self) -> list[StockData]:
        """A row per place where there is, was or will be anything."""
        on_hand, reserved, on_the_way = self._on_hand, self._reserved, self._supply
        return [
            {
                "item": place[0],
                "variant": place[1],
                "location": place[2],
                "on_hand": on_hand.get(place, "0"),
                "reserved": reserved.get(place, "0"),
                "supply": [
                    {"date": date, "quantity": quantity}
                    for date, quantity in sorted(on_the_way[place].items())
                    if quantity != "0"
                ]
                if place in on_the_way
                else [],
            }
            for place in on_hand | reserved | on_the_way
        ]


def stock_of(found: Found) -> list[StockData]:
    """From the sums of the companion's queries."""
    stock = Stock()
    stock.add_on_hand(_quantities(found[Rows.ON_HAND]))
    stock.add_reserved(_quantities(found[Rows.RESERVED]))
    on_the_way = found[Rows.ON_THE_WAY]
    dates = map(day, on_the_way.texts("expectedReceiptDate"))
    stock.add_on_the_way(
        (place, date, quantity) for (place, quantity), date in zip(_quantities(on_the_way), dates, strict=True)
    )
    return stock.data()


def stock_on_documents(found: Found, stock: Stock, *, sales: bool) -> None:
    """What is open on published order lines: purchases and, where they are not known otherwise, ``sales``."""
    purchases = found[Rows.PURCHASE_LINES]
    dates = purchases.texts("Expected Receipt Date")
    stock.add_on_the_way(zip(_places(purchases), dates, purchases.numbers(_OUTSTANDING), strict=True))
    if sales:
        lines = found[Rows.SALES_LINES]
        stock.add_reserved(zip(_places(lines), lines.numbers(_OUTSTANDING), strict=True))


def stock_without_places(found: Found) -> list[StockData]:
    """From the whole inventory of each item and published order lines, where no list takes flow filters. Everything
    is told without location and variant, because on hand cannot be told with them."""
    stock, placed = Stock(), Stock()
    stock_on_documents(found, placed, sales=True)
    items = found[Rows.INVENTORY]
    numbers = [(number, "", "") for number in items.texts("No.")]
    stock.add_on_hand(zip(numbers, items.numbers("Inventory"), strict=True))
    for line in placed.data():
        place = line["item"], "", ""
        stock.add_reserved([(place, line["reserved"])])
        stock.add_on_the_way((place, supply["date"], supply["quantity"]) for supply in line["supply"])
    return stock.data()


def _add(sums: dict[KeyT, str], amounts: Iterable[tuple[KeyT, str]]) -> None:
    for key, more in amounts:
        before = sums.get(key)
        # Most are told once.
        sums[key] = more if before is None else amount(Decimal(before) + Decimal(more))


def _places(lines: Table) -> list[Place]:
    names = lines.texts("No."), lines.texts("Variant Code"), lines.texts("Location Code")
    return list(zip(*names, strict=True))


def _quantities(sums: Table) -> list[tuple[Place, str]]:
    """Rows of one of the companion's queries."""
    places = zip(sums.texts("itemNumber"), sums.texts("variantCode"), sums.texts("locationCode"), strict=True)
    return list(zip(places, map(amount, sums.values("quantity")), strict=True))
