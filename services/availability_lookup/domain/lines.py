"""One line's answer out of the facts about its product and customer; what is not known has a note that says why."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct, field

from libs.contracts.lookups import MissingFact
from libs.synch.pricing import Customer, PriceLine, PriceUnknown, Product, Question, Terms, price_of
from services.availability_lookup.api import Availability, LineAnswered, Note, Price, ProductFound
from services.availability_lookup.domain import reasons
from services.availability_lookup.domain.amounts import text_of, times
from services.availability_lookup.domain.availability import availability_of
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


class LineFacts(Struct, frozen=True):
    """What is known of one line."""

    id: str
    quantity: Decimal
    product: Maybe[Product | None] | Note
    """A note says why it cannot be known which product it is; a known null that Financials has none."""
    kind: str = ""
    number: str = ""
    variant: str = ""
    unit: Maybe[str] | Note = field(default_factory=lambda: Known("", ""))
    """Empty: the card decides."""
    price_lines: Maybe[tuple[PriceLine, ...]] = field(default_factory=lambda: Unknown(""))
    own_lines: Maybe[tuple[PriceLine, ...]] = field(default_factory=lambda: Unknown(""))
    stock: Maybe[tuple[Stock, ...]] = field(default_factory=lambda: Unknown(""))
    asked: Maybe[AskedPrice] | None = None
    """Financials' own price where that is wanted."""


class Line(Struct, frozen=True):
    """A line's answer, and whether it is empty for want of somebody to ask."""

    answer: LineAnswered
    unanswered: bool = False


def unit_of(product: Product, asked: str) -> str:
    return asked or product.sales_unit or product.base_unit


def per_unit_of(product: Product, unit: str) -> Decimal | None:
    """Base units in ``unit``; null when the product has no such unit."""
    if unit == product.base_unit:
        return Decimal(1)
    found = product.units.get(unit)
    return found if found is not None and found > 0 else None


def answer_line(line: LineFacts, order: Circumstances) -> Line:
    if isinstance(line.product, Note):
        return _failed(line, line.product)
    found = ProductFound(line.kind, line.number)  # type: ignore[arg-type]  # one of the two kinds
    if isinstance(line.product, Unknown):
        # Without a kind not even the registry said which product it is.
        error = reasons.unknown("product", line.product.why)
        return _failed(line, error, found if line.kind else None, unanswered=True)
    product = line.product.value
    if product is None:
        return _failed(line, reasons.product_not_found(line.kind, line.number), found)
    if isinstance(line.unit, Note):
        return _failed(line, line.unit, found)
    if isinstance(line.unit, Unknown):
        return _failed(line, reasons.unknown("unit", line.unit.why), found, unanswered=True)
    unit = unit_of(product, line.unit.value)
    per_unit = per_unit_of(product, unit)
    if per_unit is None:
        return _failed(line, reasons.unit_unknown(product.kind, product.number, unit), found)
    if line.variant and product.kind == "item" and product.variants and line.variant not in product.variants:
        return _failed(line, reasons.variant_unknown(product.number, line.variant), found)
    notes = [Note(f"{part.fact}_missing", part.message) for part in line.product.missing]
    if product.blocked:
        notes.append(reasons.product_blocked(product.kind, product.number))
    card = Known(product, line.product.as_of, line.product.stale)
    availability, waits = None, False
    if order.stocks:
        availability, waits = _availability(line, card, (unit, per_unit), order, notes)
    price = None
    if order.prices:
        price, unpriced = _price(line, card, unit, order, notes)
        waits = waits or unpriced
    answer = LineAnswered(line.id, found, unit, text_of(line.quantity), price, availability, notes=notes, error=None)
    return Line(answer, unanswered=waits and price is None and availability is None)


def _failed(line: LineFacts, error: Note, found: ProductFound | None = None, *, unanswered: bool = False) -> Line:
    unit = line.unit.value if isinstance(line.unit, Known) else ""
    answer = LineAnswered(line.id, found, unit, text_of(line.quantity), None, None, notes=[], error=error)
    return Line(answer, unanswered)


# Availability


def _availability(
    line: LineFacts,
    card: Known[Product],
    measure: tuple[str, Decimal],
    order: Circumstances,
    notes: list[Note],
) -> tuple[Availability | None, bool]:
    """And whether it is missing for want of somebody to ask."""
    product, stock = card.value, line.stock
    if product.kind != "item":
        stock = Known((), card.as_of, card.stale)
    if isinstance(stock, Unknown):
        notes.append(reasons.unknown("availability", stock.why))
        return None, True
    missing = {part.fact: part.message for part in stock.missing}
    notes += [Note(f"{fact}_missing", message) for fact, message in missing.items()]
    if "stock" in missing:
        return None, False
    rows: Sequence[Stock] = stock.value
    if line.variant:
        rows = [row for row in rows if row.variant == line.variant]
    elif product.variants and len({row.variant for row in rows}) > 1:
        notes.append(reasons.all_variants())
    if order.location and "locations" not in missing:
        rows = [row for row in rows if row.location == order.location]
    unit, per_unit = measure
    availability = availability_of(
        product,
        rows,
        unit=unit,
        per_unit=per_unit,
        quantity=line.quantity,
        today=order.today,
        per_location=order.per_location and "locations" not in missing,
        as_of=min(stock.as_of, card.as_of),
        stale=stock.stale or card.stale,
    )
    return availability, False


# Price


def _price(
    line: LineFacts,
    card: Known[Product],
    unit: str,
    order: Circumstances,
    notes: list[Note],
) -> tuple[Price | None, bool]:
    """And whether it is missing for want of somebody to ask."""
    product = card.value
    for known in (order.customer, order.currency):
        if isinstance(known, Note):
            notes.append(reasons.unknown("price", known.message))
            return None, False
    parts = (order.customer, order.terms, line.price_lines, line.own_lines)
    for part in parts:
        if isinstance(part, Unknown):
            notes.append(reasons.unknown("price", part.why))
            return None, True
    customer, terms, price_lines, own_lines = parts
    assert isinstance(customer, Known)
    assert isinstance(terms, Known)
    assert isinstance(price_lines, Known)
    assert isinstance(own_lines, Known)
    assert isinstance(order.currency, str)
    notes += [Note(f"{part.fact}_missing", part.message) for known in (terms, price_lines) for part in known.missing]
    if terms.value is None:
        notes.append(reasons.unknown("price", "Financials did not tell its currencies."))
        return None, False
    if line.asked is not None:
        if isinstance(line.asked, Known):
            return _asked_price(line.asked, line.quantity, terms.value, order.currency, notes), False
        notes.append(Note("financials_price_unavailable", f"The price is Tandem's own. {line.asked.why}"))
    try:
        priced = price_of(
            Question(
                product=product,
                customer=customer.value,
                terms=terms.value,
                unit=unit,
                quantity=line.quantity,
                date=order.date,
                currency=order.currency,
                variant=line.variant,
                campaign=order.campaign,
            ),
            (*price_lines.value, *own_lines.value),
        )
    except PriceUnknown as error:
        notes.append(Note(error.code, error.message))
        return None, False
    times_read = [known.as_of for known in (card, customer, terms, price_lines, own_lines) if known.as_of]
    return (
        Price(
            unit_price=text_of(priced.unit_price),
            currency=order.currency or terms.value.local_currency,
            includes_vat=priced.includes_vat,
            line_discount_percent=text_of(priced.line_discount),
            line_amount=text_of(priced.line_amount(line.quantity)),
            source=reasons.source_of(priced.line, unit)
            if priced.line is not None
            else reasons.card_source(product.kind, product.number),
            discount_source=reasons.source_of(priced.discount_line, unit) if priced.discount_line is not None else None,
            as_of=min(times_read),
            stale=any(known.stale for known in (card, customer, terms, price_lines, own_lines)),
        ),
        False,
    )


def _asked_price(
    asked: Known[AskedPrice], quantity: Decimal, terms: Terms, currency: str, notes: list[Note]
) -> Price | None:
    told = asked.value
    if told.error:
        notes.append(Note("financials_refused_price", f"Financials could not price the line: {told.error}"))
        return None
    unit_price, discount = Decimal(told.unit_price), Decimal(told.line_discount or "0")
    precision = terms.precisions.get(currency)
    step = precision.amount if precision is not None else Decimal("0.01")
    whole = times(unit_price, quantity)
    amount = _rounded(whole, step) - _rounded(times(whole, discount) / 100, step)
    source = reasons.financials_source()
    return Price(
        unit_price=text_of(unit_price),
        currency=currency or terms.local_currency,
        includes_vat=told.includes_vat,
        line_discount_percent=text_of(discount),
        line_amount=text_of(amount),
        source=source,
        discount_source=source if discount else None,
        as_of=asked.as_of,
        stale=asked.stale,
    )


def _rounded(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value("ROUND_HALF_UP") * step if step else value
