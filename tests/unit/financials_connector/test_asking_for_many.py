"""Filters that ask for many records by number: every one once, in addresses of bounded length, whatever the numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.dynamics.odata import escaped
from services.financials_connector.lookup_readings import (
    CHARACTERS_IN_ONE_FILTER,
    VALUES_IN_ONE_FILTER,
    in_chunks,
)

numbers = st.lists(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=20))


@given(numbers)
def test_every_number_is_asked_for_once_however_it_is_written(asked: list[str]) -> None:
    filters = in_chunks([], "No", asked)

    found = [text.replace("''", "'") for each in filters for text in re.findall(r"No eq '((?:[^']|'')*)'", each)]
    assert found == list(dict.fromkeys(asked))


@pytest.mark.parametrize("shape", ["N{:05}", "O''NEIL & {:05}", "\N{GRINNING FACE}" * 15 + "{:05}", "%" * 15 + "{:05}"])
def test_a_filter_stays_within_an_address_and_no_shorter_than_it_must_be(shape: str) -> None:
    filters = in_chunks([], "assetNumber", [shape.format(number) for number in range(500)])

    lengths = [len(escaped(each)) for each in filters]
    assert max(lengths) <= CHARACTERS_IN_ONE_FILTER + 100
    assert len(filters) <= max(500 / VALUES_IN_ONE_FILTER, sum(lengths) / CHARACTERS_IN_ONE_FILTER * 1.2 + 1)
