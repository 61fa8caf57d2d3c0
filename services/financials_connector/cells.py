"""How facts take their values from the rows of Financials. Pure."""

from collections.abc import Mapping
from decimal import Decimal

from libs.contracts.pages import Value
from libs.dynamics.odata import decimal_text

Record = Mapping[str, Value]
"""A row with the names of fields, or of properties for the companion's queries."""


def text(row: Record, name: str) -> str:
    """Blank is empty."""
    value = row.get(name)
    return "" if value is None else str(value)


def number(row: Record, name: str, otherwise: str = "0") -> str:
    """Decimal text; ``otherwise`` where there is none, or zero."""
    return str(row.get(name) or otherwise)


def positive(amount: str, otherwise: str) -> str:
    return amount if Decimal(amount) > 0 else otherwise


def day(value: Value | object) -> str:
    """A date as it travels in facts: blank is empty."""
    told = str(value or "")
    return "" if told.startswith("0001-") else told


def plain(amount: Decimal) -> str:
    """Decimal text without exponent and trailing zeros."""
    told = str(amount)
    return told if told.isdigit() else decimal_text(format(amount, "f")) or "0"
