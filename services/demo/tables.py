"""Rows of both tenants by their ids, and whether a row fits a mapping's filter."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from libs.contracts.pages import Condition
from libs.dynamics.sales_tables import SALES_TABLES
from services.demo.keyboard import Row


def financials_id(row: Row) -> str:
    return str(row["SystemId"]).lower()


def sales_id(table: str) -> Callable[[Row], str]:
    """How to find the id of a row of this table (or of an option of a choice)."""
    name = "id" if "." in table else SALES_TABLES[table].id
    return lambda row: str(row[name]).lower()


def fits(row: Row, conditions: list[Condition]) -> bool:
    """Whether a row fits a filter, which is a conjunction."""
    return all(_holds(row.get(term.field), term) for term in conditions)


def _holds(value: Any, term: Condition) -> bool:
    if term.operator == "in":
        wanted = term.value if isinstance(term.value, list) else [term.value]
        return any(_same(value, one) for one in wanted)
    if term.operator in ("eq", "ne"):
        return _same(value, term.value) == (term.operator == "eq")
    left, right = _number(value), _number(term.value)
    if left is None or right is None:
        return False
    return {"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[term.operator]


def _same(value: Any, wanted: Any) -> bool:
    if wanted in (None, ""):
        return value in (None, "")
    return bool(value == wanted) or (
        isinstance(value, str) and isinstance(wanted, str) and value.lower() == wanted.lower()
    )


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
