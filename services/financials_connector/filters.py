"""Splits a filter into what Business Central can evaluate and what is checked here after reading. Pure."""

import operator
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from libs.contracts.pages import Condition, RecordData, Value
from libs.contracts.vocabulary import System
from libs.dynamics.financials_tables import FinancialsField
from libs.dynamics.odata import Term, filter_text
from libs.runtime.errors import MappingInvalid
from services.financials_connector.surfaces import Surface, TablePlan
from services.financials_connector.values import encoded_name, same

_COMPARISONS = {"gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}


def split_filter(plan: TablePlan, conditions: Iterable[Condition]) -> tuple[str, list[Condition]]:
    """The ``$filter`` for the conditions that the surface can evaluate, and the others.

    Raises ``MappingInvalid`` for a field that the surface does not show at all: to leave such a condition out would
    synchronize records that the mapping excludes.
    """
    terms: list[Term] = []
    here: list[Condition] = []
    for condition in conditions:
        name = condition.field
        field = plan.field(name)
        if not plan.gives(name):
            raise MappingInvalid(
                f"The filter of {plan.table.name} needs {name}, which {plan.surface.described} does not offer: "
                "install the companion extension or change the mapping's filter.",
                field=name,
                code="mapping.filter_impossible",
                setting="TANDEM_FINANCIALS_COMPANION",
            )
        stored = name in plan.properties and not field.calculated
        if stored and name not in plan.shows_local_currency:
            terms.append(term(plan, field, condition.operator, condition.value))
        else:
            here.append(condition)
    return filter_text(terms, System.FINANCIALS), here


def term(plan: TablePlan, field: FinancialsField, comparison: str, value: Value | list[Value]) -> Term:
    """The condition with names and option members as this surface writes them."""
    wire: Any = value
    if field.type == "option":
        wire = [_member(plan, each) for each in value] if isinstance(value, list) else _member(plan, value)
    return Term(plan.properties[field.name], field.type, comparison, wire)


def passing(plan: TablePlan, records: Sequence[RecordData], conditions: Sequence[Condition]) -> list[RecordData]:
    """The records that meet conditions on fields that were computed here."""
    if not conditions:
        return list(records)
    return [
        record
        for record in records
        if all(_meets(plan.field(each.field), record["values"][each.field], each) for each in conditions)
    ]


def _member(plan: TablePlan, value: Value) -> str:
    text = " " if value is None or value == "" else str(value)
    return text if plan.surface is Surface.PAGE_SERVICES else encoded_name(text)


def _meets(field: FinancialsField, held: Value, condition: Condition) -> bool:
    wanted = condition.value
    if condition.operator == "in":
        return any(same(field, held, each) for each in (wanted if isinstance(wanted, list) else [wanted]))
    if isinstance(wanted, list):
        raise MappingInvalid(f"A filter gives {condition.operator} a list: correct the mapping.", field=field.name)
    if condition.operator in ("eq", "ne"):
        return same(field, held, wanted) is (condition.operator == "eq")
    one, other = _ordered(field, held), _ordered(field, wanted)
    return bool(_COMPARISONS[condition.operator](one, other))


def _ordered(field: FinancialsField, value: Value) -> Any:
    return Decimal(str(value or "0")) if field.type in ("decimal", "integer") else str(value or "")
