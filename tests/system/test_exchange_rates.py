"""A full run computes exchange rates from the rate that the base currency of Sales has on that day."""

from decimal import Decimal
from pathlib import Path

from libs.contracts.vocabulary import Recommendation, System
from tests.system.one_process import Tandem, a_tandem

BASE, OTHER = "USD", "EUR"


async def rate_in_sales(tandem: Tandem) -> Decimal:
    rows = await tandem.keyboard.rows(System.SALES, "transactioncurrency")
    return Decimal(str(next(row["exchangerate"] for row in rows if row["isocurrencycode"] == OTHER)))


async def full_run(tandem: Tandem) -> None:
    await tandem.client.reset_review(Recommendation.FULL_SYNCHRONIZATION)
    await tandem.client.start_review(lambda jobs: None)


async def test_a_new_rate_of_the_base_currency_reaches_all_others_with_the_next_full_run(tmp_path: Path) -> None:
    async with a_tandem(tmp_path, records=40) as tandem:
        await tandem.connected()
        await tandem.client.generate_review()
        await full_run(tandem)
        before = await rate_in_sales(tandem)
        for row in await tandem.keyboard.rows(System.FINANCIALS, "Currency Exchange Rate"):
            if row["Currency Code"] == BASE:
                doubled = str(Decimal(str(row["Relational Exch. Rate Amount"])) * 2)
                key = [BASE, str(row["Starting Date"])]
                values = {"Relational Exch. Rate Amount": doubled}
                await tandem.keyboard.change(System.FINANCIALS, "Currency Exchange Rate", key, values)
        await full_run(tandem)
        after = await rate_in_sales(tandem)

    assert before > 0
    assert abs(after - 2 * before) < Decimal("0.0001")
