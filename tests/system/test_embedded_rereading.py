"""A modified run begins a little before the former one ended, so that nothing that was committed late is missed. What
it reads a second time costs no write, however often it is done.
"""

from pathlib import Path
from typing import Any

from libs.contracts.vocabulary import System
from services.demo.figures import Run
from tests.system.one_process import a_tandem


def nobody(_: Any) -> None:
    """Does not watch."""


async def test_records_that_are_read_again_are_not_written_again(tmp_path: Path) -> None:
    async with a_tandem(tmp_path, records=60) as tandem:
        await tandem.connected()
        await tandem.client.couple_salespeople(nobody)
        await tandem.client.generate_review()
        await tandem.client.start_review(nobody)
        account = (await tandem.keyboard.rows(System.SALES, "account"))[0]
        await tandem.keyboard.change(System.SALES, "account", account["accountid"], {"address1_city": "Elsewhere"})
        await tandem.client.synchronize_modified(nobody)

        await tandem.keyboard.forget_statistics()
        runs: list[Run] = [await tandem.client.synchronize_modified(nobody) for _ in range(2)]

        assert await tandem.keyboard.rows_written() == {"sales": 0, "financials": 0}
        for run in runs:
            totals = run.totals()
            assert totals["inserted"] == totals["modified"] == totals["failed"] == 0
            accounts = [row for row in run.figures if (row.name, row.direction) == ("CUSTOMER", "from_sales")]
            assert accounts[0].unchanged, "what was just written is read again"
