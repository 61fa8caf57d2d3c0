"""Quantities on hand in Sales follow the stock of Financials, whose movements modify no item."""

from pathlib import Path
from typing import Any

from libs.contracts.item_availability import GetItemAvailability, ItemAvailabilityView, SwitchItemAvailability
from libs.contracts.jobs import ListSynchJobs
from libs.contracts.vocabulary import Direction, JobStatus, System
from libs.testing.eventually import eventually
from tests.system.one_process import Tandem, a_tandem

SOON = 0.01
"""Minutes between two runs."""


async def synchronized(tandem: Tandem) -> None:
    await tandem.connected()
    await tandem.client.couple_salespeople(lambda jobs: None)
    await tandem.client.generate_review()
    await tandem.client.start_review(lambda jobs: None)


async def availability(tandem: Tandem) -> ItemAvailabilityView:
    view = await tandem.ask(GetItemAvailability())
    assert isinstance(view, ItemAvailabilityView)
    assert view.failures == []
    return view


async def job_over(tandem: Tandem, job_id: str) -> Any:
    async def over() -> Any:
        jobs = (await tandem.ask(ListSynchJobs(job_ids=[job_id]))).jobs
        return jobs[0] if jobs and jobs[0].status.over else None

    job = await eventually(over, timeout=20)
    assert job.status is JobStatus.FINISHED
    return job


async def products(tandem: Tandem) -> dict[str, str]:
    """Product number -> quantity on hand."""
    rows = await tandem.keyboard.rows(System.SALES, "product")
    return {row["productnumber"]: row["quantityonhand"] for row in rows}


async def stocked_items(tandem: Tandem, count: int) -> list[str]:
    """Coupled items with stock."""
    held = {row["No."]: row["Inventory"] for row in tandem.sandbox.tenants.financials.dump("Item")}
    couplings = await tandem.client.couplings("ITEM-PRODUCT")
    coupled = [each.financials_key for each in couplings if each.state == "coupled" and not each.skipped]
    return [number for number in coupled if float(held[number]) > 0][:count]


async def test_a_movement_of_stock_reaches_the_coupled_product_and_nothing_else_is_written(tmp_path: Path) -> None:
    async with a_tandem(tmp_path, environment={"TANDEM_DEADLINE_CHECK": "0.1"}) as tandem:
        await synchronized(tandem)
        await tandem.keyboard.forget_statistics()
        await tandem.ask(SwitchItemAvailability(enabled=True, interval_minutes=SOON))

        first = await eventually(lambda: _with_job(tandem), timeout=20)
        assert first is not None
        whole = await job_over(tandem, first.job_id)
        assert [part.direction for part in whole.passes] == [Direction.TO_SALES]
        assert whole.passes[0].counters.unchanged > 10
        assert await tandem.keyboard.rows_written() == {"sales": 0, "financials": 0}

        before = await products(tandem)
        up, down = await stocked_items(tandem, 2)
        financials = tandem.sandbox.tenants.financials
        financials.post_stock(up, "12.5")
        financials.post_stock(up, "1")
        # More goes out than was there: Sales shows none.
        financials.post_stock(down, "-100000")

        async def arrived() -> bool:
            now = await products(tandem)
            assert float(now[up]) == float(before[up] or 0) + 13.5
            assert float(now[down]) == 0
            return True

        await eventually(arrived, timeout=20)
        moved = await job_over(tandem, (await availability(tandem)).job_id)
        assert moved.passes[0].read <= 2
        # In Financials only what was posted here; in Sales each product once, and once more if it was read in between.
        written = await tandem.keyboard.rows_written()
        assert written["financials"] == 3
        assert 2 <= written["sales"] <= 3
        now = await products(tandem)
        assert {number for number in now if now[number] != before[number]} <= {up, down}
        modified = await tandem.client.synchronize_modified(lambda jobs: None)
        assert modified.totals()["modified"] == 0

        await tandem.ask(SwitchItemAvailability(enabled=False))
        place = (await availability(tandem)).last_entry
        financials.post_stock(up, "3")
        await tandem.client.synchronize_modified(lambda jobs: None)
        assert (await products(tandem))[up] == now[up]
        off = await availability(tandem)
        assert (off.enabled, off.last_entry, off.next_run_at) == (False, place, "")


async def _with_job(tandem: Tandem) -> ItemAvailabilityView | None:
    view = await availability(tandem)
    return view if view.job_id and view.last_entry is not None else None
