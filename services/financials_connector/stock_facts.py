"""Turns rows of Financials into stock by item, variant and location, in base units. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from libs.contracts.lookups import StockData, SupplyData
from services.financials_connector.cells import Record, day, number, plain, text
from services.financials_connector.lookup_readings import Rows

_NONE = Decimal(0)


class Stock:
    """Gathers stock by item, variant and location."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str, str], tuple[Decimal, Decimal, dict[str, Decimal]]] = {}

    def add(
        self,
        place: tuple[str, str, str],
        *,
        on_hand: Decimal = _NONE,
        reserved: Decimal = _NONE,
        on_the_way: Mapping[str, Decimal] | None = None,
    ) -> None:
        """``on_the_way``: expected receipt (empty: not told) -> quantity."""
        held, kept, supply = self._places.get(place, (_NONE, _NONE, {}))
        for date, quantity in (on_the_way or {}).items():
            supply[date] = supply.get(date, _NONE) + quantity
        self._places[place] = (held + on_hand, kept + reserved, supply)

    def data(self) -> list[StockData]:
        """A row per place where there is, was or will be anything."""
        return [
            {
                "item": item,
                "variant": variant,
                "location": location,
                "on_hand": plain(on_hand),
                "reserved": plain(reserved),
                "supply": [
                    SupplyData(date=date, quantity=plain(quantity))
                    for date, quantity in sorted(supply.items())
                    if quantity
                ],
            }
            for (item, variant, location), (on_hand, reserved, supply) in self._places.items()
        ]


def stock_of(found: Mapping[Rows, Sequence[Record]]) -> list[StockData]:
    """From the sums of the companion's queries."""
    stock = Stock()
    for row in found.get(Rows.ON_HAND, ()):
        stock.add(_place(row), on_hand=_quantity(row))
    for row in found.get(Rows.RESERVED, ()):
        stock.add(_place(row), reserved=_quantity(row))
    for row in found.get(Rows.ON_THE_WAY, ()):
        stock.add(_place(row), on_the_way={day(row.get("expectedReceiptDate")): _quantity(row)})
    return stock.data()


def stock_on_documents(found: Mapping[Rows, Sequence[Record]], stock: Stock, *, sales: bool) -> None:
    """What is open on published order lines: purchases and, where they are not known otherwise, ``sales``."""
    for row in found.get(Rows.PURCHASE_LINES, ()):
        arrival = text(row, "Expected Receipt Date")
        stock.add(_line_place(row), on_the_way={arrival: Decimal(number(row, "Outstanding Qty. (Base)"))})
    for row in found.get(Rows.SALES_LINES, ()) if sales else ():
        stock.add(_line_place(row), reserved=Decimal(number(row, "Outstanding Qty. (Base)")))


def stock_without_places(found: Mapping[Rows, Sequence[Record]]) -> list[StockData]:
    """From the whole inventory of each item and published order lines, where no list takes flow filters. Everything
    is told without location and variant, because on hand cannot be told with them."""
    stock, placed = Stock(), Stock()
    stock_on_documents(found, placed, sales=True)
    for row in found.get(Rows.INVENTORY, ()):
        stock.add((text(row, "No."), "", ""), on_hand=Decimal(number(row, "Inventory")))
    for line in placed.data():
        stock.add(
            (line["item"], "", ""),
            reserved=Decimal(line["reserved"]),
            on_the_way={supply["date"]: Decimal(supply["quantity"]) for supply in line["supply"]},
        )
    return stock.data()


def _line_place(row: Record) -> tuple[str, str, str]:
    return text(row, "No."), text(row, "Variant Code"), text(row, "Location Code")


def _place(row: Record) -> tuple[str, str, str]:
    return text(row, "itemNumber"), text(row, "variantCode"), text(row, "locationCode")


def _quantity(row: Record) -> Decimal:
    return Decimal(str(row.get("quantity") or 0))
