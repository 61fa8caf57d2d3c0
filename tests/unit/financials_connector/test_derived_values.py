"""What is computed here when the companion does not compute it."""

from libs.contracts.pages import Value
from services.financials_connector.code_series import codes_after
from services.financials_connector.derived import rates_of


def a_rate(code: str, start: str | None, amount: str, relational: str, against: str = "") -> dict[str, Value]:
    return {
        "Currency Code": code,
        "Starting Date": start,
        "Exchange Rate Amount": amount,
        "Relational Exch. Rate Amount": relational,
        "Relational Currency Code": against,
    }


def test_the_newest_rate_counts_and_is_local_currency_per_unit() -> None:
    rates = [
        a_rate("EUR", "2026-01-01", "100", "85"),
        a_rate("EUR", "2025-01-01", "1", "0.9"),
        a_rate("JPY", None, "100", "0.5"),
    ]
    assert rates_of(rates, "GBP") == {"EUR": "0.85", "JPY": "0.005"}


def test_a_rate_against_another_currency_is_carried_on_to_the_local_one() -> None:
    rates = [a_rate("EUR", "2026-01-01", "1", "0.8"), a_rate("DKK", "2026-01-01", "100", "13.4", against="EUR")]
    assert rates_of(rates, "GBP")["DKK"] == "0.1072"


def test_a_rate_of_zero_is_no_rate() -> None:
    assert rates_of([a_rate("EUR", "2026-01-01", "0", "1"), a_rate("USD", "2026-01-01", "1", "0")], "GBP") == {}


def test_a_rate_keeps_fifteen_decimals() -> None:
    assert rates_of([a_rate("EUR", "2026-01-01", "3", "1")], "GBP") == {"EUR": "0.333333333333333"}


def test_salesperson_codes_count_up_from_the_greatest_one_in_use() -> None:
    assert codes_after([], "SP NO. 00001", 2) == ["SP NO. 00001", "SP NO. 00002"]
    assert codes_after(["SP NO. 00041", "SP NO. 0X"], "SP NO. 00001", 1) == ["SP NO. 00042"]
