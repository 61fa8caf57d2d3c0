"""Questions behind an order line: what does it cost, and how many are there.

``availability_lookup`` asks for facts and decides by itself (``libs/synch/pricing.py``), so that one answer of
Financials serves many questions. What the facts look like is told in ``lookup_facts.py``; they travel as plain mappings
and are not validated value by value.
"""

from typing import ClassVar, Literal

from pydantic import Field
from typing_extensions import TypedDict

from libs.contracts.failures import Failure
from libs.contracts.lookup_facts import CompanyFacts, CustomerFacts, PriceLineData, ProductFacts, ProductRef, StockData
from libs.contracts.message import Part, Reply, Request, Unvalidated

Customers = Unvalidated[list[CustomerFacts]]
Products = Unvalidated[list[ProductFacts]]
PriceLines = Unvalidated[list[PriceLineData]]
Stocks = Unvalidated[list[StockData]]
Company = Unvalidated[CompanyFacts | None]
ProductRefs = Unvalidated[list[ProductRef]]
ProductRefsOfCustomers = Unvalidated[dict[str, list[ProductRef]]]


class MissingFact(Part):
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


PriceQuestions = Unvalidated[list[PriceQuestion]]
PriceReplies = Unvalidated[list[PriceReply]]


class PricesAsked(Reply):
    """Prices as Financials' own code sets them, in the order of the questions."""

    TYPE: ClassVar[str] = "prices.answer.v1"

    prices: PriceReplies = []
    company_id: str = Field(default="", description="the company that priced them")
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
