"""Exchange rates in Sales are computed from the rate that the base currency has when a full run is started."""

from decimal import Decimal
from pathlib import Path

from libs.contracts.vocabulary import Recommendation, System
from tests.system.one_process import Tandem, a_tandem

BASE = "USD"


async def rates_in_sales(tandem: Tandem) -> dict[str, Decimal]:
    rows = await tandem.keyboard.rows(System.SALES, "transactioncurrency")
    return {row["isocurrencycode"]: Decimal(str(row["exchangerate"])) for row in rows}


async def full_run(tandem: Tandem) -> None:
    await tandem.client.reset_review(Recommendation.FULL_SYNCHRONIZATION)
    await tandem.client.start_review(lambda jobs: None)


async def double_the_base_rate(tandem: Tandem) -> None:
    for row in await tandem.keyboard.rows(System.FINANCIALS, "Currency Exchange Rate"):
        if row["Currency Code"] == BASE:
            doubled = str(Decimal(str(row["Relational Exch. Rate Amount"])) * 2)
            key = [BASE, str(row["Starting Date"])]
            values = {"Relational Exch. Rate Amount": doubled}
            await tandem.keyboard.change(System.FINANCIALS, "Currency Exchange Rate", key, values)


async def test_a_new_rate_of_the_base_currency_reaches_all_others_with_the_next_full_run(tmp_path: Path) -> None:
    async with a_tandem(tmp_path, records=40) as tandem:
        _, context = await tandem.connected()
        await tandem.client.generate_review()
        await full_run(tandem)
        before = await rates_in_sales(tandem)
        coupled = [each.financials_key for each in await tandem.client.couplings("CURRENCY")]
        computed = {code for code in coupled if code not in (BASE, context.local_currency_code)}
        await double_the_base_rate(tandem)
        await full_run(tandem)
        after = await rates_in_sales(tandem)

    def doubled(rates: dict[str, Decimal]) -> set[str]:
        return {code for code in computed if abs(rates[code] - 2 * before[code]) < Decimal("0.0001")}

    assert len(computed) > 1
    assert doubled(after) == computed
    assert after[BASE] == before[BASE] == 1
