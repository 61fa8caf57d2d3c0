"""Values of Dataverse and ours, both ways."""

import msgspec
import pytest

from libs.contracts.pages import Condition
from libs.runtime.errors import MappingInvalid
from services.sales_connector.columns import (
    LOOKUP_TARGETS,
    body_of,
    changeable,
    differs,
    filter_of,
    match_key,
    reader,
    table_named,
)

GUID = "11111111-2222-3333-4444-555555555555"
ACCOUNT = table_named("account")
CONTACT = table_named("contact")


def test_only_the_asked_columns_are_selected_under_their_wire_names():
    form = reader("account", ("name", "transactioncurrencyid"))
    assert form.select == "accountid,name,_transactioncurrencyid_value,modifiedon"
    assert form.prefer == ""


def test_a_lookup_of_several_tables_asks_which_and_names_it():
    form = reader("contact", ("parentcustomerid", "ownerid"))
    assert form.prefer == LOOKUP_TARGETS
    row = {
        "_parentcustomerid_value": GUID,
        "_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "account",
        "_ownerid_value": None,
    }
    assert form.values([row]) == [{"parentcustomerid": f"account:{GUID}", "ownerid": None}]


def test_values_are_read_in_canonical_form():
    form = reader("product", ("name", "description", "price", "quantitydecimal", "isstockitem", "defaultuomid"))
    row = {
        "name": "Bicycle",
        "description": "",
        "price": "4000.50",
        "quantitydecimal": 2,
        "isstockitem": False,
        "_defaultuomid_value": GUID,
    }
    assert form.values([row]) == [
        {
            "name": "Bicycle",
            "description": None,
            "price": "4000.5",
            "quantitydecimal": 2,
            "isstockitem": False,
            "defaultuomid": GUID,
        }
    ]


def test_records_carry_id_version_and_moment():
    row = {"accountid": GUID, "@odata.etag": 'W/"7"', "name": "A", "modifiedon": "2026-03-02T08:00:00Z"}
    assert reader("account", ("name",)).records([row]) == [
        {"id": GUID, "key": "", "version": 'W/"7"', "modified_on": "2026-03-02T08:00:00Z", "values": {"name": "A"}}
    ]


def test_an_attribute_that_is_not_in_the_catalogue_is_a_fault_of_the_mapping():
    with pytest.raises(MappingInvalid, match="nosuch"):
        reader("account", ("nosuch",))
    with pytest.raises(MappingInvalid, match="nosuch"):
        body_of(ACCOUNT, {"nosuch": 1}, creating=True)


def test_numbers_are_written_with_every_digit():
    body = body_of(table_named("product"), {"price": "0.10", "stockvolume": "12"}, creating=True)
    assert msgspec.json.encode(body) == b'{"price":0.10,"stockvolume":12}'


def test_lookups_are_bound_through_their_navigation_property():
    values = {"transactioncurrencyid": GUID, "bcbi_companyid": GUID, "ownerid": f"team:{GUID}"}
    assert body_of(ACCOUNT, values, creating=True) == {
        "transactioncurrencyid@odata.bind": f"/transactioncurrencies({GUID})",
        "bcbi_CompanyId@odata.bind": f"/bcbi_companies({GUID})",
        "ownerid@odata.bind": f"/teams({GUID})",
    }
    assert body_of(CONTACT, {"parentcustomerid": f"contact:{GUID}"}, creating=True) == {
        "parentcustomerid_contact@odata.bind": f"/contacts({GUID})"
    }


def test_an_empty_lookup_is_left_out_of_a_create_and_cleared_by_a_change():
    assert body_of(ACCOUNT, {"transactioncurrencyid": None}, creating=True) == {}
    assert body_of(ACCOUNT, {"transactioncurrencyid": None}, creating=False) == {
        "transactioncurrencyid@odata.bind": None
    }


def test_a_lookup_to_a_table_it_cannot_point_to_is_a_fault_of_the_mapping():
    with pytest.raises(MappingInvalid, match="product"):
        body_of(CONTACT, {"parentcustomerid": f"product:{GUID}"}, creating=True)


def test_what_dataverse_keeps_itself_is_not_written():
    assert body_of(table_named("productpricelevel"), {"productnumber": "1", "amount": "2"}, creating=True).keys() == {
        "amount"
    }


def test_changes_leave_out_what_only_a_create_may_say():
    values = {"pricelevelid": GUID, "amount": "2"}
    assert changeable(table_named("productpricelevel"), values) == {"amount": "2"}


def test_filters_use_wire_names_and_plain_ids():
    conditions = [
        Condition(field="bcbi_companyid", operator="in", value=[GUID, None]),
        Condition(field="ownerid", operator="eq", value=f"team:{GUID}"),
        Condition(field="statecode", operator="eq", value=0),
        Condition(field="accountid", operator="in", value=[GUID] * 3),
    ]
    assert filter_of(ACCOUNT, conditions) == (
        f"(_bcbi_companyid_value eq null or _bcbi_companyid_value eq {GUID}) and _ownerid_value eq {GUID}"
        f" and statecode eq 0 and Microsoft.Dynamics.CRM.In(PropertyName='accountid',"
        f'PropertyValues=["{GUID}","{GUID}","{GUID}"])'
    )


@pytest.mark.parametrize(
    ("wanted", "held", "answer"),
    [
        ("", None, False),
        (None, "", False),
        ("a", "a", False),
        ("a", "A", True),
        ("1.5", "1.5", False),
        (0, None, True),
        (False, None, True),
        (None, 0, True),
        ("a", None, True),
    ],
)
def test_empty_text_and_none_are_the_same_and_nothing_else_is(wanted, held, answer):
    assert differs({"x": wanted}, {"x": held}) is answer


def test_matching_compares_text_without_regard_to_case():
    assert match_key({"a": "Straße ", "b": 1}, ("a", "b")) == match_key({"a": "STRASSE", "b": 1}, ("a", "b"))
    assert match_key({"a": ""}, ("a",)) == match_key({"a": None}, ("a",))
