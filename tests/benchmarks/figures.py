"""A measured figure beside its budget."""

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
        return f"{self.name:<52} {self.value:>10.4g} {self.unit:<16} {budget:>9} {verdict}"


def report(figures: Sequence[Figure]) -> str:
    return "\n".join(figure.line() for figure in figures)
