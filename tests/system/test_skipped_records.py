"""A record that fails again and again is left out, and comes back when somebody has it tried again."""

from pathlib import Path
from typing import Any

from libs.contracts.couplings import CouplingView
from libs.contracts.jobs import RetrySkipped
from libs.contracts.vocabulary import System
from services.demo.figures import Run
from tests.system.one_process import Tandem, a_tandem


def nobody(_: Any) -> None:
    """Does not watch."""


def counted(run: Run) -> tuple[int, int, int]:
    """Customers on their way to Sales: failed, skipped, modified."""
    [row] = [row for row in run.figures if (row.name, row.direction) == ("CUSTOMER", "to_sales")]
    return row.failed, row.skipped, row.modified


async def modified_run(tandem: Tandem) -> tuple[int, int, int]:
    return counted(await tandem.client.synchronize_modified(nobody))


async def the_coupling(tandem: Tandem, number: str) -> CouplingView:
    return next(each for each in await tandem.client.couplings("CUSTOMER") if each.financials_key == number)


async def test_a_skipped_customer_is_synchronized_once_its_reason_is_mended_and_it_is_retried(tmp_path: Path) -> None:
    async with a_tandem(tmp_path, records=40) as tandem:
        await tandem.connected()
        await tandem.client.couple_salespeople(nobody)
        await tandem.client.generate_review()
        await tandem.client.start_review(nobody)
        customers = {row["No."]: row for row in await tandem.keyboard.rows(System.FINANCIALS, "Customer")}
        coupled = await tandem.client.couplings("CUSTOMER")
        number = next(each.financials_key for each in coupled if customers[each.financials_key]["Salesperson Code"])
        salesperson = customers[number]["Salesperson Code"]
        users = {each.financials_key for each in await tandem.client.couplings("SALESPEOPLE")}
        people = await tandem.keyboard.rows(System.FINANCIALS, "Salesperson/Purchaser")
        nobody_in_sales = next(row["Code"] for row in people if row["Code"] not in users)

        async def change(values: dict[str, str]) -> None:
            await tandem.keyboard.change(System.FINANCIALS, "Customer", number, values)

        await change({"Name": "Renamed", "Salesperson Code": nobody_in_sales})
        runs = [await modified_run(tandem) for _ in range(2)]
        await change({"Salesperson Code": salesperson})
        runs.append(await modified_run(tandem))
        before = await the_coupling(tandem, number)
        started = await tandem.ask(RetrySkipped())
        retried = counted(await tandem.client.jobs_over(started.job_ids.values(), nobody))
        after = await the_coupling(tandem, number)
        accounts = {row["accountid"]: row["name"] for row in await tandem.keyboard.rows(System.SALES, "account")}

    assert runs == [(1, 0, 0), (0, 1, 0), (0, 1, 0)]
    assert before.skipped and list(started.job_ids) == ["CUSTOMER"]
    assert retried == (0, 0, 1)
    assert not after.skipped
    assert accounts[after.sales_id] == "Renamed"
