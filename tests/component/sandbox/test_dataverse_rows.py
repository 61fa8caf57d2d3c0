"""Dataverse in the sandbox: create, retrieve, update, upsert and delete of single rows."""

import uuid
from decimal import Decimal

import pytest

from tests.component.sandbox.conftest import SalesClient


async def test_creating_answers_204_with_the_address_of_the_row(sales: SalesClient) -> None:
    reply = await sales.post("accounts", {"name": "Alpha"})

    assert reply.status == 204
    assert reply.headers["OData-Version"] == "4.0"
    assert reply.headers["OData-EntityId"] == reply.headers["Location"]
    assert reply.headers["OData-EntityId"].startswith(f"{sales.root}accounts(")


async def test_creating_with_return_representation_answers_201_and_the_chosen_columns(sales: SalesClient) -> None:
    reply = await sales.post("accounts?$select=name", {"name": "Alpha"}, Prefer="return=representation")

    assert reply.status == 201
    assert reply.headers["Preference-Applied"] == "return=representation"
    assert set(reply.json()) == {"@odata.context", "@odata.etag", "name", "accountid"}
    assert reply.json()["@odata.context"] == f"{sales.root}$metadata#accounts(name)/$entity"


async def test_a_given_id_is_kept_and_a_second_row_with_it_is_a_duplicate(sales: SalesClient) -> None:
    row_id = str(uuid.uuid4())

    first = await sales.post("accounts", {"accountid": row_id, "name": "Alpha"})
    second = await sales.post("accounts", {"accountid": row_id, "name": "Alpha"})

    assert first.id == row_id
    assert (second.status, second.code) == (412, "0x80040237")


async def test_a_missing_row_is_404(sales: SalesClient) -> None:
    missing = uuid.uuid4()

    for reply in (
        await sales.get(f"accounts({missing})"),
        await sales.delete(f"accounts({missing})"),
        await sales.patch(f"accounts({missing})", {"name": "B"}, If_Match="*"),
    ):
        assert (reply.status, reply.code) == (404, "0x80040217")
        assert reply.message == f"account With Id = {missing} Does Not Exist"


async def test_patch_without_condition_creates_what_is_missing_under_the_id_of_the_address(sales: SalesClient) -> None:
    row_id = uuid.uuid4()

    created = await sales.patch(f"accounts({row_id})", {"name": "B"}, Prefer="return=representation")
    updated = await sales.patch(f"accounts({row_id})", {"name": "C"}, Prefer="return=representation")

    assert (created.status, created.json()["accountid"]) == (201, str(row_id))
    assert (updated.status, updated.json()["name"]) == (200, "C")


async def test_if_none_match_star_refuses_to_update(sales: SalesClient) -> None:
    row_id = await sales.create("accounts", {"name": "A"})

    there = await sales.patch(f"accounts({row_id})", {"name": "B"}, If_None_Match="*")
    absent = await sales.patch(f"accounts({uuid.uuid4()})", {"name": "B"}, If_None_Match="*")

    assert there.status == 412
    assert absent.status == 204


async def test_the_header_that_defeats_caches_is_no_condition(sales: SalesClient) -> None:
    row_id = await sales.create("accounts", {"name": "A"})

    assert (await sales.patch(f"accounts({row_id})", {"name": "B"}, If_None_Match="null")).status == 204
    assert (await sales.get(f"accounts({row_id})", If_None_Match="null")).status == 200


async def test_a_stale_version_is_refused_for_update_and_delete(sales: SalesClient) -> None:
    row_id = await sales.create("accounts", {"name": "A"})
    stale = (await sales.get(f"accounts({row_id})")).etag

    current = await sales.patch(f"accounts({row_id})", {"name": "B"}, If_Match=stale)
    update = await sales.patch(f"accounts({row_id})", {"name": "C"}, If_Match=stale)
    delete = await sales.delete(f"accounts({row_id})", If_Match=stale)

    assert current.status == 204
    assert (update.status, update.code) == (412, "0x80060882")
    assert (delete.status, delete.code) == (412, "0x80060882")
    assert (await sales.get(f"accounts({row_id})")).json()["name"] == "B"


async def test_a_conditional_get_of_an_unchanged_row_is_304(sales: SalesClient) -> None:
    row_id = await sales.create("accounts", {"name": "A"})
    etag = (await sales.get(f"accounts({row_id})")).etag

    assert (await sales.get(f"accounts({row_id})", If_None_Match=etag)).status == 304


async def test_versions_grow_through_the_whole_database_and_are_the_etag(sales: SalesClient) -> None:
    account = await sales.create("accounts", {"name": "A"})
    contact = await sales.create("contacts", {"lastname": "B"})

    first = (await sales.get(f"accounts({account})")).json()
    second = (await sales.get(f"contacts({contact})")).json()

    assert second["versionnumber"] > first["versionnumber"]
    assert first["@odata.etag"] == f'W/"{first["versionnumber"]}"'


async def test_the_application_is_creator_owner_and_last_to_modify(sales: SalesClient) -> None:
    row_id = await sales.create("accounts", {"name": "A"})
    row = (await sales.get(f"accounts({row_id})")).json()

    me = (await sales.get("WhoAmI")).json()["UserId"]
    assert row["_createdby_value"] == row["_modifiedby_value"] == row["_ownerid_value"] == me


@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"name": "A", "nonsense": 1}, 400, "0x80048d19"),
        ({"name": 5}, 400, "0x80048d19"),
        ({"name": "A", "creditlimit": "12"}, 400, "0x80048d19"),
        ({"name": "A", "creditonhold": 1}, 400, "0x80048d19"),
        ({"name": "A" * 161}, 400, "0x80044331"),
        ({"name": "A", "creditlimit": -1}, 400, "0x80044330"),
        ({"name": "A", "creditlimit": 10**16}, 400, "0x80040317"),
        ({"name": "A", "paymenttermscode": 99}, 400, "0x8004431A"),
        ({"telephone1": "1"}, 400, "0x80040200"),
        ({"name": ""}, 400, "0x80040200"),
        ({"name": "A", "_ownerid_value": str(uuid.uuid4())}, 400, "0x80048d19"),
        ({"name": "A", "ownerid": str(uuid.uuid4())}, 400, "0x80048d19"),
        ({"name": "A", "pricelevelid@odata.bind": "/pricelevels(1)"}, 400, "0x80048d19"),
        ({"name": "A", "defaultpricelevelid@odata.bind": f"/pricelevels({uuid.uuid4()})"}, 404, "0x80040217"),
        ({"name": "A", "defaultpricelevelid@odata.bind": f"/accounts({uuid.uuid4()})"}, 400, "0x80060888"),
        ({"name": "A", "defaultpricelevelid@odata.bind": "pricelevel"}, 400, "0x80060888"),
        ({"name": "A", "defaultpricelevelid@odata.bind": f"/nothing({uuid.uuid4()})"}, 404, "0x80060888"),
    ],
)
async def test_what_does_not_fit_is_refused_with_its_code(
    sales: SalesClient, values: dict[str, object], status: int, code: str
) -> None:
    before = sales.running.tenants.sales.count("account")

    reply = await sales.post("accounts", values)

    assert (reply.status, reply.code) == (status, code)
    assert sales.running.tenants.sales.count("account") == before


async def test_a_body_that_is_no_json_is_refused(sales: SalesClient) -> None:
    reply = await sales.post("accounts", b'{"name": ', Content_Type="application/json")

    assert (reply.status, reply.code) == (400, "0x80048d19")


async def test_numbers_keep_their_digits_and_extra_ones_are_rounded(sales: SalesClient) -> None:
    body = b'{"name": "A", "creditlimit": 90071992547409.935}'
    row_id = (await sales.post("accounts", body, Content_Type="application/json")).id

    reply = await sales.get(f"accounts({row_id})?$select=creditlimit")

    assert b'"creditlimit":90071992547409.94' in reply.body
    assert reply.json()["_transactioncurrencyid_value"] is not None


async def test_empty_text_is_kept_as_nothing(sales: SalesClient) -> None:
    row_id = await sales.create("accounts", {"name": "A", "telephone1": ""})

    assert (await sales.get(f"accounts({row_id})")).json()["telephone1"] is None


async def test_read_only_columns_are_passed_over_and_create_only_ones_stay(sales: SalesClient) -> None:
    values = {
        "currencyname": "Rupee",
        "isocurrencycode": "INR",
        "currencysymbol": "₹",
        "exchangerate": 80,
        "currencyprecision": 2,
        "versionnumber": 1,
    }
    row_id = await sales.create("transactioncurrencies", values)

    reply = await sales.patch(f"transactioncurrencies({row_id})", {"isocurrencycode": "XXX"})

    row = (await sales.get(f"transactioncurrencies({row_id})")).json()
    assert reply.status == 204
    assert row["isocurrencycode"] == "INR"
    assert row["versionnumber"] > 1


async def test_lookups_are_written_by_bind_and_emptied_by_null(sales: SalesClient) -> None:
    parent = await sales.create("accounts", {"name": "Parent"})
    contact = await sales.create(
        "contacts", {"lastname": "X", "parentcustomerid_account@odata.bind": f"/accounts({parent})"}
    )

    row = (await sales.get(f"contacts({contact})")).json()
    assert row["_parentcustomerid_value"] == parent
    assert (await sales.patch(f"contacts({contact})", {"parentcustomerid_account@odata.bind": None})).status == 204
    assert (await sales.get(f"contacts({contact})")).json()["_parentcustomerid_value"] is None


async def test_an_owner_is_a_user_or_a_team_through_one_navigation_property(sales: SalesClient) -> None:
    user = sales.running.tenants.sales.dump("systemuser")[0]
    team = sales.running.tenants.sales.dump("team")[0]
    account = await sales.create("accounts", {"name": "A", "ownerid@odata.bind": f"/teams({team['teamid']})"})

    of_team = (await sales.get(f"accounts({account})?$expand=ownerid")).json()
    await sales.patch(f"accounts({account})", {"ownerid@odata.bind": f"/systemusers({user['systemuserid']})"})
    of_user = (await sales.get(f"accounts({account})?$expand=ownerid($select=fullname)")).json()
    owner = (await sales.get(f"accounts({account})/ownerid?$select=fullname")).json()

    assert (of_team["_ownerid_value"], of_team["ownerid"]["name"]) == (team["teamid"], team["name"])
    assert of_user["ownerid"]["fullname"] == owner["fullname"] == user["fullname"]


async def test_annotations_come_on_request_only(sales: SalesClient) -> None:
    parent = await sales.create("accounts", {"name": "Parent", "paymenttermscode": 1})
    contact = await sales.create(
        "contacts", {"lastname": "X", "parentcustomerid_account@odata.bind": f"/accounts({parent})"}
    )

    plain = (await sales.get(f"contacts({contact})?$select=parentcustomerid")).json()
    full = (
        await sales.get(f"contacts({contact})?$select=_parentcustomerid_value", Prefer='odata.include-annotations="*"')
    ).json()
    account = (
        await sales.get(
            f"accounts({parent})?$select=paymenttermscode",
            Prefer='odata.include-annotations="OData.Community.Display.V1.FormattedValue"',
        )
    ).json()

    assert not [name for name in plain if "@" in name and not name.startswith("@odata.")]
    assert full["_parentcustomerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "account"
    assert (
        full["_parentcustomerid_value@Microsoft.Dynamics.CRM.associatednavigationproperty"]
        == "parentcustomerid_account"
    )
    assert full["_parentcustomerid_value@OData.Community.Display.V1.FormattedValue"] == "Parent"
    assert account["paymenttermscode@OData.Community.Display.V1.FormattedValue"] == "Net 30"


async def test_single_properties_can_be_read_set_and_emptied(sales: SalesClient) -> None:
    row_id = await sales.create("accounts", {"name": "A", "telephone1": "123"})
    place = f"accounts({row_id})/telephone1"

    assert (await sales.get(place)).json()["value"] == "123"
    assert (await sales.get(f"{place}/$value")).body == b"123"
    assert (await sales.send("PUT", place, {"value": "456"})).status == 204
    assert (await sales.get(place)).json()["value"] == "456"
    assert (await sales.delete(place)).status == 204
    assert (await sales.get(place)).status == 204


async def test_references_link_and_unlink_rows(sales: SalesClient) -> None:
    account = await sales.create("accounts", {"name": "A"})
    contact = await sales.create("contacts", {"lastname": "X"})
    place = f"accounts({account})/primarycontactid/$ref"

    assert (await sales.send("PUT", place, {"@odata.id": f"{sales.root}contacts({contact})"})).status == 204
    assert (await sales.get(f"accounts({account})/primarycontactid")).json()["contactid"] == contact
    assert (await sales.delete(place)).status == 204
    assert (await sales.get(f"accounts({account})")).json()["_primarycontactid_value"] is None


async def test_an_alternate_key_addresses_rows_once_it_is_declared(sales: SalesClient) -> None:
    refused = await sales.get("accounts(accountnumber='A1')")
    declared = await sales.post(
        "EntityDefinitions(LogicalName='account')/Keys",
        {"SchemaName": "new_Number", "KeyAttributes": ["accountnumber"]},
    )

    created = await sales.patch(
        "accounts(accountnumber='A1')?$select=name,accountnumber", {"name": "A"}, Prefer="return=representation"
    )
    duplicate = await sales.post("accounts", {"name": "B", "accountnumber": "a1"})

    assert refused.status == 400
    assert declared.status == 204
    assert (created.status, created.json()["accountnumber"]) == (201, "A1")
    assert (await sales.get("accounts(accountnumber='A1')")).json()["name"] == "A"
    assert (duplicate.status, duplicate.code) == (412, "0x80040237")


async def test_a_missing_right_is_403_and_names_the_privilege(sales: SalesClient) -> None:
    sales.running.control.deny("sales", ("account", "create"))

    refused = await sales.post("accounts", {"name": "A"})
    allowed = await sales.get("accounts?$top=1")

    assert (refused.status, refused.code) == (403, "0x80040220")
    assert "prvCreateAccount" in refused.message
    assert allowed.status == 200


async def test_unknown_sets_methods_and_versions_are_refused(sales: SalesClient) -> None:
    unknown = await sales.get("nothings")
    method = await sales.send("PUT", "accounts", {})
    version = await sales.get(f"{sales.running.details.sales_url}/api/data/v7.0/accounts")

    assert (unknown.status, unknown.code) == (404, "0x80060888")
    assert unknown.headers["OData-Version"] == "4.0"
    assert method.status == 405
    assert version.status == 501


def test_decimals_are_not_floats_in_memory(sales: SalesClient) -> None:
    rows = sales.running.tenants.sales.dump("transactioncurrency")

    assert isinstance(rows[0]["exchangerate"], Decimal)
