"""One line's answer out of the facts about its product and customer; what is not known has a note that says why."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from msgspec import Struct

from libs.synch.pricing import Product
from services.availability_lookup.answered import Availability, LineAnswered, Note, Price, ProductFound
from services.availability_lookup.domain import reasons
from services.availability_lookup.domain.amounts import text_of
from services.availability_lookup.domain.availability import availability_of
from services.availability_lookup.domain.known import Circumstances, Known, LineFacts, ProductFacts, Unknown
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


class _Open(Struct):
    """A line whose product and unit are known, while its answer is put together."""

    line: LineFacts
    about: ProductFacts
    card: Known[Product]
    found: ProductFound
    unit: str
    per_unit: Decimal
    notes: list[Note]
    availability: Availability | None = None
    price: Price | None = None
    waits: bool = False
    """Whether something is missing for want of somebody to ask."""


def answer_lines(lines: Sequence[LineFacts], order: Circumstances) -> list[Line]:
    """Step by step for all lines: the processor is quicker at the same thing again than at a line after the other."""
    found = [_opened(line) for line in lines]
    opened = [each for each in found if isinstance(each, _Open)]
    if order.stocks:
        for each in opened:
            each.availability = _availability(each, order)
    if order.prices:
        pricing = pricing_of(order)
        for each in opened:
            each.price = _price(each, pricing)
    return [_closed(each) if isinstance(each, _Open) else each for each in found]


def _opened(line: LineFacts) -> _Open | Line:
    """A line that cannot be answered is answered at once."""
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
    told = not any(part.fact == "variants" for part in about.card.missing)
    if line.variant and product.kind == "item" and line.variant not in product.variants and (told or product.variants):
        return _failed(line, reasons.variant_unknown(product.number, line.variant), found)
    notes = reasons.missing(about.card.missing)
    if product.blocked:
        notes.append(reasons.product_blocked(product.kind, product.number))
    card: Known[Product] = about.card  # type: ignore[assignment]  # its value is not null
    return _Open(line, about, card, found, unit, per_unit, notes)


def _closed(each: _Open) -> Line:
    answer = LineAnswered(
        each.line.id,
        each.found,
        each.unit,
        text_of(each.line.quantity),
        each.price,
        each.availability,
        notes=each.notes,
        error=None,
    )
    return Line(answer, unanswered=each.waits and each.price is None and each.availability is None)


def _price(each: _Open, pricing: Pricing | Unpriced) -> Price | None:
    if isinstance(pricing, Pricing):
        priced = price_line(each.line, each.about, each.card, unit=each.unit, pricing=pricing, notes=each.notes)
    else:
        priced = pricing
    if isinstance(priced, Unpriced):
        each.notes.append(priced.note)
        each.waits = each.waits or priced.waits
        return None
    return priced


def _failed(line: LineFacts, error: Note, found: ProductFound | None = None, *, unanswered: bool = False) -> Line:
    unit = line.unit.value if isinstance(line.unit, Known) else ""
    answer = LineAnswered(line.id, found, unit, text_of(line.quantity), None, None, notes=[], error=error)
    return Line(answer, unanswered)


def _availability(each: _Open, order: Circumstances) -> Availability | None:
    line, card, stock, notes = each.line, each.card, each.about.stock, each.notes
    product = card.value
    if product.kind != "item":
        stock = Known((), card.as_of, card.stale)
    if isinstance(stock, Unknown):
        notes.append(reasons.unknown("availability", stock.why))
        each.waits = True
        return None
    missing: Collection[str] = ()
    if stock.missing:
        missing = {part.fact for part in stock.missing}
        notes += reasons.missing(stock.missing)
        if "stock" in missing:
            return None
    rows: Sequence[Stock] = stock.value
    if line.variant:
        rows = [row for row in rows if row.variant == line.variant]
    elif product.variants and len({row.variant for row in rows}) > 1:
        notes.append(reasons.all_variants())
    if order.location and "locations" not in missing:
        rows = [row for row in rows if row.location == order.location]
    return availability_of(
        product,
        rows,
        unit=each.unit,
        per_unit=each.per_unit,
        quantity=line.quantity,
        today=order.today,
        per_location=order.per_location and "locations" not in missing,
        as_of=min(stock.as_of, card.as_of),
        stale=stock.stale or card.stale,
    )
