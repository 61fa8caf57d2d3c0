"""Topic patterns against a definition so plain that it is surely right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.messaging.topics import matches

WORDS = st.lists(st.sampled_from(["a", "b", "page"]), max_size=5)
PATTERNS = st.lists(st.sampled_from(["a", "b", "page", "*", "#"]), max_size=5)


def plainly_matches(pattern: list[str], words: list[str]) -> bool:
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(plainly_matches(pattern[1:], words[skipped:]) for skipped in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and plainly_matches(pattern[1:], words[1:])


@given(pattern=PATTERNS, words=WORDS)
def test_a_pattern_matches_word_by_word(pattern: list[str], words: list[str]) -> None:
    assert matches(".".join(pattern), ".".join(words)) == plainly_matches(pattern, words)


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("sales_connector.#", "sales_connector.record_page.read.v1", True),
        ("sales_connector.#", "sales_connector", True),
        ("sales_connector.#", "sales.record_page.read.v1", False),
        ("*.record_page.was_read.v1", "sales_connector.record_page.was_read.v1", True),
        ("*.record_page.was_read.v1", "record_page.was_read.v1", False),
    ],
)
def test_the_patterns_of_the_topology(pattern: str, key: str, fits: bool) -> None:
    assert matches(pattern, key) is fits
