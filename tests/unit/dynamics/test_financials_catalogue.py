"""The catalogue of Financials' tables agrees with itself."""

import re
from collections import Counter

import pytest

from libs.dynamics.financials_tables import FINANCIALS_QUERIES, FINANCIALS_TABLES, FinancialsTable

TABLES = list(FINANCIALS_TABLES.values())
_SEPARATORS = re.compile(r"[ \\/'\".()\-:]+")
# Controls of these pages are not called like their fields.
_NAMED_OTHERWISE = {"Price List Header"}


def by_name(table: FinancialsTable) -> str:
    return table.name


@pytest.mark.parametrize("table", TABLES, ids=by_name)
def test_names_on_a_surface_are_told_apart(table: FinancialsTable) -> None:
    for names in (
        [field.name for field in table],
        [field.companion for field in table],
        [name for field in table for name in (field.api_v2, field.api_v2_id) if name],
        [field.page for field in table if field.page],
    ):
        assert max(Counter(names).values(), default=1) == 1
    assert all(name in table for name in table.key)


@pytest.mark.parametrize("table", TABLES, ids=by_name)
def test_every_key_field_is_on_every_surface_that_goes_by_keys(table: FinancialsTable) -> None:
    if table.page_service:
        assert all(table[name].page for name in table.key)


@pytest.mark.parametrize(
    "table", [table for table in TABLES if table.lookup and table.name not in _NAMED_OTHERWISE], ids=by_name
)
def test_a_page_names_its_controls_after_their_fields(table: FinancialsTable) -> None:
    for field in table:
        if field.page:
            expected = _SEPARATORS.sub("_", field.name.replace("%", "Percent")).strip("_")
            assert field.page == expected


@pytest.mark.parametrize("table", TABLES, ids=by_name)
def test_a_field_refers_to_a_table_of_the_catalogue(table: FinancialsTable) -> None:
    assert {field.relation for field in table if field.relation} <= set(FINANCIALS_TABLES)


def test_tables_that_nothing_maps_have_no_mapped_field() -> None:
    for table in TABLES:
        if table.lookup:
            assert all(field.lookup for field in table)
            assert not table.writable
        else:
            assert not any(table[name].lookup for name in table.key)


def test_sets_pages_and_services_are_used_once() -> None:
    sets = [table.companion_set for table in TABLES] + list(FINANCIALS_QUERIES)
    for names in (
        sets,
        [table.companion_page for table in TABLES],
        [table.number for table in TABLES],
        [table.page_service for table in TABLES if table.page_service],
        [table.api_v2_set for table in TABLES if table.api_v2_set],
    ):
        assert len(set(names)) == len(names)
