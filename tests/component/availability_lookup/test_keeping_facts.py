"""Facts are asked for once however many ask, kept for a while, told with their age when nobody answers, and dropped
early by events."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.failures import Failure
from libs.contracts.item_availability import ItemLedgerRead
from libs.contracts.pages import Counters, PageKey, PageSynchronized
from libs.contracts.vocabulary import Direction
from libs.runtime.errors import Unavailable
from libs.testing.eventually import eventually
from services.availability_lookup.questions import MOST_AT_ONCE
from tests.component.availability_lookup.scripted import (
    Lookup,
    World,
    a_buyer,
    a_guid,
    a_line,
    a_price_line,
    running_lookup,
    some_stock,
)

SHORT = {"TANDEM_LOOKUP_STOCK_SECONDS": "0.000001", "TANDEM_LOOKUP_PATIENCE_SECONDS": "0.05"}
"""Stock that is always asked for anew, and hardly waited for."""
AWAY = Failure(code="remote.unavailable", message="Financials is away", transient=True)


async def test_a_thousand_who_ask_for_the_same_cold_item_cause_one_question() -> None:
    world = World()
    world.flowing.clear()
    async with running_lookup(world, TANDEM_LOOKUP_REQUESTS_PER_MINUTE="0") as lookup:
        asking = [asyncio.create_task(lookup.order(a_line(quantity=str(n + 1)))) for n in range(1000)]
        await eventually(lambda: world.lookups)
        await lookup.get("/v1/openapi.json")
        world.flowing.set()
        answers = await asyncio.gather(*asking)
    assert len(world.lookups) == 1
    assert {answer["lines"][0]["price"]["unit_price"] for answer in answers} == {"10"}


async def test_orders_that_overlap_ask_only_for_the_rest() -> None:
    world = World(any_item=True)
    world.flowing.clear()
    async with running_lookup(world) as lookup:
        first = asyncio.create_task(lookup.order(a_line("A"), a_line("B")))
        await eventually(lambda: len(world.lookups) == 1)
        second = asyncio.create_task(lookup.order(a_line("B"), a_line("C")))
        await eventually(lambda: len(world.lookups) == 2)
        world.flowing.set()
        await asyncio.gather(first, second)
        await lookup.order(a_line("C"), a_line("A"))
    asked = [(sorted(request.stock), request.customers, request.company) for request in world.lookups]
    assert asked == [(["A", "B"], ["C1"], True), (["C"], [], False)]


async def test_lines_that_ended_long_ago_are_read_for_orders_of_former_days_alone() -> None:
    ended = a_price_line(unit_price="7", ending="2020-12-31")
    world = World(price_lines=[ended])
    async with running_lookup(world) as lookup:
        today = await lookup.order(a_line())
        former = await lookup.order(a_line(), date="2020-06-01")
        await lookup.order(a_line(quantity="3"), date="2020-06-02")
        yesterday = date.fromisoformat(today["date"]) - timedelta(days=1)
        await lookup.order(a_line(), date=yesterday.isoformat())

    prices = [answer["lines"][0]["price"]["unit_price"] for answer in (today, former)]
    assert prices == ["10", "7"]
    assert [(bool(request.prices), request.ended_before) for request in world.lookups] == [
        (True, (date.fromisoformat(today["date"]) - timedelta(days=14)).isoformat()),
        (True, ""),
    ]


async def test_a_rush_of_different_items_becomes_larger_questions_not_more() -> None:
    world = World(any_item=True)
    world.flowing.clear()
    async with running_lookup(world) as lookup:
        asking = [asyncio.create_task(lookup.order(a_line(f"I{n}"))) for n in range(200)]
        await eventually(lambda: len(world.lookups) == 8)
        world.flowing.set()
        await asyncio.gather(*asking)
    assert len(world.lookups) < 100
    assert sorted(item for request in world.lookups for item in request.stock) == sorted(f"I{n}" for n in range(200))


async def test_what_is_fresh_is_not_asked_for_again() -> None:
    async with running_lookup() as lookup:
        for quantity in ("1", "2", "2", "3"):
            await lookup.order(a_line(quantity=quantity))
        assert len(lookup.world.lookups) == 1


@pytest.mark.parametrize("how", ["failure", "error"])
async def test_old_figures_are_told_with_their_age_and_a_warning_while_financials_is_away(how: str) -> None:
    world = World()
    async with running_lookup(world, **SHORT) as lookup:
        await lookup.order(a_line())
        if how == "failure":
            world.failure = AWAY
        else:
            world.error = Unavailable("nobody answers")
        answer = await lookup.order(a_line())
        assert answer["stale"]
        assert answer["age_seconds"] > 0
        (warning,) = answer["warnings"]
        assert warning["code"] == "financials_unreachable"
        assert warning["message"].startswith("Financials cannot be reached. Figures marked as stale are up to")
        (line,) = answer["lines"]
        assert line["availability"]["stale"]
        assert line["availability"]["available"] == "15"
        assert not line["price"]["stale"]

        world.failure = world.error = None
        world.stock["1000"] = [some_stock(on_hand="7")]
        recovered = await eventually(lambda: _current(lookup, "2"))
        assert recovered["warnings"] == []


async def test_the_age_of_an_answer_counts_the_companys_terms_where_they_are_what_is_old() -> None:
    world = World(any_item=True, customers={number: a_buyer(number, bill_to=number) for number in ("C1", "C2")})
    short = {"TANDEM_LOOKUP_COMPANY_SECONDS": "0.5", "TANDEM_LOOKUP_PATIENCE_SECONDS": "0.05"}
    async with running_lookup(world, **short) as lookup:
        first = datetime.fromisoformat((await lookup.order(a_line()))["as_of"])
        await eventually(lambda: datetime.now(UTC) > first + timedelta(milliseconds=2))
        await lookup.order(a_line(item="1001"), customer={"number": "C2"})
        world.failure = AWAY

        async def stale() -> dict[str, Any] | None:
            answer = await lookup.order(a_line(item="1001"), customer={"number": "C2"})
            return answer if answer["stale"] else None

        answer = await eventually(stale)

    (line,) = answer["lines"]
    assert line["price"]["stale"] and not line["availability"]["stale"]
    assert answer["as_of"] < line["availability"]["as_of"]


async def _current(lookup: Lookup, available: str) -> dict[str, Any] | None:
    answer = await lookup.order(a_line())
    current = not answer["stale"] and answer["lines"][0]["availability"]["available"] == available
    return answer if current else None


async def test_after_the_limit_an_old_figure_is_honestly_unknown() -> None:
    world = World()
    async with running_lookup(world, **SHORT, TANDEM_LOOKUP_STALE_SECONDS="0") as lookup:
        await lookup.order(a_line())
        world.failure = AWAY
        answer = await lookup.order(a_line())
    (line,) = answer["lines"]
    assert line["availability"] is None
    assert line["notes"] == [
        {
            "code": "availability_not_known",
            "message": "The availability cannot be told now: Financials cannot be reached.",
        }
    ]
    assert line["price"]["unit_price"] == "10"


async def test_when_nothing_can_be_told_the_answer_is_503_with_a_time_to_come_back() -> None:
    world = World(failure=AWAY)
    async with running_lookup(world) as lookup:
        async with lookup.client.post(f"{lookup.url}/v1/order-lines", json={"lines": [a_line()]}) as answer:
            assert answer.status == 503
            assert answer.content_type == "application/problem+json"
            assert int(answer.headers["Retry-After"]) >= 1
            assert (await answer.json())["code"] == "financials_unreachable"
        problem = await lookup.get("/v1/items/1000/availability", 503)
        assert problem["code"] == "financials_unreachable"


async def test_a_failing_side_is_left_in_peace_for_a_moment() -> None:
    world = World(failure=AWAY)
    async with running_lookup(world) as lookup:
        for _ in range(50):
            await lookup.order(a_line(), status=503)
        assert len(world.lookups) <= 3


async def test_slow_answers_are_not_waited_for_where_old_ones_are_there_and_still_arrive() -> None:
    world = World()
    async with running_lookup(world, **SHORT) as lookup:
        await lookup.order(a_line())
        world.flowing.clear()
        world.stock["1000"] = [some_stock(on_hand="6", reserved="0")]
        answer = await lookup.order(a_line())
        assert answer["stale"]
        assert answer["warnings"][0]["code"] == "financials_slow"
        await asyncio.gather(*(lookup.order(a_line(quantity=str(n + 1))) for n in range(20)))
        assert len(world.lookups) == 2
        world.flowing.set()
        await eventually(lambda: _current(lookup, "6"))


async def test_a_cold_question_waits_no_longer_than_its_deadline_and_the_answer_is_kept() -> None:
    world = World()
    world.flowing.clear()
    async with running_lookup(world) as lookup:
        problem = await lookup.order(a_line(), status=503, headers={"Tandem-Deadline-Ms": "50"})
        assert problem["code"] == "financials_slow"
        world.flowing.set()
        await lookup.order(a_line())
    assert len(world.lookups) == 1


async def test_a_question_that_nobody_waits_for_any_more_is_given_up_unless_others_do() -> None:
    world = World()
    world.flowing.clear()
    async with running_lookup(world) as lookup:
        alone = asyncio.create_task(lookup.order(a_line()))
        await eventually(lambda: len(world.lookups) == 1)
        alone.cancel()
        await asyncio.gather(alone, return_exceptions=True)

        async def asked_again() -> bool:
            # Once the question was given up, the next asker has to ask anew.
            await lookup.order(a_line(), status=503, headers={"Tandem-Deadline-Ms": "20"})
            return len(world.lookups) == 2

        await eventually(asked_again)
        waiting = asyncio.create_task(lookup.order(a_line()))
        another = asyncio.create_task(lookup.order(a_line()))
        await asyncio.wait([another], timeout=0.1)
        another.cancel()
        await asyncio.gather(another, return_exceptions=True)
        world.flowing.set()
        assert (await waiting)["lines"][0]["price"]["unit_price"] == "10"
    assert len(world.lookups) == 2


async def test_an_entry_in_the_item_ledger_makes_that_items_stock_old() -> None:
    world = World(any_item=True, stock={"A": [some_stock("A")], "B": [some_stock("B")]})
    async with running_lookup(world) as lookup:
        await lookup.order(a_line("A"), a_line("B"))
        world.stock["A"] = [some_stock("A", on_hand="6")]
        await lookup.publish(ItemLedgerRead(run_id="r", after=1, last_entry=2, items=["A"]))

        async def told() -> bool:
            answer = await lookup.order(a_line("A"), a_line("B"))
            return [line["availability"]["available"] for line in answer["lines"]] == ["1", "15"]

        await eventually(told)
    assert world.lookups[-1].stock == ["A"]
    assert world.lookups[-1].products == []


async def test_another_item_ledger_in_the_place_of_the_one_before_makes_all_stock_old() -> None:
    world = World(any_item=True, stock={"A": [some_stock("A")], "B": [some_stock("B")]})
    async with running_lookup(world) as lookup:
        await lookup.order(a_line("A"), a_line("B"))
        world.stock["B"] = [some_stock("B", on_hand="6")]
        await lookup.publish(ItemLedgerRead(run_id="r", after=9, last_entry=2, restarted=True))

        async def told() -> bool:
            answer = await lookup.order(a_line("A"), a_line("B"))
            return [line["availability"]["available"] for line in answer["lines"]] == ["15", "1"]

        await eventually(told)


async def test_what_was_asked_before_the_news_came_counts_as_old_at_once() -> None:
    world = World()
    async with running_lookup(world) as lookup:
        world.flowing.clear()
        asking = asyncio.create_task(lookup.order(a_line()))
        await eventually(lambda: world.lookups)
        await lookup.publish(ItemLedgerRead(run_id="r", after=1, last_entry=2, items=["1000"]))
        await lookup.get("/v1/openapi.json")
        world.flowing.set()
        await asking
        await lookup.order(a_line())
    assert [request.stock for request in world.lookups] == [["1000"], ["1000"]]


def _page(mapping: str, **counters: int) -> PageSynchronized:
    page = PageKey(job_id="j", mapping=mapping, direction=Direction.TO_SALES, page=0)
    return PageSynchronized(page=page, counters=Counters(**counters))


@pytest.mark.parametrize("done", ["inserted", "modified", "deleted", "coupled", "uncoupled"])
async def test_a_synchronized_page_that_wrote_something_makes_what_it_may_have_changed_old(done: str) -> None:
    world = World()
    world.couplings["product", a_guid(1)] = ("Item", "1000")
    line = {"id": "1", "product_id": a_guid(1), "quantity": 1}
    async with running_lookup(world) as lookup:
        await lookup.order(line)
        for page in (_page("ITEM-PRODUCT", unchanged=5), _page("SALESPEOPLE", modified=5)):
            await lookup.publish(page)
        await lookup.order(line)
        assert (len(world.resolutions), len(world.lookups)) == (1, 1)
        await lookup.publish(_page("ITEM-PRODUCT", **{done: 1}))

        async def asked_again() -> bool:
            await lookup.order(line)
            return len(world.lookups) == 2

        await eventually(asked_again)
        for _ in range(20):
            await lookup.publish(_page("ITEM-PRODUCT", **{done: 1}))
            await lookup.order(line)
        assert (len(world.resolutions), len(world.lookups)) == (2, 2), "a synchronization must not empty the memory"
    assert world.lookups[-1].stock == []


async def test_another_company_leaves_nothing_of_the_former_one() -> None:
    world = World()
    async with running_lookup(world) as lookup:
        await lookup.order({"id": "1", "product_id": a_guid(1), "quantity": 1}, a_line())
        world.company_id = world.financials_company = "another"
        world.items["1000"]["unit_price"] = "99"
        await lookup.order({"id": "1", "product_id": a_guid(2), "quantity": 1})
        answer = await lookup.order(a_line())
    assert answer["lines"][0]["price"]["unit_price"] == "99"


async def test_what_was_asked_before_another_company_was_connected_is_not_kept() -> None:
    world = World()
    async with running_lookup(world) as lookup:
        await lookup.get(f"/v1/products/{a_guid(1)}/availability", status=404)
        world.flowing.clear()
        asked_before = asyncio.create_task(lookup.order(a_line()))
        await eventually(lambda: len(world.lookups) == 1)
        world.company_id = world.financials_company = "another"
        await lookup.get(f"/v1/products/{a_guid(2)}/availability", status=404)
        world.flowing.set()
        await asked_before
        await lookup.order(a_line())
    assert len(world.lookups) == 2, "the former company's answer must not be told again"


async def test_a_price_of_another_company_is_not_told_before_its_records_are_coupled() -> None:
    world = World()
    async with running_lookup(world, **SHORT) as lookup:
        known, _ = (await lookup.order(a_line(), {"id": "2", "product_id": a_guid(1), "quantity": 1}))["lines"]
        assert known["price"]["unit_price"] == "10"
        world.financials_company = "another"
        world.items["1000"]["unit_price"] = "99"
        problem = await lookup.order(a_line(), status=503)
        assert problem["code"] == "financials_refused"
        world.company_id = "another"
        answer = await eventually(lambda: _told(lookup))
    assert answer["lines"][0]["price"]["unit_price"] == "99"


async def _told(lookup: Lookup) -> dict[str, Any] | None:
    async with lookup.client.post(f"{lookup.url}/v1/order-lines", json={"lines": [a_line()]}) as answer:
        return await answer.json() if answer.status == 200 else None


async def test_an_order_whose_company_changes_on_the_way_is_answered_by_one_company_alone() -> None:
    world = World()
    product = {"id": "1", "product_id": a_guid(1), "quantity": 1}
    world.couplings["product", a_guid(1)] = ("Item", "1000")
    async with running_lookup(world) as lookup:
        await lookup.order(product, a_line())
        world.flowing.clear()
        asking = asyncio.create_task(lookup.order(product, a_line("2000")))
        await eventually(lambda: len(world.lookups) == 2)
        # The product was found in memory; the number it has now is another one.
        world.company_id = world.financials_company = "another"
        world.couplings["product", a_guid(1)] = ("Item", "3000")
        world.any_item = True
        world.flowing.set()
        answer = await asking
    assert [line["product"]["number"] for line in answer["lines"]] == ["3000", "2000"]


async def test_the_pause_that_financials_wants_is_told_and_kept() -> None:
    world = World(failure=Failure(code="remote.throttled", message="pause", transient=True), retry_after=30)
    async with (
        running_lookup(world) as lookup,
        lookup.client.post(f"{lookup.url}/v1/order-lines", json={"lines": [a_line()]}) as answer,
    ):
        assert (await answer.json())["code"] == "financials_throttled"
        assert 25 <= int(answer.headers["Retry-After"]) <= 30


async def test_financials_own_prices_are_asked_for_by_campaign() -> None:
    world = World(priced={"unit_price": "7.5", "line_discount": "0", "includes_vat": False, "error": ""})
    async with running_lookup(world, TANDEM_LOOKUP_PRICES="financials") as lookup:
        for campaign in ("", "cp1", "CP1"):
            await lookup.order(a_line(), campaign=campaign)
    assert [request.campaign for request in world.asked_prices] == ["", "CP1"]


async def test_financials_own_prices_are_asked_for_once_and_replaced_with_a_note_where_it_does_not_tell() -> None:
    world = World(priced={"unit_price": "7.5", "line_discount": "10", "includes_vat": False, "error": ""})
    async with running_lookup(world, TANDEM_LOOKUP_PRICES="financials") as lookup:
        first = await lookup.order(a_line(quantity="4"), a_line(quantity="5"))
        await lookup.order(a_line(quantity="4"))
        assert len(world.asked_prices) == 1
        price = first["lines"][0]["price"]
        assert (price["unit_price"], price["line_amount"], price["source"]["kind"]) == ("7.5", "27", "financials")

        world.priced = {"unit_price": "", "line_discount": "", "includes_vat": False, "error": "Blocked"}
        (refused,) = (await lookup.order(a_line(quantity="6")))["lines"]
        assert refused["price"] is None
        assert refused["notes"][0]["message"] == "Financials could not price the line: Blocked"

        world.price_failure = Failure(code="lookup.price_action_missing", message="no extension")
        answer = await lookup.order(a_line(quantity="7"))
    (line,) = answer["lines"]
    assert line["price"]["source"]["kind"] == "item_card"
    assert line["notes"][0]["code"] == "financials_price_unavailable"
    assert answer["warnings"][0]["code"] == "prices_refused"


async def test_financials_own_prices_of_several_orders_are_asked_for_at_the_same_time() -> None:
    priced = {"unit_price": "7.5", "line_discount": "0", "includes_vat": False, "error": ""}
    world = World(priced=priced, any_item=True)
    world.pricing.clear()
    async with running_lookup(world, TANDEM_LOOKUP_PRICES="financials") as lookup:
        await lookup.get("/v1/items/1000/availability")
        # More than are asked at once, so that some gather in one question.
        dates = [f"2026-12-{day:02}" for day in range(1, 21)]
        asking = [asyncio.create_task(lookup.order(a_line(), date=date)) for date in dates]
        await eventually(lambda: len(world.asked_prices) == MOST_AT_ONCE)
        world.pricing.set()
        world.pricing.clear()
        await eventually(lambda: len(world.asked_prices) == len(dates))
        world.pricing.set()
        answers = await asyncio.gather(*asking)
    assert {answer["lines"][0]["price"]["unit_price"] for answer in answers} == {"7.5"}
