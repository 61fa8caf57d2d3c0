"""Values between messages and Business Central's JSON."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.dynamics.financials_tables import CONTACT, CUSTOMER, FINANCIALS_TABLES, ITEM, SALES_PRICE, FinancialsField
from libs.dynamics.odata import decimal_text
from libs.runtime.errors import Rejected
from services.financials_connector.values import decoded_name, encoded_name, reader_of, same, writer_of

BLOCKED = CUSTOMER["Blocked"]
UNIT_PRICE = ITEM["Unit Price"]
STARTING_DATE = SALES_PRICE["Starting Date"]


def read(field: FinancialsField, value: object) -> object:
    reader = reader_of(field)
    return value if reader is None else reader(value)


def wire_text(field: FinancialsField, value: str | int | bool | None) -> bytes:
    return msgspec.json.encode(writer_of(field, encode_options=True)(value))


@pytest.mark.parametrize(
    ("wire", "canonical"),
    [(12, "12"), ("12.50", "12.5"), ("0.0", "0"), ("-0.0", "0"), ("1E+2", "100"), ("1.5e-3", "0.0015"), (-3, "-3")],
)
def test_a_number_is_read_as_plain_decimal_text(wire: object, canonical: str) -> None:
    assert read(UNIT_PRICE, wire) == canonical


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**12), max_value=10**12))
def test_a_number_survives_being_written_and_read(number: Decimal) -> None:
    text = decimal_text(str(number))
    wire = msgspec.json.Decoder(float_hook=str).decode(wire_text(UNIT_PRICE, text))
    assert read(UNIT_PRICE, wire) == text


@pytest.mark.parametrize("text", ["1,5", "abc", "1.", ".5", "--1", '1},{"x":1', "1 "])
def test_what_is_no_number_is_refused_before_it_spoils_a_whole_batch(text: str) -> None:
    with pytest.raises(Rejected) as raised:
        wire_text(UNIT_PRICE, text)
    assert raised.value.field == "Unit Price"


def test_a_blank_date_is_null_and_travels_as_year_one() -> None:
    assert read(STARTING_DATE, "0001-01-01") is None
    assert read(STARTING_DATE, "2026-01-31") == "2026-01-31"
    assert wire_text(STARTING_DATE, None) == b'"0001-01-01"'


@pytest.mark.parametrize(
    ("wire", "member"), [("_x0020_", " "), (" ", " "), ("", " "), ("Ship", "Ship"), ("all", "All"), ("New", "New")]
)
def test_an_option_is_read_as_its_canonical_member_and_an_unknown_one_as_it_is(wire: str, member: str) -> None:
    assert read(BLOCKED, wire) == member


def test_an_option_that_has_no_blank_member_is_still_read_with_encoded_blanks() -> None:
    sales_type = SALES_PRICE["Sales Type"]
    assert read(sales_type, "Customer_x0020_Price_x0020_Group") == "Customer Price Group"
    assert read(ITEM["Type"], "Non_x002D_Inventory") == "Non-Inventory"


def test_api_pages_take_encoded_members_and_published_pages_plain_ones() -> None:
    assert wire_text(BLOCKED, " ") == wire_text(BLOCKED, None) == wire_text(BLOCKED, "") == b'"_x0020_"'
    assert writer_of(SALES_PRICE["Sales Type"], encode_options=False)("All Customers") == "All Customers"
    assert writer_of(BLOCKED, encode_options=False)(None) == " "


@given(st.text(st.characters(codec="ascii", exclude_characters="_", exclude_categories=["Cc"]), max_size=30))
def test_encoding_a_member_name_can_be_undone(member: str) -> None:
    assert decoded_name(encoded_name(member)) == member


def test_empty_texts_and_missing_values_are_the_same() -> None:
    assert wire_text(CONTACT["Name"], None) == b'""'
    assert wire_text(ITEM["Blocked"], None) == b"false"


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        (CUSTOMER["Name"], "", None),
        (CUSTOMER["Currency Code"], "eur ", "EUR"),
        (UNIT_PRICE, "1.50", "1.5"),
        (UNIT_PRICE, None, "0"),
        (BLOCKED, "", " "),
        (STARTING_DATE, None, ""),
        (ITEM["Blocked"], None, False),
    ],
)
def test_values_that_mean_the_same_to_business_central_are_equal(field: FinancialsField, one: str, other: str) -> None:
    assert same(field, one, other)
    assert same(field, other, one)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        (CUSTOMER["Name"], "Alpha", "alpha"),
        (CUSTOMER["Currency Code"], "EUR", ""),
        (UNIT_PRICE, "1.5", "1.51"),
        (BLOCKED, "Ship", " "),
        (STARTING_DATE, "2026-01-01", None),
        (ITEM["Blocked"], True, False),
    ],
)
def test_values_that_differ_are_not_equal(field: FinancialsField, one: str, other: str) -> None:
    assert not same(field, one, other)


def test_every_field_of_the_catalogue_can_be_written_blank() -> None:
    for table in FINANCIALS_TABLES.values():
        for field in table:
            assert wire_text(field, None)
