"""Creating, reading, changing and deleting single records over HTTP."""

import re
import uuid
from typing import Any

import pytest

from services.sandbox.faults import Fault
from tests.component.sandbox_financials.conftest import Financials


async def test_a_created_record_answers_201_with_its_address_and_its_tag(companion: Financials) -> None:
    created = await companion.ask("POST", f"{companion.company}/customers", {"number": "x1", "name": "Alpha"})

    assert created.status == 201
    record = created.json
    assert record["number"] == "X1"
    assert record["@odata.etag"].startswith('W/"')
    assert created.headers["Location"].endswith(f"/customers({record['id']})")
    assert record["@odata.context"].endswith(f"$metadata#companies({companion.world.company.id})/customers/$entity")
    found = await companion.get(f"{companion.company}/customers({record['id']})")
    assert found.json == record


async def test_a_drawn_id_is_taken_and_a_repeat_is_refused(companion: Financials) -> None:
    body = {"id": str(uuid.uuid4()), "name": "Alpha"}

    first = await companion.ask("POST", f"{companion.company}/customers", body)
    repeat = await companion.ask("POST", f"{companion.company}/customers", body)

    assert first.json["id"] == body["id"]
    assert (repeat.status, repeat.code) == (400, "Internal_EntityWithSameKeyExists")


async def test_a_key_in_use_is_refused(companion: Financials) -> None:
    answered = await companion.ask("POST", f"{companion.company}/customers", {"number": "C00001", "name": "Alpha"})

    assert (answered.status, answered.code) == (400, "Internal_EntityWithSameKeyExists")


@pytest.mark.parametrize(
    ("entity_set", "number"), [("salespeople", "SP NO. 00001"), ("customers", "C00151"), ("items", "1060")]
)
async def test_a_blank_key_is_numbered_by_the_series(companion: Financials, entity_set: str, number: str) -> None:
    answered = await companion.ask("POST", f"{companion.company}/{entity_set}", {})

    record = answered.json
    assert number in (record.get("number"), record.get("code"))


async def test_a_blank_key_without_a_series_is_refused(companion: Financials) -> None:
    answered = await companion.ask("POST", f"{companion.company}/currencies", {"description": "Nothing"})

    assert (answered.status, answered.code) == (400, "Application_FieldValidationException")


async def test_a_changed_record_answers_200_with_a_new_tag_version_and_time(companion: Financials) -> None:
    before = (await companion.get(f"{companion.company}/paymentTerms")).rows[0]
    address = f"{companion.company}/paymentTerms({before['id']})"

    changed = await companion.ask("PATCH", address, {"description": "New"}, If_Match=before["@odata.etag"])

    assert changed.status == 200
    assert changed.json["description"] == "New"
    assert changed.json["code"] == before["code"]
    assert changed.json["@odata.etag"] != before["@odata.etag"]
    assert changed.json["systemRowVersion"] > before["systemRowVersion"]
    assert changed.json["systemModifiedAt"] > before["systemModifiedAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", changed.json["systemModifiedAt"])


@pytest.mark.parametrize("tag", ["", "nonsense", 'W/"bm9uc2Vuc2U="', '"x"'])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_write_without_a_usable_tag_is_refused(companion: Financials, method: str, tag: str) -> None:
    row = companion.world.dump("Payment Terms")[0]
    headers = {"If_Match": tag} if tag else {}

    answered = await companion.ask(method, f"{companion.company}/paymentTerms({row['SystemId']})", {}, **headers)

    assert (answered.status, answered.code) == (400, "BadRequest_InvalidToken")


async def test_a_write_with_an_old_tag_is_a_conflict_and_a_star_forces_it(companion: Financials) -> None:
    before = (await companion.get(f"{companion.company}/paymentTerms")).rows[0]
    address = f"{companion.company}/paymentTerms({before['id']})"
    companion.world.change("Payment Terms", before["code"], {"Description": "Somebody else's"})

    stale = await companion.ask("PATCH", address, {"description": "Mine"}, If_Match=before["@odata.etag"])
    forced = await companion.ask("PATCH", address, {"description": "Mine"}, If_Match="*")

    assert (stale.status, stale.code) == (409, "Request_EntityChanged")
    assert (forced.status, forced.json["description"]) == (200, "Mine")


async def test_a_deleted_record_is_gone_and_in_the_deletion_log(companion: Financials) -> None:
    row = companion.world.insert("Shipping Agent", {"Code": "X", "Name": "Gone"})
    address = f"{companion.company}/shippingAgents({row['SystemId']})"

    deleted = await companion.ask("DELETE", address, If_Match="*")
    again = await companion.get(address)
    log = await companion.get(f"{companion.company}/deletions", {"$filter": "tableNumber eq 291"})

    assert (deleted.status, deleted.raw) == (204, b"")
    assert again.status == 404
    (entry,) = log.rows
    assert (entry["recordId"], entry["recordKey"]) == (row["SystemId"], "X")
    assert entry["systemRowVersion"] > row["SystemRowVersion"]


async def test_a_missing_record_is_neither_read_nor_made_by_a_change(companion: Financials) -> None:
    address = f"{companion.company}/customers({uuid.uuid4()})"

    assert (await companion.get(address)).status == 404
    assert (await companion.ask("PATCH", address, {"name": "New"}, If_Match="*")).code == "Internal_RecordNotFound"


async def test_verbs_that_do_not_fit_are_refused(companion: Financials) -> None:
    address = f"{companion.company}/customers"

    assert (await companion.ask("PATCH", address, {"name": "x"}, If_Match="*")).status == 405
    assert (await companion.ask("PUT", address, {})).code == "BadRequest_MethodNotAllowed"
    assert (await companion.ask("POST", f"{companion.company}/currencyExchangeRates", {})).status == 405
    assert (await companion.ask("POST", "", {})).status == 405
    assert (await companion.ask("DELETE", "/$metadata", If_Match="*")).status == 405


@pytest.mark.parametrize(("status", "wait"), [(502, "3"), (503, "3"), (504, None)])
async def test_a_failing_gateway_says_when_to_come_back(companion: Financials, status: int, wait: str | None) -> None:
    companion.shell.faults.add(Fault("status", side="financials", status=status, seconds=3))

    answered = await companion.get(f"{companion.company}/customers")

    assert (answered.status, answered.headers.get("Retry-After")) == (status, wait)


async def test_a_body_must_be_json(companion: Financials) -> None:
    path = f"{companion.company}/shippingAgents"

    form = await companion.ask("POST", path, b"code=A1", Content_Type="application/x-www-form-urlencoded")
    named = await companion.ask("POST", path, b'{"code": "A1"}', Content_Type="application/json;odata.metadata=none")

    assert (form.status, form.code) == (415, "BadRequest")
    assert named.status == 201


@pytest.mark.parametrize("key", ["'{id}'", "number={id}", "10000", "", "{id},{id}"])
async def test_a_key_is_a_system_id_without_quotes(companion: Financials, key: str) -> None:
    known = companion.world.dump("Customer")[0]["SystemId"]

    answered = await companion.get(f"{companion.company}/customers({key.format(id=known)})")

    assert (answered.status, answered.code) == (400, "BadRequest_InvalidRequestUrl")
    assert (await companion.get(f"{companion.company}/customers(id={known.upper()})")).status == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "x" * 101}, 400, "Application_StringExceededLength"),
        ({"name": "👩" * 51}, 400, "Application_StringExceededLength"),
        ({"currencyCode": "XXX"}, 400, "Internal_InvalidTableRelation"),
        ({"blocked": "Sometimes"}, 400, "Unknown"),
        ({"nickname": "x"}, 400, "BadRequest"),
        ({"name": 5}, 400, "BadRequest"),
        ({"creditLimitLcy": "5"}, 400, "BadRequest"),
        ({"systemRowVersion": 1}, 400, "BadRequest_InvalidOperation"),
        ({"id": "not-a-guid"}, 400, "Application_InvalidGUID"),
        (b"{", 400, "BadRequest"),
        (b"[]", 400, "BadRequest"),
        (b'{"name": "\xff"}', 400, "BadRequest"),
        (b"[" * 5000 + b"]" * 5000, 400, "BadRequest"),
    ],
)
async def test_values_that_do_not_fit_are_refused(companion: Financials, body: Any, status: int, code: str) -> None:
    before = companion.world.count("Customer")

    answered = await companion.ask("POST", f"{companion.company}/customers", body)

    assert (answered.status, answered.code) == (status, code)
    assert re.search(r"  CorrelationId:  [0-9a-f-]{36}\.$", answered.json["error"]["message"])
    assert companion.world.count("Customer") == before


async def test_calculated_fields_cannot_be_written(companion: Financials) -> None:
    row = companion.world.dump("Currency")[0]

    answered = await companion.ask(
        "PATCH", f"{companion.company}/currencies({row['SystemId']})", {"exchangeRate": 2}, If_Match="*"
    )

    assert answered.code == "BadRequest_InvalidOperation"


async def test_codes_are_upper_case_and_amounts_keep_their_decimals(companion: Financials) -> None:
    answered = await companion.ask(
        "POST",
        f"{companion.company}/customers",
        b'{"name":" x ","salespersonCode":" jo ","creditLimitLcy":1234.565,"postCode":"n1 1aa"}',
    )

    record = answered.json
    assert (record["name"], record["salespersonCode"], record["postCode"]) == (" x ", "JO", "N1 1AA")
    assert b'"creditLimitLcy":1234.57' in answered.raw


async def test_a_new_customer_gets_its_company_contact(companion: Financials) -> None:
    created = (await companion.ask("POST", f"{companion.company}/customers", {"name": "Alpha"})).json

    relation = companion.world.dump("Contact Business Relation")[-1]
    contact = companion.world.dump("Contact")[-1]
    assert (relation["No."], relation["Contact No."]) == (created["number"], contact["No."])
    assert (contact["Type"], contact["Name"], contact["Customer No."]) == ("Company", "Alpha", created["number"])


async def test_a_persons_names_make_up_the_name_and_come_from_it(companion: Financials) -> None:
    parts = {"type": "Person", "firstName": "Ada", "middleName": "King", "surname": "Lovelace"}
    whole = {"type": "Person", "name": "Grace Brewster Murray Hopper"}

    from_parts = (await companion.ask("POST", f"{companion.company}/contacts", parts)).json
    from_whole = (await companion.ask("POST", f"{companion.company}/contacts", whole)).json

    assert from_parts["name"] == "Ada King Lovelace"
    assert (from_whole["firstName"], from_whole["middleName"], from_whole["surname"]) == (
        "Grace",
        "Brewster Murray",
        "Hopper",
    )


async def test_a_renamed_record_is_renamed_where_it_is_named(companion: Financials) -> None:
    world = companion.world
    world.insert("Customer", {"No.": "RENAME", "Name": "x", "Payment Terms Code": "CM"})
    row = next(row for row in world.dump("Payment Terms") if row["Code"] == "CM")

    await companion.ask(
        "PATCH", f"{companion.company}/paymentTerms({row['SystemId']})", {"code": "MONTH"}, If_Match="*"
    )

    customer = next(row for row in world.dump("Customer") if row["No."] == "RENAME")
    assert customer["Payment Terms Code"] == "MONTH"


async def test_an_items_base_unit_becomes_one_of_its_units(companion: Financials) -> None:
    created = await companion.ask(
        "POST", f"{companion.company}/items", {"description": "x", "baseUnitOfMeasure": "BOX"}
    )

    units = await companion.get(
        f"{companion.company}/itemUnitsOfMeasure", {"$filter": f"itemNumber eq '{created.json['number']}'"}
    )
    assert [(unit["code"], unit["quantityPerUnitOfMeasure"]) for unit in units.rows] == [("BOX", 1)]


async def test_a_deleted_price_group_takes_its_prices_along(companion: Financials) -> None:
    world = companion.world
    assert any(row["Sales Code"] == "RETAIL" for row in world.dump("Sales Price"))

    world.delete("Customer Price Group", "RETAIL")

    assert not any(row["Sales Code"] == "RETAIL" for row in world.dump("Sales Price"))
    assert {entry["tableNumber"] for entry in world.company.deletions} == {6, 7002}


async def test_a_missing_permission_names_the_table(companion: Financials) -> None:
    companion.shell.denied["financials"].add(("Customer", "create"))

    refused = await companion.ask("POST", f"{companion.company}/customers", {"name": "x"})
    read = await companion.get(f"{companion.company}/customers")

    assert refused.status == 403
    assert refused.code.startswith("Authorization_")
    assert "Customer Insert" in refused.json["error"]["message"]
    assert read.status == 200


async def test_reading_intent_is_accepted_on_reads_and_refused_on_writes(companion: Financials) -> None:
    read = await companion.get(f"{companion.company}/customers", Data_Access_Intent="ReadOnly")
    write = await companion.ask("POST", f"{companion.company}/customers", {"name": "x"}, Data_Access_Intent="ReadOnly")

    assert read.status == 200
    assert write.status == 400
