"""The price determination of the make-believe Financials: what a sales line costs, by the company's own tables.

Written from what Business Central does, and separately from Tandem's own (``libs/synch/pricing``), which the tests hold
against it. A ``PriceHandler`` per generation of price tables finds the discount first, then the price; which of the two
decides is a switch of the company.
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
    "plain",
    "rounded_to",
]


class PriceHandler(Protocol):
    def discount(self, buffer: PriceBuffer) -> Decimal: ...

    def price(self, buffer: PriceBuffer, discount: Decimal) -> FoundPrice: ...
