"""The edge of the API: what a request must look like, problems, browsers of one origin, limits, health untouched."""

import asyncio
from typing import Any

import pytest
from yarl import URL

from libs.runtime.settings import SettingsInvalid, read_settings
from services.availability_lookup.settings import Settings, origin_of
from tests.component.availability_lookup.scripted import (
    ENVIRONMENT,
    KEY,
    ORIGIN,
    Lookup,
    a_guid,
    a_line,
    running_lookup,
)


async def raw(lookup: Lookup, method: str, path: str, **arguments: Any) -> tuple[int, Any, dict[str, Any]]:
    async with lookup.client.request(method, f"{lookup.url}{path}", **arguments) as answer:
        body = await answer.json(content_type=None) if await answer.read() else {}
        return answer.status, answer.headers, body


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"lines": []}, "/lines"),
        ({"lines": [a_line()] * 501}, "/lines"),
        ({"lines": [a_line()], "colour": "red"}, "/colour"),
        ({"lines": [a_line(), a_line(colour="red")]}, "/lines/1/colour"),
        ({"lines": [a_line("X" * 21)]}, "/lines/0/item"),
        ({"lines": [a_line("A\nB")]}, "/lines/0/item"),
        ({"lines": [a_line("A\n")]}, "/lines/0/item"),
        ({"lines": [a_line(unit="ELEVENCHARS")]}, "/lines/0/unit"),
        ({"lines": [a_line(quantity="0")]}, "/lines/0/quantity"),
        ({"lines": [a_line(quantity="-1")]}, "/lines/0/quantity"),
        ({"lines": [a_line(quantity="1e3")]}, "/lines/0/quantity"),
        ({"lines": [a_line(quantity="NaN")]}, "/lines/0/quantity"),
        ({"lines": [{**a_line(), "quantity": 1e12}]}, "/lines/0/quantity"),
        ({"lines": [{**a_line(), "quantity": True}]}, "/lines/0/quantity"),
        ({"lines": [{"id": "1", "quantity": "1"}]}, "/lines/0"),
        ({"lines": [a_line(resource="R")]}, "/lines/0"),
        ({"lines": [a_line(unit="PCS", unit_id=a_guid(1))]}, "/lines/0/unit_id"),
        ({"lines": [{"id": "1", "quantity": "1", "product_id": "1000"}]}, "/lines/0/product_id"),
        ({"lines": [a_line()], "customer": {}}, "/customer"),
        ({"lines": [a_line()], "customer": {"account_id": "{" + a_guid(1) + "}"}}, "/customer/account_id"),
        ({"lines": [a_line()], "date": "2026-02-30"}, "/date"),
        ({"lines": [a_line()], "currency": "EUR", "currency_id": a_guid(1)}, "/currency_id"),
    ],
)
async def test_what_does_not_fit_is_refused_with_a_pointer_to_it(body: dict[str, Any], pointer: str) -> None:
    async with running_lookup() as lookup:
        status, headers, problem = await raw(lookup, "POST", "/v1/order-lines", json=body)
    assert status == 422
    assert headers["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["code"]) == (422, "request_invalid")
    assert problem["errors"][0]["pointer"] == pointer
    assert not lookup.world.lookups


async def test_every_refusal_is_a_problem() -> None:
    line = {"lines": [a_line()]}
    async with running_lookup() as lookup:
        cases: list[tuple[int, str, str, dict[str, Any]]] = [
            (400, "POST", "/v1/order-lines", {"data": b"{", "headers": {"Content-Type": "application/json"}}),
            (400, "POST", "/v1/order-lines", {"json": line, "compress": "gzip"}),
            (400, "POST", "/v1/order-lines", {"data": b"\xff", "headers": {"Content-Type": "application/json"}}),
            (401, "POST", "/v1/order-lines", {"json": line, "headers": {"Tandem-Key": "wrong"}}),
            (404, "GET", "/v1/nothing", {}),
            (404, "GET", "/v1", {}),
            (405, "GET", "/v1/order-lines", {}),
            (405, "DELETE", "/v1/items/1000/price", {}),
            (413, "POST", "/v1/order-lines", {"data": b" " * 600_000, "headers": {"Content-Type": "application/json"}}),
            (415, "POST", "/v1/order-lines", {"data": b"{}", "headers": {"Content-Type": "text/plain"}}),
            (422, "POST", "/v1/order-lines", {"json": line, "headers": {"Tandem-Deadline-Ms": "soon"}}),
            (422, "POST", "/v1/order-lines", {"json": line, "headers": {"Tandem-Deadline-Ms": "30001"}}),
            (422, "GET", "/v1/items/1000/price?colour=red", {}),
            (422, "GET", "/v1/items/1000/price?unit=PCS&unit=BOX", {}),
            (422, "GET", "/v1/items/1000/availability?per_location=maybe", {}),
            (422, "GET", "/v1/items/1000/availability?quantity=0", {}),
            (422, "GET", "/v1/items/1000/availability?quantity=1%0A", {}),
            (422, "GET", "/v1/products/1000/price", {}),
        ]
        for wanted, method, path, arguments in cases:
            status, headers, problem = await raw(lookup, method, path, **arguments)
            assert (status, problem["status"]) == (wanted, wanted), (method, path, problem)
            assert headers["Content-Type"] == "application/problem+json"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert problem["title"]
            assert problem["detail"]
            assert problem["code"]
            assert ("Allow" in headers) == (status == 405)
            assert ("WWW-Authenticate" in headers) == (status == 401)


async def test_a_body_that_does_not_come_as_it_was_announced_is_refused_in_time() -> None:
    head = (
        "POST /v1/order-lines HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
        f"Tandem-Key: {KEY}\r\nTandem-Deadline-Ms: 50\r\n"
    )
    async with running_lookup() as lookup:
        for rest, wanted in (
            ("Content-Length: 100\r\n\r\n{", 408),
            ("Transfer-Encoding: chunked\r\n\r\n", 408),
            ("Transfer-Encoding: chunked\r\n\r\nxyz\r\n{\r\n", 400),
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", URL(lookup.url).port)
            writer.write((head + rest).encode())
            answer = (await reader.readuntil(b"\r\n\r\n")).decode()
            writer.close()
            assert int(answer.split(" ")[1]) == wanted, answer
            assert "Content-Type: application/problem+json" in answer


async def test_without_a_key_and_an_audience_nobody_may_ask() -> None:
    async with running_lookup(TANDEM_LOOKUP_KEY="") as lookup:
        for headers in ({"Tandem-Key": ""}, {"Tandem-Key": KEY}, {"Authorization": "Bearer x"}):
            assert (await raw(lookup, "GET", "/v1/items/1000/price", headers=headers))[0] == 401


async def test_only_pages_of_the_environments_origin_may_ask_from_a_browser() -> None:
    async with running_lookup() as lookup:
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        status, headers, _ = await raw(lookup, "OPTIONS", "/v1/order-lines", headers={"Origin": ORIGIN, **asked})
        assert status == 204
        assert headers["Access-Control-Allow-Origin"] == ORIGIN
        assert headers["Access-Control-Allow-Methods"] == "POST"
        assert "Authorization" in headers["Access-Control-Allow-Headers"]
        for origin in ("https://evil.example", f"{ORIGIN}.evil.example", "null"):
            _, headers, _ = await raw(lookup, "OPTIONS", "/v1/order-lines", headers={"Origin": origin, **asked})
            assert "Access-Control-Allow-Origin" not in headers
        for path, wanted in (("/v1/items/1000/price", 200), ("/v1/items/NOPE/price", 404)):
            for origin in (ORIGIN, "https://evil.example"):
                status, headers, _ = await raw(lookup, "GET", path, headers={"Origin": origin})
                assert status == wanted
                assert headers.get("Access-Control-Allow-Origin") == (ORIGIN if origin == ORIGIN else None)
                assert headers["Vary"] == "Origin"
                assert headers["Cache-Control"] == "no-store"


async def test_a_caller_who_asks_too_often_is_told_when_to_come_back() -> None:
    async with running_lookup(TANDEM_LOOKUP_REQUESTS_PER_MINUTE="3") as lookup:
        for _ in range(3):
            await lookup.order(a_line())
        status, headers, problem = await raw(lookup, "POST", "/v1/order-lines", json={"lines": [a_line()]})
    assert (status, problem["code"]) == (429, "too_many_requests")
    assert 1 <= int(headers["Retry-After"]) <= 20


async def test_health_and_the_document_need_no_key() -> None:
    async with running_lookup(TANDEM_LOOKUP_KEY="") as lookup:
        assert (await raw(lookup, "GET", "/health/ready"))[2]["status"] == "ready"
        assert (await raw(lookup, "GET", "/v1/openapi.json"))[2]["openapi"] == "3.1.0"
        assert (await raw(lookup, "HEAD", "/v1/openapi.json"))[0] == 200
        async with lookup.client.get(f"{lookup.url}/metrics") as answer:
            assert "tandem_lookup_cache_entries" in await answer.text()


async def test_a_number_may_hold_what_an_address_must_escape() -> None:
    async with running_lookup() as lookup:
        lookup.world.any_item = True
        answer = await lookup.get("/v1/items/Å%2F1%20{%3F/availability")
    assert answer["product"] == {"kind": "item", "number": "Å/1 {?"}


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Contoso.crm4.dynamics.com/main.aspx", "https://contoso.crm4.dynamics.com"),
        ("https://contoso.example:443", "https://contoso.example"),
        ("https://[::1]:8443/x", "https://[::1]:8443"),
        ("contoso", ""),
        ("", ""),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(given: str, origin: str) -> None:
    assert origin_of(given) == origin


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ORIGIN", "https://contoso.example/path"),
        ("TIME_ZONE", "Middle/Earth"),
        ("PRICES", "nobody's"),
        ("STALE_SECONDS", "-1"),
    ],
)
def test_settings_that_cannot_work_are_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"TANDEM_LOOKUP_{name}"):
        read_settings(Settings, {**ENVIRONMENT, f"TANDEM_LOOKUP_{name}": value})
