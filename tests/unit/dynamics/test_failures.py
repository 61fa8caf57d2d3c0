"""Refusals of both products, classified by table."""

import msgspec
import pytest

from libs.contracts.vocabulary import System
from libs.dynamics.failures import BUSINESS_CENTRAL, DATAVERSE, field_named, read_refusal, without_correlation
from libs.runtime.errors import AccessDenied, ConcurrentUpdate, RecordGone, Rejected, Throttled, Unavailable


def a_body(code: str, message: str = "words") -> bytes:
    return msgspec.json.encode({"error": {"code": code, "message": message}})


@pytest.mark.parametrize(
    ("status", "code", "error", "our_code"),
    [
        (412, "0x80060882", ConcurrentUpdate, "remote.version_conflict"),
        (412, "0x80040237", Rejected, "remote.duplicate"),
        (400, "0x80043b06", Rejected, "remote.duplicate"),
        (404, "0x80040217", RecordGone, "remote.record_gone"),
        (400, "0x80044331", Rejected, "remote.value_too_long"),
        (400, "0x8004431A", Rejected, "remote.value_out_of_range"),
        (403, "0x80040220", AccessDenied, "remote.privilege_missing"),
        (429, "0x80072322", Throttled, "remote.throttled"),
        (400, "0x8000ffff", Rejected, "remote.rejected"),
        (500, "0x80040216", Unavailable, "remote.failed"),
    ],
)
def test_dataverse_refusals(status, code, error, our_code):
    refusal = read_refusal(System.SALES, status, a_body(code))
    assert isinstance(refusal.error(), error)
    assert refusal.failure().code == our_code
    assert refusal.failure().remote_code == code


@pytest.mark.parametrize(
    ("status", "code", "message", "error"),
    [
        (409, "Request_EntityChanged", "changed", ConcurrentUpdate),
        (400, "Internal_EntityWithSameKeyExists", "exists", Rejected),
        (400, "Internal_InvalidTableRelation", "no such", Rejected),
        (404, "Internal_RecordNotFound", "gone", RecordGone),
        (403, "Authorization_InsufficientRights", "no", AccessDenied),
        (400, "Application_DialogException", "blocked", Rejected),
        (400, "Application_DialogException", "The Item table is locked by another user", Unavailable),
        (503, "", "", Unavailable),
        (429, "", "", Throttled),
    ],
)
def test_business_central_refusals(status, code, message, error):
    assert isinstance(read_refusal(System.FINANCIALS, status, a_body(code, message)).error(), error)


@pytest.mark.parametrize("table", [DATAVERSE, BUSINESS_CENTRAL])
def test_the_tables_are_keyed_in_lower_case(table):
    assert all(code == code.lower() for code in table)


def test_a_decoded_body_is_read_as_well():
    refusal = read_refusal(System.FINANCIALS, 400, {"error": {"code": "BadRequest", "message": "no"}})
    assert (refusal.code, refusal.words) == ("BadRequest", "no")


def test_a_body_that_is_not_json_keeps_its_words():
    assert read_refusal(System.SALES, 502, b"<html>Bad gateway</html>").words == "<html>Bad gateway</html>"


def test_correlation_ids_are_taken_out_of_the_words():
    words = "The Item does not exist.  CorrelationId:  4bd66ee3-0d1c-4e0a-b6e5-5d5a9c1c5a55."
    assert without_correlation(words) == "The Item does not exist."


def test_the_field_is_found_in_the_words_by_its_longest_name():
    names = {"name": "name", "accountnumber": "accountnumber", "_ownerid_value": "ownerid"}
    assert field_named("A validation error occurred for 'accountnumber'.", names) == "accountnumber"
    assert field_named("Value of Name is too long", names) == "name"
    assert field_named("nothing of the kind: surname", names) == ""


def test_only_an_outage_concerns_the_service_as_a_whole():
    assert read_refusal(System.SALES, 504, b"").is_outage
    assert not read_refusal(System.SALES, 500, b"").is_outage
    assert not read_refusal(System.SALES, 412, a_body("0x80060882")).is_outage
