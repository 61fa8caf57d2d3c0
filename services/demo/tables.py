"""Rows of both tenants by their ids, and whether a row fits a mapping's filter."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from libs.contracts.pages import Condition
from libs.contracts.setup import MappingContext
from libs.dynamics.financials_tables import FINANCIALS_TABLES
from libs.dynamics.sales_tables import SALES_TABLES
from services.demo.keyboard import Row


def financials_id(row: Row) -> str:
    return str(row["SystemId"]).lower()


def goes_by_key(context: MappingContext, table: str) -> bool:
    """Whether the connected Financials shows no ids in this table, so that its key is what a record is known by."""
    return f"{table}.record ids" in context.missing_fields


def told_changes(context: MappingContext, table: str) -> bool:
    """Whether the connected Financials tells which records of this table were modified."""
    return f"{table}.modification time" not in context.missing_fields


def key_id(table: str) -> Callable[[Row], str]:
    """How to find the key of a row of Financials, as couplings name it where there is no id."""
    names = FINANCIALS_TABLES[table].key

    def key(row: Row) -> str:
        parts = ["" if row[name] is None else str(row[name]) for name in names]
        if len(parts) == 1:
            return parts[0]
        return ";".join(part.replace("%", "%25").replace(";", "%3B") for part in parts)

    return key


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
