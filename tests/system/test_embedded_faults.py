"""The whole system in one process while the tenants misbehave: the end is the same as if nothing had happened."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.review import GetReview
from libs.contracts.setup import EnableConnection
from libs.contracts.vocabulary import System
from services.demo.audit import audit, audit_errors
from tests.system.one_process import Tandem, a_tandem


async def synchronized(tandem: Tandem, *, faults: list[dict[str, Any]]) -> list[str]:
    """Problems after a full synchronization during which these faults strike."""
    mappings, context = await tandem.connected()
    before = await tandem.snapshot(mappings, context)
    await tandem.client.couple_salespeople(lambda jobs: None)
    await tandem.client.generate_review()
    for fault in faults:
        tandem.sandbox.control.add_fault(**fault)
    run = await tandem.client.start_review(lambda jobs: None)
    assert all(fault.struck for fault in tandem.sandbox.shell.faults.all)
    tandem.sandbox.shell.faults.clear()
    after = await tandem.snapshot(mappings, context)
    return audit(before, after, tandem.left_behind) + audit_errors(run.errors, tandem.left_behind)


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([], id="nothing goes wrong"),
        pytest.param(
            [
                {"kind": "throttle", "side": "sales", "after": 10, "count": 6, "seconds": 0.2},
                {"kind": "unavailable", "side": "financials", "after": 5, "count": 4, "seconds": 0.2},
            ],
            id="both services throttle",
        ),
        pytest.param(
            [
                {"kind": "cut_before", "side": "sales", "method": "POST", "after": 4, "count": 3},
                {"kind": "cut_before", "side": "financials", "method": "GET", "after": 4, "count": 3},
            ],
            id="requests that never arrive",
        ),
        pytest.param(
            [
                {"kind": "cut_after", "side": "sales", "method": "POST", "after": 2, "count": 4},
                {"kind": "cut_after", "side": "financials", "method": "POST", "count": 1},
                {"kind": "torn", "side": "sales", "method": "GET", "after": 3, "count": 2},
            ],
            id="commits whose answer never arrives",
        ),
    ],
)
async def test_the_end_is_the_same_whatever_the_tenants_do(tmp_path: Path, faults: list[dict[str, Any]]) -> None:
    async with a_tandem(tmp_path) as tandem:
        assert await synchronized(tandem, faults=faults) == []


async def test_the_comparison_finds_what_is_wrong(tmp_path: Path) -> None:
    async with a_tandem(tmp_path) as tandem:
        mappings, context = await tandem.connected()
        before = await tandem.snapshot(mappings, context)
        await tandem.client.couple_salespeople(lambda jobs: None)
        await tandem.client.generate_review()
        await tandem.client.start_review(lambda jobs: None)
        coupled = [item for item in await tandem.client.couplings("CUSTOMER") if item.state == "coupled"]
        gone, renamed, moved = coupled[:3]
        tandem.sandbox.control.delete("sales", "account", gone.sales_id)
        await tandem.keyboard.change(System.SALES, "account", renamed.sales_id, {"name": "Somebody Else"})
        await tandem.keyboard.change(System.FINANCIALS, "Customer", [moved.financials_key], {"Currency Code": "NOK"})
        twin = tandem.sandbox.control.insert(
            "sales", "account", {"name": "Twin", "customertypecode": 3, "bcbi_companyid": context.company_row_id}
        )

        problems = audit(before, await tandem.snapshot(mappings, context), tandem.left_behind)

    assert f"CUSTOMER: coupled with a record that is not there: {gone.financials_key}" in problems
    assert f"CUSTOMER: in Sales and not coupled: {twin['accountid']}" in problems
    assert f"CUSTOMER: new in Sales and nobody's: {twin['accountid']}" in problems
    differing = next(problem for problem in problems if problem.startswith("CUSTOMER: differs"))
    assert f"{renamed.financials_key}, Name" in differing
    assert f"{moved.financials_key}, Currency Code" in differing


@pytest.mark.parametrize(
    ("variable", "value", "setting"),
    [
        ("TANDEM_CLIENT_SECRET", "wrong", "TANDEM_CLIENT_SECRET"),
        ("TANDEM_FINANCIALS_COMPANY", "No Such Company", "TANDEM_FINANCIALS_COMPANY"),
        ("TANDEM_SALES_URL", "https://127.0.0.1:9", "TANDEM_SALES_URL"),
        ("TANDEM_CA_FILE", "", "TANDEM_CA_FILE"),
    ],
)
async def test_what_stands_in_the_way_names_the_setting_to_change(
    tmp_path: Path, variable: str, value: str, setting: str
) -> None:
    async with a_tandem(tmp_path, records=40, environment={variable: value}) as tandem:
        view = await asyncio.wait_for(tandem.ask(EnableConnection(), deadline=100.0), 100.0)
        review = await tandem.ask(GetReview())

    assert not view.enabled
    assert setting in {failure.setting for failure in view.failures}
    assert all(failure.message for failure in view.failures)
    assert review.lines == []
