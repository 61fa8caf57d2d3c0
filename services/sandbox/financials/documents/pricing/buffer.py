"""What a document line brings along when its price is asked for, and what comes back."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

AssetKind = Literal["Item", "Resource"]

ONE = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """``foreign`` units of a currency for ``local`` units of the local currency."""

    foreign: Decimal = ONE
    local: Decimal = ONE


@dataclass(frozen=True, kw_only=True)
class PriceBuffer:
    """Everything of header, line and card that a price depends on."""

    asset: AssetKind
    number: str
    variant: str = ""
    unit: str = ""
    quantity_per_unit: Decimal = ONE
    quantity: Decimal = ONE
    """In ``unit``; its sign does not matter."""
    item_discount_group: str = ""
    vat_product_group: str = ""

    card_price: Decimal = Decimal(0)
    """Per base unit, in the local currency."""
    card_includes_vat: bool = False
    card_vat_business_group: str = ""

    customer: str = ""
    """Who is billed."""
    price_group: str = ""
    discount_group: str = ""
    campaign: str = ""
    date: str = ""
    currency: str = ""
    exchange: Exchange = Exchange()
    unit_amount_precision: Decimal = Decimal("0.00001")
    includes_vat: bool = False
    vat_percent: Decimal = Decimal(0)
    """Of this customer and this product; 0 under reverse charge."""
    allow_line_discount: bool = True
    """Of the customer who is billed: what holds where no price line says otherwise."""


@dataclass(frozen=True)
class FoundPrice:
    unit_price: Decimal
    allow_line_discount: bool
    found_lines: bool
    """Whether any price line was there, be it for a larger quantity. Without one, a change of quantity or variant
    leaves the price of a document line alone."""
    line: tuple[object, ...] | None = None
    """Primary key of the price line; None: from the card."""
