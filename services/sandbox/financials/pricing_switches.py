"""How a company of Financials prices its sales lines: by which tables, and with what of its own code."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

PricingMode = Literal["classic", "price_lists"]


@dataclass
class PricingSwitches:
    mode: PricingMode = "classic"
    """classic: sales prices (7002) and sales line discounts (7004); price_lists: price list lines (7001)."""
    own_percent: Decimal = Decimal(0)
    """What the company's own code adds to every price that was determined, in percent: -1 makes everything cheaper, so
    that it can be told whether Financials itself was asked."""

    @property
    def uses_price_lists(self) -> bool:
        return self.mode == "price_lists"
