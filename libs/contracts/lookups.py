"""Questions behind an order line: which record is it in Financials, what does it cost, how many are there.

``availability_lookup`` asks for facts and decides by itself (``libs/synch/pricing.py``), so that one answer of
Financials serves many questions. Facts travel as plain mappings and are not validated value by value. Money and
quantities are decimal text, dates ``YYYY-MM-DD`` (empty text: open), codes and numbers as Financials holds them.
"""

from typing import Annotated, Any, ClassVar, Literal, NotRequired

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, SkipValidation
from typing_extensions import TypedDict

from libs.contracts.failures import Failure
from libs.contracts.message import Reply, Request

ProductKind = Literal["item", "resource"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SalesRef(TypedDict):
    """One row of Sales."""

    table: Annotated[str, Field(description="logical name: account, product, uom, transactioncurrency …")]
    id: str


class ResolvedRecord(TypedDict):
    """What a row of Sales is in Financials."""

    table: str
    id: str
    mapping: str
    financials_table: str
    financials_id: Annotated[str, Field(description="SystemId, or the key on a surface without ids")]
    financials_key: Annotated[
        str, Field(description="primary key as text: a customer number, an item number, a unit code …")
    ]


def _as_is(value: Any) -> Any:
    return value


Resolved = Annotated[list[ResolvedRecord], SkipValidation, PlainSerializer(_as_is)]


class ResolvedRecords(Reply):
    """Those of the rows that are coupled; a row that is missing here is not coupled (or only reserved)."""

    TYPE: ClassVar[str] = "records.resolved.v1"

    records: Resolved = []
    company_id: str = Field(default="", description="the connected company in Financials; empty before the setup")


class ResolveRecords(Request[ResolvedRecords]):
    """Which records of Financials rows of Sales are coupled with, over all mappings of their tables.

    A unit of measure (``uom``) is resolved by its own coupling, or as the base unit of a coupled unit group.
    """

    TYPE: ClassVar[str] = "records.resolve.v1"
    OWNER: ClassVar[str] = "coupling_registry"
    REPLY = ResolvedRecords

    records: list[SalesRef] = Field(max_length=2000)


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


Customers = Annotated[list[CustomerFacts], SkipValidation, PlainSerializer(_as_is)]
Products = Annotated[list[ProductFacts], SkipValidation, PlainSerializer(_as_is)]
PriceLines = Annotated[list[PriceLineData], SkipValidation, PlainSerializer(_as_is)]
Stocks = Annotated[list[StockData], SkipValidation, PlainSerializer(_as_is)]
Company = Annotated[CompanyFacts | None, SkipValidation, PlainSerializer(_as_is)]


ProductRefs = Annotated[list[ProductRef], SkipValidation, PlainSerializer(_as_is)]
ProductRefsOfCustomers = Annotated[dict[str, list[ProductRef]], SkipValidation, PlainSerializer(_as_is)]


class MissingFact(_Part):
    """Something that no surface of this Financials gives."""

    fact: Literal["price_lines", "discounts", "units", "variants", "vat", "locations", "supply_dates", "stock"]
    message: str = Field(description="what is missing and what to install or publish")


class LookedUpFacts(Reply):
    """The facts; a customer or product that is missing here does not exist in the connected company."""

    TYPE: ClassVar[str] = "lookup_facts.answer.v1"

    customers: Customers = []
    products: Products = []
    price_lines: PriceLines = []
    stock: Stocks = []
    company: Company = None
    missing: list[MissingFact] = []
    as_of: str = Field(default="", description="moment on Tandem's clock before Financials was asked, ISO 8601 UTC")
    company_id: str = Field(default="", description="the company in Financials that they are of; empty: not known")
    calls: int = Field(default=0, description="HTTP requests that Financials was asked with")
    failures: list[Failure] = []
    retry_after: float | None = Field(default=None, description="seconds that Financials wants to be left alone")


class LookUpFacts(Request[LookedUpFacts]):
    """Everything that a whole order needs, in as few calls of Financials as its surfaces allow."""

    TYPE: ClassVar[str] = "lookup_facts.get.v1"
    OWNER: ClassVar[str] = "financials_connector"
    REPLY = LookedUpFacts

    customers: list[str] = Field(default=[], description="customer numbers; those they are billed to are added")
    products: ProductRefs = Field(default=[], description="cards with units and variants")
    prices: ProductRefs = Field(default=[], description="active price lines that are not one customer's own")
    customer_prices: ProductRefsOfCustomers = Field(
        default={}, description="customer number -> products: that customer's own lines for them and for groups"
    )
    ended_before: str = Field(
        default="", description="price lines that ended before this day are left out; empty: none are"
    )
    stock: list[str] = Field(default=[], description="item numbers")
    company: bool = False
    within: float = Field(
        default=8.0, gt=0, le=60, description="seconds that the asker waits; Financials is not asked for longer"
    )


class PriceQuestion(TypedDict):
    """One line that Financials itself shall price."""

    kind: str
    number: str
    variant: str
    unit: str
    quantity: str


class PriceReply(TypedDict):
    """What Financials' own pricing says of the line at the same place of the question."""

    unit_price: str
    line_discount: str
    includes_vat: bool
    error: str
    """Financials' own words where it could not price the line; the rest is then empty."""


PriceQuestions = Annotated[list[PriceQuestion], SkipValidation, PlainSerializer(_as_is)]
PriceReplies = Annotated[list[PriceReply], SkipValidation, PlainSerializer(_as_is)]


class PricesAsked(Reply):
    """Prices as Financials' own code sets them, in the order of the questions."""

    TYPE: ClassVar[str] = "prices.answer.v1"

    prices: PriceReplies = []
    as_of: str = ""
    calls: int = 0
    failures: list[Failure] = Field(default=[], description="code lookup.price_action_missing: no companion extension")
    retry_after: float | None = Field(default=None, description="seconds that Financials wants to be left alone")


class AskPrices(Request[PricesAsked]):
    """Let Financials price the lines by its own code (the companion extension's price action)."""

    TYPE: ClassVar[str] = "prices.ask.v1"
    OWNER: ClassVar[str] = "financials_connector"
    REPLY = PricesAsked

    customer: str
    currency: str = Field(description="empty: the local currency")
    date: str
    campaign: str = Field(default="", description="number of the campaign that the order names")
    lines: PriceQuestions
    within: float = Field(
        default=8.0, gt=0, le=60, description="seconds that the asker waits; Financials is not asked for longer"
    )
