"""Reads the mapping files once and shows them as the orchestrator and the console see them."""

import tomllib
from functools import cache
from importlib.resources import files

from libs.contracts.pages import Condition, Value
from libs.contracts.setup import FieldView, MappingContext, MappingView, TableView
from libs.contracts.vocabulary import Direction
from libs.synch.mapping import COMPANY_ROW, NOTHING, FieldMapping, FilterTerm, IntegrationTableMapping, mapping_from
from libs.synch.matching import can_match
from libs.synch.order import levels
from libs.synch.plan import SWITCHES, source_fields


@cache
def mappings() -> dict[str, IntegrationTableMapping]:
    """All default mappings by name, in dependency order.

    Raises ``CircularPrerequisites`` when their prerequisites run in a circle.
    """
    folder = files(__package__).joinpath("mappings")
    texts = (entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    found = {mapping.name: mapping for mapping in (mapping_from(tomllib.loads(text)) for text in texts)}
    order = levels({name: mapping.prerequisites for name, mapping in found.items()})
    return {name: found[name] for level in order for name in level}


@cache
def awaited() -> frozenset[str]:
    """Mappings whose records other mappings may wait for."""
    return frozenset(
        field.relation
        for mapping in mappings().values()
        for field in mapping.fields
        if field.clear_value_on_failed_sync
    )


def view(mapping: IntegrationTableMapping, context: MappingContext) -> MappingView:
    """The mapping with its filters resolved for the connected company."""
    mapping = mapping.with_company_column(context.company_column)
    both = mapping.direction is Direction.BIDIRECTIONAL
    sales_fields = [
        field.attribute
        for field in mapping.active_fields(SWITCHES, frozenset(context.missing_fields))
        if field.sales and field.financials and (not both or field.direction is not Direction.TO_SALES)
    ]
    financials_fields = source_fields(mapping, Direction.TO_SALES, context)
    return MappingView(
        name=mapping.name,
        title=mapping.title,
        direction=mapping.direction,
        prerequisites=[name for name in mapping.prerequisites if name in mappings()],
        synch_only_coupled=mapping.synch_only_coupled,
        kind=mapping.kind,
        financials=TableView(
            table=mapping.financials_table,
            fields=financials_fields,
            filter=conditions(mapping.financials_filter, context),
        ),
        sales=TableView(
            table=mapping.sales_table,
            fields=list(dict.fromkeys(sales_fields)),
            filter=conditions(mapping.sales_filter, context),
        ),
        can_match=can_match(mapping),
        create_unmatched=mapping.create_unmatched,
        synch_after_coupling=mapping.synch_after,
        recommendation_rule=mapping.recommendation_rule,
        update_conflict=mapping.update_conflict,
        deletion_conflict=mapping.deletion_conflict,
        interval_minutes=mapping.interval_minutes,
        inactivity_timeout_minutes=mapping.inactivity_timeout_minutes,
        fields=[_field_view(field) for field in mapping.fields if not field.derived],
    )


def _field_view(field: FieldMapping) -> FieldView:
    return FieldView(
        financials_field=field.financials,
        sales_attribute=field.sales,
        direction=field.direction,
        enabled=field.enabled and (not field.condition or field.condition in SWITCHES),
        conversion=field.conversion,
    )


def conditions(terms: tuple[FilterTerm, ...], context: MappingContext) -> list[Condition]:
    """A mapping's filter for this company."""
    found = []
    for term in terms:
        value = term.value
        if isinstance(value, list):
            if COMPANY_ROW in value and not context.company_row_id:
                # Without the company's row there is nothing to tell its records by.
                continue
            found.append(
                Condition(field=term.field, operator=term.operator, value=[_resolved(item, context) for item in value])
            )
        else:
            found.append(Condition(field=term.field, operator=term.operator, value=_resolved(value, context)))
    return found


def _resolved(value: Value, context: MappingContext) -> Value:
    return {COMPANY_ROW: context.company_row_id, NOTHING: None}.get(value, value) if isinstance(value, str) else value
