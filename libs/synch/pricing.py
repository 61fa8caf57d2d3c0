"""What a line costs: Business Central's best price and best discount, as a pure function of the facts.

The discount is found first: of the lines for this product, customer, date, currency, unit, variant and quantity the one
with the highest percentage. Then the price: of the lines that apply the one that is lowest with that discount taken
off, where the line allows one; all converted to the document's unit, VAT mode and currency and rounded once. A line
that names a currency or a variant takes the place of one that does not. Without a price line the card's price counts.

Source: Microsoft's price calculation ("Lowest Price"), for price lists and for the older sales prices and sales line
discounts, which differ in details. Prices of contacts are left out: an order in Sales names none that Financials knows.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from libs.synch.pricing_candidates import Question, applying, candidates, takes_over
from libs.synch.pricing_conversion import Conversion, PriceUnknown, amount_of_line, exact
from libs.synch.pricing_documents import Document
from libs.synch.pricing_facts import Customer, Precision, PriceLine, Product, Terms

__all__ = ["Customer", "Document", "PriceLine", "PriceUnknown", "Priced", "Product", "Question", "Terms", "price_of"]

_HUNDRED = Decimal(100)
_NOTHING = Decimal(0)


class Priced(Struct, frozen=True):
    """The answer, and the lines it came from."""

    unit_price: Decimal
    """Per unit asked for, in the document's currency and VAT mode, rounded to its unit-amount precision."""
    line_discount: Decimal
    """Percent."""
    line: PriceLine | None
    """None: the price is the card's."""
    discount_line: PriceLine | None
    includes_vat: bool
    currency: str
    precision: Precision

    def line_amount(self, quantity: Decimal) -> Decimal:
        """What ``quantity`` costs with the discount off, as an order line shows it."""
        return amount_of_line(self.unit_price, self.line_discount, quantity, self.precision.amount)


def price_of(question: Question, lines: Sequence[PriceLine]) -> Priced:
    """The price of the line and its discount, from all ``lines`` that Financials has for the product.

    Lines that do not apply are passed over, so more may be given than matter; those of the question's terms are added.
    Raises :class:`PriceUnknown` for a unit that the product does not have, a currency without precision or rate, or VAT
    that is needed and not set up.
    """
    document = question.document
    conversion = Conversion(question)
    known = applying(question, lines)
    discount_line = _best_discount(question, candidates(known, discounts=True), conversion)
    discount = discount_line.line_discount if discount_line else _NOTHING
    line, unit_price = _best_price(question, candidates(known, discounts=False), conversion, discount)
    allowed = document.customer.allow_line_discount if line is None else line.allow_line_discount
    if not allowed or not discount:
        discount_line, discount = None, _NOTHING
    return Priced(
        unit_price=unit_price,
        line_discount=discount,
        line=line,
        discount_line=discount_line,
        includes_vat=document.customer.prices_include_vat,
        currency=document.currency,
        precision=conversion.precision,
    )


def _best_discount(question: Question, lines: Sequence[PriceLine], conversion: Conversion) -> PriceLine | None:
    best: PriceLine | None = None
    for line in _reached(question, lines, conversion):
        better = best is None or line.line_discount > best.line_discount
        if takes_over(line, best, better=better, classic=question.document.terms.classic):
            best = line
    return best


def _best_price(
    question: Question, lines: Sequence[PriceLine], conversion: Conversion, discount: Decimal
) -> tuple[PriceLine | None, Decimal]:
    best: PriceLine | None = None
    best_price = best_net = _NOTHING
    classic = question.document.terms.classic
    for line in _reached(question, lines, conversion):
        price = conversion.of_line(line)
        net = exact.multiply(price, _HUNDRED - (discount if line.allow_line_discount else 0))
        better = best is None or net < best_net or (classic and not best_price)
        if takes_over(line, best, better=better, classic=classic):
            best, best_price, best_net = line, price, net
    return (best, best_price) if best is not None else (None, conversion.of_card())


def _reached(question: Question, lines: Sequence[PriceLine], conversion: Conversion) -> list[PriceLine]:
    """Those whose minimum the quantity reaches; a line without a unit counts base units."""
    return [
        line
        for line in lines
        if line.minimum_quantity <= (question.quantity if line.unit else conversion.base_quantity)
    ]
