"""Filters as each surface understands them."""

import pytest

from libs.contracts.pages import Condition, RecordData
from libs.dynamics.financials_tables import CONTACT, CUSTOMER, SALES_PRICE, FinancialsTable
from libs.runtime.errors import MappingInvalid
from services.financials_connector.filters import passing, split_filter
from services.financials_connector.surfaces import Surface, TablePlan, plan_on
from services.financials_connector.watermarks import changed_since, row_watermark


def a_plan(surface: Surface, table: FinancialsTable) -> TablePlan:
    plan = plan_on(surface, table, {})
    assert plan is not None
    return plan


def is_(field: str, value: object, operator: str = "eq") -> Condition:
    return Condition.model_validate({"field": field, "operator": operator, "value": value})


def a_record(**values: str) -> RecordData:
    return {"id": "1", "key": "1", "version": "", "modified_on": "", "values": dict(values)}


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        (Surface.COMPANION, "salesType eq 'Customer_x0020_Price_x0020_Group' and salesCode ne ''"),
        (Surface.PAGE_SERVICES, "Sales_Type eq 'Customer Price Group' and Sales_Code ne ''"),
    ],
)
def test_names_and_members_are_the_surfaces_own(surface: Surface, expected: str) -> None:
    conditions = [is_("Sales Type", "Customer Price Group"), is_("Sales Code", "", "ne")]
    assert split_filter(a_plan(surface, SALES_PRICE), conditions) == (expected, [])


def test_a_list_becomes_alternatives_of_one_field() -> None:
    where, _ = split_filter(a_plan(Surface.COMPANION, CUSTOMER), [is_("Blocked", [" ", "Ship"], "in")])
    assert where == "(blocked eq '_x0020_' or blocked eq 'Ship')"


def test_a_field_that_is_computed_or_shown_otherwise_is_checked_after_reading() -> None:
    conditions = [is_("Type", "Person"), is_("Customer No.", "", "ne")]
    where, here = split_filter(a_plan(Surface.API_V2, CONTACT), conditions)
    assert where == "type eq 'Person'"
    assert here == conditions[1:]
    _, here = split_filter(
        a_plan(Surface.API_V2, CUSTOMER), [is_("Currency Code", ""), is_("Payment Terms Code", "30D")]
    )
    assert [condition.field for condition in here] == ["Currency Code", "Payment Terms Code"]


def test_a_field_that_the_surface_does_not_show_makes_the_mapping_impossible() -> None:
    with pytest.raises(MappingInvalid, match="companion"):
        split_filter(a_plan(Surface.API_V2, CUSTOMER), [is_("Customer Price Group", "RETAIL")])


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        (is_("Customer No.", "", "ne"), ["C1", "C2"]),
        (is_("Customer No.", "C2"), ["C2"]),
        (is_("Customer No.", ["C1", None], "in"), ["", "C1"]),
        (is_("Customer No.", "C1", "gt"), ["C2"]),
        (is_("Customer No.", "C1", "le"), ["", "C1"]),
    ],
)
def test_conditions_checked_here_keep_what_fits(condition: Condition, kept: list[str]) -> None:
    records = [a_record(**{"Customer No.": number}) for number in ("", "C1", "C2")]
    found = passing(a_plan(Surface.API_V2, CONTACT), records, [condition])
    assert [record["values"]["Customer No."] for record in found] == kept


def test_a_row_version_reads_from_itself_on_and_only_with_the_companion() -> None:
    assert changed_since(a_plan(Surface.COMPANION, CUSTOMER), row_watermark(812)) == "systemRowVersion ge 812"
    assert changed_since(a_plan(Surface.API_V2, CUSTOMER), row_watermark(812)) == ""


def test_a_modification_time_reads_from_ten_minutes_before() -> None:
    plan = a_plan(Surface.API_V2, CUSTOMER)
    assert changed_since(plan, "2026-01-01T00:05:00.250Z") == "lastModifiedDateTime gt 2025-12-31T23:55:00.250Z"


@pytest.mark.parametrize("watermark", ["row:x", "yesterday", ""])
def test_a_watermark_that_is_none_reads_everything(watermark: str) -> None:
    assert changed_since(a_plan(Surface.COMPANION, CUSTOMER), watermark) == ""
    assert changed_since(a_plan(Surface.PAGE_SERVICES, CUSTOMER), "2026-01-01T00:05:00Z") == ""
