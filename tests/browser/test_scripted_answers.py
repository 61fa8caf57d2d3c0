"""The scripted lookup speaks as the real one does: its answers fit the API's shapes, and questions are understood."""

import re
from typing import Any, get_args

import msgspec
import pytest

from services.availability_lookup.answered import OrderAnswered
from services.availability_lookup.asked import decode_order
from services.availability_lookup.codes import NoteCode, ProblemCode
from tests.browser.conftest import ROOT
from tests.browser.scripted_lookup import a_price, an_answer, enough_stock, some_stock

STRINGS = ROOT / "deploy" / "sales-solution" / "webresources" / "orderline" / "strings.js"


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"availability": enough_stock(), "price": a_price(discount_source=None)},
        {"availability": some_stock(available="-3", available_from=None, locations=None)},
        {"availability": None, "price": None, "error": {"code": "product_not_coupled", "message": "Not coupled."}},
    ],
)
def test_scripted_answers_have_the_shape_of_the_api(line: dict[str, Any]) -> None:
    answer = an_answer(line=line, warnings=[{"code": "financials_slow", "message": "Slow."}])
    converted = msgspec.convert(answer, OrderAnswered, strict=True)
    assert msgspec.to_builtins(converted) == answer


def test_the_panels_question_is_understood() -> None:
    guid = "0a0a0a0a-0000-4000-8000-00000000000a"
    line = {"id": "1", "product_id": guid, "unit_id": guid, "quantity": "12.5"}
    question = {"customer": {"account_id": guid}, "currency_id": guid, "per_location": True, "lines": [line]}
    order = decode_order(msgspec.json.encode(question))
    assert order.per_location
    assert order.lines[0].unit_id == guid


def test_every_code_of_the_lookup_has_words_in_the_panel_and_no_other() -> None:
    """That each of them is there in every language is tested beside the string table."""
    spoken = set(re.findall(r'"code:(\w+)"', STRINGS.read_text(encoding="utf-8")))
    assert spoken == {*get_args(NoteCode), *get_args(ProblemCode)}
