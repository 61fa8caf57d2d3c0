"""Dataverse in the sandbox: what requests must look like on the wire, and what every answer says."""

import base64
import uuid
from urllib.parse import quote

import pytest

from services.sandbox.app import RunningSandbox
from tests.component.sandbox.conftest import SalesClient, trusting

ANNOTATIONS = 'odata.include-annotations="*"'


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml"])
async def test_a_body_that_does_not_say_it_is_json_is_refused(sales: SalesClient, content_type: str) -> None:
    reply = await sales.send("POST", "accounts", b'{"name":"A"}', {"Content-Type": content_type})

    assert (reply.status, reply.code) == (415, "0x80060888")


async def test_a_body_of_another_type_than_the_set_is_refused(sales: SalesClient) -> None:
    right = await sales.post("accounts", {"@odata.type": "#Microsoft.Dynamics.CRM.account", "name": "A"})
    wrong = await sales.post("accounts", {"@odata.type": "Microsoft.Dynamics.CRM.contact", "name": "A"})

    assert (right.status, wrong.status) == (204, 400)


async def test_every_answer_names_its_request(sales: SalesClient) -> None:
    sales.running.control.deny("sales", ("contact", "read"))
    good, forbidden = await sales.get("accounts?$top=1"), await sales.get("contacts?$top=1")
    sales.token = "none"
    unsigned = await sales.get("accounts?$top=1")

    assert [reply.status for reply in (good, forbidden, unsigned)] == [200, 403, 401]
    assert len({str(uuid.UUID(reply.headers["REQ_ID"])) for reply in (good, forbidden, unsigned)}) == 3


async def test_annotations_that_were_asked_for_are_said_to_be_applied_and_never_answered_304(
    sales: SalesClient,
) -> None:
    row = f"accounts({await sales.create('accounts', {'name': 'A'})})?$select=name"
    etag = (await sales.get(row)).etag

    shown = await sales.get(row, If_None_Match=etag, Prefer=ANNOTATIONS)
    listed = await sales.get("accounts?$select=name", Prefer=f"odata.maxpagesize=2,{ANNOTATIONS}")

    assert (await sales.get(row, If_None_Match=etag)).status == 304
    assert (shown.status, shown.headers["Preference-Applied"]) == (200, ANNOTATIONS)
    assert listed.headers["Preference-Applied"] == f"odata.maxpagesize=2, {ANNOTATIONS}"


async def test_an_address_may_have_32_kilobytes_and_no_more(sales: SalesClient) -> None:
    row = await sales.create("accounts", {"name": "A", "accountnumber": "a"})

    def asking(length: int) -> str:
        start = f"accounts?$select=name&$filter=accountid eq {row} and accountnumber ne '"
        return start + "x" * (length - len(f"/api/data/v9.2/{start.replace(' ', '%20')}'")) + "'"

    fits, too_long = await sales.get(asking(32 * 1024)), await sales.get(asking(32 * 1024 + 1))

    assert (fits.status, len(fits.json()["value"])) == (200, 1)
    assert (too_long.status, too_long.code) == (414, "0x80060888")


@pytest.mark.parametrize("day", ["2023-02-29", "2023-13-01", "2023-00-10", "23-01-01", "2023-01-01T10:00:00Z"])
async def test_days_that_are_none_are_refused(sales: SalesClient, day: str) -> None:
    currency = (await sales.get("transactioncurrencies?$top=1")).json()["value"][0]["transactioncurrencyid"]
    body = {"name": "L", "begindate": day, "transactioncurrencyid@odata.bind": f"/transactioncurrencies({currency})"}

    assert (await sales.post("pricelevels", body)).status == 400
    assert (await sales.post("pricelevels", body | {"begindate": "2024-02-29"})).status == 204


@pytest.mark.parametrize("moment", ["2024-13-01", "2023-02-29T00:00:00Z", "2024-13-01T00:00:00%2B02:00"])
async def test_filters_by_days_that_are_none_are_refused(sales: SalesClient, moment: str) -> None:
    reply = await sales.get(f"accounts?$filter=modifiedon gt {moment}")

    assert (reply.status, reply.code) == (400, "0x80060888")


async def test_a_row_joins_a_collection_and_leaves_it_again(sales: SalesClient) -> None:
    account, other = [await sales.create("accounts", {"name": name}) for name in "AB"]
    contact = await sales.create("contacts", {"lastname": "X"})
    members, address = f"accounts({account})/contact_customer_accounts", f"{sales.root}contacts({contact})"

    async def held() -> list[str]:
        return [row["contactid"] for row in (await sales.get(members)).json()["value"]]

    for leave in (f"{members}({contact})/$ref", f"{members}/$ref?$id={quote(address)}"):
        assert (await sales.post(f"{members}/$ref", {"@odata.id": address})).status == 204
        assert await held() == [contact]
        assert (await sales.delete(leave.replace(account, other))).status == 404
        assert (await sales.delete(leave)).status == 204
        assert await held() == []


async def test_a_bulk_message_has_no_other_parameters(sales: SalesClient) -> None:
    target = {"@odata.type": "Microsoft.Dynamics.CRM.account", "name": "A"}
    body = {"Targets": [target], "Target": target}

    reply = await sales.post("accounts/Microsoft.Dynamics.CRM.CreateMultiple", body)

    assert (reply.status, reply.code) == (400, "0x80048d19")


async def test_the_name_of_the_scheme_has_no_case(sales: SalesClient) -> None:
    reply = await sales.get("WhoAmI", Authorization=f"bearer {sales.token}")

    assert reply.status == 200


async def test_an_application_may_sign_in_with_basic_authentication(sandbox: RunningSandbox) -> None:
    details = sandbox.details
    form = {"grant_type": "client_credentials", "scope": f"{details.sales_url}/.default"}

    async def asking(secret: str) -> tuple[int, str]:
        pair = base64.b64encode(f"{details.client_id}:{quote(secret)}".encode()).decode()
        async with trusting(sandbox) as session:
            headers = {"Authorization": f"Basic {pair}"}
            async with session.post(details.token_url, data=form, headers=headers) as reply:
                return reply.status, (await reply.json()).get("error", "")

    assert await asking(details.client_secret) == (200, "")
    assert await asking("wrong") == (401, "invalid_client")


async def test_a_sign_in_without_a_grant_is_an_invalid_request(sandbox: RunningSandbox) -> None:
    async with (
        trusting(sandbox) as session,
        session.post(sandbox.details.token_url, data={"client_id": sandbox.details.client_id}) as reply,
    ):
        assert (reply.status, (await reply.json())["error"]) == (400, "invalid_request")


async def test_the_details_of_an_error_come_on_request(sales: SalesClient) -> None:
    plain, detailed = [
        (await sales.send("GET", f"accounts({uuid.uuid4()})", None, headers)).json()["error"]
        for headers in ({}, {"Prefer": ANNOTATIONS})
    ]
    details = "@Microsoft.PowerApps.CDS."

    assert set(plain) == {"code", "message"}
    assert {name.removeprefix(details) for name in detailed} == {
        "code",
        "message",
        "ErrorDetails.OperationStatus",
        "ErrorDetails.SubErrorCode",
        "HelpLink",
        "TraceText",
        "InnerError.Message",
    }
