"""Writes are carried out once however often they come, and a refused record fails alone."""

from uuid import uuid4

import msgspec
import pytest

from libs.contracts.pages import OutcomeData, WriteData
from libs.dynamics.failures import OutcomeUnknown
from libs.dynamics.session import Request, Response
from libs.runtime.errors import MappingInvalid
from services.sandbox.financials.shapes import API_V2, COMPANION
from tests.component.financials_connector.in_process import Setting, a_write

SURFACES = pytest.mark.parametrize("surface", [COMPANION, API_V2])


def new_id() -> str:
    return str(uuid4())


def statuses(outcomes: list[OutcomeData]) -> list[str]:
    return [outcome["status"] for outcome in outcomes]


@SURFACES
async def test_a_created_record_has_the_drawn_id_its_values_and_tells_its_number(surface: str) -> None:
    setting = Setting(surface)
    setting.put("Payment Terms", code="30D", description="30 days")
    drawn = new_id()
    values = {"Name": 'Zoë "Z" O\'Neil', "Payment Terms Code": "30D", "Credit Limit (LCY)": "0.1", "Blocked": "Ship"}
    [outcome] = await setting.write("Customer", a_write("create", drawn, values), returns=("No.",))
    [held] = setting.held("Customer")
    assert (outcome["status"], outcome["id"], held["SystemId"]) == ("created", drawn, drawn)
    assert outcome["facts"] == {"No.": held["No."]}
    assert outcome["write"]["values"] == {}
    assert outcome["version"].startswith('W/"')
    assert {name: held[name] for name in values} == values


@SURFACES
async def test_creating_again_finds_what_the_first_time_created(surface: str) -> None:
    setting = Setting(surface)
    writes = [a_write("create", new_id(), {"Name": f"Customer {number}"}) for number in range(250)]
    assert set(statuses(await setting.write("Customer", *writes))) == {"created"}
    again = await setting.write("Customer", *writes, returns=("No.",))
    assert set(statuses(again)) == {"created"}
    assert len(setting.held("Customer")) == 250
    assert all(outcome["facts"]["No."].startswith("C") and outcome["version"] for outcome in again)


@SURFACES
async def test_a_creation_whose_answer_was_lost_is_not_repeated(surface: str) -> None:
    setting = Setting(surface)
    await setting.tenant()
    write = a_write("create", new_id(), {"Name": "Alpha"})

    def lost(request: Request, response: Response) -> Response:
        raise OutcomeUnknown("lost")

    setting.session.spoil = lost
    with pytest.raises(OutcomeUnknown):
        await setting.write("Customer", write)
    setting.session.spoil = lambda request, response: response
    assert statuses(await setting.write("Customer", write)) == ["created"]
    assert len(setting.held("Customer")) == 1


@SURFACES
async def test_a_refused_record_fails_alone_with_the_field_and_the_remotes_words(surface: str) -> None:
    setting = Setting(surface)
    outcomes = await setting.write(
        "Customer",
        a_write("create", new_id(), {"Name": "Good"}),
        a_write("create", new_id(), {"Name": "N" * 101}),
        a_write("create", new_id(), {"Name": "Bad", "Salesperson Code": "NOBODY"}),
        a_write("create", new_id(), {"Name": "Good too"}),
    )
    assert statuses(outcomes) == ["created", "refused", "refused", "created"]
    too_long, missing = outcomes[1]["error"], outcomes[2]["error"]
    assert (too_long["code"], too_long["field"]) == ("remote.value_too_long", "Name")
    assert (missing["code"], missing["field"]) == ("remote.lookup_missing", "Salesperson Code")
    assert "cannot be found in the related table" in missing["remote_message"]
    assert "CorrelationId" not in missing["remote_message"]
    assert {row["Name"] for row in setting.held("Customer")} == {"Good", "Good too"}


@SURFACES
async def test_a_record_that_exists_under_another_id_is_matched_where_a_match_is_given(surface: str) -> None:
    setting = Setting(surface)
    held = setting.put("Unit of Measure", code="PCS", description="Piece")
    values = {"Code": "PCS", "Description": "Stück"}
    [matched] = await setting.write("Unit of Measure", a_write("create", new_id(), values, match={"Code": "PCS"}))
    assert (matched["status"], matched["id"]) == ("matched", held["SystemId"])
    assert matched["current"]["values"] == {"Code": "PCS", "Description": "Piece"}
    [refused] = await setting.write("Unit of Measure", a_write("create", new_id(), values))
    assert (refused["status"], refused["error"]["code"]) == ("refused", "remote.duplicate")


@SURFACES
async def test_a_match_that_is_looked_for_first_creates_nothing_when_it_is_found(surface: str) -> None:
    setting = Setting(surface)
    for name in ("Ann", "Bob", "Twin", "Twin"):
        setting.put("Salesperson/Purchaser", code=f"X{len(setting.held('Salesperson/Purchaser'))}", name=name)
    drawn = new_id()
    writes: list[WriteData] = [
        a_write("create", drawn if name == "New" else new_id(), {"Name": name}, match={"Name": name}, match_first=True)
        for name in ("Ann", "Twin", "New")
    ]
    outcomes = await setting.write("Salesperson/Purchaser", *writes)
    assert statuses(outcomes) == ["matched", "ambiguous", "created"]
    # The second delivery finds its own record, and says created again.
    outcomes = await setting.write("Salesperson/Purchaser", *writes)
    assert statuses(outcomes) == ["matched", "ambiguous", "created"]
    assert outcomes[2]["id"] == drawn


@SURFACES
async def test_salespeople_without_a_code_count_up_from_the_series(surface: str) -> None:
    setting = Setting(surface)
    setting.put("Salesperson/Purchaser", code="SP NO. 00007", name="Old")
    writes = [a_write("create", new_id(), {"Name": name}) for name in ("Ann", "Bob")]
    outcomes = await setting.write("Salesperson/Purchaser", *writes, returns=("Code",))
    assert [outcome["facts"]["Code"] for outcome in outcomes] == ["SP NO. 00008", "SP NO. 00009"]
    again = await setting.write("Salesperson/Purchaser", *writes, returns=("Code",))
    assert [outcome["facts"]["Code"] for outcome in again] == ["SP NO. 00008", "SP NO. 00009"]
    assert len(setting.held("Salesperson/Purchaser")) == 3


async def test_salespeople_are_not_numbered_where_a_repeat_would_not_be_noticed() -> None:
    setting = Setting(API_V2)
    (await setting.tenant()).ids_ignored.add("Salesperson/Purchaser")
    [outcome] = await setting.write("Salesperson/Purchaser", a_write("create", new_id(), {"Name": "Ann"}))
    assert outcome["error"]["code"] == "financials.creation_needs_companion"
    assert setting.held("Salesperson/Purchaser") == []


@SURFACES
async def test_a_creation_that_finds_its_own_record_with_other_values_says_so(surface: str) -> None:
    setting = Setting(surface)
    write = a_write("create", new_id(), {"Name": "Old", "City": "Leeds"})
    await setting.write("Customer", write)
    [outcome] = await setting.write("Customer", {**write, "values": {"Name": "New", "City": "Leeds"}})
    assert (outcome["status"], outcome["id"]) == ("created", write["id"])
    assert outcome["current"]["values"] == {"Name": "Old", "City": "Leeds"}


async def test_a_code_that_somebody_else_just_took_is_tried_with_the_next() -> None:
    setting = Setting(API_V2)
    await setting.tenant()
    taken: list[str] = []

    def meanwhile(request: Request, response: Response) -> Response:
        # After our search for the newest code, before our creation.
        if "startswith" in request.url and not taken:
            taken.append("SP NO. 00001")
            setting.put("Salesperson/Purchaser", code=taken[0], name="Somebody else's")
        return response

    setting.session.spoil = meanwhile
    [outcome] = await setting.write(
        "Salesperson/Purchaser", a_write("create", new_id(), {"Name": "Ours"}), returns=("Code",)
    )
    assert (outcome["status"], outcome["facts"]) == ("created", {"Code": "SP NO. 00002"})


@SURFACES
async def test_an_update_is_conditional_and_a_conflict_shows_what_is_there_now(surface: str) -> None:
    setting = Setting(surface)
    row = setting.put("Customer", name="Alpha", city="Leeds")
    [compared] = await setting.write("Customer", a_write("compare", row["SystemId"], {"Name": "Alpha"}))
    version = compared["version"]
    update = a_write(
        "update", row["SystemId"], {"Name": "Alpha 2"}, version=version, wanted={"Name": "Alpha 2", "City": "York"}
    )
    [updated] = await setting.write("Customer", update)
    assert updated["status"] == "updated"
    assert updated["version"] not in ("", version)
    [conflict] = await setting.write("Customer", update)
    assert conflict["status"] == "conflict"
    assert conflict["current"]["values"] == {"Name": "Alpha 2", "City": "Leeds"}
    assert conflict["version"] == updated["version"]
    assert conflict["write"] == update
    [forced] = await setting.write("Customer", a_write("update", row["SystemId"], {"Name": "Alpha 3"}))
    assert forced["status"] == "updated"


@SURFACES
async def test_comparing_reads_in_bulk_and_writes_nothing(surface: str) -> None:
    setting = Setting(surface)
    rows = [setting.put("Customer", name=f"C{number}", creditlimitlcy="1.50") for number in range(120)]
    before = setting.world.version
    await setting.tenant()
    setting.session.requests.clear()
    writes = [a_write("compare", row["SystemId"], {"Name": row["Name"], "Credit Limit (LCY)": "1.5"}) for row in rows]
    writes.append(a_write("compare", rows[0]["SystemId"], {"Name": "Other"}))
    writes.append(a_write("compare", new_id(), {"Name": "Nobody"}))
    outcomes = await setting.write("Customer", *writes, returns=("No.",))
    assert statuses(outcomes) == ["equal"] * 120 + ["different", "gone"]
    assert outcomes[120]["current"]["values"] == {"Name": "C0"}
    assert outcomes[5]["facts"] == {"No.": rows[5]["No."]}
    assert setting.world.version == before
    assert len(setting.session.requests) == 1


@SURFACES
async def test_matching_finds_one_none_or_several(surface: str) -> None:
    setting = Setting(surface)
    one = setting.put("Customer", name="It's one")
    for _ in range(2):
        setting.put("Customer", name="Twin")
    outcomes = await setting.write(
        "Customer",
        *(
            a_write("match", "", {"Name": "", "City": ""}, match={"Name": name})
            for name in ("It's one", "None", "Twin")
        ),
    )
    assert statuses(outcomes) == ["matched", "unmatched", "ambiguous"]
    assert outcomes[0]["id"] == one["SystemId"]
    assert outcomes[0]["current"]["values"] == {"Name": "It's one", "City": ""}


@SURFACES
async def test_what_was_deleted_is_gone_and_deleting_is_repeatable(surface: str) -> None:
    setting = Setting(surface)
    row = setting.put("Payment Terms", code="30D", description="30 days")
    [deleted] = await setting.write("Payment Terms", a_write("delete", row["SystemId"]))
    assert deleted["status"] == "deleted"
    outcomes = await setting.write(
        "Payment Terms",
        a_write("delete", row["SystemId"]),
        a_write("update", row["SystemId"], {"Description": "x"}),
    )
    assert statuses(outcomes) == ["gone", "gone"]


@SURFACES
async def test_a_blank_code_and_a_blank_date_are_written_as_blank(surface: str) -> None:
    setting = Setting(surface)
    setting.put("Currency", code="EUR", description="Euro")
    setting.put("Payment Terms", code="30D", description="30 days")
    row = setting.put("Customer", name="Alpha", currencycode="EUR", paymenttermscode="30D")
    values = {"Currency Code": "", "Payment Terms Code": ""}
    [outcome] = await setting.write("Customer", a_write("update", row["SystemId"], values))
    assert outcome["status"] == "updated"
    [held] = setting.held("Customer")
    assert (held["Currency Code"], held["Payment Terms Code"]) == ("", "")


async def test_children_are_written_once_and_final_values_last() -> None:
    setting = Setting()
    setting.put("Unit of Measure", code="PCS", description="Piece")
    setting.put("Unit of Measure", code="BOX", description="Box")
    drawn = new_id()
    write = a_write(
        "create",
        drawn,
        {"No.": "1000", "Description": "Bike", "Base Unit of Measure": "PCS"},
        children=[
            {
                "table": "Item Unit of Measure",
                "id": new_id(),
                "values": {"Qty. per Unit of Measure": "12"},
                "match": {"Item No.": "1000", "Code": "BOX"},
            }
        ],
        final_values={"Blocked": True},
    )
    for _ in range(2):
        [outcome] = await setting.write("Item", write)
        assert outcome["status"] == "created"
    [item] = setting.held("Item")
    assert item["Blocked"] is True
    units = {row["Code"]: row["Qty. per Unit of Measure"] for row in setting.held("Item Unit of Measure")}
    assert units == {"PCS": "1", "BOX": "12"}
    [compared] = await setting.write("Item", a_write("compare", drawn, {"Blocked": True}))
    assert compared["version"] == outcome["version"]


async def test_on_a_published_page_the_key_is_looked_for_before_anything_is_created() -> None:
    setting = Setting(API_V2)
    setting.put("Shipping Agent", code="DHL", name="DHL")
    writes = [a_write("create", new_id(), {"Code": code, "Name": code.title()}) for code in ("DHL", "UPS/2", "A;B%")]
    outcomes = await setting.write("Shipping Agent", *writes)
    assert statuses(outcomes) == ["matched", "created", "created"]
    assert [outcome["id"] for outcome in outcomes] == ["DHL", "UPS/2", "A;B%"]
    assert statuses(await setting.write("Shipping Agent", *writes)) == ["matched"] * 3
    [updated] = await setting.write("Shipping Agent", a_write("update", "UPS/2", {"Name": "Parcels"}))
    assert updated["status"] == "updated"
    assert len(setting.held("Shipping Agent")) == 3


async def test_a_published_page_with_a_key_of_many_parts_is_written_and_compared() -> None:
    setting = Setting(API_V2)
    setting.put("Unit of Measure", code="PCS", description="Piece")
    setting.put("Item", no="1000", description="Bike", baseunitofmeasure="PCS")
    setting.put("Customer Price Group", code="RETAIL", description="Retail")
    key = {
        "Item No.": "1000",
        "Sales Type": "Customer Price Group",
        "Sales Code": "RETAIL",
        "Starting Date": None,
        "Currency Code": "",
        "Variant Code": "",
        "Unit of Measure Code": "PCS",
        "Minimum Quantity": "2.5",
    }
    write = a_write("create", new_id(), {**key, "Unit Price": "9.99"})
    [created] = await setting.write("Sales Price", write)
    assert (created["status"], created["id"]) == ("created", "1000;Customer Price Group;RETAIL;;;;PCS;2.5")
    assert statuses(await setting.write("Sales Price", write)) == ["matched"]
    [equal] = await setting.write("Sales Price", a_write("compare", created["id"], {"Unit Price": "9.99"}))
    assert equal["status"] == "equal"
    assert len(setting.held("Sales Price")) == 1


async def test_what_a_page_would_number_itself_is_refused_and_says_what_to_install() -> None:
    setting = Setting(API_V2)
    [outcome] = await setting.write("Resource", a_write("create", new_id(), {"Name": "Ann"}))
    assert outcome["status"] == "refused"
    assert outcome["error"]["code"] == "financials.creation_needs_companion"
    assert "companion" in outcome["error"]["message"]
    assert setting.held("Resource") == []


async def test_a_surface_that_ignores_the_drawn_id_creates_no_more_without_a_key() -> None:
    setting = Setting(API_V2)
    await setting.tenant()
    other = new_id()

    def renumbered(request: Request, response: Response) -> Response:
        return Response(200, {}, response.body.replace(drawn.encode(), other.encode()))

    drawn = new_id()
    setting.session.spoil = renumbered
    [outcome] = await setting.write("Customer", a_write("create", drawn, {"Name": "Alpha"}))
    assert (outcome["status"], outcome["id"]) == ("created", other)
    setting.session.spoil = lambda request, response: response
    [outcome] = await setting.write("Customer", a_write("create", new_id(), {"Name": "Beta"}))
    assert outcome["error"]["code"] == "financials.creation_needs_companion"


async def test_parts_that_fail_for_a_passing_reason_are_sent_again_alone() -> None:
    setting = Setting()
    await setting.tenant()
    setting.session.requests.clear()
    locked = (
        b'{"responses":[{"id":"0","status":400,"body":{"error":{"code":"Application_DialogException",'
        b'"message":"The Customer table is locked by another user."}}}]}'
    )
    answers = [locked]
    setting.session.spoil = lambda request, response: Response(200, {}, answers.pop()) if answers else response
    [outcome] = await setting.write("Customer", a_write("create", new_id(), {"Name": "Alpha"}))
    assert outcome["status"] == "created"
    assert len(setting.held("Customer")) == 1


async def test_a_table_that_is_only_read_is_not_written() -> None:
    setting = Setting()
    with pytest.raises(MappingInvalid):
        await setting.write("Currency Exchange Rate", a_write("create", new_id(), {"Currency Code": "EUR"}))


async def test_a_record_known_by_the_kind_of_id_of_another_surface_fails_alone() -> None:
    setting = Setting()
    row = setting.put("Customer", name="Alpha")
    outcomes = await setting.write(
        "Customer", a_write("compare", row["SystemId"], {"Name": "Alpha"}), a_write("compare", "C00010", {"Name": "x"})
    )
    assert statuses(outcomes) == ["equal", "refused"]
    assert outcomes[1]["error"]["code"] == "financials.id_of_another_surface"


@SURFACES
async def test_a_contact_of_a_customer_is_put_under_the_customers_company_contact(surface: str) -> None:
    setting = Setting(surface)
    customer = setting.put("Customer", name="Alpha")
    [company] = setting.held("Contact")
    person = {"Type": "Person", "Name": "Ann Bee"}
    outcomes = await setting.write(
        "Contact",
        a_write("create", new_id(), {**person, "Customer No.": customer["No."]}),
        a_write("create", new_id(), {**person, "Customer No.": "C99999"}),
        a_write("create", new_id(), {**person, "Customer No.": ""}),
    )
    assert statuses(outcomes) == ["created", "refused", "created"]
    assert outcomes[1]["error"]["field"] == "Customer No."
    held = {row["SystemId"]: row for row in setting.held("Contact")}
    assert held[outcomes[0]["id"]]["Company No."] == company["No."]
    assert held[outcomes[0]["id"]]["Customer No."] == customer["No."]
    assert held[outcomes[2]["id"]]["Company No."] == ""


@SURFACES
async def test_another_record_that_is_missing_is_not_the_record_that_was_written(surface: str) -> None:
    setting = Setting(surface)
    row = setting.put("Customer", name="A")

    def the_post_code_is_missing(request: Request, response: Response) -> Response:
        if not request.url.endswith("$batch") or b'"PATCH"' not in (request.body or b""):
            return response
        body = msgspec.json.decode(response.body)
        error = {"code": "Internal_RecordNotFound", "message": "The Post Code does not exist."}
        for part in body["responses"]:
            part["status"], part["body"] = 404, {"error": error}
        return Response(200, response.headers, msgspec.json.encode(body))

    setting.session.spoil = the_post_code_is_missing
    [outcome] = await setting.write("Customer", a_write("update", row["SystemId"], {"City": "X"}))
    assert outcome["status"] == "refused"
    assert outcome["error"]["remote_message"] == "The Post Code does not exist."
