"""Over real processes and RabbitMQ, questions go on while Financials fails, the connector and the registry are killed
with -9 and the broker is cut off; a rush becomes one question, and every replica hears what is told to all.

That Financials throttles, and is stopped and started again, is in ``test_lookup_mishaps.py``;
``tests/soak/test_lookup_soak.py`` asks more, and longer.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from libs.contracts.item_availability import GetItemAvailability, SwitchItemAvailability
from libs.contracts.vocabulary import System
from libs.testing.eventually import eventually
from libs.testing.rabbitmq_node import RabbitNode
from tests.system.asking import Question, ask, problems
from tests.system.selling import Selling, selling

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("processes"),
    pytest.mark.timeout(180),
]

FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"kind": "latency", "seconds": 2},
    "unavailable": {"kind": "unavailable", "seconds": 1},
    "cut off": {"kind": "cut_before"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seller(tmp_path_factory: pytest.TempPathFactory, rabbitmq_node: RabbitNode) -> AsyncIterator[Selling]:
    async with selling(tmp_path_factory.mktemp("selling"), rabbitmq_node) as found:
        yield found


async def test_figures_are_told_with_their_age_while_financials_fails(seller: Selling) -> None:
    keyboard, land = seller.job.keyboard, seller.job.land
    lookups = [land.children[name] for name in ("availability_lookup", "availability_lookup.2")]
    await seller.go_on("well", 1)
    before = max(child.peak_memory_mb() for child in lookups)
    for name, fault in FAULTS.items():
        await keyboard.let_fail({"side": "financials", "count": None, **fault})
        await keyboard.forget_statistics()
        told = await seller.go_on(name, 2)
        asked = (await keyboard.statistics())["financials"]["requests"]
        await keyboard.let_work()
        await seller.recovered(name)

        assert problems(told.answers) == [], name
        assert told.stale > len(told.answers) / 2, told
        assert asked <= 40, f"{asked} requests to Financials by two replicas while it was {name}"
        # Patience is 0.3 s, and who comes later does not wait.
        assert told.percentile(0.99) < 1, told
    assert max(child.peak_memory_mb() for child in lookups) < before + 30


async def test_the_connector_and_the_registry_are_killed_and_started_again(seller: Selling) -> None:
    land, keyboard = seller.job.land, seller.job.keyboard
    await seller.recovered()
    for service in ("financials_connector", "coupling_registry"):
        # So that it is killed in the midst of questions.
        await keyboard.let_fail({"kind": "latency", "side": "financials", "seconds": 1, "count": None})
        await seller.go_on("slow", 0.7)
        land.children[service].kill()
        await keyboard.let_work()
        told = await seller.go_on(f"{service} killed", 2)
        land.start_service(service)
        more = await seller.go_on(f"{service} started", 1)
        await land.ready(service)
        await seller.recovered(service)
        assert told.stale, told
        assert problems([*told.answers, *more.answers]) == [], service


async def test_the_broker_is_cut_off(seller: Selling) -> None:
    await seller.recovered()
    assert seller.proxy.cut()
    cut = await seller.go_on("broker's connections cut", 1.5)
    await seller.recovered("cut")
    await seller.proxy.close()
    away = await seller.go_on("broker away", 2)
    await seller.proxy.open()
    await seller.recovered("broker away")
    assert problems([*cut.answers, *away.answers]) == []
    assert away.stale, away


async def test_old_figures_are_told_up_to_their_limit_and_then_nobody_knows(seller: Selling) -> None:
    address = await seller.another_lookup(3, stale_seconds="2")
    question = seller.known[0]
    assert question.body is not None
    (line,) = question.body["lines"]
    both = Question(
        False, {"lines": [line, {"id": "2", "product_id": "0" * 8 + "-0000-4000-8000-" + "0" * 12, "quantity": "1"}]}
    )
    assert (await ask(seller.client, address, question)).status == 200
    await seller.job.keyboard.let_fail({"kind": "unavailable", "side": "financials", "seconds": 1, "count": None})

    async def stale() -> bool:
        return (await ask(seller.client, address, question)).stale

    async def unknown() -> bool:
        answer = await ask(seller.client, address, question)
        assert not problems([answer]) or answer.status == 503
        return answer.status == 503

    await eventually(stale, timeout=10)
    await eventually(unknown, timeout=10)
    answer = await ask(seller.client, address, both)
    first, second = answer.body["lines"]
    assert (answer.status, second["error"]["code"]) == (200, "product_not_coupled")
    assert (first["price"], first["availability"]) == (None, None)
    assert "cannot be reached" in str([first["error"], first["notes"]]), first
    await seller.job.keyboard.let_work()

    async def known() -> bool:
        answer = await ask(seller.client, address, question)
        return answer.status == 200 and not answer.stale

    await eventually(known, timeout=10)
    await seller.stop_lookup(3)


async def test_a_thousand_who_ask_for_the_same_new_item_at_once_cause_one_call_to_financials(seller: Selling) -> None:
    address = await seller.another_lookup(4)
    keyboard, (one, another) = (
        seller.job.keyboard,
        [question for question in seller.new if question.known is False][-2:],
    )

    async def calls(question: Question, askers: int) -> tuple[int, float]:
        asked = await seller.questions_to_financials(address)
        await keyboard.forget_statistics()
        answers = await asyncio.gather(
            *(ask(seller.client, address, question, deadline_ms=20_000) for _ in range(askers))
        )
        assert {answer.status for answer in answers} == {200}
        requests = (await keyboard.statistics())["financials"]["requests"]
        return requests, await seller.questions_to_financials(address) - asked

    await ask(seller.client, address, seller.known[0])
    # So slow that all of them ask before the first answer is there.
    await keyboard.let_fail({"kind": "latency", "side": "financials", "seconds": 3, "count": None})
    assert await calls(one, 1) == (1, 1)
    assert await calls(another, 1000) == (1, 1)
    await keyboard.let_work()
    await seller.stop_lookup(4)


async def test_every_replica_hears_that_stock_has_moved(seller: Selling) -> None:
    """Both would tell the old figure for a quarter of an hour; the item availability job tells them that it is old."""
    job = seller.job
    addresses = [await seller.another_lookup(replica, stock_seconds="900") for replica in (5, 6)]
    item = str((await job.keyboard.rows(System.FINANCIALS, "Item"))[0]["No."])
    question = Question(True, path=f"/v1/items/{item}/availability")

    async def on_hand() -> list[float]:
        answers = [await ask(seller.client, address, question) for address in addresses]
        assert [(answer.status, answer.stale) for answer in answers] == [(200, False)] * 2
        return [float(answer.body["availability"]["on_hand"]) for answer in answers]

    async with job.land.asking() as requester:
        await requester.ask(SwitchItemAvailability(enabled=True, interval_minutes=0.01))

        async def followed() -> bool:
            return (await requester.ask(GetItemAvailability())).last_entry is not None

        await eventually(followed, timeout=20)
        before = await on_hand()
        await job.keyboard.post_stock(item, "7")

        async def heard() -> bool:
            assert await on_hand() == [known + 7 for known in before]
            return True

        await eventually(heard, timeout=20)
        await requester.ask(SwitchItemAvailability(enabled=False))
    for replica in (5, 6):
        await seller.stop_lookup(replica)
