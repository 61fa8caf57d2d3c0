"""The age that a warning tells is that of the figures that are old, not of others that still count as fresh."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from libs.runtime.errors import Unavailable
from libs.synch.pricing import Product, Terms
from libs.synch.pricing_facts import Precision
from libs.testing.clock import FrozenClock
from services.availability_lookup.asked import LineAsked, OrderAsked
from services.availability_lookup.cache import Cache, Fact, Key
from services.availability_lookup.domain.stock import Stock
from services.availability_lookup.facts import (
    COMPANY,
    FINANCIALS,
    PRICE_LINES,
    PRICES,
    PRODUCT,
    REGISTRY,
    RESOLVED,
    STOCK,
    Facts,
    Lifetimes,
)
from services.availability_lookup.orders import Orders

VALUES = {
    RESOLVED: (("Item", "1000"),),
    PRODUCT: Product("item", "1000", base_unit="PCS", unit_price=Decimal("10")),
    PRICE_LINES: (),
    STOCK: (Stock("1000", "", "", Decimal("20"), Decimal("5"), ()),),
    COMPANY: Terms("EUR", precisions={"": Precision(Decimal("0.01"), Decimal("0.01"))}),
}


async def test_couplings_that_are_kept_longer_do_not_make_an_answer_old() -> None:
    clock = FrozenClock()

    async def ask(keys: Sequence[Key]) -> Mapping[Key, Fact]:
        return {
            key: Fact(VALUES[key.kind], at=clock.monotonic(), as_of=clock.now().isoformat(), fresh_until=0.0)
            for key in keys
        }

    fresh = {RESOLVED: 600.0, PRODUCT: 60.0, PRICE_LINES: 60.0, COMPANY: 60.0, STOCK: 15.0}
    lifetimes = Lifetimes(fresh=fresh, absent=5.0, stale=900.0, patience=1.5)
    facts = Facts(Cache(100, 10**6), dict.fromkeys((FINANCIALS, PRICES, REGISTRY), ask), lifetimes, clock)
    orders = Orders(facts, clock, lambda: "2026-11-22", ask_prices=False)
    order = OrderAsked([LineAsked("1", "1", product_id="5d115c9c-44e3-ea11-bb43-000d3a2feca1")])
    await orders.answer(order, clock.monotonic() + 5)
    clock.advance(120)
    answer = (await orders.answer(order, clock.monotonic() + 5)).answer
    assert (answer.age_seconds, answer.as_of) == (0.0, clock.now().isoformat())
    [line] = answer.lines
    assert line.price is not None
    assert line.price.as_of == clock.now().isoformat()


async def test_a_warning_tells_the_age_of_what_is_old() -> None:
    clock, away = FrozenClock(), False

    async def ask(keys: Sequence[Key]) -> Mapping[Key, Fact]:
        if away:
            raise Unavailable("away")
        return {
            key: Fact(VALUES[key.kind], at=clock.monotonic(), as_of=clock.now().isoformat(), fresh_until=0.0)
            for key in keys
        }

    fresh = {PRODUCT: 3600.0, PRICE_LINES: 3600.0, COMPANY: 3600.0, STOCK: 15.0}
    lifetimes = Lifetimes(fresh=fresh, absent=5.0, stale=900.0, patience=1.5)
    facts = Facts(Cache(100, 10**6), dict.fromkeys((FINANCIALS, PRICES, REGISTRY), ask), lifetimes, clock)
    orders = Orders(facts, clock, lambda: "2026-11-22", ask_prices=False)
    order = OrderAsked([LineAsked("1", "1", item="1000")])

    async def told() -> tuple[bool, float, list[str]]:
        answer = (await orders.answer(order, clock.monotonic() + 5)).answer
        return answer.stale, answer.age_seconds, [warning.message for warning in answer.warnings]

    await told()
    clock.advance(300)
    assert await told() == (False, 300.0, [])
    away = True
    clock.advance(30)
    warning = "Financials cannot be reached. Figures marked as stale are up to 30 seconds old."
    assert await told() == (True, 330.0, [warning])
