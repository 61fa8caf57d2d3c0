"""A measured figure beside its budget."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One row of the report. ``budget`` is null for a figure that is only reported."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    at_least: bool = False
    """The budget is a lower bound."""

    @property
    def ok(self) -> bool:
        if self.budget is None:
            return True
        return self.value >= self.budget if self.at_least else self.value <= self.budget

    def as_json(self) -> dict[str, Any]:
        return {"name": self.name, "value": self.value, "unit": self.unit, "budget": self.budget, "ok": self.ok}

    def line(self) -> str:
        budget = "" if self.budget is None else f"{'≥' if self.at_least else '≤'} {self.budget:g}"
        verdict = "" if self.budget is None else ("ok" if self.ok else "MISSED")
        return f"{self.name:<52} {plain(self.value):>10} {self.unit:<16} {budget:>9} {verdict}"

    def row(self) -> str:
        """The same as a row of the table in docs/performance.md."""
        cells = [f"`{self.name}`", plain(self.value), self.unit]
        if self.budget is not None:
            cells += [f"{'≥' if self.at_least else '≤'} {self.budget:g}", "kept" if self.ok else "**missed**"]
        return f"| {' | '.join(cells)} |"


def plain(value: float) -> str:
    """Four digits that count, without exponent: 0.006571, 86.3, 19700."""
    if value == 0:
        return "0"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    text = f"{float(f'{value:.4g}'):.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def tables(figures: Sequence[Figure]) -> str:
    """The two tables of docs/performance.md: what has a budget first, then the rest."""
    head = "| Figure | Value | Unit | Budget | |\n| --- | ---: | --- | ---: | --- |\n"
    bounded = "\n".join(figure.row() for figure in figures if figure.budget is not None)
    others = "\n".join(figure.row() for figure in figures if figure.budget is None)
    rest = "| Figure | Value | Unit |\n| --- | ---: | --- |\n"
    return f"{head}{bounded}\n\n### All other figures\n\n{rest}{others}\n"


def report(figures: Sequence[Figure]) -> str:
    return "\n".join(figure.line() for figure in figures)
