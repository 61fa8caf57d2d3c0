"""The gate: pauses everybody, narrows, and opens again step by step."""

import asyncio
from datetime import timedelta

import pytest

from libs.dynamics.session import Repeating, Request, Response
from libs.dynamics.throttle import (
    FIRST_PAUSE,
    KEPT_FREE_SECONDS,
    LONGEST_GUESS,
    WIDEN_AFTER,
    Gate,
    Gated,
    GateState,
    retry_after,
    succeeded,
    throttled,
)
from libs.runtime.errors import Throttled, Unavailable
from libs.testing.clock import FrozenClock
from libs.testing.eventually import eventually
from libs.testing.scripted_session import ScriptedSession, an_answer

GET = Request("GET", "https://org.example/x")


def a_gate(clock: FrozenClock, limit: int = 8) -> Gate:
    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    return Gate("Dynamics 365 Sales", limit, clock, sleep)


def test_a_refusal_pauses_for_as_long_as_asked_and_halves_the_width():
    now = FrozenClock().now()
    state = throttled(GateState(limit=8, allowed=8), now, 17.0)
    assert state.paused_until == now + timedelta(seconds=17)
    assert state.allowed == 4


def test_without_a_hint_the_pause_doubles_up_to_a_minute():
    clock = FrozenClock()
    state = GateState(limit=8, allowed=8)
    pauses = []
    for _ in range(9):
        state = throttled(state, clock.now(), None)
        pauses.append((state.paused_until - clock.now()).total_seconds())
        clock.advance(pauses[-1])
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_GUESS
    assert state.allowed == 1


def test_an_outage_of_days_still_pauses():
    clock = FrozenClock()
    state = GateState(limit=8, allowed=8)
    for _ in range(5000):
        state = throttled(state, clock.now(), None)
        assert state.paused_until is not None
        clock.advance((state.paused_until - clock.now()).total_seconds())
    assert state.refusals == 5000


async def test_a_read_that_waited_long_at_the_gate_does_not_begin_to_wait_again():
    clock = FrozenClock()

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    down = ScriptedSession(*[an_answer(None, 503)] * 500)
    session = Repeating(Gated(down, a_gate(clock), patience=240.0), sleep=sleep)
    began = clock.now()
    with pytest.raises(Unavailable):
        await session.send(GET)
    assert (clock.now() - began).total_seconds() < 250


def test_refusals_of_requests_sent_before_the_pause_narrow_only_once():
    now = FrozenClock().now()
    state = GateState(limit=8, allowed=8)
    for _ in range(5):
        state = throttled(state, now, 3.0)
    assert (state.allowed, state.refusals) == (4, 1)
    assert throttled(state, now, 1.0).paused_until == now + timedelta(seconds=3)


def test_the_gate_widens_by_one_after_enough_successes_until_all_is_as_before():
    state = throttled(GateState(limit=3, allowed=3), FrozenClock().now(), 1.0)
    widths = [state.allowed]
    for _ in range(200):
        state = succeeded(state)
        if state.allowed != widths[-1]:
            widths.append(state.allowed)
    assert widths == [1, 2, 3]
    assert (state.refusals, state.allowed) == (0, 3)
    assert WIDEN_AFTER > 1


def test_retry_after_may_be_a_number_or_a_date():
    now = FrozenClock().now()
    assert retry_after(Response(429, {"retry-after": "2.5"}), now) == 2.5
    assert retry_after(Response(429, {"retry-after": "Mon, 02 Mar 2026 08:00:30 GMT"}), now) == 30
    assert retry_after(Response(429, {"retry-after": "soon"}), now) is None
    assert retry_after(Response(429), now) is None


async def test_a_throttled_request_is_sent_again_after_the_pause():
    clock = FrozenClock()
    session = ScriptedSession(an_answer(None, 429, retry_after="30"), an_answer(None, 503), an_answer({"ok": 1}))
    response = await Gated(session, a_gate(clock)).send(GET)
    assert response.status == 200
    assert session.finished
    assert clock.monotonic() == 30 + 2 * FIRST_PAUSE


async def test_a_pause_holds_everybody():
    clock = FrozenClock()
    waiting = asyncio.Event()
    released = asyncio.Event()

    async def sleep(seconds: float) -> None:
        waiting.set()
        await released.wait()
        clock.advance(seconds)

    gate = Gate("Dynamics 365 Sales", 4, clock, sleep)
    session = ScriptedSession(an_answer(None, 429, retry_after="5"), *[an_answer({})] * 3)
    gated = Gated(session, gate)
    first = asyncio.create_task(gated.send(GET))
    await waiting.wait()
    others = [asyncio.create_task(gated.send(GET)) for _ in range(2)]
    await asyncio.sleep(0)
    assert len(session.requests) == 1
    assert gate.paused_until is not None
    released.set()
    assert [response.status for response in await asyncio.gather(first, *others)] == [200, 200, 200]
    assert gate.paused_until is None


async def test_no_more_requests_are_under_way_than_the_gate_allows():
    class Slow:
        def __init__(self) -> None:
            self.under_way = 0
            self.most = 0

        async def send(self, request: Request) -> Response:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            await asyncio.sleep(0)
            self.under_way -= 1
            return Response(200)

    slow = Slow()
    gated = Gated(slow, a_gate(FrozenClock(), limit=3))
    await asyncio.gather(*(gated.send(GET) for _ in range(50)))
    assert slow.most == 3


async def test_a_caller_that_is_cancelled_while_waiting_leaves_no_place_taken():
    gate = a_gate(FrozenClock(), limit=1)
    async with gate.passage():
        waiting = asyncio.create_task(gate.passage().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(1), gate.passage():
        pass


async def test_a_pause_beyond_patience_gives_the_message_back():
    clock = FrozenClock()
    session = ScriptedSession(an_answer(None, 429, retry_after="600"))
    with pytest.raises(Throttled) as caught:
        await Gated(session, a_gate(clock), patience=60).send(GET)
    assert caught.value.retry_after == 600


async def test_who_has_little_patience_does_not_queue_behind_a_long_pause():
    clock = FrozenClock()
    gate = a_gate(clock, limit=1)
    session = ScriptedSession()
    async with gate.passage():
        gate.refuse(429, 120.0)
        with pytest.raises(Throttled):
            async with asyncio.timeout(1):
                await Gated(session, gate, patience=8).send(GET)


async def test_a_service_that_stays_down_is_unavailable_rather_than_throttling():
    clock = FrozenClock()
    session = ScriptedSession(*[an_answer(None, 503)] * 20)
    with pytest.raises(Unavailable):
        await Gated(session, a_gate(clock), patience=60).send(GET)
    assert clock.monotonic() <= 60


async def test_every_pause_is_told_to_the_listener():
    clock = FrozenClock()
    gate = a_gate(clock)
    told = []

    async def listen() -> None:
        async for until in gate.pauses():
            told.append(until)

    listener = asyncio.create_task(listen())
    start = clock.now()
    session = ScriptedSession(an_answer(None, 429, retry_after="7"), an_answer({}))
    await Gated(session, gate).send(GET)
    await eventually(lambda: told == [start + timedelta(seconds=7)])
    listener.cancel()


def test_the_environment_may_suggest_another_width():
    gate = a_gate(FrozenClock(), limit=8)
    gate.suggest(20)
    assert (gate.state.limit, gate.state.allowed) == (20, 20)
    gate.refuse(429, 1.0)
    gate.suggest(4)
    assert (gate.state.limit, gate.state.allowed) == (4, 4)
    gate.suggest(0)
    assert gate.state.limit == 4


async def _entered(gate: Gate, order: list[str], name: str, leave: asyncio.Event, *, urgent: bool = False) -> None:
    async with gate.passage(urgent=urgent):
        order.append(name)
        await leave.wait()


async def test_an_urgent_request_goes_before_all_that_wait() -> None:
    gate, order = Gate("toy", 1), list[str]()
    leaves = {name: asyncio.Event() for name in ("first", "second", "urgent")}
    tasks = [
        asyncio.create_task(_entered(gate, order, name, leaves[name], urgent=name == "urgent"))
        for name in ("first", "second", "urgent")
    ]
    await eventually(lambda: order == ["first"])
    leaves["first"].set()
    await eventually(lambda: order == ["first", "urgent"])
    leaves["urgent"].set()
    leaves["second"].set()
    await asyncio.gather(*tasks)
    assert order == ["first", "urgent", "second"]


async def test_after_an_urgent_request_a_place_is_kept_for_the_next_one_for_a_while() -> None:
    clock = FrozenClock()
    gate, order, leave = Gate("toy", 2, clock), list[str](), asyncio.Event()
    async with gate.passage(urgent=True):
        pass
    tasks = [asyncio.create_task(_entered(gate, order, name, leave)) for name in ("bulk 1", "bulk 2")]
    await eventually(lambda: order == ["bulk 1"])
    async with asyncio.timeout(1), gate.passage(urgent=True):
        assert order == ["bulk 1"]
    clock.advance(KEPT_FREE_SECONDS + 1)
    leave.set()
    await asyncio.gather(*tasks)
    tasks = [asyncio.create_task(_entered(gate, order, name, leave)) for name in ("bulk 3", "bulk 4")]
    await asyncio.gather(*tasks)
    assert order == ["bulk 1", "bulk 2", "bulk 3", "bulk 4"]


async def test_an_urgent_request_that_is_given_up_while_waiting_leaves_the_gate_whole() -> None:
    gate, order, leave = Gate("toy", 1), list[str](), asyncio.Event()
    holder = asyncio.create_task(_entered(gate, order, "holder", leave))
    await eventually(lambda: order == ["holder"])
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), gate.passage(urgent=True):
            pass
    leave.set()
    await holder
    async with asyncio.timeout(1), gate.passage():
        pass
