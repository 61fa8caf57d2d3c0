"""Values that are copied: text, codes, numbers, flags, dates and constants."""

import sys
from typing import Any

from libs.contracts.pages import Value
from libs.synch import failures
from libs.synch.conversions.cells import MISSING, Cell, Wanted
from libs.synch.lookups import Lookups
from libs.synch.mapping import FieldMapping
from libs.synch.values import code, cut, rounded, shorter


class TextCopy:
    """Text and codes, cut to the destination; a code is trimmed and upper case."""

    __slots__ = ("_code", "_common", "_financials", "_fits_both", "_name", "_required", "_sales")

    def __init__(self, field: FieldMapping) -> None:
        self._code = field.is_code
        self._sales, self._financials = field.sales_length, field.financials_length
        self._common = shorter(self._sales, self._financials)
        self._fits_both = self._common or sys.maxsize
        self._required = field.required
        self._name = field.financials

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        if value is None or value == "":
            return self._missing() if self._required else _EMPTY_IN_SALES
        if type(value) is str and len(value) <= self._fits_both and not self._code:
            return Cell(value, value.rstrip())
        text = code(value, self._sales) if self._code else cut(value, self._sales)
        return Cell(text or None, self._comparable(text))

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        if value is None or value == "":
            return _EMPTY_IN_FINANCIALS
        if type(value) is str and len(value) <= self._fits_both and not self._code:
            return Cell(value, value.rstrip())
        text = code(value, self._financials) if self._code else cut(value, self._financials)
        return Cell(text, self._comparable(text))

    def _missing(self) -> Cell:
        return Cell(None, "", failures.value_missing(self._name))

    def _comparable(self, text: str) -> str:
        if self._common and len(text) > self._common:
            text = text[: self._common]
        return text.strip().upper() if self._code else text.rstrip()


_EMPTY_IN_SALES = Cell(None, "")
_EMPTY_IN_FINANCIALS = Cell("", "")


class NumberCopy:
    """Decimals and money, rounded half away from zero to the destination's precision; null counts as 0."""

    __slots__ = ("_common", "_field", "_financials", "_non_negative", "_sales")

    def __init__(self, field: FieldMapping) -> None:
        self._field = field
        self._sales, self._financials = field.sales_precision, field.financials_precision
        self._common = min(self._sales, self._financials)
        self._non_negative = field.non_negative

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        return self._cell(value, self._sales, self._field.financials)

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        return self._cell(value, self._financials, self._field.sales)

    def _cell(self, value: Value, precision: int, name: str) -> Cell:
        if value is None or value == "":
            return Cell("0", "0")
        if self._non_negative and str(value).startswith("-"):
            return Cell("0", "0")
        wanted = rounded(value, precision)
        if wanted is None:
            return Cell(MISSING, None, failures.not_a_number(name))
        return Cell(wanted, wanted if precision == self._common else rounded(wanted, self._common))


class AsIs:
    """Flags, dates, options: both sides have the same form."""

    __slots__ = ()

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        return Cell(value, value)

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        return Cell(value, value)


class Constant:
    """The same for every record: a value of the mapping or of the company's context."""

    __slots__ = ("_cell",)

    def __init__(self, value: Wanted) -> None:
        self._cell = Cell(value, None)

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        return self._cell

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        return self._cell


class StateOfBlocked:
    """A state or status reason of Sales that follows a flag: one value while the record of Financials is blocked,
    another while it is not. What is neither, a draft or a revision, counts as blocked."""

    __slots__ = ("_blocked", "_free")

    def __init__(self, *, free: int, blocked: int) -> None:
        self._free, self._blocked = Cell(free, free), Cell(blocked, blocked)

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        return self._blocked if value else self._free

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        return Cell(MISSING, self._free.common if value == self._free.wanted else self._blocked.common)


class NavName:
    """Name of a unit group: ``NAV`` and the code of the unit of measure."""

    __slots__ = ("_length",)

    def __init__(self, field: FieldMapping) -> None:
        self._length = field.sales_length

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        name = f"NAV {code(value)}"[: self._length]
        return Cell(name, name)

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        return Cell(MISSING, cut(value, self._length).rstrip())


class SymbolOrCode:
    """The symbol of a currency, or its code where it has none. Values are (symbol, code)."""

    __slots__ = ("_length",)

    def __init__(self, field: FieldMapping) -> None:
        self._length = field.sales_length

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        symbol, currency = value
        text = cut(symbol, self._length) or code(currency, 5)
        return Cell(text, text.rstrip())

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        return Cell(MISSING, cut(value, self._length).rstrip())
