"""How a page is written, request by request."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from libs.dynamics.failures import OutcomeUnknown
from libs.dynamics.session import Request, Response
from libs.dynamics.throttle import Gate
from libs.runtime.errors import AccessDenied, ContractBroken, Unavailable
from libs.testing.scripted_session import ScriptedSession, Step, a_refusal, an_answer
from libs.testing.suites.connector_pieces import a_write
from services.sales_connector.dataverse import Dataverse
from services.sales_connector.writing import write_page

ID = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"


def a_dataverse(*steps: Step) -> tuple[Dataverse, ScriptedSession]:
    session = ScriptedSession(*steps)
    return Dataverse(session, "https://org.example", Gate("Dynamics 365 Sales", 4)), session


def a_batch_answer(*parts: tuple[int, Any]) -> Response:
    pieces = []
    for status, body in parts:
        content = b"" if body is None else msgspec.json.encode(body)
        pieces.append(
            b"--r\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 %d X\r\nOData-Version: 4.0\r\n\r\n%s\r\n"
            % (status, content)
        )
    return Response(200, {"content-type": "multipart/mixed; boundary=r"}, b"".join(pieces) + b"--r--\r\n")


def an_error(code: str, message: str = "no") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def payload(request: Request) -> Any:
    return msgspec.json.decode(request.body)


def expect(check: Callable[[Request], bool], response: Response) -> Callable[[Request], Response]:
    def step(request: Request) -> Response:
        assert check(request), request
        return response

    return step


async def test_creates_of_a_table_with_bulk_messages_are_one_request():
    dataverse, session = a_dataverse(an_answer({"Ids": [ID, OTHER]}))
    writes = [a_write("create", row, {"name": row[:2], "creditlimit": "1.50"}) for row in (ID, OTHER)]
    outcomes = await write_page(dataverse, "account", writes, [])
    assert [(outcome["status"], outcome["version"]) for outcome in outcomes] == [("created", "")] * 2
    [request] = session.requests
    assert request.url == "https://org.example/api/data/v9.2/accounts/Microsoft.Dynamics.CRM.CreateMultiple"
    assert payload(request)["Targets"][0] == {
        "@odata.type": "Microsoft.Dynamics.CRM.account",
        "name": "11",
        "creditlimit": 1.5,
        "accountid": ID,
    }


async def test_a_refused_bulk_message_is_sent_again_one_by_one():
    dataverse, session = a_dataverse(
        a_refusal(400, "0x80044331", "'name' is too long"),
        a_batch_answer(
            (201, {"@odata.etag": 'W/"5"', "accountid": ID}),
            (400, an_error("0x80044331", "The length of the 'name' attribute exceeded 160.")),
        ),
    )
    outcomes = await write_page(
        dataverse, "account", [a_write("create", row, {"name": "x"}) for row in (ID, OTHER)], []
    )
    assert [outcome["status"] for outcome in outcomes] == ["created", "refused"]
    assert outcomes[0]["version"] == 'W/"5"'
    assert outcomes[1]["error"]["field"] == "name"
    assert outcomes[1]["error"]["code"] == "remote.value_too_long"
    assert session.requests[1].headers["Prefer"] == "odata.continue-on-error"


async def test_a_page_goes_in_several_bulk_messages_and_only_a_refused_one_is_sent_again_one_by_one():
    culprit = 150

    def answered(request: Request) -> Response:
        if request.url.endswith("$batch"):
            refused = (400, an_error("0x80044331", "The length of the 'name' attribute exceeded 160."))
            names = [part.partition(b'"')[0].decode() for part in request.body.split(b'{"name":"')[1:]]
            return a_batch_answer(*(refused if name == str(culprit) else (201, {}) for name in names))
        targets = payload(request)["Targets"]
        if any(target["name"] == str(culprit) for target in targets):
            return a_refusal(400, "0x80044331", "'name' is too long")
        return an_answer({"Ids": []})

    dataverse, session = a_dataverse(*[answered] * 5)
    writes = [a_write("create", str(uuid4()), {"name": str(number)}) for number in range(250)]
    outcomes = await write_page(dataverse, "account", writes, [])
    assert [index for index, outcome in enumerate(outcomes) if outcome["status"] != "created"] == [culprit]
    sizes = [len(payload(request)["Targets"]) for request in session.requests if "$batch" not in request.url]
    assert sizes == [100, 100, 50]


async def test_of_a_refused_bulk_message_only_records_that_break_a_known_limit_go_one_by_one():
    def answered(request: Request) -> Response:
        if request.url.endswith("$batch"):
            assert request.body.count(b"HTTP/1.1") == 2
            return a_batch_answer(*[(400, an_error("0x80044330", "'creditlimit' is outside the valid range."))] * 2)
        if any(target["creditlimit"] < 0 or len(target["name"]) > 160 for target in payload(request)["Targets"]):
            return a_refusal(400, "0x80044330", "'creditlimit' is outside the valid range.")
        return an_answer({"Ids": []})

    dataverse, session = a_dataverse(*[answered] * 3)
    writes = [a_write("create", str(uuid4()), {"name": "A", "creditlimit": "10"}) for _ in range(40)]
    writes[7]["values"]["creditlimit"] = "-0.01"
    writes[31]["values"]["name"] = "A" * 161
    outcomes = await write_page(dataverse, "account", writes, [])
    assert [index for index, outcome in enumerate(outcomes) if outcome["status"] == "refused"] == [7, 31]
    assert {outcome["status"] for outcome in outcomes} == {"created", "refused"}
    assert len(session.requests) == 3


async def test_a_repeated_bulk_create_reads_what_is_there_and_creates_the_rest():
    dataverse, session = a_dataverse(
        a_refusal(412, "0x80040237"),
        an_answer({"value": [{"accountid": ID, "@odata.etag": 'W/"7"'}]}),
        an_answer({"Ids": [OTHER]}),
    )
    outcomes = await write_page(
        dataverse, "account", [a_write("create", row, {"name": "x"}) for row in (ID, OTHER)], []
    )
    assert [(outcome["status"], outcome["version"]) for outcome in outcomes] == [("created", 'W/"7"'), ("created", "")]
    assert [target["accountid"] for target in payload(session.requests[2])["Targets"]] == [OTHER]


async def test_a_permission_that_everybody_lacks_fails_the_message():
    dataverse, _ = a_dataverse(a_refusal(403, "0x80040220", "prvCreateAccount"))
    with pytest.raises(AccessDenied) as caught:
        await write_page(dataverse, "account", [a_write("create", ID, {"name": "x"})], [])
    assert caught.value.remote_message == "prvCreateAccount"


async def test_a_gateway_that_gives_no_answer_leaves_the_outcome_open():
    dataverse, _ = a_dataverse(an_answer(None, 504))
    with pytest.raises(Unavailable):
        await write_page(dataverse, "account", [a_write("create", ID, {"name": "x"})], [])


async def test_an_overloaded_part_of_a_batch_fails_the_message_not_the_record():
    dataverse, _ = a_dataverse(a_batch_answer((503, None)))
    with pytest.raises(Unavailable):
        await write_page(dataverse, "uom", [a_write("create", ID, {"name": "x"})], [])


async def test_a_batch_answer_that_lacks_parts_is_an_open_outcome():
    dataverse, _ = a_dataverse(a_batch_answer((204, None)))
    with pytest.raises(Unavailable):
        await write_page(dataverse, "uom", [a_write("create", row, {"name": "x"}) for row in (ID, OTHER)], [])


async def test_a_batch_answer_that_was_cut_off_is_an_open_outcome():
    whole = a_batch_answer((204, None))
    dataverse, _ = a_dataverse(Response(200, whole.headers, whole.body[:-8]))
    with pytest.raises(OutcomeUnknown):
        await write_page(dataverse, "uom", [a_write("create", ID, {"name": "x"})], [])


async def test_an_update_whose_lookup_points_to_nothing_is_refused_and_not_gone():
    dataverse, _ = a_dataverse(
        a_batch_answer((404, an_error("0x80040217", "pricelevel With Id = 1 Does Not Exist"))),
        an_answer({"value": [{"accountid": ID, "@odata.etag": 'W/"7"', "_defaultpricelevelid_value": None}]}),
    )
    [outcome] = await write_page(dataverse, "account", [a_write("update", ID, {"defaultpricelevelid": OTHER})], [])
    assert outcome["status"] == "refused"
    assert outcome["error"]["code"] == "remote.lookup_missing"


async def test_children_and_final_values_follow_in_that_order():
    child = {
        "table": "productpricelevel",
        "id": OTHER,
        "values": {"pricelevelid": OTHER, "productid": ID, "amount": "5"},
        "match": {"pricelevelid": OTHER, "productid": ID},
    }
    write = a_write(
        "create", ID, {"productnumber": "1"}, children=[child], final_values={"statecode": 0, "statuscode": 1}
    )
    dataverse, session = a_dataverse(
        an_answer({"Ids": [ID]}), a_batch_answer((201, {"@odata.etag": 'W/"9"'})), an_answer(None, 204)
    )
    [outcome] = await write_page(dataverse, "product", [write], [])
    assert outcome["status"] == "created"
    assert b"PATCH /api/data/v9.2/productpricelevels(" in session.requests[1].body
    assert b"If-Match" not in session.requests[1].body
    assert payload(session.requests[2])["Targets"] == [
        {"@odata.type": "Microsoft.Dynamics.CRM.product", "productid": ID, "statecode": 0, "statuscode": 1}
    ]


async def test_a_child_that_exists_under_another_id_is_found_and_changed():
    match = {"pricelevelid": OTHER, "productid": ID, "uomid": OTHER}
    child = {"table": "productpricelevel", "id": str(uuid4()), "values": {**match, "amount": "5"}, "match": match}
    row = {
        "productpricelevelid": "existing",
        "@odata.etag": 'W/"1"',
        "_pricelevelid_value": OTHER,
        "_productid_value": ID,
        "_uomid_value": OTHER,
    }
    dataverse, session = a_dataverse(
        a_batch_answer((400, an_error("0x80043b08"))),
        an_answer({"value": [row]}),
        a_batch_answer((200, {"@odata.etag": 'W/"2"'})),
    )
    [outcome] = await write_page(dataverse, "product", [a_write("update", ID, {}, children=[child])], [])
    assert outcome["status"] == "updated"
    assert b"productpricelevels(existing)" in session.requests[2].body
    assert b"pricelevelid@odata.bind" not in session.requests[2].body
    assert b"If-Match: *" in session.requests[2].body


async def test_a_refused_child_refuses_its_record_only():
    def a_child(id: str) -> dict[str, Any]:
        return {"table": "productpricelevel", "id": id, "values": {"amount": "5"}, "match": {}}

    dataverse, _ = a_dataverse(
        a_batch_answer((400, an_error("0x80044330", "amount is out of range")), (204, None)),
    )
    writes = [a_write("update", row, {}, children=[a_child(row)]) for row in (ID, OTHER)]
    outcomes = await write_page(dataverse, "product", writes, [])
    assert [outcome["status"] for outcome in outcomes] == ["refused", "updated"]
    assert outcomes[0]["error"]["field"] == "amount"


async def test_refused_final_values_are_tried_one_by_one():
    dataverse, _ = a_dataverse(
        a_refusal(400, "0x80048408"),
        a_batch_answer((400, an_error("0x80048408")), (204, None)),
    )
    writes = [a_write("update", row, {}, final_values={"statecode": 0}) for row in (ID, OTHER)]
    outcomes = await write_page(dataverse, "product", writes, [])
    assert [outcome["status"] for outcome in outcomes] == ["refused", "updated"]


async def test_facts_are_taken_from_what_was_written_or_read():
    dataverse, session = a_dataverse(
        an_answer({"Ids": [ID]}),
        an_answer({"value": [{"uomid": OTHER, "name": "PCS", "isschedulebaseuom": True, "_uomscheduleid_value": ID}]}),
    )
    write = a_write("create", ID, {"name": "NAV PCS", "baseuomname": "PCS"})
    [outcome] = await write_page(dataverse, "uomschedule", [write], ["baseuomid", "name"])
    assert outcome["facts"] == {"baseuomid": OTHER, "name": "NAV PCS"}
    assert session.finished


async def test_a_next_link_that_leads_elsewhere_is_not_followed():
    dataverse, session = a_dataverse()
    with pytest.raises(ContractBroken):
        await dataverse.get("https://elsewhere.example/api/data/v9.2/accounts?$skiptoken=1")
    assert session.requests == []


async def test_a_read_with_a_very_long_url_travels_in_a_batch():
    ids = [str(uuid4()) for _ in range(1000)]

    def answer(request: Request) -> Response:
        assert request.url.endswith("/$batch") and request.repeatable
        asked = [row for row in ids if row.encode() in request.body]
        return a_batch_answer((200, {"value": [{"accountid": row, "@odata.etag": 'W/"1"'} for row in asked]}))

    dataverse, session = a_dataverse(answer, answer)
    writes = [a_write("compare", row, {"name": None}) for row in ids]
    outcomes = await write_page(dataverse, "account", writes, [])
    assert {outcome["status"] for outcome in outcomes} == {"equal"}
    assert session.finished


async def test_the_environment_may_suggest_more_requests_at_once_but_not_fewer():
    limits = []
    gate = Gate("Dynamics 365 Sales", 4)
    session = ScriptedSession(*[an_answer({"value": []}, x_ms_dop_hint=hint) for hint in ("6", "12", "2")])
    dataverse = Dataverse(session, "https://org.example", gate, most_at_once=10)
    for _ in range(3):
        await dataverse.get("accounts")
        limits.append(gate.state.limit)
    assert limits == [6, 10, 4]


async def test_a_refusal_names_the_field_but_not_the_value():
    words = "The value 'Anna Weber, Hafenweg 3' of 'address1_line1' is refused for C0010."
    dataverse, _ = a_dataverse(a_batch_answer((400, an_error("0x80040203", words))))
    values = {"name": "x", "address1_line1": "Anna Weber, Hafenweg 3"}
    [outcome] = await write_page(dataverse, "account", [a_write("update", ID, values)], [])
    assert outcome["error"]["field"] == "address1_line1"
    assert outcome["error"]["remote_message"] == "The value '…' of 'address1_line1' is refused for C0010."


async def test_the_value_of_a_refused_child_is_not_told_either():
    child = {"table": "productpricelevel", "id": OTHER, "values": {"amount": "1234.5"}, "match": {}}
    write = a_write("create", ID, {"name": "Bicycle"}, children=[child])
    dataverse, _ = a_dataverse(
        an_answer({"Ids": [ID]}),
        a_batch_answer((400, an_error("0x80040203", "The amount 1234.5 of Bicycle is wrong."))),
    )
    [outcome] = await write_page(dataverse, "product", [write], [])
    assert outcome["status"] == "refused"
    assert outcome["error"]["remote_message"] == "The amount … of … is wrong."


async def test_words_that_a_whole_batch_is_refused_with_are_not_told():
    # A plug-in that fails at every contact may quote each one's name, and words of many are not searched for values.
    quoting = (500, an_error("0x80040216", "cannot score 'Erika Mustermann'"))
    dataverse, _ = a_dataverse(*[a_batch_answer(quoting, quoting)] * 3)
    writes = [a_write("update", row, {"lastname": "Erika Mustermann"}) for row in (ID, OTHER)]
    with pytest.raises(Unavailable) as caught:
        await write_page(dataverse, "contact", writes, [])
    assert "Erika" not in caught.value.failure().model_dump_json()
    assert caught.value.remote_code == "0x80040216"
