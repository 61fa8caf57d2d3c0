"""Measured figures: how they read, and that the page and the benchmarks name the same budgets."""

import re
from pathlib import Path

import pytest

from tests.benchmarks.figures import Figure, plain, tables

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [(19700.0, "19700"), (15264.4, "15260"), (0.0065714, "0.006571"), (86.3, "86.3"), (1.0, "1"), (0.0, "0")],
)
def test_a_figure_has_four_digits_that_count_and_no_exponent(value: float, text: str) -> None:
    assert plain(value) == text


def test_what_has_a_budget_stands_first_and_is_marked() -> None:
    kept, missed = Figure("fast", 9000, "records/s", 8000, at_least=True), Figure("slow", 12, "ms", 10)
    table = tables([Figure("other", 3, "s"), kept, missed])
    assert table.splitlines()[2:4] == [
        "| `fast` | 9000 | records/s | ≥ 8000 | kept |",
        "| `slow` | 12 | ms | ≤ 10 | **missed** |",
    ]
    assert table.splitlines()[-1] == "| `other` | 3 | s |"


def test_every_mark_of_the_page_follows_from_its_figure() -> None:
    rows = re.findall(r"^\| `(\S+)` \| ([\d.]+) \| [^|]+ \| ([≤≥]) ([\d.]+) \| (\S+) \|$", PAGE, flags=re.MULTILINE)
    assert len(rows) == len(re.findall(r"^\|.*[≤≥].*\|$", PAGE, flags=re.MULTILINE)) > 15
    for name, value, sign, budget, mark in rows:
        figure = Figure(name, float(value), "", float(budget), at_least=sign == "≥")
        assert mark == ("kept" if figure.ok else "**missed**"), name


def test_the_page_has_no_exponents() -> None:
    assert re.findall(r"\d+e[+-]\d+", PAGE) == []
