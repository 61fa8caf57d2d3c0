"""What is known of an order and of its lines: facts with their time, or why nobody can tell them now."""

from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct, field

from libs.contracts.lookups import MissingFact
from libs.synch.pricing import Customer, PriceLine, Product, Terms
from services.availability_lookup.answered import Note
from services.availability_lookup.domain.stock import Stock

T = TypeVar("T")


class Known(Struct, Generic[T], frozen=True):
    """A fact with its time."""

    value: T
    as_of: str
    stale: bool = False
    missing: tuple[MissingFact, ...] = ()


class Unknown(Struct, frozen=True):
    """A fact that nobody can tell now."""

    why: str


Maybe = Known[T] | Unknown


class AskedPrice(Struct, frozen=True):
    """What Financials' own code says of a line; ``error`` are its words where it could not price it."""

    unit_price: str
    line_discount: str
    includes_vat: bool
    error: str


NOBODY = Customer("")
"""Prices that hold for everybody."""


class Circumstances(Struct, frozen=True):
    """What is the same for all lines of an order."""

    today: str
    date: str
    location: str = ""
    campaign: str = ""
    per_location: bool = False
    prices: bool = True
    """Whether prices are wanted."""
    stocks: bool = True
    """Whether availability is wanted."""
    customer: Maybe[Customer] | Note = field(default_factory=lambda: Known(NOBODY, ""))
    """Who pays, or why there is no such customer."""
    currency: str | Note = ""
    """Code as documents hold it; empty for the local one."""
    terms: Maybe[Terms | None] = field(default_factory=lambda: Unknown(""))


class ProductFacts(Struct, frozen=True):
    """What is known of one product of the order, however many lines name it."""

    kind: str
    number: str
    card: Maybe[Product | None]
    """A known null: Financials has no such product."""
    price_lines: Maybe[tuple[PriceLine, ...]]
    own_lines: Maybe[tuple[PriceLine, ...]]
    stock: Maybe[tuple[Stock, ...]]


class LineFacts(Struct, frozen=True):
    """What is known of one line."""

    id: str
    quantity: Decimal
    product: ProductFacts | Unknown | Note
    """Unknown or a note: why it cannot be known which product it is."""
    unit: Maybe[str] | Note
    """Empty: the card decides."""
    variant: str = ""
    asked: Maybe[AskedPrice] | None = None
    """Financials' own price where that is wanted."""
