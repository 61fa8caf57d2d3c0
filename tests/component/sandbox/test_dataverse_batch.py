"""Dataverse in the sandbox: multipart batches and change sets."""

import msgspec
import pytest

from tests.component.sandbox.conftest import Reply, SalesClient

CONTINUE = "odata.continue-on-error"


def part(method: str, target: str, body: object = None, content_id: str = "", **headers: str) -> str:
    """One operation of a batch."""
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id:
        lines.append(f"Content-ID: {content_id}")
    lines += ["", f"{method} {target} HTTP/1.1", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    text = msgspec.json.encode(body).decode() if body is not None else ""
    return "\r\n".join([*lines, "", text])


def change_set(*parts: str) -> str:
    inner = "".join(f"--changes\r\n{text}\r\n" for text in parts)
    return f"Content-Type: multipart/mixed; boundary=changes\r\n\r\n{inner}--changes--"


async def send(sales: SalesClient, *parts: str, prefer: str = "") -> Reply:
    body = "".join(f"--outer\r\n{text}\r\n" for text in parts) + "--outer--\r\n"
    headers = {"Content-Type": 'multipart/mixed; boundary="outer"', **({"Prefer": prefer} if prefer else {})}
    return await sales.send("POST", "$batch", body.encode(), headers)


def statuses(reply: Reply) -> list[int]:
    return [int(line.split()[1]) for line in reply.body.decode().split("\r\n") if line.startswith("HTTP/1.1 ")]


def count(sales: SalesClient) -> int:
    return sales.running.tenants.sales.count("account")


def created_id(reply: Reply) -> str:
    return reply.body.decode().split("OData-EntityId: ")[1].split("(")[1].split(")")[0]


async def test_operations_are_answered_in_order_with_their_own_statuses(sales: SalesClient) -> None:
    reply = await send(
        sales,
        part("POST", "/api/data/v9.2/accounts", {"name": "A"}),
        part("GET", "accounts?$select=name&$top=1"),
        part("POST", f"{sales.root}accounts", {"name": "B"}, Prefer="return=representation"),
    )

    assert reply.status == 200
    assert reply.headers["Content-Type"].startswith("multipart/mixed; boundary=batchresponse_")
    assert statuses(reply) == [204, 200, 201]
    assert b"OData-EntityId: " in reply.body


async def test_without_continue_on_error_it_stops_and_the_outer_status_is_the_error(sales: SalesClient) -> None:
    before = count(sales)

    reply = await send(
        sales,
        part("POST", "accounts", {"name": "A"}),
        part("POST", "accounts", {"nonsense": 1}),
        part("POST", "accounts", {"name": "C"}),
    )

    assert reply.status == 400
    assert statuses(reply) == [204, 400]
    assert b"REQ_ID: " in reply.body
    assert count(sales) == before + 1


async def test_with_continue_on_error_every_operation_is_answered(sales: SalesClient) -> None:
    before = count(sales)

    reply = await send(
        sales,
        part("POST", "accounts", {"name": "A"}),
        part("POST", "accounts", {"nonsense": 1}),
        part("POST", "accounts", {"name": "C"}),
        prefer=CONTINUE,
    )

    assert reply.status == 200
    assert statuses(reply) == [204, 400, 204]
    assert count(sales) == before + 2


async def test_conditional_updates_succeed_and_fail_alone(sales: SalesClient) -> None:
    first = await sales.create("accounts", {"name": "A"})
    second = await sales.create("accounts", {"name": "B"})
    etag = (await sales.get(f"accounts({second})")).etag

    reply = await send(
        sales,
        part("PATCH", f"accounts({first})", {"name": "A2"}, If_Match='W/"1"'),
        part("PATCH", f"accounts({second})", {"name": "B2"}, If_Match=etag),
        prefer=CONTINUE,
    )

    assert statuses(reply) == [412, 204]
    assert (await sales.get(f"accounts({first})")).json()["name"] == "A"
    assert (await sales.get(f"accounts({second})")).json()["name"] == "B2"


async def test_a_change_set_may_refer_to_its_own_earlier_rows(sales: SalesClient) -> None:
    reply = await send(
        sales,
        change_set(
            part("POST", "accounts", {"name": "Parent"}, content_id="1"),
            part("POST", "contacts", {"lastname": "X", "parentcustomerid_account@odata.bind": "$1"}, content_id="2"),
            part("PUT", "$1/telephone1", {"value": "555"}, content_id="3"),
            part("PUT", "$1/primarycontactid/$ref", {"@odata.id": "$2"}, content_id="4"),
        ),
    )

    account = created_id(reply)
    row = (await sales.get(f"accounts({account})?$expand=primarycontactid($select=lastname)")).json()
    assert statuses(reply) == [204, 204, 204, 204]
    assert b"boundary=changesetresponse_" in reply.body
    assert b"Content-ID: 2" in reply.body
    assert (row["telephone1"], row["primarycontactid"]["lastname"]) == ("555", "X")


async def test_a_failing_change_set_leaves_nothing_and_answers_once(sales: SalesClient) -> None:
    there = await sales.create("accounts", {"name": "There"})
    before = sales.running.tenants.sales.dump("account")

    reply = await send(
        sales,
        change_set(
            part("POST", "accounts", {"name": "A"}, content_id="1"),
            part("PATCH", f"accounts({there})", {"name": "Changed"}, content_id="2"),
            part("DELETE", f"accounts({there})", content_id="3"),
            part("POST", "accounts", {"nonsense": 1}, content_id="4"),
        ),
        part("POST", "contacts", {"lastname": "Y"}),
        prefer=CONTINUE,
    )

    assert statuses(reply) == [400, 204]
    assert b"Content-ID: 4" in reply.body
    assert b"Content-ID: 1" not in reply.body
    assert sales.running.tenants.sales.dump("account") == before


async def test_a_rolled_back_change_set_leaves_no_trace_in_change_tracking(sales: SalesClient) -> None:
    there = await sales.create("accounts", {"name": "There"})
    link = (await sales.get("accounts?$select=name", Prefer="odata.track-changes")).json()["@odata.deltaLink"]

    await send(
        sales,
        change_set(
            part("DELETE", f"accounts({there})", content_id="1"),
            part("POST", "accounts", {"nonsense": 1}, content_id="2"),
        ),
    )

    assert (await sales.get(link)).json()["value"] == []


async def test_an_unknown_reference_is_refused(sales: SalesClient) -> None:
    reply = await send(sales, change_set(part("PATCH", "$7", {"name": "A"}, content_id="1")))

    assert reply.status == 400
    assert b"does not exist in the batch context" in reply.body


async def test_reading_in_a_change_set_is_refused(sales: SalesClient) -> None:
    assert (await send(sales, change_set(part("GET", "accounts", content_id="1")))).status == 400


async def test_more_than_1000_operations_are_refused(sales: SalesClient) -> None:
    before = count(sales)

    allowed = await send(sales, *[part("POST", "accounts", {"name": "A"})] * 1000)
    refused = await send(sales, *[part("POST", "accounts", {"name": "A"})] * 1001)

    assert allowed.status == 200
    assert (refused.status, refused.code) == (400, "0x80060888")
    assert count(sales) == before + 1000


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/mixed", "--outer\r\n--outer--\r\n"),
        ("application/json", "{}"),
        ("multipart/mixed; boundary=outer", "--other\r\n\r\n--other--\r\n"),
        (
            "multipart/mixed; boundary=outer",
            "--outer\nContent-Type: application/http\n\nGET accounts HTTP/1.1\n\n--outer--\n",
        ),
        (
            "multipart/mixed; boundary=outer",
            "--outer\r\nContent-Type: text/plain\r\n\r\nGET accounts HTTP/1.1\r\n\r\n--outer--\r\n",
        ),
    ],
)
async def test_what_is_no_batch_gets_an_ordinary_error(sales: SalesClient, content_type: str, body: str) -> None:
    reply = await sales.send("POST", "$batch", body.encode(), {"Content-Type": content_type})

    assert (reply.status, reply.code) == (400, "0x80060888")


async def test_a_bulk_message_in_a_batch_answers_with_its_ids(sales: SalesClient) -> None:
    target = {"@odata.type": "Microsoft.Dynamics.CRM.account", "name": "A"}

    reply = await send(sales, part("POST", "accounts/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": [target]}))

    assert statuses(reply) == [200]
    assert b'"Ids":["' in reply.body
    assert b"OData-EntityId" not in reply.body


async def test_text_of_any_language_travels_through_a_batch(sales: SalesClient) -> None:
    name = 'Ελλάδα "שלום" 🎉 \\ --outer? no: -outer'

    reply = await send(sales, part("POST", "accounts", {"name": name}))

    assert (await sales.get(f"accounts({created_id(reply)})")).json()["name"] == name


async def test_a_content_id_stands_only_once_in_a_batch(sales: SalesClient) -> None:
    before = count(sales)
    first, second = (part("POST", "accounts", {"name": name}, "1") for name in "AB")

    for parts in ([change_set(first, second)], [change_set(first), change_set(second)]):
        reply = await send(sales, *parts)
        assert (reply.status, reply.code) == (400, "0x80060888")

    assert count(sales) == before
