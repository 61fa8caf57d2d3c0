"""One line's answer out of the facts about its product and customer; what is not known has a note that says why."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from msgspec import Struct

from libs.synch.pricing import Product
from services.availability_lookup.answered import Availability, LineAnswered, Note, ProductFound
from services.availability_lookup.domain import reasons
from services.availability_lookup.domain.amounts import text_of
from services.availability_lookup.domain.availability import availability_of
from services.availability_lookup.domain.known import Circumstances, Known, LineFacts, Maybe, Unknown
from services.availability_lookup.domain.prices import Pricing, Unpriced, price_line, pricing_of
from services.availability_lookup.domain.stock import Stock

_ONE = Decimal(1)


class Line(Struct, frozen=True):
    """A line's answer, and whether it is empty for want of somebody to ask."""

    answer: LineAnswered
    unanswered: bool = False


def unit_of(product: Product, asked: str) -> str:
    return asked or product.sales_unit or product.base_unit


def per_unit_of(product: Product, unit: str) -> Decimal | None:
    """Base units in ``unit``; null when the product has no such unit."""
    if unit == product.base_unit:
        return _ONE
    found = product.units.get(unit)
    return found if found is not None and found > 0 else None


def answer_lines(lines: Sequence[LineFacts], order: Circumstances) -> list[Line]:
    pricing = pricing_of(order) if order.prices else None
    return [_answer(line, order, pricing) for line in lines]


def _answer(line: LineFacts, order: Circumstances, pricing: Pricing | Unpriced | None) -> Line:
    about = line.product
    if isinstance(about, Note):
        return _failed(line, about)
    if isinstance(about, Unknown):
        # Not even the registry said which product it is.
        return _failed(line, reasons.unknown("product", about.why), unanswered=True)
    found = ProductFound(about.kind, about.number)  # type: ignore[arg-type]  # one of the two kinds
    if isinstance(about.card, Unknown):
        return _failed(line, reasons.unknown("product", about.card.why), found, unanswered=True)
    product = about.card.value
    if product is None:
        return _failed(line, reasons.product_not_found(about.kind, about.number), found)
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
    notes = reasons.missing(about.card.missing)
    if product.blocked:
        notes.append(reasons.product_blocked(product.kind, product.number))
    card: Known[Product] = about.card  # type: ignore[assignment]  # its value is not null
    availability, price, waits = None, None, False
    if order.stocks:
        availability, waits = _availability(line, about.stock, card, measure=(unit, per_unit), order=order, notes=notes)
    if pricing is not None:
        if isinstance(pricing, Pricing):
            priced = price_line(line, about, card, unit=unit, pricing=pricing, notes=notes)
        else:
            priced = pricing
        if isinstance(priced, Unpriced):
            notes.append(priced.note)
            waits = waits or priced.waits
        else:
            price = priced
    answer = LineAnswered(line.id, found, unit, text_of(line.quantity), price, availability, notes=notes, error=None)
    return Line(answer, unanswered=waits and price is None and availability is None)


def _failed(line: LineFacts, error: Note, found: ProductFound | None = None, *, unanswered: bool = False) -> Line:
    unit = line.unit.value if isinstance(line.unit, Known) else ""
    answer = LineAnswered(line.id, found, unit, text_of(line.quantity), None, None, notes=[], error=error)
    return Line(answer, unanswered)


def _availability(
    line: LineFacts,
    stock: Maybe[tuple[Stock, ...]],
    card: Known[Product],
    *,
    measure: tuple[str, Decimal],
    order: Circumstances,
    notes: list[Note],
) -> tuple[Availability | None, bool]:
    """And whether it is missing for want of somebody to ask."""
    product = card.value
    if product.kind != "item":
        stock = Known((), card.as_of, card.stale)
    if isinstance(stock, Unknown):
        notes.append(reasons.unknown("availability", stock.why))
        return None, True
    missing: Collection[str] = ()
    if stock.missing:
        missing = {part.fact for part in stock.missing}
        notes += reasons.missing(stock.missing)
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
