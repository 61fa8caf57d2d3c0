"""Batches: order, failures, isolation, limits; as JSON, and at the end in multipart form."""

from typing import Any

import pytest

from tests.component.sandbox_financials.conftest import Financials


def _post(financials: Financials, number: str, id: str | None = None, **more: Any) -> dict[str, Any]:
    part: dict[str, Any] = {
        "method": "POST",
        "url": f"companies({financials.world.company.id})/shippingAgents",
        "headers": {"Content-Type": "application/json"},
        "body": {"code": number, **more},
    }
    return part if id is None else part | {"id": id}


def _codes(financials: Financials) -> set[str]:
    return {row["Code"] for row in financials.world.dump("Shipping Agent")}


async def test_operations_are_carried_out_in_order_and_answered_with_their_ids(companion: Financials) -> None:
    address = f"companies({companion.world.company.id})/shippingAgents?$filter=code eq 'A1'&$select=code"

    responses = await companion.batch(
        _post(companion, "A1", "first"), {"method": "GET", "url": address, "id": "second"}, _post(companion, "A2")
    )

    assert [(part["id"], part["status"]) for part in responses] == [("first", 201), ("second", 200), (None, 201)]
    assert [row["code"] for row in responses[1]["body"]["value"]] == ["A1"]
    assert responses[0]["headers"]["location"].endswith(f"({responses[0]['body']['id']})")


async def test_a_count_within_a_batch_is_text(companion: Financials) -> None:
    address = f"companies({companion.world.company.id})/currencies/$count"

    [part] = await companion.batch({"method": "GET", "url": address})

    assert (part["headers"]["content-type"], part["body"]) == ("text/plain", str(companion.world.count("Currency")))


async def test_the_first_failure_ends_the_batch_and_what_went_before_stays(companion: Financials) -> None:
    responses = await companion.batch(
        _post(companion, "A1", "1"), _post(companion, "A1", "2"), _post(companion, "A3", "3")
    )

    assert [(part["id"], part["status"]) for part in responses] == [("1", 201), ("2", 400)]
    assert responses[1]["body"]["error"]["code"] == "Internal_EntityWithSameKeyExists"
    assert "A1" in _codes(companion)
    assert "A3" not in _codes(companion)


async def test_continue_on_error_carries_out_the_rest(companion: Financials) -> None:
    responses = await companion.batch(
        _post(companion, "A1", name="x" * 51), _post(companion, "A2"), Prefer="odata.continue-on-error"
    )

    assert [part["status"] for part in responses] == [400, 201]
    assert {"A2"} == _codes(companion) & {"A1", "A2"}


@pytest.mark.parametrize("prefer", ["", "odata.continue-on-error"])
async def test_snapshot_isolation_takes_everything_back_but_answers_as_if_not(
    companion: Financials, prefer: str
) -> None:
    before = companion.world.dump("Shipping Agent")
    row = before[0]
    change = {
        "method": "PATCH",
        "url": f"companies({companion.world.company.id})/shippingAgents({row['SystemId']})",
        "headers": {"If-Match": "*"},
        "body": {"name": "changed"},
    }
    remove = {"method": "DELETE", "url": change["url"], "headers": {"If-Match": "*"}}

    responses = await companion.batch(
        _post(companion, "A1"), change, remove, _post(companion, "A1"), Isolation="snapshot", Prefer=prefer
    )

    assert [part["status"] for part in responses] == [201, 200, 204, 400]
    assert companion.world.dump("Shipping Agent") == before
    assert companion.world.company.deletions == []
    found = await companion.get(f"{companion.company}/shippingAgents", {"$orderby": "systemRowVersion"})
    assert [part["code"] for part in found.rows] == [part["Code"] for part in before]


async def test_snapshot_isolation_keeps_everything_when_all_goes_well(companion: Financials) -> None:
    responses = await companion.batch(_post(companion, "A1"), _post(companion, "A2"), Isolation="snapshot")

    assert [part["status"] for part in responses] == [201, 201]
    assert {"A1", "A2"} <= _codes(companion)


async def test_more_than_a_hundred_operations_are_refused(companion: Financials) -> None:
    parts = [_post(companion, f"A{number}") for number in range(101)]

    answered = await companion.ask("POST", "/$batch", {"requests": parts})

    assert answered.status == 400
    assert not _codes(companion) & {"A1"}


async def test_a_part_may_name_its_company_in_a_header(companion: Financials) -> None:
    other = list(companion.world.companies.values())[1]
    part = {"method": "POST", "url": "shippingAgents", "headers": {"Company": other.name}, "body": {"code": "THERE"}}

    (response,) = await companion.batch(part)

    assert response["status"] == 201
    assert [row["Code"] for row in companion.world.dump("Shipping Agent", company=other.id)] == ["THERE"]


async def test_addresses_may_be_absolute_or_begin_at_the_host(companion: Financials) -> None:
    path = f"{companion.root}{companion.company}/shippingAgents"
    origin = str(companion.client.make_url("")).rstrip("/")

    responses = await companion.batch({"method": "GET", "url": path}, {"method": "GET", "url": f"{origin}{path}"})

    assert [part["status"] for part in responses] == [200, 200]


async def test_what_is_no_batch_is_refused(companion: Financials) -> None:
    assert (await companion.ask("POST", "/$batch", {"request": []})).status == 400
    assert (await companion.ask("POST", "/$batch", b"x", Content_Type="text/plain")).status == 415
    assert (await companion.get("/$batch")).status == 405


async def test_statistics_count_the_operations_of_a_batch(companion: Financials) -> None:
    await companion.batch(_post(companion, "A1"), _post(companion, "A2"))

    counted = companion.shell.statistics["financials"]
    assert counted.requests == 1
    assert counted.records["create"] == 2


_HEAD = "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"


def _creating(companion: Financials, code: str, id: str) -> str:
    address = f"{companion.root}{companion.company}/shippingAgents"
    body = f'{{"code":"{code}"}}'
    return f"{_HEAD}Content-ID: {id}\r\n\r\nPOST {address} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{body}\r\n"


def _multipart(boundary: str, *parts: str) -> str:
    return "".join(f"--{boundary}\r\n{part}" for part in parts) + f"--{boundary}--\r\n"


def _change_set(*parts: str) -> str:
    return "Content-Type: multipart/mixed; boundary=set\r\n\r\n" + _multipart("set", *parts)


async def _sent(companion: Financials, *parts: str, **headers: str) -> tuple[list[str], str]:
    """Status lines of the answers, and the whole of them."""
    body = _multipart("b", *parts).encode()
    answered = await companion.ask(
        "POST", "/$batch", body, Content_Type='multipart/mixed; boundary="b"', Accept="multipart/mixed", **headers
    )
    assert answered.status == 200, answered.raw
    assert answered.headers["Content-Type"].startswith("multipart/mixed; boundary=batchresponse_")
    text = answered.raw.decode()
    return [line.split()[1] for line in text.split("\r\n") if line.startswith("HTTP/1.1")], text


async def test_a_multipart_batch_answers_in_parts(companion: Financials) -> None:
    company = companion.world.company.name
    request = "GET shippingAgents?$filter=code%20eq%20'A1' HTTP/1.1"
    reading = f"{_HEAD}\r\n{request}\r\nCompany: {company}\r\n\r\n"

    statuses, text = await _sent(companion, _creating(companion, "A1", "1"), reading)

    assert statuses == ["201", "200"]
    assert text.count('"code":"A1"') == 2
    assert "Content-ID: 1\r\n" in text
    assert "Location: http" in text


async def test_a_change_set_of_one_is_carried_out_and_one_of_several_refused(companion: Financials) -> None:
    one = _change_set(_creating(companion, "A1", "1"))
    several = _change_set(_creating(companion, "A2", "2"), _creating(companion, "A3", "3"))

    statuses, text = await _sent(companion, one, several, _creating(companion, "A4", "4"))

    assert statuses == ["201", "500"]
    assert "Multiple requests within the same change set are not supported" in text
    assert "boundary=changesetresponse_" in text
    assert _codes(companion) & {"A1", "A2", "A3", "A4"} == {"A1"}


async def test_a_multipart_batch_goes_on_or_is_taken_back_as_asked(companion: Financials) -> None:
    parts = [_creating(companion, code, str(place)) for place, code in enumerate(["A1", "A1", "A2"])]

    taken_back, _ = await _sent(companion, *parts, Isolation="snapshot")
    assert not _codes(companion) & {"A1", "A2"}
    gone_on, _ = await _sent(companion, *parts, Prefer="odata.continue-on-error")

    assert taken_back == ["201", "400"]
    assert gone_on == ["201", "400", "201"]
    assert _codes(companion) & {"A1", "A2"} == {"A1", "A2"}


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/mixed", b"--b--\r\n", 400),
        ("multipart/mixed; boundary=b", b"--b\r\nContent-Type: application/http\r\n\r\n", 400),
        ("multipart/mixed; boundary=b", b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n", 400),
        ("multipart/mixed; boundary=b", b"--b\r\nContent-Type: application/http\r\n\r\nx\r\n--b--\r\n", 400),
        ("text/plain", b"", 415),
        ("application/json", b'{"requests":[{"method":"GET","url":"\xff"}]}', 400),
    ],
)
async def test_a_batch_that_cannot_be_read_is_refused(
    companion: Financials, kind: str, body: bytes, status: int
) -> None:
    answered = await companion.ask("POST", "/$batch", body, Content_Type=kind)

    assert (answered.status, answered.code) == (status, "BadRequest")
