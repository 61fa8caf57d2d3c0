"""Stock by location and variant out of the published item list, whose flow filters restrict the sums of a row. Pure.

A list knows no "by": each location is asked for alone. What has no location, or no variant, is what is left of the
whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from libs.dynamics.financials_tables import ITEM_FLOW_FIELDS, ITEM_FLOW_FILTERS
from libs.dynamics.odata import literal
from services.financials_connector.columns import amount
from services.financials_connector.lookup_readings import in_chunks
from services.financials_connector.stock_facts import Stock

ALL = None
"""Location or variant: not restricted."""

Sums = tuple[Decimal, Decimal, Decimal]
"""On hand, on sales orders, on purchase orders."""

_NOTHING: Sums = (Decimal(0), Decimal(0), Decimal(0))
_INVENTORY, _ON_SALES, _ON_PURCHASES = ITEM_FLOW_FIELDS
_LOCATION, _VARIANT, _ = ITEM_FLOW_FILTERS
NUMBER = "No"


@dataclass(frozen=True)
class FlowReading:
    """One operation of the list."""

    filter: str
    variant: str | None
    location: str | None


def flow_readings(
    items: Sequence[str], locations: Sequence[str], variants: Mapping[str, Sequence[str]]
) -> Iterator[FlowReading]:
    """The operations that tell the stock of ``items``; ``variants``: item -> its variants."""
    having: dict[str | None, list[str]] = {ALL: list(items)}
    for item in items:
        for code in variants.get(item, ()):
            having.setdefault(code, []).append(item)
    for variant, its in having.items():
        places: list[str | None] = [ALL, *locations]
        for chunk in in_chunks([], NUMBER, its):
            for location in places:
                flows = [
                    f"{name} eq {literal('code', value)}"
                    for name, value in ((_VARIANT, variant), (_LOCATION, location))
                    if value is not ALL
                ]
                yield FlowReading(" and ".join([chunk, *flows]), variant, location)


class FlowSums:
    """Collects the answers."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str | None, str | None], Sums] = {}

    def add(self, reading: FlowReading, rows: Sequence[Mapping[str, Any]]) -> None:
        for row in rows:
            held, sold, bought = (Decimal(str(row.get(name) or 0)) for name in (_INVENTORY, _ON_SALES, _ON_PURCHASES))
            self._sums[str(row[NUMBER]), reading.variant, reading.location] = (held, sold, bought)

    def into(self, stock: Stock, *, supply: bool) -> None:
        """Add everything to ``stock``; ``supply``: what is on purchase orders too, without a date."""
        for (item, variant, location), sums in self._placed().items():
            held, sold, bought = sums
            if sums != _NOTHING:
                place = item, variant, location
                stock.add_on_hand([(place, amount(held))])
                stock.add_reserved([(place, amount(sold))])
                if supply and bought:
                    stock.add_on_the_way([(place, "", amount(bought))])

    def _placed(self) -> dict[tuple[str, str, str], Sums]:
        """By variant and location, blank ones from what is left of the whole."""
        placed: dict[tuple[str, str, str], Sums] = {}

        def add(place: tuple[str, str, str], sums: Sums, sign: int) -> None:
            one, two, three = placed.get(place, _NOTHING)
            placed[place] = (one + sign * sums[0], two + sign * sums[1], three + sign * sums[2])

        for (item, variant, location), sums in self._sums.items():
            add((item, variant or "", location or ""), sums, 1)
            if variant is not ALL:
                add((item, "", location or ""), sums, -1)
            if location is not ALL:
                add((item, variant or "", ""), sums, -1)
            if variant is not ALL and location is not ALL:
                add((item, "", ""), sums, 1)
        return placed
