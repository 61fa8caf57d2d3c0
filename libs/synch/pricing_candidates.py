"""Which price lines a question is decided between, and when one takes the place of another."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from libs.synch.pricing_documents import Document
from libs.synch.pricing_facts import Amount, PriceLine, Product, Source


class Question(Struct, frozen=True):
    """What one line costs."""

    document: Document
    product: Product
    unit: str
    quantity: Decimal
    """In ``unit``."""
    variant: str = ""


def applying(question: Question, lines: Sequence[PriceLine]) -> list[PriceLine]:
    """Of the lines, and of the document's terms, those that apply but for their minimum quantity, by primary key."""
    document, product = question.document, question.product
    admitted = document.admitted(lines) + document.group_discounts_of(product)
    if not admitted:
        return []
    units, variants, assets = ("", question.unit), ("", question.variant), product.assets
    fitting = [
        line
        for line in admitted
        if (line.asset_type, line.asset) in assets and line.unit in units and line.variant in variants
    ]
    return sorted(fitting, key=lambda line: line.key) if len(fitting) > 1 else fitting


def candidates(lines: Sequence[PriceLine], *, discounts: bool) -> Sequence[PriceLine]:
    """Those of the lines :func:`applying` that set a price, or a discount.

    Of each source the lines for the product or its discount group; where it has none, those for all products.
    """
    if not lines:
        return lines
    setting = [line for line in lines if _sets(line, discounts)]
    if len(setting) < 2:
        return setting
    # A question has one source of each type.
    own = {line.source_type for line in setting if line.asset}
    return [line for line in setting if line.asset or line.source_type not in own]


def takes_over(line: PriceLine, best: PriceLine | None, *, better: bool, classic: bool) -> bool:
    """Whether ``line`` takes the place of the best so far, going through the lines by primary key.

    A currency or variant that the best lacks takes over; so does a ``better`` one that names no less. With classic
    prices naming one more is enough even when the other is lost; in price lists such two are simply compared.
    """
    if best is None:
        return better
    gains = bool(line.currency and not best.currency) or bool(line.variant and not best.variant)
    loses = bool(best.currency and not line.currency) or bool(best.variant and not line.variant)
    if classic:
        return gains or (better and not loses)
    if gains == loses:
        return better
    return gains


def _sets(line: PriceLine, discounts: bool) -> bool:
    """Price groups have no discounts and discount groups no prices, whatever their lines say.

    A line that sets a price sets a discount besides only when it has one.
    """
    if discounts:
        declared = line.amount is Amount.DISCOUNT or (line.amount is Amount.ANY and line.line_discount > 0)
        return declared and line.source_type is not Source.CUSTOMER_PRICE_GROUP
    return line.amount is not Amount.DISCOUNT and line.source_type is not Source.CUSTOMER_DISCOUNT_GROUP
