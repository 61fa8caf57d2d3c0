"""From the price that a line or card holds to the price in the document's unit, currency and way with VAT."""

from decimal import Decimal

from services.sandbox.financials import refusals
from services.sandbox.financials.documents.pricing.arithmetic import EXACT, rounded_to
from services.sandbox.financials.documents.pricing.buffer import PriceBuffer
from services.sandbox.financials.documents.pricing.tables import PriceTables
from services.sandbox.financials.rows import Values

_HUNDRED = Decimal(100)


class Conversion:
    """For the price lines of one document line."""

    def __init__(self, tables: PriceTables, buffer: PriceBuffer) -> None:
        self._tables = tables
        self._buffer = buffer

    def of_line(self, line: Values) -> Decimal:
        """The price of a price line of either generation."""
        return self.price(
            line["Unit Price"],
            unit=line["Unit of Measure Code"],
            currency=line["Currency Code"],
            includes_vat=line["Price Includes VAT"],
            vat_group=line["VAT Bus. Posting Gr. (Price)"],
        )

    def of_card(self) -> Decimal:
        """The price on the item's or resource's card: of a base unit, in the local currency."""
        buffer = self._buffer
        return self.price(
            buffer.card_price,
            unit="",
            currency="",
            includes_vat=buffer.card_includes_vat,
            vat_group=buffer.card_vat_business_group,
        )

    def price(self, amount: Decimal, *, unit: str, currency: str, includes_vat: bool, vat_group: str) -> Decimal:
        """Rounded once, at the end; raises ``Refused`` where the VAT in the price is not set up."""
        if not amount:
            return Decimal(0)
        amount = self.without_or_with_vat(amount, includes_vat=includes_vat, vat_group=vat_group)
        if unit == "":
            amount = self.in_unit(amount)
        if currency == "":
            amount = self.in_currency(amount)
        return self.rounded(amount)

    def without_or_with_vat(self, amount: Decimal, *, includes_vat: bool, vat_group: str) -> Decimal:
        buffer = self._buffer
        own = EXACT.add(_HUNDRED, buffer.vat_percent)
        if not includes_vat:
            if buffer.includes_vat:
                return EXACT.divide(EXACT.multiply(amount, own), _HUNDRED)
            return amount
        inner = EXACT.add(_HUNDRED, self._vat_in_price(vat_group))
        if not buffer.includes_vat:
            return EXACT.divide(EXACT.multiply(amount, _HUNDRED), inner)
        return EXACT.divide(EXACT.multiply(amount, own), inner)

    def _vat_in_price(self, business_group: str) -> Decimal:
        product_group = self._buffer.vat_product_group
        found = self._tables.vat(business_group, product_group)
        if found is None:
            raise refusals.dialog(
                "The VAT Posting Setup does not exist. Identification fields and values: "
                f"VAT Bus. Posting Group='{business_group}',VAT Prod. Posting Group='{product_group}'"
            )
        if found.type == "Sales Tax":
            raise refusals.dialog(
                "Prices including VAT cannot be calculated because the VAT Calculation Type field contains Sales Tax."
            )
        return Decimal(0) if found.reverse_charge else found.percent

    def in_unit(self, amount: Decimal) -> Decimal:
        return EXACT.multiply(amount, self._buffer.quantity_per_unit)

    def in_currency(self, amount: Decimal) -> Decimal:
        exchange = self._buffer.exchange
        return EXACT.divide(EXACT.multiply(amount, exchange.foreign), exchange.local)

    def rounded(self, amount: Decimal) -> Decimal:
        return rounded_to(amount, self._buffer.unit_amount_precision)


def enough(buffer: PriceBuffer, line: Values) -> bool:
    """Whether the quantity reaches a line's minimum, which counts base units where the line names no unit."""
    quantity = abs(buffer.quantity)
    if line["Unit of Measure Code"] == "":
        quantity = EXACT.multiply(quantity, buffer.quantity_per_unit)
    return bool(line["Minimum Quantity"] <= quantity)


def holds(line: Values, buffer: PriceBuffer) -> bool:
    """Whether a line of either generation holds for the document line, but for its quantity."""
    return (
        (line["Ending Date"] == "" or line["Ending Date"] >= buffer.date)
        and line["Starting Date"] <= buffer.date
        and line["Currency Code"] in (buffer.currency, "")
        and (buffer.unit == "" or line["Unit of Measure Code"] in (buffer.unit, ""))
        and line["Variant Code"] in (buffer.variant, "")
    )


def discounted(price: Decimal, percent: Decimal) -> Decimal:
    return EXACT.divide(EXACT.multiply(price, EXACT.subtract(_HUNDRED, percent)), _HUNDRED)
