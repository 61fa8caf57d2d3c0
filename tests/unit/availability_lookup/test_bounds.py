"""What the lookup remembers is bounded, whatever is asked, and the least used goes first."""

import tracemalloc
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from libs.synch.pricing import PriceLine
from libs.synch.pricing_facts import Asset, Source
from services.availability_lookup.answers import MOST_ANSWERS, Answers, Kept
from services.availability_lookup.cache import ENTRY_BYTES, Cache, Fact, Key
from services.availability_lookup.facts import PRICE_LINES, STOCK
from services.availability_lookup.limits import MOST_CALLERS, RateLimit


def a_fact(size: int = 0, value: Any = "") -> Fact:
    return Fact(value, at=0.0, as_of="2026-11-22T10:00:00.000Z", fresh_until=1.0, size=size)


def a_key(number: int) -> Key:
    return Key(STOCK, (f"ITEM{number}",))


def test_the_number_of_facts_is_bounded_and_those_used_last_stay() -> None:
    cache = Cache(100, 10**9)
    for number in range(100):
        cache.put(a_key(number), a_fact())
    cache.get(a_key(0))
    cache.put(a_key(100), a_fact())
    assert len(cache) == 100
    assert cache.get(a_key(0)) is not None
    assert cache.get(a_key(1)) is None


@given(some.lists(some.tuples(some.integers(0, 30), some.integers(0, 5000)), max_size=200))
def test_the_bytes_that_facts_take_are_bounded_and_counted_exactly(puts: list[tuple[int, int]]) -> None:
    cache, sizes = Cache(20, 20_000), dict[int, int]()
    for number, size in puts:
        cache.put(a_key(number), a_fact(size))
        sizes[number] = size
        assert len(cache) <= 20
        assert cache.bytes <= 20_000
    left = [fact for number in range(31) if (fact := cache.get(a_key(number))) is not None]
    assert cache.bytes == sum(fact.size + ENTRY_BYTES for fact in left)


def test_far_more_distinct_keys_than_fit_keep_memory_flat() -> None:
    cache = Cache(2_000, 1_200_000)

    def pass_through(first: int, many: int) -> int:
        for number in range(first, first + many):
            if cache.get(a_key(number)) is None:
                cache.put(a_key(number), a_fact(value=(f"{number}",)))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        after_some = pass_through(0, 10_000)
        after_many = pass_through(10_000, 20_000)
    finally:
        tracemalloc.stop()
    assert after_many - after_some < 50_000
    assert after_some < 1.3 * cache.bytes


def test_the_estimate_of_a_price_line_is_no_less_than_it_takes() -> None:
    def lines(many: int) -> tuple[PriceLine, ...]:
        return tuple(
            PriceLine("price_list", f"S{n:05d}", f"{n}0000", Source.CUSTOMER, f"C{n}", Asset.ITEM, f"I{n}")
            for n in range(many)
        )

    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        kept = Key(PRICE_LINES, ("item", "1")), lines(1000)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken <= 900 * len(kept[1])


def test_answers_are_bounded_and_gone_when_old() -> None:
    answers = Answers()
    kept = Kept(b'{"age_seconds":', b"}", at=0.0, valid_until=10.0, epoch=1, day="2026-11-22")
    for number in range(MOST_ANSWERS + 50):
        answers.put(b"%d" % number, kept)
    assert len(answers) == MOST_ANSWERS
    last = b"%d" % (MOST_ANSWERS + 49)
    assert answers.get(last, now=9.0, epoch=1, day="2026-11-22") is kept
    assert kept.body(2.5) == b'{"age_seconds":2.500}'
    for now, epoch, day in ((10.0, 1, "2026-11-22"), (9.0, 2, "2026-11-22"), (9.0, 1, "2026-11-23")):
        answers.put(last, kept)
        assert answers.get(last, now=now, epoch=epoch, day=day) is None
    answers.put(b"x" * 5000, kept)
    assert answers.get(b"x" * 5000, now=9.0, epoch=1, day="2026-11-22") is None


def test_a_bucket_refills_and_callers_do_not_share_it() -> None:
    limit = RateLimit(60)
    assert all(limit.wait("one", 0.0) == 0.0 for _ in range(60))
    assert limit.wait("one", 0.0) == 1.0
    assert limit.wait("two", 0.0) == 0.0
    assert limit.wait("one", 1.0) == 0.0
    assert limit.wait("one", 1.5) == 0.5


@given(some.lists(some.floats(0, 5), max_size=100), some.integers(1, 50))
def test_nobody_is_let_in_more_often_than_the_limit(pauses: list[float], per_minute: int) -> None:
    limit, now, let_in = RateLimit(per_minute), 0.0, 0
    for pause in pauses:
        now += pause
        let_in += limit.wait("one", now) == 0.0
    assert let_in <= per_minute + now * per_minute / 60 + 1e-6


def test_so_many_callers_are_remembered_and_no_more() -> None:
    limit = RateLimit(10)
    for number in range(MOST_CALLERS + 100):
        limit.wait(f"caller {number}", 0.0)
    assert len(limit) == MOST_CALLERS
