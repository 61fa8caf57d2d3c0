"""The price determination of the make-believe Financials: what a sales line costs, by the company's own tables.

Written from what Business Central does, and separately from Tandem's own (``libs/synch/pricing``), which the tests hold
against it. ``determine`` gives a line's price and discount; which of the two generations of price tables decides is a
switch of the company.
"""

from decimal import Decimal
from typing import Protocol

from services.sandbox.financials.documents.pricing.arithmetic import EXACT, plain, rounded_to
from services.sandbox.financials.documents.pricing.buffer import AssetKind, Exchange, FoundPrice, PriceBuffer
from services.sandbox.financials.documents.pricing.classic import Classic
from services.sandbox.financials.documents.pricing.price_lists import PriceLists
from services.sandbox.financials.documents.pricing.tables import PriceTables

__all__ = [
    "EXACT",
    "AssetKind",
    "Classic",
    "Exchange",
    "FoundPrice",
    "PriceBuffer",
    "PriceHandler",
    "PriceLists",
    "PriceTables",
    "determine",
    "plain",
    "rounded_to",
]


class PriceHandler(Protocol):
    def discount(self, buffer: PriceBuffer) -> Decimal: ...

    def price(self, buffer: PriceBuffer, discount: Decimal) -> FoundPrice: ...


def determine(handler: PriceHandler, buffer: PriceBuffer) -> tuple[FoundPrice, Decimal]:
    """Price and line discount; the discount is 0 where price line or customer forbids one. Raises ``Refused``."""
    discount = handler.discount(buffer)
    price = handler.price(buffer, discount)
    return price, discount if price.allow_line_discount else Decimal(0)
