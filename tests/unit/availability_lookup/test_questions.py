"""Questions under way: who may join one, what news and haste do to its answer, and what a failure leaves behind."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from libs.runtime.clock import SystemClock
from libs.runtime.errors import TandemError, Throttled, Unavailable
from libs.testing.eventually import eventually
from services.availability_lookup.cache import Cache, Fact, Key
from services.availability_lookup.facts import FINANCIALS, PRICES, REGISTRY, STOCK, Facts, Lifetimes
from services.availability_lookup.questions import MOST_AT_ONCE, MOST_WAITING, Questions

KEY = Key(STOCK, ("1000",))
CLOCK = SystemClock()


class Side:
    """Somebody who is asked and answers when told to, with the number of the question."""

    def __init__(self) -> None:
        self.answers: list[asyncio.Future[None]] = []

    async def ask(self, keys: Sequence[Key]) -> Mapping[Key, Fact]:
        number, at = len(self.answers), CLOCK.monotonic()
        self.answers.append(asyncio.get_running_loop().create_future())
        await self.answers[-1]
        return {key: Fact((str(number),), at=at, as_of="", fresh_until=0.0) for key in keys}

    async def asked(self, times: int) -> None:
        await eventually(lambda: len(self.answers) == times)


def facts_of(side: Side) -> Facts:
    lifetimes = Lifetimes(fresh={STOCK: 60.0}, absent=5.0, stale=900.0, patience=5.0)
    return Facts(Cache(100, 10**6), dict.fromkeys((FINANCIALS, PRICES, REGISTRY), side.ask), lifetimes, CLOCK)


async def told(facts: Facts) -> str:
    found = await facts.obtain([KEY], CLOCK.monotonic() + 5)
    return str(found.facts[KEY].value[0])


async def test_nobody_joins_a_question_that_is_being_given_up() -> None:
    side = Side()
    questions = Questions("financials", side.ask, lambda _: None, CLOCK)
    question = questions.ask([KEY])
    question.askers += 1
    await side.asked(1)
    questions.leave(question, cancelled=True)
    assert questions.under_way(KEY) is None
    another = questions.ask([KEY])
    await side.asked(2)
    side.answers[1].set_result(None)
    await another.over.wait()
    assert another.error is None
    assert question.error is not None
    assert not questions.running


@pytest.mark.parametrize("news", ["key", "kind", "company"])
async def test_who_asks_after_the_news_is_not_told_what_was_asked_before(news: str) -> None:
    side = Side()
    facts = facts_of(side)
    before = asyncio.create_task(told(facts))
    await side.asked(1)
    if news == "key":
        facts.expire([KEY])
    elif news == "kind":
        facts.expire_kinds([STOCK])
    else:
        facts.forget()
    after = asyncio.create_task(told(facts))
    await side.asked(2)
    # The younger answer comes first, and the older one does not take its place.
    side.answers[1].set_result(None)
    assert await after == "1"
    side.answers[0].set_result(None)
    assert await before == "0"
    assert await told(facts) == "1"
    assert len(side.answers) == 2


async def test_a_failure_that_is_told_to_many_keeps_nothing_of_them() -> None:
    async def fail(keys: Sequence[Key]) -> Mapping[Key, Fact]:
        raise Unavailable("away")

    questions = Questions("financials", fail, lambda _: None, CLOCK)
    question = questions.ask([KEY])
    await question.over.wait()
    errors = []
    for _ in range(100):
        with pytest.raises(TandemError) as raised:
            questions.ask([KEY])
        errors.append(raised.value)
    depth, frame = 0, errors[-1].__traceback__
    while frame is not None:
        depth, frame = depth + 1, frame.tb_next
    assert depth < 10


async def test_more_than_may_wait_is_refused_as_too_much_and_not_as_an_outage() -> None:
    side = Side()
    questions = Questions("financials", side.ask, lambda _: None, CLOCK)
    for number in range(MOST_AT_ONCE + 1):
        questions.ask([Key(STOCK, (str(number),))])
    with pytest.raises(Throttled):
        questions.ask([Key(STOCK, (f"more {number}",)) for number in range(MOST_WAITING)])
    await side.asked(MOST_AT_ONCE)
    await questions.stop()


async def test_a_question_that_is_given_up_in_the_moment_in_which_it_starts_does_not_keep_its_place() -> None:
    side = Side()
    questions = Questions("financials", side.ask, lambda _: None, CLOCK)
    running = [questions.ask([Key(STOCK, (str(number),))]) for number in range(MOST_AT_ONCE)]
    await side.asked(MOST_AT_ONCE)
    gathering = questions.ask([KEY])
    gathering.askers += 1

    # The reply starts it, and its only asker hangs up before it has run a step.
    side.answers[0].set_result(None)
    await running[0].over.wait()
    questions.leave(gathering, cancelled=True)
    for answer in side.answers[1:]:
        answer.set_result(None)

    await eventually(lambda: not questions.running)
    assert gathering.over.is_set()
