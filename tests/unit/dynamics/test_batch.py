"""Both batch dialects, written and read back."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.dynamics.batch import Operation, build_json, build_multipart, parse_json, parse_multipart
from libs.runtime.errors import ContractBroken


def a_part(status: int, body: bytes = b"", head: str = "") -> bytes:
    return (
        b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        + f"HTTP/1.1 {status} Words\r\n{head}\r\n".encode()
        + body
        + b"\r\n"
    )


def an_answer_of(*parts: bytes) -> bytes:
    return b"".join(b"--batchresponse_1\r\n" + part for part in parts) + b"--batchresponse_1--\r\n"


TYPE = "multipart/mixed; boundary=batchresponse_1"


def test_operations_are_written_with_crlf_and_their_own_headers():
    body = build_multipart(
        [
            Operation("GET", "/api/data/v9.2/accounts?$top=1"),
            Operation("PATCH", "/api/data/v9.2/accounts(1)", b'{"a":1}', (("If-Match", 'W/"5"'),)),
        ],
        "b1",
    )
    assert body == (
        b"--b1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        b"GET /api/data/v9.2/accounts?$top=1 HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        b"--b1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        b"PATCH /api/data/v9.2/accounts(1) HTTP/1.1\r\nContent-Type: application/json; charset=utf-8\r\n"
        b'Accept: application/json\r\nIf-Match: W/"5"\r\n\r\n{"a":1}\r\n'
        b"--b1--\r\n"
    )


def test_parts_are_read_with_status_body_and_etag():
    parts = parse_multipart(
        TYPE,
        an_answer_of(
            a_part(204, head='ETag: W/"7"\r\nOData-EntityId: x\r\n'),
            a_part(200, b'{"value":[]}', "Content-Type: application/json\r\n"),
            a_part(400, b'{"error":{"code":"1","message":"no"}}'),
        ),
    )
    assert [(part.status, part.body, part.etag, part.ok) for part in parts] == [
        (204, b"", 'W/"7"', True),
        (200, b'{"value":[]}', "", True),
        (400, b'{"error":{"code":"1","message":"no"}}', "", False),
    ]


def test_a_quoted_boundary_is_understood():
    assert len(parse_multipart('multipart/mixed; boundary="batchresponse_1"', an_answer_of(a_part(204)))) == 1


@pytest.mark.parametrize("cut", [3, 20, 60, 100])
def test_a_torn_answer_is_told_from_a_whole_one(cut):
    whole = an_answer_of(a_part(204), a_part(200, b'{"value":[]}'))
    with pytest.raises(ContractBroken):
        parse_multipart(TYPE, whole[:-cut])


@pytest.mark.parametrize("type", ["application/json", "multipart/mixed", ""])
def test_an_answer_that_is_no_batch_is_refused(type):
    with pytest.raises(ContractBroken):
        parse_multipart(type, b"{}")


@given(st.lists(st.tuples(st.sampled_from([200, 204, 400, 412]), st.dictionaries(st.text(), st.text()))))
def test_any_json_body_survives_the_multipart(contents):
    parts = parse_multipart(
        TYPE, an_answer_of(*(a_part(status, msgspec.json.encode(body)) for status, body in contents))
    )
    assert [(part.status, msgspec.json.decode(part.body)) for part in parts] == contents


def test_a_json_batch_numbers_its_operations_and_keeps_bodies_as_they_are():
    body = build_json(
        [Operation("GET", "items?$top=1"), Operation("PATCH", "items(1)", b'{"price":1.50}', (("If-Match", "*"),))],
        {"Company": "CRONUS"},
    )
    assert b'"body":{"price":1.50}' in body
    assert msgspec.json.decode(body)["requests"] == [
        {"method": "GET", "id": "0", "url": "items?$top=1", "headers": {"Company": "CRONUS"}},
        {
            "method": "PATCH",
            "id": "1",
            "url": "items(1)",
            "headers": {"Company": "CRONUS", "If-Match": "*", "Content-Type": "application/json"},
            "body": {"price": 1.5},
        },
    ]


def test_json_answers_are_put_in_order_and_missing_ones_are_null():
    answer = {"responses": [{"id": "2", "status": 400, "body": {"e": 1}}, {"id": "0", "status": 204}]}
    first, second, third = parse_json(msgspec.json.encode(answer), 3)
    assert first is not None and first.ok and first.body is None
    assert second is None
    assert third is not None and (third.status, third.body, third.ok) == (400, {"e": 1}, False)


def test_decimals_in_json_answers_keep_their_digits():
    [part] = parse_json(b'{"responses":[{"id":"0","status":200,"body":{"a":1.10,"b":2}}]}', 1)
    assert part is not None and part.body == {"a": "1.10", "b": 2}


@pytest.mark.parametrize("body", [b"", b"[]", b'{"responses":[{"id":"9","status":200}]}', b'{"responses":[{}]}'])
def test_a_json_answer_that_is_no_batch_is_refused(body):
    with pytest.raises(ContractBroken):
        parse_json(body, 1)
