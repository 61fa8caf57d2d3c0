"""A line's price out of the facts. Who pays, in which currency and on which terms is settled once for an order."""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from libs.synch.pricing import Document, PriceUnknown, Product, Question, price_of
from libs.synch.pricing_conversion import amount_of_line
from services.availability_lookup.answered import Note, Price
from services.availability_lookup.domain import reasons
from services.availability_lookup.domain.amounts import text_of
from services.availability_lookup.domain.known import AskedPrice, Circumstances, Known, LineFacts, ProductFacts, Unknown

_CENT = Decimal("0.01")


class Pricing(Struct, frozen=True):
    """What is the same for the prices of all lines of an order."""

    document: Document
    notes: tuple[Note, ...]
    as_of: str
    """When the customer was read: the company's terms, which last, make no price older."""
    stale: bool


class Unpriced(Struct, frozen=True):
    """Why there is no price, and whether that is for want of somebody to ask."""

    note: Note
    waits: bool = False


def pricing_of(order: Circumstances) -> Pricing | Unpriced:
    for known in (order.customer, order.currency):
        if isinstance(known, Note):
            return Unpriced(reasons.unknown("price", known.message))
    for fact in (order.customer, order.terms):
        if isinstance(fact, Unknown):
            return Unpriced(reasons.unknown("price", fact.why), waits=True)
    customer, terms = order.customer, order.terms
    assert isinstance(customer, Known)
    assert isinstance(terms, Known)
    assert isinstance(order.currency, str)
    if terms.value is None:
        return Unpriced(reasons.unknown("price", "Financials did not tell its currencies."))
    return Pricing(
        document=Document(customer.value, terms.value, order.date, order.currency, order.campaign),
        notes=tuple(reasons.missing(terms.missing)),
        as_of=customer.as_of,
        stale=customer.stale or terms.stale,
    )


def price_line(
    line: LineFacts, about: ProductFacts, card: Known[Product], *, unit: str, pricing: Pricing, notes: list[Note]
) -> Price | Unpriced:
    """Notes tell what is not as it might be; those of a price that is told are added to ``notes``."""
    price_lines, own_lines = about.price_lines, about.own_lines
    if isinstance(price_lines, Unknown):
        return Unpriced(reasons.unknown("price", price_lines.why), waits=True)
    if isinstance(own_lines, Unknown):
        return Unpriced(reasons.unknown("price", own_lines.why), waits=True)
    notes += pricing.notes
    if price_lines.missing:
        notes += reasons.missing(price_lines.missing)
    if line.asked is not None:
        if isinstance(line.asked, Known):
            return _asked_price(line.asked, line.quantity, pricing)
        notes.append(Note("financials_price_unavailable", f"The price is Tandem's own. {line.asked.why}"))
    product, document = card.value, pricing.document
    question = Question(document, product, unit, line.quantity, line.variant)
    try:
        priced = price_of(question, price_lines.value + own_lines.value)
    except PriceUnknown as error:
        return Unpriced(Note(error.code, error.message))  # type: ignore[arg-type]  # its codes are among them
    if product.kind == "resource" and document.terms.classic:
        notes.append(reasons.resource_prices_not_read(product.number))
    as_of, stale = _oldest(pricing, card, price_lines, own_lines)
    return Price(
        unit_price=text_of(priced.unit_price),
        currency=document.currency or document.terms.local_currency,
        includes_vat=priced.includes_vat,
        line_discount_percent=text_of(priced.line_discount),
        line_amount=text_of(priced.line_amount(line.quantity)),
        source=reasons.source_of(priced.line)
        if priced.line is not None
        else reasons.card_source(product.kind, product.number),
        discount_source=reasons.source_of(priced.discount_line) if priced.discount_line is not None else None,
        as_of=as_of,
        stale=stale,
    )


def _oldest(pricing: Pricing, *facts: Known[Any]) -> tuple[str, bool]:
    as_of, stale = pricing.as_of, pricing.stale
    for fact in facts:
        # What holds for everybody was read by nobody.
        if fact.as_of and (fact.as_of < as_of or not as_of):
            as_of = fact.as_of
        stale = stale or fact.stale
    return as_of, stale


def _asked_price(asked: Known[AskedPrice], quantity: Decimal, pricing: Pricing) -> Price | Unpriced:
    told = asked.value
    if told.error:
        return Unpriced(Note("financials_refused_price", f"Financials could not price the line: {told.error}"))
    unit_price, discount = Decimal(told.unit_price), Decimal(told.line_discount or "0")
    document = pricing.document
    precision = document.terms.precisions.get(document.currency)
    step = precision.amount if precision is not None else _CENT
    amount = amount_of_line(unit_price, discount, quantity, step)
    source = reasons.financials_source()
    return Price(
        unit_price=text_of(unit_price),
        currency=document.currency or document.terms.local_currency,
        includes_vat=told.includes_vat,
        line_discount_percent=text_of(discount),
        line_amount=text_of(amount),
        source=source,
        discount_source=source if discount else None,
        as_of=asked.as_of,
        stale=asked.stale,
    )
