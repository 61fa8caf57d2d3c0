"""Limits and pace of the sandbox: service protection, concurrency, queueing, service times."""

import asyncio
import time

import pytest

from services.sandbox.refusals import Refused
from services.sandbox.throttle import DOCUMENTED, Limits, Meter, ServiceTimes
from tests.component.sandbox.conftest import SalesClient


class Watch:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_meter(side: str = "sales", **limits: float) -> tuple[Meter, Watch]:
    watch = Watch()
    meter = Meter(side, watch)
    meter.configure(limits=Limits(**limits))  # type: ignore[arg-type]
    return meter, watch


async def _visit(meter: Meter, watch: Watch, seconds: float = 0.0) -> None:
    began = await meter.enter()
    watch.now += seconds
    meter.leave(began)


async def test_without_limits_nobody_is_refused() -> None:
    meter, watch = a_meter()

    for _ in range(10_000):
        await _visit(meter, watch)


async def test_too_many_requests_in_the_window_are_refused_until_it_slides_on() -> None:
    meter, watch = a_meter(requests=3, window_seconds=300)
    for _ in range(3):
        await _visit(meter, watch, seconds=1)

    with pytest.raises(Refused) as refused:
        await meter.enter()
    watch.now += float(refused.value.headers["Retry-After"])
    await _visit(meter, watch)

    assert (refused.value.status, refused.value.code) == (429, "0x80072322")
    assert refused.value.headers["Retry-After"] == "298"
    assert "exceeded the limit of 3 over time window of 300 seconds" in refused.value.message


async def test_combined_execution_time_is_limited() -> None:
    meter, watch = a_meter(execution_seconds=10, window_seconds=300)
    await _visit(meter, watch, seconds=11)

    with pytest.raises(Refused) as refused:
        await meter.enter()

    assert refused.value.code == "0x80072321"


async def test_concurrent_requests_are_limited_in_sales() -> None:
    meter, _ = a_meter(concurrency=2)
    first = await meter.enter()
    await meter.enter()

    with pytest.raises(Refused) as refused:
        await meter.enter()
    meter.leave(first)
    await meter.enter()

    assert (refused.value.code, "Retry-After" in refused.value.headers) == ("0x80072326", True)
    assert meter.refused == 1


async def test_pressing_on_makes_the_pause_longer() -> None:
    meter, _ = a_meter(concurrency=1)
    await meter.enter()
    pauses = []

    for _ in range(100):
        with pytest.raises(Refused) as refused:
            await meter.enter()
        pauses.append(float(refused.value.headers["Retry-After"]))

    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0]


async def test_financials_queues_before_it_refuses_and_keeps_the_order() -> None:
    meter, _ = a_meter("financials", concurrency=1, queue=2)
    began = await meter.enter()
    done: list[int] = []

    async def wait(number: int) -> None:
        mine = await meter.enter()
        done.append(number)
        meter.leave(mine)

    async with asyncio.TaskGroup() as group:
        for number in (1, 2):
            group.create_task(wait(number))
        await asyncio.sleep(0)
        with pytest.raises(Refused) as refused:
            await meter.enter()
        assert refused.value.status == 429
        assert done == []
        meter.leave(began)

    assert done == [1, 2]


async def test_waiting_too_long_in_the_queue_is_503() -> None:
    meter, _ = a_meter("financials", concurrency=1, queue=2, queue_seconds=0.01)
    began = await meter.enter()

    with pytest.raises(Refused) as refused:
        await meter.enter()
    meter.leave(began)
    await meter.enter()

    assert refused.value.status == 503


def test_documented_limits_are_the_published_ones() -> None:
    assert (DOCUMENTED["sales"].requests, DOCUMENTED["sales"].execution_seconds) == (6000, 1200)
    assert (DOCUMENTED["sales"].concurrency, DOCUMENTED["sales"].queue) == (52, 0)
    assert (DOCUMENTED["financials"].concurrency, DOCUMENTED["financials"].queue) == (5, 95)
    assert {limits.window_seconds for limits in DOCUMENTED.values()} == {300}


def test_service_time_is_that_of_the_request_and_of_each_record() -> None:
    times = ServiceTimes(40, {"create": 10, "read": 0.1})

    assert times.seconds([("create", 3), ("read", 100), ("metadata", 1)]) == pytest.approx(0.08)


async def test_over_the_wire_a_limit_is_429_with_retry_after_and_the_remaining_counters(sales: SalesClient) -> None:
    sales.running.control.set_limits("sales", Limits(requests=2))

    replies = [await sales.get("WhoAmI") for _ in range(3)]

    assert [reply.status for reply in replies] == [200, 200, 429]
    assert int(replies[2].headers["Retry-After"]) > 0
    assert replies[0].headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "1"
    assert replies[2].code == "0x80072322"
    assert sales.running.control.statistics()["sales"]["throttled"] == 1


async def test_over_the_wire_requests_take_the_time_that_is_set(sales: SalesClient) -> None:
    sales.running.control.set_times("sales", ServiceTimes(50, {"create": 100}))

    began = time.monotonic()
    await sales.create("accounts", {"name": "A"})

    assert time.monotonic() - began >= 0.15
