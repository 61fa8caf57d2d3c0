"""Rows of Financials as facts take their values from them, a column at a time. Pure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from libs.contracts.pages import Value
from libs.dynamics.odata import decimal_text
from services.financials_connector.lookup_readings import Reading, Rows
from services.financials_connector.rows import PageReader, Row, Surroundings


class Table:
    """Rows of one kind. A field that this surface does not show counts as blank."""

    def __init__(self, reading: Reading | None = None, around: Surroundings | None = None) -> None:
        self.rows: list[Row] = []
        self._fields = frozenset(reading.fields or reading.select) if reading is not None else frozenset[str]()
        plan = reading.plan if reading is not None else None
        self._reader = PageReader(plan, tuple(self._fields), around or Surroundings()) if plan is not None else None

    def texts(self, name: str) -> list[str]:
        """Blank is empty."""
        return ["" if value is None else str(value) for value in self.values(name)]

    def numbers(self, name: str, otherwise: str = "0") -> list[str]:
        """Decimal text; ``otherwise`` where there is none, or zero."""
        return [str(value or otherwise) for value in self.values(name)]

    def flags(self, name: str, otherwise: bool = False) -> list[bool]:
        """``otherwise`` where this surface does not tell."""
        if name not in self._fields:
            return [otherwise] * len(self.rows)
        return [bool(value) for value in self.values(name)]

    def values(self, name: str) -> Sequence[Value]:
        """As they are; null is blank."""
        if name not in self._fields:
            return [None] * len(self.rows)
        if self._reader is None:
            return [row.get(name) for row in self.rows]
        return self._reader.column(self.rows, name)


class Found(dict[Rows, Table]):
    """What was read; an empty table of what was not."""

    def __missing__(self, rows: Rows) -> Table:
        return Table()

    def add(self, more: "Found") -> None:
        for kind, table in more.items():
            if kind in self:
                self[kind].rows += table.rows
            else:
                self[kind] = table


def positive(amount: str, otherwise: str) -> str:
    return amount if Decimal(amount) > 0 else otherwise


def day(told: str) -> str:
    """A date as it travels in facts: blank is empty."""
    return "" if told.startswith("0001-") else told


def amount(value: Any) -> str:
    """Decimal text without exponent and trailing zeros; nothing is zero."""
    return decimal_text(value) or "0"


def records(**columns: Sequence[Any]) -> list[Any]:
    """Rows out of columns of one length."""
    names = tuple(columns)
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
