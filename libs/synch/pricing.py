"""What a line costs: Business Central's best price and best discount, as a pure function of the facts.

Candidates are the active lines for this product, customer, date, currency, unit, variant and quantity. Lines in the
document's currency displace those in the local one, then lines of the variant those without; what is left is converted
to the document's unit, VAT mode and currency and rounded, and the lowest net price wins. The discount is found the same
way by itself: the highest wins. Without a price line the card's price counts.

Source: Microsoft's price calculation ("Lowest Price"), both for price lists and for the older sales prices. Prices of
contacts are left out: an order in Sales names none that Financials knows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import reduce
from typing import NoReturn

from libs.synch.pricing_facts import Asset, Customer, Precision, PriceLine, Product, Rate, Source, Terms

__all__ = ["Customer", "PriceLine", "PriceUnknown", "Priced", "Product", "Question", "Terms", "price_of"]

_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
_HUNDRED = Decimal(100)
_ONE = Decimal(1)


class PriceUnknown(Exception):
    """There is no price to tell. ``code`` is stable, the message fit to show a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Question:
    """What one line costs."""

    product: Product
    customer: Customer
    """Who is billed."""
    terms: Terms
    unit: str
    quantity: Decimal
    """In ``unit``."""
    date: str
    """Document date, ISO."""
    currency: str = ""
    """Document currency; empty for the local one."""
    variant: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Priced:
    """The answer, and the lines it came from."""

    unit_price: Decimal
    """Per unit asked for, in the document's currency and VAT mode, rounded to its unit-amount precision."""
    line_discount: Decimal
    """Percent."""
    line: PriceLine | None
    """None: the price is the card's."""
    discount_line: PriceLine | None
    includes_vat: bool
    currency: str
    precision: Precision

    def line_amount(self, quantity: Decimal) -> Decimal:
        """What ``quantity`` costs with the discount off, as an order line shows it."""
        whole = _EXACT.multiply(self.unit_price, quantity)
        discount = _EXACT.divide(_EXACT.multiply(whole, self.line_discount), _HUNDRED)
        return _rounded(whole, self.precision.amount) - _rounded(discount, self.precision.amount)


def price_of(question: Question, lines: Iterable[PriceLine]) -> Priced:
    """The price of the line and its discount, from all ``lines`` that Financials has for the product.

    Lines that do not apply are passed over, so more may be given than matter. Raises :class:`PriceUnknown` for a unit
    that the product does not have, a currency without precision or rate, or VAT that is needed and not set up.
    """
    conversion = _Conversion(question)
    applying = sorted((line for line in lines if _applies(line, question, conversion)), key=lambda line: line.key)
    best, unit_price = _best_price([line for line in applying if line.sets_price], conversion)
    allowed = question.customer.allow_line_discount if best is None else best.allow_line_discount
    discount_line = None
    if allowed:
        groups = sorted(
            (line for line in question.terms.group_discounts if _applies(line, question, conversion)),
            key=lambda line: line.key,
        )
        discount_line = _best_discount([line for line in (*applying, *groups) if line.sets_discount])
    return Priced(
        unit_price=unit_price,
        line_discount=discount_line.line_discount if discount_line else Decimal(0),
        line=best,
        discount_line=discount_line,
        includes_vat=question.customer.prices_include_vat,
        currency=question.currency,
        precision=conversion.precision,
    )


# Which lines apply


def _applies(line: PriceLine, question: Question, conversion: "_Conversion") -> bool:
    quantity = question.quantity if line.unit else conversion.base_quantity
    return (
        line.currency in ("", question.currency)
        and line.unit in ("", question.unit)
        and line.variant in ("", question.variant)
        and line.minimum_quantity <= quantity
        and line.starting <= question.date
        and (not line.ending or question.date <= line.ending)
        and _is_for_product(line, question.product)
        and _SOURCES[line.source_type](line, question)
    )


def _is_for_product(line: PriceLine, product: Product) -> bool:
    if line.asset_type is Asset.ITEM_DISCOUNT_GROUP:
        return product.kind == "item" and line.asset != "" and line.asset == product.discount_group
    return line.asset_type == product.kind and line.asset == product.number


_SOURCES: dict[Source, Callable[[PriceLine, Question], bool]] = {
    Source.ALL_CUSTOMERS: lambda line, question: True,
    Source.CUSTOMER: lambda line, question: line.source == question.customer.number,
    Source.CUSTOMER_PRICE_GROUP: lambda line, question: _is(line.source, question.customer.price_group),
    Source.CUSTOMER_DISCOUNT_GROUP: lambda line, question: _is(line.source, question.customer.discount_group),
    Source.CAMPAIGN: lambda line, question: _is(line.source, question.campaign),
}


def _is(wanted: str, actual: str) -> bool:
    """A blank group or campaign is none, not one that is called blank."""
    return wanted != "" and wanted == actual


# Which of them wins


def _best_price(lines: Sequence[PriceLine], conversion: "_Conversion") -> tuple[PriceLine | None, Decimal]:
    best: PriceLine | None = None
    best_price = best_net = Decimal(0)
    for line in _not_displaced(lines):
        price = conversion.of_line(line)
        net = _EXACT.multiply(price, _HUNDRED - (line.line_discount if line.sets_discount else 0))
        if best is None or net < best_net:
            best, best_price, best_net = line, price, net
    return (best, best_price) if best is not None else (None, conversion.of_card())


def _best_discount(lines: Sequence[PriceLine]) -> PriceLine | None:
    best: PriceLine | None = None
    for line in _not_displaced(lines):
        if line.line_discount > (best.line_discount if best else 0):
            best = line
    return best


def _not_displaced(lines: Sequence[PriceLine]) -> Sequence[PriceLine]:
    in_currency = [line for line in lines if line.currency] or lines
    return [line for line in in_currency if line.variant] or in_currency


# Conversion to the document


class _Conversion:
    """Prices of lines and cards as this document would show them."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._per_unit = _quantity_per_unit(question)
        self.base_quantity = _EXACT.multiply(question.quantity, self._per_unit)
        self.precision = _precision(question)

    def of_line(self, line: PriceLine) -> Decimal:
        return self._converted(
            line.unit_price,
            per_unit=_ONE if line.unit else self._per_unit,
            local=not line.currency,
            includes_vat=line.price_includes_vat,
            vat_business_group=line.vat_business_group,
        )

    def of_card(self) -> Decimal:
        product = self._question.product
        return self._converted(
            product.unit_price,
            per_unit=self._per_unit,
            local=True,
            includes_vat=product.price_includes_vat,
            vat_business_group=product.price_vat_business_group,
        )

    def _converted(
        self, price: Decimal, *, per_unit: Decimal, local: bool, includes_vat: bool, vat_business_group: str
    ) -> Decimal:
        # Multiplied first and divided once, so that nothing is lost before the one rounding.
        question, times, by = self._question, [price, per_unit], [_ONE]
        if includes_vat and not question.customer.prices_include_vat:
            times.append(_HUNDRED)
            by.append(_HUNDRED + _vat(question, vat_business_group))
        elif question.customer.prices_include_vat and not includes_vat:
            times.append(_HUNDRED + _vat(question, question.customer.vat_business_group))
            by.append(_HUNDRED)
        if local and question.currency:
            rate = _rate(question)
            times.append(rate.amount)
            by.append(rate.local_amount)
        exact = _EXACT.divide(reduce(_EXACT.multiply, times), reduce(_EXACT.multiply, by))
        return _rounded(exact, self.precision.unit_amount)


def _quantity_per_unit(question: Question) -> Decimal:
    product = question.product
    per_unit = _ONE if question.unit == product.base_unit else product.units.get(question.unit)
    if per_unit is None or per_unit <= 0:
        _unknown(
            "unit_unknown",
            f"{product.kind.capitalize()} {product.number} has no unit of measure {question.unit or '(blank)'} "
            "in Financials.",
        )
    return per_unit


def _precision(question: Question) -> Precision:
    precision = question.terms.precisions.get(question.currency)
    if precision is None:
        _unknown("currency_unknown", f"Financials has no currency {question.currency or '(local)'}.")
    return precision


def _rate(question: Question) -> Rate:
    rate = question.terms.rate(question.currency, question.date)
    if rate is None or not rate.amount or not rate.local_amount:
        _unknown(
            "exchange_rate_missing",
            f"Financials has no exchange rate of {question.currency} for {question.date}; add one there.",
        )
    return rate


def _vat(question: Question, business_group: str) -> Decimal:
    product_group = question.product.vat_product_group
    percent = question.terms.vat.get((business_group, product_group))
    if percent is None:
        _unknown(
            "vat_unknown",
            f"Financials has no VAT posting setup for business group {business_group or '(blank)'} and product group "
            f"{product_group or '(blank)'}, which the price of {question.product.number} needs.",
        )
    return percent


def _rounded(value: Decimal, precision: Decimal) -> Decimal:
    """To the nearest multiple of ``precision``, halves away from zero."""
    if not precision:
        return value
    steps = _EXACT.divide(value, precision).to_integral_value(ROUND_HALF_UP, _EXACT)
    return _EXACT.multiply(steps, precision)


def _unknown(code: str, message: str) -> NoReturn:
    raise PriceUnknown(code, message)
