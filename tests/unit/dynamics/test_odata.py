"""Filters, literals and numbers as both products want them."""

from decimal import Decimal
from urllib.parse import quote, unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.vocabulary import System
from libs.dynamics.odata import (
    Term,
    chunks_by_length,
    decimal_text,
    escaped,
    filter_text,
    in_function,
    json_number,
    literal,
    same_host,
)
from libs.runtime.errors import MappingInvalid

GUID = "11111111-2222-3333-4444-555555555555"


def dataverse(*terms: Term) -> str:
    return filter_text(terms, System.SALES)


def business_central(*terms: Term) -> str:
    return filter_text(terms, System.FINANCIALS)


def test_conditions_are_joined_by_and():
    assert (
        dataverse(Term("statecode", "choice", "eq", 0), Term("name", "text", "ne", "O'Brien"))
        == "statecode eq 0 and name ne 'O''Brien'"
    )


def test_a_dataverse_list_with_null_becomes_an_alternative():
    term = Term("_bcbi_companyid_value", "lookup", "in", [GUID, None])
    assert dataverse(term) == f"(_bcbi_companyid_value eq null or _bcbi_companyid_value eq {GUID})"


def test_a_long_dataverse_list_uses_the_query_function():
    term = Term("accountnumber", "text", "in", ["a", 'b"c', "d"], "accountnumber")
    assert dataverse(term) == (
        'Microsoft.Dynamics.CRM.In(PropertyName=\'accountnumber\',PropertyValues=["a","b\\"c","d"])'
    )


def test_business_central_knows_no_null():
    assert business_central(Term("currencyCode", "code", "eq", None)) == "currencyCode eq ''"
    assert business_central(Term("endDate", "date", "eq", None)) == "endDate eq 0001-01-01"
    assert business_central(Term("unitId", "guid", "ne", None)) == "unitId ne 00000000-0000-0000-0000-000000000000"


def test_a_business_central_list_becomes_alternatives_on_one_field():
    term = Term("type", "option", "in", ["Person", "Company", "Person"])
    assert business_central(term) == "(type eq 'Person' or type eq 'Company')"


@pytest.mark.parametrize("write", [dataverse, business_central])
def test_an_empty_list_fits_nothing(write):
    text = write(Term("name", "text", "in", []))
    assert " eq " in text and " ne " in text


def test_an_operator_that_is_not_known_is_a_fault_of_the_mapping():
    with pytest.raises(MappingInvalid, match="like"):
        dataverse(Term("name", "text", "like", "x"))


def test_a_value_that_would_break_out_of_a_bare_literal_is_refused():
    with pytest.raises(MappingInvalid):
        literal("guid", "x or 1 eq 1")


@given(st.text())
def test_a_quoted_literal_can_be_read_back(text):
    quoted = literal("text", text)
    assert quoted[0] == quoted[-1] == "'"
    assert quoted[1:-1].replace("''", "'") == text


@given(st.text())
def test_escaping_is_undone_by_the_server(text):
    assert unquote(escaped(text)) == text


@pytest.mark.parametrize("character", [*map(chr, range(0x100)), "\u2028", "\uff11"])
def test_what_is_reserved_in_a_query_never_stays_bare(character):
    assert escaped(f"a {character}") == "a%20" + quote(character, safe="!$'()*,;:@/=")


@given(st.lists(st.text(min_size=1), min_size=1))
def test_the_values_of_the_query_function_are_json(values):
    text = in_function("name", values)
    listed = text.removeprefix("Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=").removesuffix(")")
    assert msgspec.json.decode(listed) == values


@pytest.mark.parametrize(
    ("wire", "canonical"),
    [
        (None, None),
        (0, "0"),
        (12, "12"),
        (-3, "-3"),
        ("12.50", "12.5"),
        ("12.00", "12"),
        ("-0.0", "0"),
        ("100", "100"),
        ("1e-05", "0.00001"),
        ("1.5E+3", "1500"),
        ("0.10000000000000000000001", "0.10000000000000000000001"),
    ],
)
def test_numbers_become_plain_text(wire, canonical):
    assert decimal_text(wire) == canonical


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**12), max_value=10**12))
def test_a_number_keeps_its_value_there_and_back(number):
    text = decimal_text(str(number))
    assert Decimal(text) == number
    assert decimal_text(text) == text
    assert msgspec.json.encode(json_number(text)) == text.encode()


def test_a_next_link_must_stay_on_its_host():
    assert same_host("https://org.example/api/x?$skiptoken=1", "https://ORG.example/api/")
    assert not same_host("https://elsewhere.example/api/x", "https://org.example/api/")
    assert not same_host("http://org.example/api/x", "https://org.example/api/")


@given(st.lists(st.integers(min_value=1, max_value=50)), st.integers(min_value=1, max_value=60))
def test_cutting_by_length_loses_nothing_and_keeps_the_limit(sizes, limit):
    pieces = list(chunks_by_length(sizes, sizes, limit))
    assert [size for piece in pieces for size in piece] == sizes
    assert all(sum(piece) <= limit or len(piece) == 1 for piece in pieces)
