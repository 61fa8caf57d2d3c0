"""What the full-synchronization review advises for a mapping, from what both sides hold."""

from collections.abc import Callable
from dataclasses import dataclass

from libs.contracts.vocabulary import Recommendation


@dataclass(frozen=True)
class Census:
    """What was counted for one mapping."""

    financials: int
    """All records of the table."""
    sales: int
    """Rows inside the mapping's filter."""
    expected_to_sales: int | None = None
    """Records of Financials inside the mapping's filter."""
    only_base_currency: bool = False
    """Sales has exactly one currency, and its rate is 1."""


def _always_full(_: Census) -> Recommendation:
    return Recommendation.FULL_SYNCHRONIZATION


def _currency(census: Census) -> Recommendation:
    if census.only_base_currency:
        return Recommendation.FULL_SYNCHRONIZATION
    return Recommendation.COUPLE_RECORDS


def _option(census: Census) -> Recommendation:
    return Recommendation.COUPLE_RECORDS if census.financials else Recommendation.NO_RECORDS_FOUND


def _three_way(financials: bool, sales: bool) -> Recommendation:
    if financials and sales:
        return Recommendation.COUPLE_RECORDS
    if financials or sales:
        return Recommendation.FULL_SYNCHRONIZATION
    return Recommendation.NO_RECORDS_FOUND


def _unit(census: Census) -> Recommendation:
    # Every organization has the built-in Default Unit; alone it counts as nothing.
    return _three_way(census.financials > 0, census.sales > 1)


def _counts(census: Census) -> Recommendation:
    return _three_way(census.financials > 0, census.sales > 0)


RULES: dict[str, Callable[[Census], Recommendation]] = {
    "always_full": _always_full,
    "currency": _currency,
    "option": _option,
    "unit": _unit,
    "counts": _counts,
}
"""``MappingView.recommendation_rule`` -> rule."""


def recommend(rule: str, census: Census) -> Recommendation:
    """The advice for a mapping with this rule."""
    return RULES[rule](census)
