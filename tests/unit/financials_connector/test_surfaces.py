"""Which surface serves a table, and what is then missing."""

import pytest

from libs.dynamics.financials_tables import CONTACT, CURRENCY, CUSTOMER, FINANCIALS_TABLES, RESOURCE
from libs.runtime.errors import MappingInvalid
from services.financials_connector.surfaces import (
    DELETIONS,
    MODIFICATION_TIME,
    RECORD_IDS,
    Surface,
    TablePlan,
    best_surface,
    missing_parts,
    plan_on,
    table_named,
)


def plans_on(*surfaces: Surface) -> dict[str, TablePlan]:
    """Every table on the best of these surfaces that has it."""
    found: dict[str, TablePlan] = {}
    for surface in surfaces:
        for table in FINANCIALS_TABLES.values():
            plan = plan_on(surface, table, {})
            if table.name not in found and plan is not None:
                found[table.name] = plan
    return found


def test_with_the_companion_nothing_is_missing() -> None:
    assert missing_parts(plans_on(Surface.COMPANION)) == []


def test_without_the_companion_fields_and_feeds_are_named_table_by_table() -> None:
    missing = {(part.table, part.field) for part in missing_parts(plans_on(Surface.API_V2, Surface.PAGE_SERVICES))}
    assert ("Customer", "Fax No.") in missing
    assert ("Customer", "Customer Price Group") in missing
    assert ("Customer", "Payment Terms Code") not in missing, "API v2.0 shows its id"
    assert ("Contact", "Customer No.") not in missing, "it is computed"
    assert ("Currency", "Exchange Rate") not in missing, "it is computed"
    assert ("Resource", MODIFICATION_TIME) in missing
    assert ("Resource", RECORD_IDS) in missing
    assert ("Customer", MODIFICATION_TIME) not in missing
    assert ("Customer", DELETIONS) in missing


def test_a_computed_field_is_missing_when_its_source_is_not_published() -> None:
    plans = plans_on(Surface.API_V2, Surface.PAGE_SERVICES)
    del plans["Contact Business Relation"]
    missing = {(part.table, part.field): part.reason for part in missing_parts(plans)}
    assert "Contact Business Relation" in missing["Contact", "Customer No."]
    assert ("Contact Business Relation", "") in missing


def test_a_table_that_api_v2_lacks_has_no_plan_there() -> None:
    assert plan_on(Surface.API_V2, RESOURCE, {}) is None


def test_a_published_page_may_have_another_name() -> None:
    plan = plan_on(Surface.PAGE_SERVICES, RESOURCE, {"Resource": "MyResources"})
    assert plan is not None
    assert plan.service == "MyResources"


def test_api_v2_shows_the_local_currency_where_the_code_is_blank() -> None:
    plan = plan_on(Surface.API_V2, CUSTOMER, {})
    assert plan is not None
    assert plan.shows_local_currency == {"Currency Code"}
    companion = plan_on(Surface.COMPANION, CUSTOMER, {})
    assert companion is not None
    assert not companion.shows_local_currency


def test_fields_are_shown_as_they_are_or_by_id_or_computed() -> None:
    customer, contact, currency = (plan_on(Surface.API_V2, table, {}) for table in (CUSTOMER, CONTACT, CURRENCY))
    assert customer is not None and contact is not None and currency is not None
    assert customer.referred == {"Shipment Method Code": "shipmentMethodId", "Payment Terms Code": "paymentTermsId"}
    assert contact.computed == {"Customer No.": "Contact Business Relation"}
    assert contact.inputs("Customer No.") == ("Company No.",)
    assert currency.computed == {"Exchange Rate": "Currency Exchange Rate"}
    assert not customer.gives("Fax No.")


def test_the_best_surface_that_serves_anything_gives_the_connection_its_name() -> None:
    assert best_surface(plans_on(Surface.COMPANION, Surface.API_V2).values()) is Surface.COMPANION
    assert best_surface(plans_on(Surface.API_V2, Surface.PAGE_SERVICES).values()) is Surface.API_V2


def test_tables_and_fields_that_the_catalogue_does_not_have_are_mapping_errors() -> None:
    with pytest.raises(MappingInvalid):
        table_named("Vendor Ledger")
    plan = plan_on(Surface.COMPANION, CUSTOMER, {})
    assert plan is not None
    with pytest.raises(MappingInvalid) as raised:
        plan.field("Nickname")
    assert raised.value.field == "Nickname"
