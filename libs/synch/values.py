"""Values brought to a destination's type, length, case and precision, and to the common form of both sides.

The common form is the Sales side's, cut to what both sides can hold: text to the shorter length without trailing
blanks, upper case where either side is a code, numbers to the lower precision. Two records are equal when their common
forms are, so that what one side cannot hold is never mistaken for a change.
"""

import re
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import cache

from libs.contracts.pages import Value

# Decimal columns of both products stay below 28 digits; more digits here only keep rounding from raising.
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP)

_CANONICAL = re.compile(r"(?!-0$)-?(?:0|[1-9][0-9]*)(?:\.([0-9]*[1-9]))?")
"""Canonical decimal text; the group holds the decimals."""


@cache
def _unit(precision: int) -> Decimal:
    return Decimal(1).scaleb(-precision)


def plain(number: Decimal) -> str:
    """Canonical decimal text: no exponent, no trailing zeros, no negative zero."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def rounded(value: Value, precision: int) -> str | None:
    """``value`` as canonical decimal text, rounded half away from zero; null when it is no number."""
    canonical = _CANONICAL.fullmatch(value) if type(value) is str else None
    if canonical is not None and len(canonical[1] or "") <= precision:
        return str(value)
    try:
        number = Decimal(str(value))
        return plain(_ROUNDING.quantize(number, _unit(precision))) if number.is_finite() else None
    except InvalidOperation:
        return None


def code(value: Value, length: int = 0) -> str:
    """A code as Financials keeps it: trimmed, upper case, cut to ``length`` (0: as long as it is)."""
    text = "" if value is None else str(value).strip().upper()
    return text[:length].rstrip() if length else text


def cut(value: Value, length: int = 0) -> str:
    """Text cut to ``length`` (0: as long as it is); null is empty."""
    text = value if type(value) is str else "" if value is None else str(value)
    return text[:length] if length and len(text) > length else text


def shorter(first: int, second: int) -> int:
    """The smaller of two lengths, where 0 means unlimited."""
    return min(first, second) if first and second else first or second
