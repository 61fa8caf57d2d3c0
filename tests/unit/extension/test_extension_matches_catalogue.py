"""The companion extension offers exactly what the catalogue promises of it."""

import json
import re
from itertools import pairwise

import pytest

from libs.dynamics.financials_tables import (
    COMPANION_GROUP,
    COMPANION_PUBLISHER,
    COMPANION_VERSION,
    DELETIONS_PAGE,
    DELETIONS_PROPERTIES,
    DELETIONS_SET,
    FEED_POSITIONS_PAGE,
    FEED_POSITIONS_PROPERTIES,
    FEED_POSITIONS_SET,
    FINANCIALS_QUERIES,
    FINANCIALS_TABLES,
    PRICING_SETUP_PAGE,
    PRICING_SETUP_PROPERTIES,
    PRICING_SETUP_SET,
    FinancialsQuery,
    FinancialsTable,
)
from tests.unit.extension.al_objects import EXTENSION, AlObject, all_objects, faults_of, nodes_of, text_of, unquoted

TABLES = list(FINANCIALS_TABLES.values())
PAGES = {page.number: page for page in all_objects() if page.kind == "page"}
FEEDS = {
    DELETIONS_PAGE: (DELETIONS_SET, "Tandem Deletion", DELETIONS_PROPERTIES),
    FEED_POSITIONS_PAGE: (FEED_POSITIONS_SET, "Company Information", FEED_POSITIONS_PROPERTIES),
    PRICING_SETUP_PAGE: (PRICING_SETUP_SET, "Sales & Receivables Setup", PRICING_SETUP_PROPERTIES),
}
QUERIES = {query.number: query for query in all_objects() if query.kind == "query"}
READ_ONLY = {"Editable": "false", "InsertAllowed": "false", "ModifyAllowed": "false", "DeleteAllowed": "false"}


def by_name(table: FinancialsTable) -> str:
    return table.name


def squeezed(code: str) -> str:
    return re.sub(r"\s+", " ", code)


@pytest.mark.parametrize("al_object", all_objects(), ids=lambda al_object: al_object.path.name)
def test_every_source_file_parses_as_al(al_object: AlObject) -> None:
    assert faults_of(al_object.root) == []


def test_every_table_of_the_catalogue_has_its_page_and_no_page_is_left_over() -> None:
    assert set(PAGES) == {table.companion_page for table in TABLES} | set(FEEDS)


@pytest.mark.parametrize("table", TABLES, ids=by_name)
def test_a_page_is_an_api_page_over_the_table_under_the_name_in_the_catalogue(table: FinancialsTable) -> None:
    page = PAGES[table.companion_page]
    assert page.properties["EntitySetName"] == table.companion_set
    assert page.properties["SourceTable"] == table.name


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.name)
def test_every_page_is_published_where_the_connector_looks_and_keyed_by_system_id(page: AlObject) -> None:
    assert (
        page.properties.items()
        >= {
            "PageType": "API",
            "APIPublisher": COMPANION_PUBLISHER,
            "APIGroup": COMPANION_GROUP,
            "APIVersion": COMPANION_VERSION,
            "ODataKeyFields": "SystemId",
            "DelayedInsert": "true",
            "Extensible": "false",
        }.items()
    )
    assert page.fields["id"] == "Rec.SystemId"


@pytest.mark.parametrize("table", TABLES, ids=by_name)
def test_the_fields_of_a_page_are_those_of_the_catalogue_in_its_order(table: FinancialsTable) -> None:
    page = PAGES[table.companion_page]
    expected = ["id", *(field.companion for field in table), "systemModifiedAt", "systemRowVersion"]
    assert list(page.fields) == expected


@pytest.mark.parametrize("table", TABLES, ids=by_name)
def test_a_stored_field_shows_the_table_field_of_that_name(table: FinancialsTable) -> None:
    page = PAGES[table.companion_page]
    for field in table:
        source = page.fields[field.companion]
        if not field.calculated or source.startswith("Rec."):
            assert unquoted(source.removeprefix("Rec.")) == field.name
    assert page.fields["systemModifiedAt"] == "Rec.SystemModifiedAt"
    assert page.fields["systemRowVersion"] == "Rec.SystemRowVersion"


@pytest.mark.parametrize("table", TABLES, ids=by_name)
def test_a_calculated_field_is_computed_for_every_record_and_cannot_be_written(table: FinancialsTable) -> None:
    page = PAGES[table.companion_page]
    triggers = {text_of(node.child_by_field_name("name")): node for node in nodes_of(page.root, "trigger_declaration")}
    for field in table:
        if not field.calculated:
            continue
        source = page.fields[field.companion]
        computed = squeezed(text_of(triggers["OnAfterGetRecord"]))
        wanted = f"Rec.CalcFields({source.removeprefix('Rec.')})" if source.startswith("Rec.") else f"{source} := "
        assert wanted in computed
        assert field.companion in page.read_only_fields


@pytest.mark.parametrize("table", [table for table in TABLES if table.writable], ids=by_name)
def test_a_writable_page_takes_the_callers_id_and_every_stored_field(table: FinancialsTable) -> None:
    page = PAGES[table.companion_page]
    [insert] = [
        squeezed(text_of(node))
        for node in nodes_of(page.root, "trigger_declaration")
        if text_of(node.child_by_field_name("name")) == "OnInsertRecord"
    ]
    assert "if IsNullGuid(Rec.SystemId) then exit(true); Rec.Insert(true, true); exit(false);" in insert
    assert not page.properties.keys() & READ_ONLY.keys()
    stored = {field.companion for field in table if not field.calculated}
    assert not page.read_only_fields & (stored | {"id"})


@pytest.mark.parametrize("table", [table for table in TABLES if not table.writable], ids=by_name)
def test_a_page_that_is_only_read_refuses_every_write(table: FinancialsTable) -> None:
    assert PAGES[table.companion_page].properties.items() >= READ_ONLY.items()


def test_a_blank_salesperson_code_is_filled_from_the_series_of_the_catalogue() -> None:
    [numbering] = [found for found in all_objects() if found.name == "Tandem Salesperson Codes"]
    assert f"'{FINANCIALS_TABLES['Salesperson/Purchaser'].number_series}'" in numbering.text
    page = PAGES[FINANCIALS_TABLES["Salesperson/Purchaser"].companion_page]
    assert 'Rec."Code" := TandemSalespersonCodes.NextCode();' in page.text


@pytest.mark.parametrize("number", FEEDS)
def test_the_feed_pages_show_their_properties_and_are_only_read(number: int) -> None:
    page = PAGES[number]
    set_name, source_table, properties = FEEDS[number]
    assert page.properties["EntitySetName"] == set_name
    assert page.properties["SourceTable"] == source_table
    assert {"id", *properties} == set(page.fields)
    assert page.properties.items() >= READ_ONLY.items()


def test_deleting_a_record_of_any_table_that_mappings_follow_is_logged() -> None:
    [log] = [found for found in all_objects() if found.name == "Tandem Deletion Log"]
    subscribed = re.findall(r"Database::(\"[^\"]+\"|\w+), 'OnAfterDeleteEvent'", log.text)
    assert [unquoted(name) for name in subscribed] == [table.name for table in TABLES if not table.lookup]
    logged = re.findall(r"LogDeletion\(Database::(\"[^\"]+\"|\w+), Rec\.SystemId", log.text)
    assert logged == subscribed


def test_every_query_of_the_catalogue_is_there_and_none_is_left_over() -> None:
    assert set(QUERIES) == {query.number for query in FINANCIALS_QUERIES.values()}


@pytest.mark.parametrize("query", FINANCIALS_QUERIES.values(), ids=lambda query: query.name)
def test_a_query_sums_the_field_of_the_catalogue_by_the_others_in_their_order(query: FinancialsQuery) -> None:
    found = QUERIES[query.number]
    expected = {
        "QueryType": "API",
        "APIPublisher": COMPANION_PUBLISHER,
        "APIGroup": COMPANION_GROUP,
        "APIVersion": COMPANION_VERSION,
        "EntitySetName": query.name,
        "DataAccessIntent": "ReadOnly",
        "OrderBy": ", ".join(f"ascending({name})" for name, _ in query.columns),
    }
    assert found.properties.items() >= expected.items()
    assert list(found.fields.items()) == [*query.columns, query.total]
    assert found.summed_fields == {query.total[0]}
    assert found.source["Table"] == query.table
    conditions = re.findall(r'("[^"]+"|\w+) = const\((\w+)\)', found.source.get("DataItemTableFilter", ""))
    assert [(unquoted(name), member) for name, member in conditions] == list(query.conditions)


@pytest.mark.parametrize("query", FINANCIALS_QUERIES.values(), ids=lambda query: query.name)
def test_a_query_rests_on_fields_of_its_table(query: FinancialsQuery) -> None:
    table = FINANCIALS_TABLES[query.table]
    assert all(name in table for _, name in (*query.columns, query.total))
    assert all(member in table[name].options for name, member in query.conditions)


def test_the_pricing_setup_tells_what_the_base_application_decides_by() -> None:
    page = PAGES[PRICING_SETUP_PAGE]
    assert f"{page.fields['usesPriceLists']} := PriceCalculationMgt.IsExtendedPriceCalculationEnabled()" in page.text


def test_the_permission_set_covers_every_table_page_query_and_codeunit() -> None:
    [permissions] = [found for found in all_objects() if found.kind == "permissionset"]
    granted = {
        (kind, unquoted(name)): rights
        for kind, name, rights in re.findall(
            r"(tabledata|page|query|codeunit|table) (\"[^\"]+\"|\w+) = (\w+)", permissions.text
        )
    }
    for table in TABLES:
        assert granted["tabledata", table.name] == ("RIMD" if table.writable else "R")
    for found in all_objects():
        if found.kind in ("page", "query", "codeunit", "table"):
            assert granted[found.kind, found.name] == "X"


def test_object_numbers_are_unique_and_lie_in_the_extensions_range() -> None:
    app = json.loads((EXTENSION / "app.json").read_text(encoding="utf-8"))
    [id_range] = app["idRanges"]
    assert app["publisher"] == "Tandem"
    numbers = sorted((found.kind, found.number) for found in all_objects())
    assert all(one != other for one, other in pairwise(numbers))
    assert all(id_range["from"] <= number <= id_range["to"] for _, number in numbers)
    assert all(len(found.name) <= 30 for found in all_objects())
