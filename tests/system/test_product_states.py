"""A product follows its item: whoever retired it by hand finds it active again once the item was written."""

from pathlib import Path
from typing import Any

import pytest

from libs.contracts.vocabulary import Recommendation, System
from tests.system.one_process import Tandem, a_tandem


def nobody(_: Any) -> None:
    """Does not watch."""


async def full_run(tandem: Tandem) -> None:
    await tandem.client.reset_review(Recommendation.FULL_SYNCHRONIZATION)
    await tandem.client.start_review(nobody)


async def modified_run(tandem: Tandem) -> None:
    await tandem.client.synchronize_modified(nobody)


@pytest.mark.parametrize("run", [full_run, modified_run], ids=["full", "modified"])
async def test_a_retired_product_becomes_active_when_its_item_has_changed(tmp_path: Path, run: Any) -> None:
    async with a_tandem(tmp_path, records=40) as tandem:
        await tandem.connected()
        await tandem.client.couple_salespeople(nobody)
        await tandem.client.generate_review()
        await tandem.client.start_review(nobody)
        coupling = (await tandem.client.couplings("ITEM-PRODUCT"))[0]
        retired = {"statecode": 1, "statuscode": 2}
        await tandem.keyboard.change(System.SALES, "product", str(coupling.sales_id), retired)
        change = {"Description": "Renamed", "Unit Price": "77.5"}
        await tandem.keyboard.change(System.FINANCIALS, "Item", coupling.financials_key, change)

        await run(tandem)
        await tandem.keyboard.forget_statistics()
        await run(tandem)

        products = await tandem.keyboard.rows(System.SALES, "product")
        written = await tandem.keyboard.rows_written()
    [product] = [row for row in products if row["productid"] == coupling.sales_id]
    assert (product["statecode"], product["statuscode"], product["name"]) == (0, 1, "Renamed")
    assert written == {"sales": 0, "financials": 0}
