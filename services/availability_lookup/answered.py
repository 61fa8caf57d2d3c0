"""What is answered, in version 1 of the HTTP API; ``openapi.py`` describes it. Amounts are decimal text."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.availability_lookup.codes import NoteCode, ProblemCode

Decimals = Annotated[str, Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
Moment = Annotated[str, Meta(description="ISO 8601, UTC")]
Day = Annotated[str, Meta(description="YYYY-MM-DD")]


class Note(Struct):
    """Something a person should know; ``code`` is stable, ``message`` may change."""

    code: NoteCode
    message: str


class ProductFound(Struct):
    kind: Literal["item", "resource"]
    number: str


class CustomerFound(Struct):
    number: str


class PriceSource(Struct):
    """Where a price or discount comes from; ``text`` says it to a person."""

    kind: Literal["price_list_line", "sales_price", "sales_line_discount", "item_card", "resource_card", "financials"]
    list: str
    line: str
    applies_to: str
    applies_to_code: str
    minimum_quantity: Decimals
    minimum_quantity_unit: str
    """The unit that the smallest quantity counts in; empty for the base unit."""
    item_discount_group: str
    """The group of items that a discount is for; empty where it is for the item itself."""
    text: str


class Price(Struct):
    unit_price: Decimals
    currency: str
    includes_vat: bool
    line_discount_percent: Decimals
    line_amount: Decimals
    source: PriceSource
    discount_source: PriceSource | None
    as_of: Moment
    stale: bool


class Supply(Struct):
    """On the way. ``overdue``: it was expected before today, so nobody knows when it comes."""

    date: Day | None
    quantity: Decimals
    overdue: bool


class AtLocation(Struct):
    code: str
    available: Decimals
    on_hand: Decimals
    reserved: Decimals
    on_the_way: list[Supply]


class Availability(Struct):
    """In the unit asked. For what Financials keeps no stock of, ``tracked`` is false and ``reason`` says why."""

    tracked: bool
    unit: str
    available: Decimals | None
    on_hand: Decimals | None
    reserved: Decimals | None
    on_the_way: list[Supply]
    sufficient: bool | None
    available_from: Day | None
    locations: list[AtLocation] | None
    reason: str
    as_of: Moment
    stale: bool


class LineAnswered(Struct):
    """``error`` says why a line could not be answered; a missing price or availability has its reason in ``notes``."""

    id: str
    product: ProductFound | None
    unit: str
    quantity: Decimals
    price: Price | None
    availability: Availability | None
    notes: list[Note]
    error: Note | None


class OrderAnswered(Struct):
    """``as_of`` is when the oldest of the facts was read: customer, products, prices, stock. Couplings and the
    company's currencies and VAT, which are kept longer, do not count unless they are too old themselves."""

    as_of: Moment
    age_seconds: float
    stale: bool
    warnings: list[Note]
    customer: CustomerFound | None
    currency: str
    date: Day
    lines: list[LineAnswered]


class AvailabilityAnswered(Struct):
    as_of: Moment
    age_seconds: float
    stale: bool
    warnings: list[Note]
    product: ProductFound
    unit: str
    quantity: Decimals
    availability: Availability | None
    notes: list[Note]


class PriceAnswered(Struct):
    as_of: Moment
    age_seconds: float
    stale: bool
    warnings: list[Note]
    product: ProductFound
    customer: CustomerFound | None
    currency: str
    date: Day
    unit: str
    quantity: Decimals
    price: Price | None
    notes: list[Note]


class Fault(Struct, omit_defaults=True):
    """One thing wrong with a request."""

    detail: str
    pointer: Annotated[str, Meta(description="JSON pointer into the body")] | UnsetType = UNSET
    parameter: Annotated[str, Meta(description="name of the query parameter or header")] | UnsetType = UNSET


class Problem(Struct, omit_defaults=True):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: ProblemCode
    errors: list[Fault] | UnsetType = UNSET
    instance: Annotated[str, Meta(description="of a failure: its name in the log")] | UnsetType = UNSET


ANSWERS: tuple[type[Struct], ...] = (OrderAnswered, AvailabilityAnswered, PriceAnswered, Problem)
