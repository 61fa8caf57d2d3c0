"""What the review advises, from what was counted."""

import pytest

from libs.contracts.vocabulary import Recommendation
from services.orchestrator.domain.recommendation import Census, recommend

FULL, COUPLE, NOTHING = (
    Recommendation.FULL_SYNCHRONIZATION,
    Recommendation.COUPLE_RECORDS,
    Recommendation.NO_RECORDS_FOUND,
)


@pytest.mark.parametrize(
    ("rule", "financials", "sales", "only_base_currency", "advice"),
    [
        ("always_full", 0, 0, False, FULL),
        ("always_full", 5, 5, False, FULL),
        ("currency", 5, 1, True, FULL),
        ("currency", 5, 1, False, COUPLE),
        ("currency", 0, 3, False, COUPLE),
        ("option", 0, 7, False, NOTHING),
        ("option", 3, 0, False, COUPLE),
        ("option", 3, 7, False, COUPLE),
        ("unit", 0, 1, False, NOTHING),
        ("unit", 4, 1, False, FULL),
        ("unit", 4, 0, False, FULL),
        ("unit", 4, 2, False, COUPLE),
        ("unit", 0, 2, False, FULL),
        ("counts", 0, 0, False, NOTHING),
        ("counts", 2, 0, False, FULL),
        ("counts", 0, 2, False, FULL),
        ("counts", 2, 2, False, COUPLE),
    ],
)
def test_a_mapping_is_advised_by_its_rule(
    rule: str, financials: int, sales: int, only_base_currency: bool, advice: Recommendation
) -> None:
    assert recommend(rule, Census(financials, sales, only_base_currency=only_base_currency)) is advice
