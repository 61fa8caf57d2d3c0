"""The mapping files say what the catalogue of the reference integration says; deviations are named here."""

import json
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.vocabulary import Direction
from libs.dynamics.company_columns import BY_PREFERENCE, MICROSOFT, TANDEM, CompanyColumns
from libs.dynamics.financials_tables import FINANCIALS_TABLES
from libs.dynamics.sales_tables import CHOICES, SALES_TABLES
from libs.synch.conversions import CONVERSIONS, SKIP_RULES
from libs.synch.mapping import FieldMapping
from libs.testing.builders import a_context
from services.coupling_registry.catalogue import mappings, view

CATALOGUE: dict[str, dict[str, Any]] = {
    entry["name"]: entry
    for entry in json.loads((Path(__file__).parents[2] / "data" / "mapping_catalogue.json").read_text("utf-8"))
}
SALES_TYPES = {
    "String": "text",
    "Lookup": "lookup",
    "Money": "money",
    "Decimal": "decimal",
    "Picklist": "choice",
    "Owner": "owner",
    "EntityName": "entity_name",
}
OPTION_FIELDS_AGAINST_THEIR_TABLE = {"SHIPMENT METHOD", "SHIPPING AGENT"}
"""The reference's defaults make these fields from_sales although their tables are to_sales; its own reset mends it."""


def test_every_mapping_of_the_catalogue_is_there() -> None:
    assert set(mappings()) == set(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_mapping_has_direction_switches_and_job_values_of_the_catalogue(name: str) -> None:
    mapping, entry = mappings()[name], CATALOGUE[name]
    job = entry["scheduled_job"]

    assert mapping.title == entry["title"]
    assert mapping.direction == entry["direction"]
    assert mapping.synch_only_coupled == entry["synch_only_coupled_records"]
    assert mapping.kind == entry["coupling"]["kind"]
    assert mapping.create_unmatched == entry["coupling"]["create_new_in_case_of_no_match"]
    assert mapping.synch_after == entry["coupling"]["synch_after_match_based_coupling"]
    assert mapping.update_conflict == entry["conflict_resolution"]["update"]
    assert mapping.deletion_conflict == entry["conflict_resolution"]["deletion"]
    assert (mapping.interval_minutes, mapping.inactivity_timeout_minutes) == (
        job["interval_minutes"],
        job["inactivity_timeout_minutes"],
    )
    assert (mapping.max_attempts, mapping.rerun_delay_seconds) == (job["max_attempts"], job["rerun_delay_seconds"])
    units = {"ITEM UOM": "UNIT OF MEASURE", "RESOURCE UOM": "UNIT OF MEASURE"}
    assert list(mapping.prerequisites) == [units.get(item, item) for item in entry["prerequisites"]]


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_mapping_has_the_tables_keys_and_filters_of_the_catalogue(name: str) -> None:
    mapping, entry = mappings()[name].with_company_column(MICROSOFT.column), CATALOGUE[name]
    choice = entry["sales"].get("uid_attribute")

    assert mapping.financials_table == entry["financials"]["table"]
    assert list(mapping.financials_key) == entry["financials"]["primary_key"]
    assert mapping.sales_table == entry["sales"]["entity"] + (f".{choice}" if choice else "")
    wanted = [(term["field"], term["operator"]) for term in entry["table_filter_financials"]]
    assert [(term.field, term.operator) for term in mapping.financials_filter] == wanted
    wanted = [(term["attribute"], term["operator"]) for term in entry["table_filter_sales"]]
    there = [(term.field, term.operator) for term in mapping.sales_filter]
    # A parent's table is part of the look-up's value, so it is decided record by record.
    assert there == [term for term in wanted if term[0] != "parentcustomeridtype"]


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_mapping_has_every_field_of_the_catalogue_disabled_ones_too(name: str) -> None:
    fields = [field for field in mappings()[name].fields if not field.derived]

    assert [_facts(field) for field in fields] == [_wanted(name, entry) for entry in CATALOGUE[name]["fields"]]


def _facts(field: FieldMapping) -> dict[str, Any]:
    return {
        "financials": field.financials,
        "financials_length": field.financials_length,
        "sales": field.sales,
        "sales_type": field.sales_type if not field.wire else "choice",
        "sales_length": field.sales_length if not field.wire else 0,
        "direction": field.direction.value,
        "enabled": field.enabled,
        "validate": field.validate,
        "access": field.access,
        "not_null": field.not_null,
        "clear": field.clear_value_on_failed_sync,
        "constant": field.has_constant,
        "condition": field.condition,
        "match": field.match is not None and not field.match.name,
    }


def _wanted(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "financials": entry.get("financials_field") or "",
        "financials_length": entry.get("financials_max_length") or 0,
        "sales": entry.get("sales_attribute") or "",
        "sales_type": SALES_TYPES[entry["sales_type"]] if "sales_type" in entry else "",
        "sales_length": entry.get("sales_max_length") or 0,
        "direction": "to_sales" if name in OPTION_FIELDS_AGAINST_THEIR_TABLE else entry["direction"],
        "enabled": entry["status"] == "enabled",
        "validate": bool(entry.get("validate_financials")),
        "access": entry.get("sales_access") or "",
        "not_null": bool(entry.get("not_null")),
        "clear": bool(entry.get("clear_value_on_failed_sync")),
        "constant": "constant_value" in entry,
        "condition": entry.get("condition") or "",
        "match": bool(entry.get("use_for_match_based_coupling")),
    }


@pytest.mark.parametrize("columns", BY_PREFERENCE, ids=lambda columns: columns.prefix)
@pytest.mark.parametrize("name", CATALOGUE)
def test_fields_and_lengths_fit_the_tables_of_both_products(name: str, columns: CompanyColumns) -> None:
    mapping = mappings()[name].with_company_column(columns.column)
    financials = FINANCIALS_TABLES[mapping.financials_table]
    for field in mapping.fields:
        for source in (field.financials, *field.also):
            assert not source or source in financials, f"{name}: {source}"
        if field.financials:
            known = financials[field.financials]
            assert field.financials_type == known.type
            assert field.financials_length in (0, known.length)
            if known.type == "decimal":
                assert field.financials_precision == known.precision
        if mapping.kind == "option":
            assert mapping.sales_table in CHOICES
        elif field.sales and not field.implied_by:
            attribute = SALES_TABLES[mapping.sales_table][field.sales]
            assert field.sales_length in (0, attribute.length)
            if attribute.type in ("decimal", "money"):
                # Rates are rounded to ten places, although their column holds twelve.
                kept = 10 if field.conversion == "exchange_rate" else attribute.precision
                assert field.sales_precision == kept <= attribute.precision


@pytest.mark.parametrize("name", CATALOGUE)
def test_conversions_relations_and_rules_exist(name: str) -> None:
    mapping = mappings()[name]

    assert {field.conversion for field in mapping.fields if field.conversion} - set(CONVERSIONS) <= {
        "unit_of_measure_to_uom"  # Belongs to unit groups, which are off.
    }
    assert {field.relation for field in mapping.fields if field.relation} <= set(mappings())
    assert set(mapping.skip_rules) <= set(SKIP_RULES)


def test_mappings_come_after_their_prerequisites() -> None:
    names = list(mappings())

    for mapping in mappings().values():
        for prerequisite in mapping.prerequisites:
            assert prerequisite not in names or names.index(prerequisite) < names.index(mapping.name)


def test_a_view_names_what_is_read_of_either_side_for_this_company() -> None:
    shown = view(mappings()["CUSTOMER"], a_context(missing_fields=["Customer.Contact"]))

    assert "Primary Contact No." in shown.financials.fields
    assert "Contact" not in shown.financials.fields
    assert "creditlimit" not in shown.sales.fields
    assert {term.field: term.value for term in shown.sales.filter}["bcbi_companyid"] == [
        a_context().company_row_id,
        None,
    ]
    assert TANDEM.column not in {term.field for term in shown.sales.filter}
    assert [term.value for term in shown.financials.filter] == [" "]
    assert shown.prerequisites == ["SALESPEOPLE", "CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT"]
    assert {field.sales_attribute for field in shown.fields if not field.enabled} == {"accountnumber", "telephone2"}


def test_a_view_of_prices_reads_what_decides_whether_sales_can_hold_them() -> None:
    shown = view(mappings()["SALESPRC-PRODPRICE"], a_context())

    assert {"Minimum Quantity", "Starting Date", "Ending Date", "Variant Code"} <= set(shown.financials.fields)
    assert shown.direction is Direction.TO_SALES


@pytest.mark.parametrize("name", CATALOGUE)
def test_an_organization_with_tandems_own_columns_sees_them_wherever_microsofts_would_be(name: str) -> None:
    ours = view(mappings()[name], a_context(company_column=TANDEM.column)).model_dump_json()
    microsofts = view(mappings()[name], a_context()).model_dump_json()

    assert ours == microsofts.replace(MICROSOFT.column, TANDEM.column)
