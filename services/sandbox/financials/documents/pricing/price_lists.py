"""Prices of companies that keep price lists (tables 7000 and 7001): the new sales pricing experience.

Candidates are gathered source by source into a buffer in the order of their key; then each in turn is held against the
best so far. That a price and a discount are looked for separately, and that the discount comes first because the lowest
price is the lowest after discount, is how the product does it. In its newest version: in earlier ones a line for price
and discount that says nothing of a discount, but names a currency or variant, could undo a discount found before it.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from services.sandbox.financials.documents.pricing.buffer import FoundPrice, PriceBuffer
from services.sandbox.financials.documents.pricing.conversion import Conversion, discounted, enough, holds
from services.sandbox.financials.documents.pricing.tables import PriceTables
from services.sandbox.financials.rows import Row, Values

Amount = Literal["Price", "Discount"]

_NOTHING = Decimal(0)


class PriceLists:
    """Determines prices and line discounts from price lists."""

    def __init__(self, tables: PriceTables) -> None:
        self._tables = tables

    def discount(self, buffer: PriceBuffer) -> Decimal:
        """The best line discount, in percent."""
        best: Values | None = None
        for row in self._candidates("Discount", buffer):
            values = row.values
            if not enough(buffer, values):
                continue
            declared = values["Amount Type"] == "Discount" or values["Line Discount %"] > 0
            if not declared:
                continue
            match _compared(values, best):
                case "more specific":
                    best = values
                case "comparable" if best is None or values["Line Discount %"] > best["Line Discount %"]:
                    best = values
        return _NOTHING if best is None else best["Line Discount %"]

    def price(self, buffer: PriceBuffer, discount: Decimal) -> FoundPrice:
        """The price that is lowest after ``discount``, which counts for lines that allow one; else the card's."""
        conversion = Conversion(self._tables, buffer)
        best: tuple[Row, Decimal, Decimal] | None = None
        candidates = self._candidates("Price", buffer)
        for row in candidates:
            values = row.values
            if not enough(buffer, values):
                continue
            price = conversion.of_line(values)
            amount = discounted(price, discount if values["Allow Line Disc."] else _NOTHING)
            match _compared(values, best[0].values if best else None):
                case "more specific":
                    best = row, price, amount
                case "comparable" if best is None or amount < best[2]:
                    best = row, price, amount
        if best is not None:
            row, price, _ = best
            return FoundPrice(price, row.values["Allow Line Disc."], True, row.key)
        return FoundPrice(conversion.of_card(), buffer.allow_line_discount, bool(candidates))

    def _candidates(self, amount: Amount, buffer: PriceBuffer) -> list[Row]:
        found: dict[tuple[object, ...], Row] = {}
        for source_type, source in _sources(amount, buffer):
            for row in self._of_source(amount, buffer, source_type, source):
                found[row.key] = row
        return [found[key] for key in sorted(found)]

    def _of_source(self, amount: Amount, buffer: PriceBuffer, source_type: str, source: str) -> list[Row]:
        """Lines of one source: those for the product (or its discount group) or, without any, those for all of them."""
        for assets in _assets(buffer):
            rows = [
                row
                for asset_type, asset in assets
                for row in self._tables.list_lines(source_type, source, asset_type, asset)
                if _fits(row.values, amount, buffer)
            ]
            if rows:
                return rows
        return []


def _sources(amount: Amount, buffer: PriceBuffer) -> Iterator[tuple[str, str]]:
    yield "All Customers", ""
    if buffer.customer:
        yield "Customer", buffer.customer
    if buffer.campaign:
        yield "Campaign", buffer.campaign
    if amount == "Price" and buffer.price_group:
        yield "Customer Price Group", buffer.price_group
    if amount == "Discount" and buffer.discount_group:
        yield "Customer Disc. Group", buffer.discount_group


def _assets(buffer: PriceBuffer) -> Iterator[tuple[tuple[str, str], ...]]:
    own: tuple[tuple[str, str], ...] = ((buffer.asset, buffer.number),)
    if buffer.asset == "Item" and buffer.item_discount_group:
        own = (*own, ("Item Discount Group", buffer.item_discount_group))
    yield own
    yield ((buffer.asset, ""),)


def _fits(line: Values, amount: Amount, buffer: PriceBuffer) -> bool:
    return line["Amount Type"] in (amount, "Any") and holds(line, buffer)


def _compared(line: Values, best: Values | None) -> Literal["more specific", "less specific", "comparable"]:
    """A line that names a currency or variant takes the place of one that names none, unless it lacks the other."""
    if best is None:
        return "comparable"
    gains = any(line[name] != "" and best[name] == "" for name in ("Currency Code", "Variant Code"))
    lacks = any(line[name] == "" and best[name] != "" for name in ("Currency Code", "Variant Code"))
    if gains == lacks:
        return "comparable"
    return "more specific" if gains else "less specific"
