"""Prices of companies that keep sales prices (7002) and sales line discounts (7004): pricing as it was before.

One pass per kind of customer fills the buffer; the best is then found in the order of the table's key, for which the
product has its own rules: a line with a currency or variant takes the place of one without, even if it lacks the other,
and a best price of zero gives way to anything that comes after it.
"""

from decimal import Decimal

from services.sandbox.financials.documents.pricing.arithmetic import plain
from services.sandbox.financials.documents.pricing.buffer import FoundPrice, PriceBuffer
from services.sandbox.financials.documents.pricing.conversion import Conversion, discounted, enough, holds
from services.sandbox.financials.documents.pricing.tables import PriceTables
from services.sandbox.financials.rows import Row, Values

_NOTHING = Decimal(0)


class Classic:
    """Determines prices and line discounts from sales prices and sales line discounts."""

    def __init__(self, tables: PriceTables) -> None:
        self._tables = tables

    def discount(self, buffer: PriceBuffer) -> Decimal:
        """The best line discount, in percent; resources have none."""
        if buffer.asset != "Item":
            return _NOTHING
        best: Values | None = None
        for row in self._discounts(buffer):
            values = row.values
            if not enough(buffer, values):
                continue
            percent = _NOTHING if best is None else best["Line Discount %"]
            if _displaces(values, best) or (_keeps_up(values, best) and values["Line Discount %"] > percent):
                best = values
        return _NOTHING if best is None else best["Line Discount %"]

    def price(self, buffer: PriceBuffer, discount: Decimal) -> FoundPrice:
        """The price that is lowest after ``discount``, which counts for lines that allow one; else the card's."""
        conversion = Conversion(self._tables, buffer)
        if buffer.asset != "Item":
            # A resource's price is rounded before it is multiplied by the unit, unlike an item's.
            price = conversion.without_or_with_vat(buffer.card_price, includes_vat=False, vat_group="")
            price = conversion.in_unit(conversion.rounded(conversion.in_currency(price)))
            return FoundPrice(plain(price), buffer.allow_line_discount, False)
        best: tuple[Row, Decimal, Decimal] | None = None
        candidates = self._prices(buffer)
        for row in candidates:
            values = row.values
            if not enough(buffer, values):
                continue
            price = conversion.of_line(values)
            amount = discounted(price, discount if values["Allow Line Disc."] else _NOTHING)
            known = best[0].values if best else None
            if _displaces(values, known) or (
                _keeps_up(values, known) and (best is None or best[1] == 0 or best[2] > amount)
            ):
                best = row, price, amount
        if best is not None:
            row, price, _ = best
            return FoundPrice(price, row.values["Allow Line Disc."], True, row.key)
        return FoundPrice(conversion.of_card(), buffer.allow_line_discount, bool(candidates))

    def _prices(self, buffer: PriceBuffer) -> list[Row]:
        find, item = self._tables.sales_prices, buffer.number
        rows = find(item, "All Customers", None)
        if buffer.customer:
            rows = rows + find(item, "Customer", buffer.customer)
        if buffer.price_group:
            rows = rows + find(item, "Customer Price Group", buffer.price_group)
        if buffer.campaign:
            rows = rows + find(item, "Campaign", buffer.campaign)
        return _in_order(rows, buffer)

    def _discounts(self, buffer: PriceBuffer) -> list[Row]:
        find = self._tables.line_discounts
        rows: list[Row] = []
        for asset, code in (("Item", buffer.number), ("Item Disc. Group", buffer.item_discount_group)):
            if not code:
                continue
            rows += find(asset, code, "All Customers", None)
            if buffer.customer:
                rows += find(asset, code, "Customer", buffer.customer)
            if buffer.discount_group:
                rows += find(asset, code, "Customer Disc. Group", buffer.discount_group)
            if buffer.campaign:
                rows += find(asset, code, "Campaign", buffer.campaign)
        return _in_order(rows, buffer)


def _in_order(rows: list[Row], buffer: PriceBuffer) -> list[Row]:
    return sorted((row for row in rows if holds(row.values, buffer)), key=lambda row: row.key)


def _displaces(line: Values, best: Values | None) -> bool:
    """Whether the line names something that the best so far (or nothing yet) does not."""
    return any(line[name] != "" and (best is None or best[name] == "") for name in ("Currency Code", "Variant Code"))


def _keeps_up(line: Values, best: Values | None) -> bool:
    return best is None or all(line[name] != "" or best[name] == "" for name in ("Currency Code", "Variant Code"))
