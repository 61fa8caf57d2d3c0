"""Exact decimals as the text that travels, and quantities in another unit."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

_EXACT = Context(prec=60)
_DECIMALS, _STEP = 5, Decimal("0.00001")
"""Financials holds quantities with five decimals."""


def text_of(value: Decimal) -> str:
    """Without exponent and trailing zeros: ``12.5``, ``0``."""
    if not value:
        return "0"
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def in_unit(base: Decimal, per_unit: Decimal, *, up: bool = False) -> str:
    """A quantity in base units, as text in units of ``per_unit``; rounded down, or up for what is taken away."""
    if per_unit == 1:
        text = text_of(base)
        _, _, decimals = text.partition(".")
        if len(decimals) <= _DECIMALS:
            return text
    quotient = _EXACT.divide(base, per_unit)
    return text_of(quotient.quantize(_STEP, ROUND_CEILING if up else ROUND_FLOOR, _EXACT))


def times(one: Decimal, other: Decimal) -> Decimal:
    return _EXACT.multiply(one, other)
