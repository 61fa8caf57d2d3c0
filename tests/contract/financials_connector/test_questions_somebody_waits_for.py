"""Questions behind order lines over the wire: they go before bulk work, count what they cost, and fail in time."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from libs.contracts.lookup_facts import ProductRef
from libs.contracts.lookups import LookedUpFacts, LookUpFacts
from libs.messaging.handling import Handling
from libs.testing.eventually import eventually
from services.financials_connector.handlers import answers
from tests.contract.financials_connector.served_financials import ServedFinancials, served_financials

ITEM = ProductRef(kind="item", number="1000")


async def asked(financials: ServedFinancials, **more: Any) -> LookedUpFacts:
    desk = answers(financials.remote, financials.tenants, financials.urgent)
    question = LookUpFacts(**{"products": [ITEM], "stock": ["1000"], "within": 20, **more})
    found = await desk[LookUpFacts](question, Handling(uuid4(), "", datetime(2026, 3, 2, 8, tzinfo=UTC)))
    assert isinstance(found, LookedUpFacts)
    return found


def stocked(financials: ServedFinancials) -> None:
    financials.world.insert("Item", {"No.": "1000", "Description": "Bicycle"})
    financials.world.post_stock("1000", "5")


@pytest.mark.parametrize("on_premises", [False, True], ids=["online", "on-premises"])
async def test_a_question_is_one_request(on_premises: bool) -> None:
    async with served_financials(on_premises=on_premises) as financials:
        stocked(financials)
        found = await asked(financials, company=True)
    assert (found.failures, found.calls) == ([], 1)
    assert [(stock["item"], stock["on_hand"]) for stock in found.stock] == [("1000", "5")]
    assert found.as_of == "2026-03-02T08:00:00+00:00"


async def test_repeats_are_counted() -> None:
    async with served_financials() as financials:
        stocked(financials)
        financials.fault("status", status=504, count=1)
        found = await asked(financials)
    assert (found.failures, found.calls) == ([], 2)


async def test_a_long_pause_is_told_at_once_instead_of_waited_for() -> None:
    async with served_financials() as financials:
        stocked(financials)
        financials.fault("throttle", seconds=60, count=1)
        async with asyncio.timeout(5):
            first = await asked(financials)
            second = await asked(financials)
    assert [failure.code for each in (first, second) for failure in each.failures] == ["remote.throttled"] * 2
    assert (first.calls, second.calls) == (1, 0)


async def test_a_question_does_not_wait_behind_bulk_work() -> None:
    async with served_financials() as financials:
        stocked(financials)
        entered: list[int] = []
        leaves = [asyncio.Event() for _ in range(50)]

        async def bulk(number: int) -> None:
            async with financials.gate.passage():
                entered.append(number)
                await leaves[number].wait()

        busy = [asyncio.create_task(bulk(number)) for number in range(50)]
        await eventually(lambda: len(entered) == 5)
        waiting = asyncio.create_task(asked(financials))
        # One piece of bulk work ends: its place is the question's, although 45 more wait for it.
        leaves[0].set()
        async with asyncio.timeout(10):
            found = await waiting
        assert len(entered) == 5
        for leave in leaves:
            leave.set()
        await asyncio.gather(*busy)
    assert found.failures == []
