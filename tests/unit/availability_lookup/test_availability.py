"""How many there are, whether that is enough, and from when."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as some

from libs.synch.pricing import Product
from services.availability_lookup.answered import Availability
from services.availability_lookup.domain.amounts import in_unit, text_of
from services.availability_lookup.domain.availability import availability_of
from services.availability_lookup.domain.stock import Expected, Stock

TODAY = "2026-11-22"
ITEM = Product("item", "1000", base_unit="PCS", units={"PCS": Decimal(1), "BOX": Decimal(12)})


def told(*rows: Stock, quantity: str = "1", per_unit: str = "1", unit: str = "PCS", **changes: object) -> Availability:
    arguments = {"today": TODAY, "per_location": False, "as_of": "", "stale": False, **changes}
    return availability_of(
        ITEM,
        rows,
        unit=unit,
        per_unit=Decimal(per_unit),
        quantity=Decimal(quantity),
        **arguments,  # type: ignore[arg-type]
    )


def stock(on_hand: str, reserved: str = "0", *supply: tuple[str, str], location: str = "EAST") -> Stock:
    expected = tuple(Expected(day, Decimal(many)) for day, many in supply)
    return Stock("1000", "", location, Decimal(on_hand), Decimal(reserved), expected)


def test_what_is_reserved_is_not_available() -> None:
    found = told(stock("20", "15"), quantity="5")
    assert (found.available, found.sufficient, found.available_from) == ("5", True, TODAY)
    assert found.reason == "5 PCS available: 20 on hand less 15 on sales orders."
    assert told(stock("20"), quantity="5").reason == "20 PCS available: 20 on hand."


def test_too_few_today_are_enough_from_the_day_that_completes_them() -> None:
    supply = (("2026-12-01", "10"), ("2026-11-25", "3"), ("2026-12-01", "5"))
    rows = stock("4", "2", *supply)
    assert told(rows, quantity="5").available_from == "2026-11-25"
    assert told(rows, quantity="6").available_from == "2026-12-01"
    assert told(rows, quantity="20").available_from == "2026-12-01"
    short = told(rows, quantity="21")
    assert (short.sufficient, short.available_from) == (False, None)
    assert short.reason.endswith("Nothing that is expected makes it 21 PCS.")
    assert [(one.date, one.quantity) for one in short.on_the_way] == [("2026-11-25", "3"), ("2026-12-01", "15")]


def test_nothing_is_promised_on_supply_that_is_overdue_or_has_no_date() -> None:
    found = told(stock("0", "0", ("2026-11-01", "10"), ("", "7")), quantity="1")
    assert found.available_from is None
    assert [(one.date, one.quantity, one.overdue) for one in found.on_the_way] == [
        ("2026-11-01", "10", True),
        (None, "7", False),
    ]
    assert "10 PCS on the way are overdue and not counted." in found.reason
    assert "7 PCS on the way have no date and are not counted." in found.reason


def test_what_is_expected_today_is_promised_and_not_overdue() -> None:
    found = told(stock("0", "0", (TODAY, "3")), quantity="3")
    assert (found.sufficient, found.available_from) == (False, TODAY)
    assert [one.overdue for one in found.on_the_way] == [False]


def test_quantities_are_in_the_unit_asked_and_never_rounded_up() -> None:
    found = told(stock("20", "1", (TODAY, "12")), quantity="2", per_unit="12", unit="BOX", per_location=True)
    assert (found.available, found.on_hand, found.reserved) == ("1.58333", "1.66666", "0.08334")
    assert (found.sufficient, found.available_from) == (False, TODAY)
    assert found.locations is not None
    assert [place.available for place in found.locations] == ["1.58333"]


def test_more_on_orders_than_there_is_shows_as_less_than_nothing() -> None:
    assert told(stock("1", "4")).available == "-3"


amounts = some.decimals(min_value=0, max_value=10**6, places=5)
days = some.integers(-10, 30).map(lambda n: (date(2026, 11, 22) + timedelta(days=n)).isoformat()) | some.just("")
rows = some.builds(
    Stock,
    item=some.just("1000"),
    variant=some.just(""),
    location=some.sampled_from(["EAST", "WEST", ""]),
    on_hand=amounts,
    reserved=amounts,
    supply=some.lists(some.builds(Expected, days, amounts), max_size=4).map(tuple),
)


@given(some.lists(rows, max_size=5), amounts.filter(bool), some.sampled_from(["1", "12", "0.001", "7"]))
def test_the_day_told_is_the_first_on_which_there_are_enough(
    found: list[Stock], quantity: Decimal, per_unit: str
) -> None:
    answer = told(*found, quantity=str(quantity), per_unit=per_unit, per_location=True)
    wanted = quantity * Decimal(per_unit)
    now = sum((row.on_hand - row.reserved for row in found), Decimal(0))
    supply = sorted((each.date, each.quantity) for row in found for each in row.supply if each.date >= TODAY)
    assert answer.sufficient == (now >= wanted)
    if now >= wanted:
        assert answer.available_from == TODAY
    else:
        enough = [day for day, _ in supply if now + sum(many for other, many in supply if other <= day) >= wanted]
        assert answer.available_from == (min(enough) if enough else None)
    assert answer.available is not None
    assert Decimal(answer.available) * Decimal(per_unit) <= now
    assert answer.locations is not None
    assert {place.code for place in answer.locations} == {row.location for row in found}


@given(some.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_amounts_are_exact_text_without_exponent(value: Decimal) -> None:
    text = text_of(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert not ("." in text and text.endswith(("0", ".")))


@given(some.decimals(min_value=-(10**9), max_value=10**9, places=7), some.sampled_from(["1", "3", "12", "0.5"]))
def test_a_quantity_in_another_unit_is_at_most_a_step_off(base: Decimal, per_unit: str) -> None:
    down, up = Decimal(in_unit(base, Decimal(per_unit))), Decimal(in_unit(base, Decimal(per_unit), up=True))
    assert down * Decimal(per_unit) <= base <= up * Decimal(per_unit)
    assert up - down <= Decimal("0.00001")
