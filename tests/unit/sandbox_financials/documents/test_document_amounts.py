"""Amounts of lines add up to what their document says, whatever is discounted, taxed and rounded."""

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.sandbox.financials.documents.amounts import settle
from services.sandbox.financials.documents.fields import ORDER
from services.sandbox.financials.documents.headers import new_header
from services.sandbox.financials.documents.lines import new_line
from services.sandbox.financials.documents.pricing import rounded_to

_PENNY = Decimal("0.01")
_lines = st.lists(
    st.fixed_dictionaries(
        {
            "Quantity": st.decimals(0, 50, places=2),
            "Unit Price": st.decimals(0, 500, places=3),
            "Line Discount %": st.sampled_from([Decimal(0), Decimal("2.5"), Decimal("33.33333"), Decimal(100)]),
            "VAT %": st.sampled_from([Decimal(0), Decimal(6), Decimal(25)]),
        }
    ),
    max_size=6,
)


def _document(lines: list[dict[str, Decimal]], *, gross: bool, discount: Decimal) -> tuple[dict[str, Any], list[Any]]:
    header = new_header(ORDER, "2026-11-22") | {"Prices Including VAT": gross, "Invoice Discount Amount": discount}
    rows = [new_line(ORDER, "X", 10000 * number) | line for number, line in enumerate(lines, 1)]
    settle(header, rows, _PENNY)
    return header, rows


@given(_lines, st.booleans(), st.decimals(0, 20, places=2))
def test_lines_add_up_to_their_document(lines: list[dict[str, Decimal]], gross: bool, discount: Decimal) -> None:
    header, rows = _document(lines, gross=gross, discount=discount)

    whole = sum(row["Line Amount"] for row in rows)
    assert sum(row["Inv. Discount Amount"] for row in rows) == (discount if whole else 0)
    assert header["Amount"] == sum(row["Net Amount"] for row in rows)
    assert header["Amount Including VAT"] == sum(row["Net Amount Including Tax"] for row in rows)
    assert header["Amount"] + header["Total Tax Amount"] == header["Amount Including VAT"]
    assert header["Amount Including VAT" if gross else "Amount"] == whole - (discount if whole else 0)
    for row in rows:
        assert row["Amount Excluding Tax"] + row["Tax Amount"] == row["Amount Including Tax"]
        assert rounded_to(row["Net Amount"], _PENNY) == row["Net Amount"]


@given(_lines)
def test_vat_of_one_percentage_is_rounded_once_for_the_whole_document(lines: list[dict[str, Decimal]]) -> None:
    header, rows = _document(lines, gross=False, discount=Decimal(0))

    owed = Decimal(0)
    for percent in {row["VAT %"] for row in rows}:
        base = sum((row["Line Amount"] for row in rows if row["VAT %"] == percent), Decimal(0))
        owed += rounded_to(base * percent / 100, _PENNY)
    assert header["Total Tax Amount"] == owed


def test_three_lines_of_a_third_of_a_penny_of_vat_owe_one_penny() -> None:
    line = {"Quantity": Decimal(1), "Unit Price": Decimal("0.04"), "Line Discount %": Decimal(0), "VAT %": Decimal(6)}

    header, rows = _document([line] * 3, gross=False, discount=Decimal(0))

    assert [row["Tax Amount"] for row in rows] == [Decimal(0), Decimal(0), Decimal("0.01")]
    assert header["Amount Including VAT"] == Decimal("0.13")
