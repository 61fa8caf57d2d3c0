"""Facts of Financials that prices and stock are worked out from, as they travel in answers to ``LookUpFacts``.

Money and quantities are decimal text, dates ``YYYY-MM-DD`` (empty text: open), codes and numbers as Financials holds
them.
"""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

ProductKind = Literal["item", "resource"]


class ProductRef(TypedDict):
    """One item or resource."""

    kind: ProductKind
    number: str


class CustomerFacts(TypedDict):
    """What decides a customer's prices."""

    number: str
    bill_to: str
    """Number of the customer who pays; the same number where there is no other. Its facts decide prices."""
    price_group: str
    discount_group: str
    currency: str
    """Empty: the local currency."""
    location: str
    prices_include_vat: bool
    allow_line_discount: bool
    vat_business_group: str
    blocked: str
    """Empty, ``Ship``, ``Invoice`` or ``All``."""


class ProductFacts(TypedDict):
    """An item's or a resource's card with its units."""

    kind: str
    """item or resource."""
    number: str
    type: str
    """items: Inventory, Service or Non-Inventory; resources: Person or Machine."""
    base_unit: str
    sales_unit: str
    units: dict[str, str]
    """Unit code -> quantity per unit, in base units. Holds the base unit."""
    variants: list[str]
    unit_price: str
    """Per base unit, in the local currency."""
    price_includes_vat: bool
    price_vat_business_group: str
    """Whose VAT is in the card's price, where it includes VAT."""
    vat_product_group: str
    discount_group: str
    """Item discount group."""
    blocked: bool
    """Blocked, or blocked for sale."""


class PriceLineData(TypedDict):
    """An active line of a price list, or one of the older sales prices and sales line discounts in the same shape."""

    origin: str
    """price_list, sales_price or sales_line_discount."""
    list: str
    """Code of the price list; empty for the older tables."""
    line: str
    """Line number in the list; empty for the older tables."""
    source_type: str
    """all_customers, customer, customer_price_group, customer_discount_group or campaign."""
    source: str
    """Number or code of the customer, group or campaign; empty for all customers."""
    asset_type: str
    """item, item_discount_group or resource."""
    asset: str
    """Number or code; empty: every one of its type."""
    variant: str
    unit: str
    currency: str
    minimum_quantity: str
    amount: str
    """What the line sets: price, discount or any (both)."""
    unit_price: str
    line_discount: str
    """Percent."""
    starting: str
    ending: str
    allow_line_discount: bool
    price_includes_vat: bool
    vat_business_group: str
    """Whose VAT is in the line's price, where it includes VAT."""


class SupplyData(TypedDict):
    """What is on the way."""

    date: str
    """Expected receipt; empty where the surface does not tell."""
    quantity: str


class StockData(TypedDict):
    """Stock of one item, variant and location, in base units."""

    item: str
    variant: str
    location: str
    on_hand: str
    reserved: str
    """Outstanding on sales orders."""
    supply: list[SupplyData]
    """Outstanding on purchase orders, by date."""


class CurrencyData(TypedDict):
    """How prices in a currency are rounded; the local currency has the empty code."""

    code: str
    unit_amount_precision: str
    amount_precision: str


class RateData(TypedDict):
    """From ``starting`` on, ``amount`` of the currency is worth ``local_amount`` of the relational currency."""

    currency: str
    starting: str
    amount: str
    local_amount: str
    relational_currency: NotRequired[str]
    """Empty or missing: the local currency."""


class VatData(TypedDict):
    """VAT posting setup; 0 percent under reverse charge. Rows of sales tax are left out: they have no percent."""

    business_group: str
    product_group: str
    percent: str


class CompanyFacts(TypedDict):
    """What prices of the whole company rest on."""

    local_currency: str
    classic: NotRequired[bool]
    """Prices are kept as sales prices and sales line discounts; missing or false: in price lists."""
    currencies: list[CurrencyData]
    rates: list[RateData]
    vat: list[VatData]
    group_discounts: list[PriceLineData]
    """Active lines that name no product of their own (for item discount groups, or for all items or resources), except
    those of single customers."""
