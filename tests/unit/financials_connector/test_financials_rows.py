"""Rows become records, values become bodies."""

import msgspec
import pytest

from libs.dynamics.financials_tables import CUSTOMER, FINANCIALS_TABLES, SALES_PRICE, FinancialsTable
from libs.runtime.errors import ContractBroken, Rejected
from services.financials_connector.rows import BodyWriter, PageReader, Surroundings, key_id, key_parts
from services.financials_connector.surfaces import Surface, TablePlan, plan_on

TERMS_ID = "11111111-0000-4000-8000-000000000001"
ABROAD = Surroundings("GBP", {"Payment Terms": {TERMS_ID: "30D"}}, {"Payment Terms": {"30D": TERMS_ID}})


def a_plan(surface: Surface, table: FinancialsTable) -> TablePlan:
    plan = plan_on(surface, table, {})
    assert plan is not None
    return plan


def a_customer_row(**more: object) -> dict[str, object]:
    return {
        "@odata.etag": 'W/"1"',
        "id": "22222222-0000-4000-8000-000000000001",
        "number": "C00010",
        "displayName": "Alpha",
        "currencyCode": "GBP",
        "creditLimit": "100.50",
        "paymentTermsId": TERMS_ID,
        "blocked": "_x0020_",
        "lastModifiedDateTime": "2026-01-01T08:00:00.123Z",
        **more,
    }


def test_a_row_of_api_v2_becomes_a_record_in_canonical_form() -> None:
    reader = PageReader(
        a_plan(Surface.API_V2, CUSTOMER),
        ["Name", "Currency Code", "Credit Limit (LCY)", "Payment Terms Code", "Blocked", "Fax No."],
        ABROAD,
    )
    [record] = reader.records([a_customer_row()])
    assert record == {
        "id": "22222222-0000-4000-8000-000000000001",
        "key": "C00010",
        "version": 'W/"1"',
        "modified_on": "2026-01-01T08:00:00.123Z",
        "values": {
            "Name": "Alpha",
            "Currency Code": "",
            "Credit Limit (LCY)": "100.5",
            "Payment Terms Code": "30D",
            "Blocked": " ",
        },
    }


def test_a_foreign_currency_stays_and_an_unknown_or_empty_reference_is_blank() -> None:
    reader = PageReader(a_plan(Surface.API_V2, CUSTOMER), ["Currency Code", "Payment Terms Code"], ABROAD)
    nothing = "00000000-0000-0000-0000-000000000000"
    [record] = reader.records([a_customer_row(currencyCode="EUR", paymentTermsId=nothing)])
    assert record["values"] == {"Currency Code": "EUR", "Payment Terms Code": ""}


def test_only_what_is_needed_is_asked_for_and_nothing_twice() -> None:
    reader = PageReader(a_plan(Surface.COMPANION, CUSTOMER), ["No.", "Name"], Surroundings())
    assert reader.select == ["id", "number", "name", "systemModifiedAt"]


def test_an_answer_without_a_property_that_was_asked_for_is_a_broken_contract() -> None:
    reader = PageReader(a_plan(Surface.API_V2, CUSTOMER), ["Name"], ABROAD)
    row = a_customer_row()
    del row["displayName"]
    with pytest.raises(ContractBroken, match="displayName"):
        reader.records([row])


def test_a_published_page_names_records_by_their_key() -> None:
    plan = a_plan(Surface.PAGE_SERVICES, SALES_PRICE)
    reader = PageReader(plan, ["Unit Price"], Surroundings())
    row = {
        "@odata.etag": "e",
        "Item_No": "1000;A",
        "Sales_Type": "Customer Price Group",
        "Sales_Code": "RETAIL",
        "Starting_Date": "0001-01-01",
        "Currency_Code": "EUR",
        "Variant_Code": "",
        "Unit_of_Measure_Code": "PCS",
        "Minimum_Quantity": "10.0",
        "Unit_Price": 7,
    }
    [record] = reader.records([row])
    assert record["key"] == "1000;A;Customer Price Group;RETAIL;;EUR;;PCS;10"
    assert record["id"] == "1000%3BA;Customer Price Group;RETAIL;;EUR;;PCS;10"
    assert record["modified_on"] == ""
    assert key_parts(record["id"], 8) == ["1000;A", "Customer Price Group", "RETAIL", "", "EUR", "", "PCS", "10"]


def test_a_key_survives_becoming_an_id_whatever_it_holds() -> None:
    for parts in (["A;B"], ["A;B", "50%", ""], ["%3B", ";", "x"]):
        assert key_parts(key_id(parts), len(parts)) == parts
    with pytest.raises(ContractBroken):
        key_parts("A;B", 3)


def test_fields_are_written_in_the_catalogues_order_and_with_the_surfaces_names() -> None:
    writer = BodyWriter(a_plan(Surface.API_V2, CUSTOMER), ABROAD)
    body = writer.body({"Payment Terms Code": "30D", "Credit Limit (LCY)": "10.50", "Name": 'Q"x', "Fax No.": "1"})
    assert body == b'{"displayName":"Q\\"x","paymentTermsId":"%s","creditLimit":10.50}' % TERMS_ID.encode()


def test_the_drawn_id_stands_first() -> None:
    writer = BodyWriter(a_plan(Surface.COMPANION, CUSTOMER), Surroundings())
    assert writer.body({"Name": "A"}, id="i") == b'{"id":"i","name":"A"}'


def test_calculated_fields_are_never_written() -> None:
    for table in FINANCIALS_TABLES.values():
        for surface in Surface:
            plan = plan_on(surface, table, {})
            if plan is None:
                continue
            values = {field.name: None for field in table if field.calculated}
            assert msgspec.json.decode(BodyWriter(plan, Surroundings()).body(values)) == {}


def test_a_code_without_a_record_behind_it_is_refused_by_name() -> None:
    writer = BodyWriter(a_plan(Surface.API_V2, CUSTOMER), ABROAD)
    with pytest.raises(Rejected) as raised:
        writer.body({"Payment Terms Code": "99D"})
    assert raised.value.field == "Payment Terms Code"
    assert raised.value.code == "remote.lookup_missing"


def test_an_empty_page_has_no_records() -> None:
    assert PageReader(a_plan(Surface.COMPANION, CUSTOMER), ["Name"], Surroundings()).records([]) == []
