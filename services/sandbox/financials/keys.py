"""Primary keys: as text in messages and errors, and as tuples that sort the way Financials sorts."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from libs.dynamics.financials_tables import FINANCIALS_TABLES, FinancialsTable

Key = tuple[Any, ...]


@cache
def _maker(table: str) -> Callable[[Mapping[str, Any]], Key]:
    found = FINANCIALS_TABLES[table]
    ordinals = {name: found[name].options for name in found.key if found[name].type == "option"}
    if len(found.key) == 1:
        only = found.key[0]
        return lambda values: (values[only],)
    if not ordinals:
        return lambda values: tuple([values[name] for name in found.key])
    return lambda values: tuple(
        [ordinals[name].index(values[name]) if name in ordinals else values[name] for name in found.key]
    )


def sort_key(table: FinancialsTable, values: Mapping[str, Any]) -> Key:
    """Place of a row in the order of the primary key: options by ordinal, blank dates first."""
    return _maker(table.name)(values)


def key_text(table: FinancialsTable, values: Mapping[str, Any]) -> str:
    """Primary key as messages and errors name it: its parts joined by ``;``."""
    return ";".join(_plain(values[name]) for name in table.key)


def _plain(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
