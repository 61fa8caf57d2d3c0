"""Decimal arithmetic in which nothing is rounded before the end, and Financials' way of rounding at the end."""

from decimal import ROUND_HALF_UP, Context, Decimal

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""Wide enough that a division's error lies far behind the twenty decimals that Financials keeps."""

_KEPT = Decimal(1).scaleb(-20)
_WHOLE = Decimal(1)


def rounded_to(value: Decimal, precision: Decimal) -> Decimal:
    """``value`` as a multiple of ``precision``, halves away from zero: ``Round(value, 0.05)``."""
    kept = EXACT.quantize(value, _KEPT)
    steps = EXACT.quantize(EXACT.divide(kept, precision), _WHOLE)
    return plain(EXACT.multiply(steps, precision))


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without exponent."""
    if not value:
        return Decimal(0)
    short = value.normalize(EXACT)
    return short.quantize(_WHOLE) if int(short.as_tuple().exponent) > 0 else short
