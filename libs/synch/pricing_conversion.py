"""From the price that a line or card holds to the price in the document's unit, currency and way with VAT."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import reduce
from typing import NoReturn

from libs.synch.pricing_candidates import Question
from libs.synch.pricing_documents import Document
from libs.synch.pricing_facts import Precision, PriceLine, Rate

exact = Context(prec=60, rounding=ROUND_HALF_UP)
"""More places than any product of amounts, quantities, rates and percentages has."""

_HUNDRED = Decimal(100)
_ONE = Decimal(1)


class PriceUnknown(Exception):
    """There is no price to tell. ``code`` is stable, the message fit to show a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Conversion:
    """Prices of lines and cards as this question's document would show them."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._per_unit = _quantity_per_unit(question)
        self.base_quantity = exact.multiply(question.quantity, self._per_unit)
        self.precision = _precision(question.document)

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
        if product.kind == "resource" and self._question.document.terms.classic:
            # The older prices round a resource's price before it is multiplied by the unit.
            price = self._converted(
                product.unit_price, per_unit=_ONE, local=True, includes_vat=False, vat_business_group=""
            )
            return rounded(exact.multiply(price, self._per_unit), self.precision.unit_amount)
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
        if not price:
            return Decimal(0)
        document = self._question.document
        price = exact.multiply(price, per_unit)
        local = local and document.currency != ""
        if includes_vat or local or document.customer.prices_include_vat:
            # Multiplied first and divided once, so that nothing is lost before the one rounding.
            times, by = _factors(self._question, local, vat_business_group if includes_vat else None)
            price = exact.divide(exact.multiply(price, times), by)
        return rounded(price, self.precision.unit_amount)


def _factors(question: Question, local: bool, vat_business_group: str | None) -> tuple[Decimal, Decimal]:
    """What a price is multiplied with and divided by, on its way into the document: out of the VAT of a group where it
    includes that, into the document's, from the local currency. The same for all prices alike."""
    document, product = question.document, question.product
    alike = local, vat_business_group, product.vat_product_group
    known = document.factors.get(alike)
    if known is not None:
        return known
    times, by = [_ONE], [_ONE]
    if vat_business_group is not None:
        times.append(_HUNDRED)
        by.append(_HUNDRED + _vat(question, vat_business_group))
    if document.customer.prices_include_vat:
        times.append(_HUNDRED + _vat(question, document.customer.vat_business_group))
        by.append(_HUNDRED)
    if local:
        rates = _rates(document)
        times += [rate.amount for rate in rates]
        by += [rate.local_amount for rate in rates]
    found = reduce(exact.multiply, times), reduce(exact.multiply, by)
    document.factors[alike] = found
    return found


def rounded(value: Decimal, precision: Decimal) -> Decimal:
    """To the nearest multiple of ``precision``, halves away from zero."""
    if not precision:
        return value
    steps = exact.divide(value, precision).to_integral_value(ROUND_HALF_UP, exact)
    return exact.multiply(steps, precision)


def amount_of_line(unit_price: Decimal, discount: Decimal, quantity: Decimal, precision: Decimal) -> Decimal:
    """What an order line shows: the whole rounded, and from it the discount (percent), rounded by itself."""
    whole = rounded(exact.multiply(unit_price, quantity), precision)
    if not discount:
        return whole
    return whole - rounded(exact.divide(exact.multiply(whole, discount), _HUNDRED), precision)


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


def _precision(document: Document) -> Precision:
    precision = document.terms.precisions.get(document.currency)
    if precision is None:
        _unknown("currency_unknown", f"Financials has no currency {document.currency or '(local)'}.")
    return precision


def _rates(document: Document) -> Sequence[Rate]:
    rates = document.terms.rates_to_local(document.currency, document.date)
    if rates is None:
        _unknown(
            "exchange_rate_missing",
            f"Financials has no exchange rate of {document.currency} for {document.date}; add one there.",
        )
    return rates


def _vat(question: Question, business_group: str) -> Decimal:
    product_group = question.product.vat_product_group
    percent = question.document.terms.vat.get((business_group, product_group))
    if percent is None:
        _unknown(
            "vat_unknown",
            f"Financials has no VAT posting setup for business group {business_group or '(blank)'} and product group "
            f"{product_group or '(blank)'}, which the price of {question.product.number} needs.",
        )
    return percent


def _unknown(code: str, message: str) -> NoReturn:
    raise PriceUnknown(code, message)
