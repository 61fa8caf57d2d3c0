"""Whether a row fits a mapping's filter, as the demo's own comparison works it out."""

from typing import Any

import pytest

from libs.contracts.pages import Condition
from services.demo.tables import fits


@pytest.mark.parametrize(
    ("operator", "wanted", "held", "fit"),
    [
        ("eq", " ", " ", True),
        ("eq", " ", "All", False),
        ("eq", 0, 0, True),
        ("eq", 0, None, False),
        ("eq", True, True, True),
        ("eq", "person", "Person", True),
        ("ne", None, None, False),
        ("ne", None, "account:1", True),
        ("ne", "", None, False),
        ("in", [None, "row"], None, True),
        ("in", [None, "row"], "row", True),
        ("in", [None, "row"], "other", False),
        ("gt", "1", "1.5", True),
        ("gt", "1", "1", False),
        ("ge", 1, "1", True),
        ("lt", 3, 2, True),
        ("le", 3, 4, False),
        ("gt", 1, None, False),
    ],
)
def test_a_row_fits_a_term(operator: str, wanted: Any, held: Any, fit: bool) -> None:
    assert fits({"field": held}, [Condition(field="field", operator=operator, value=wanted)]) is fit


def test_a_filter_is_a_conjunction() -> None:
    terms = [Condition(field="a", operator="eq", value=1), Condition(field="b", operator="eq", value=2)]

    assert fits({"a": 1, "b": 2}, terms)
    assert not fits({"a": 1, "b": 3}, terms)
