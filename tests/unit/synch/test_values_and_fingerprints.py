"""Normal forms, fingerprints and the transformation of columns."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.pages import Value
from libs.contracts.vocabulary import Direction, System
from libs.synch import fingerprint
from libs.synch.conversions import MISSING
from libs.synch.conversions.plain import NumberCopy, TextCopy
from libs.synch.conversions.rates import ExchangeRate
from libs.synch.lookups import Lookups, Partner
from libs.synch.mapping import FieldMapping
from libs.synch.order import CircularPrerequisites, levels
from libs.synch.plan import compile_plan
from libs.synch.transform import transform
from libs.synch.values import code, cut, plain, rounded
from libs.testing.builders import a_context, a_customer
from services.coupling_registry.catalogue import mappings

NOBODY = Lookups()
HASH = fingerprint.hasher(b"k" * 32)
texts = st.text(max_size=60)


@pytest.mark.parametrize(
    ("value", "precision", "expected"),
    [
        ("2.345", 2, "2.35"),
        ("-2.345", 2, "-2.35"),
        ("2.344", 2, "2.34"),
        ("1.10", 5, "1.1"),
        ("-0.001", 2, "0"),
        ("1E+3", 2, "1000"),
        ("0.000", 2, "0"),
        (7, 2, "7"),
        ("many", 2, None),
        ("NaN", 2, None),
        ("Infinity", 2, None),
        ("123456789012345678901234567890.125", 2, "123456789012345678901234567890.13"),
    ],
)
def test_numbers_are_rounded_half_away_from_zero(value: Value, precision: int, expected: str | None) -> None:
    assert rounded(value, precision) == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=6))
def test_rounding_is_that_of_the_decimal_module_and_repeats_itself(number: Decimal) -> None:
    text = rounded(str(number), 2)

    assert text is not None
    assert Decimal(text) == number.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert rounded(text, 2) == text == plain(Decimal(text))


@given(texts, st.integers(0, 20))
def test_codes_and_texts_fit_and_do_not_change_again(text: str, length: int) -> None:
    short, upper = cut(text, length), code(text, length)

    assert not length or (len(short) <= length and len(upper) <= length)
    assert cut(short, length) == short
    assert upper == upper.strip()


def a_text(financials: int, sales: int, kind: str = "text") -> TextCopy:
    return TextCopy(
        FieldMapping(
            financials="F",
            financials_type=kind,
            financials_length=financials,
            sales="s",
            sales_type="text",
            sales_length=sales,
        )
    )


@given(texts, st.integers(0, 30), st.integers(0, 30), st.sampled_from(["text", "code"]))
def test_what_a_side_received_equals_what_was_sent(text: str, financials: int, sales: int, kind: str) -> None:
    copy = a_text(financials, sales, kind)

    there = copy.to_sales(text, NOBODY)
    back = copy.from_sales(there.wanted, NOBODY)

    assert copy.from_sales(there.wanted, NOBODY).common == there.common
    assert copy.to_sales(back.wanted, NOBODY).common == back.common


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=7))
def test_a_number_that_was_sent_equals_the_one_received(number: Decimal) -> None:
    field = FieldMapping(
        financials="F", financials_type="decimal", sales="s", sales_type="money", financials_precision=5
    )
    copy = NumberCopy(field)

    there = copy.to_sales(str(number), NOBODY)

    assert copy.from_sales(there.wanted, NOBODY).common == there.common


@pytest.mark.parametrize(
    ("source", "current", "same"),
    [
        ("Adatum", "Adatum", True),
        ("Adatum", "Adatum  ", True),
        ("", None, True),
        ("Adatum Corporation", "Adatum Cor", True),
        ("Adatum", "adatum", False),
    ],
)
def test_texts_are_compared_as_far_as_both_sides_can_hold_them(source: str, current: str | None, same: bool) -> None:
    copy = a_text(20, 10)

    assert (copy.to_sales(source, NOBODY).common == copy.from_sales(current, NOBODY).common) is same


def test_codes_are_compared_without_case() -> None:
    copy = a_text(10, 80, "code")

    assert copy.to_sales("DE", NOBODY).common == copy.from_sales(" de ", NOBODY).common
    assert copy.from_sales("Germany", NOBODY).wanted == "GERMANY"


@given(st.lists(texts, min_size=1, max_size=8), st.lists(texts, min_size=1, max_size=8))
def test_fingerprints_differ_where_values_do(first: list[str], second: list[str]) -> None:
    pairs = list(zip(first, second, strict=False))
    one = b"".join(HASH(value) for value, _ in pairs)
    other = b"".join(HASH(value) for _, value in pairs)

    assert fingerprint.differing(one, other) == [place for place, (a, b) in enumerate(pairs) if a != b]
    assert fingerprint.decode("tag", fingerprint.encode("tag", one)) == one


hashes = st.sampled_from([fingerprint.UNKNOWN, b"\1" * 8, b"\2" * 8])


@given(st.lists(st.tuples(hashes, hashes, st.booleans()), max_size=4))
def test_what_tells_nothing_new_neither_differs_nor_changes_what_is_known(
    fields: list[tuple[bytes, bytes, bool]],
) -> None:
    known = b"".join(old for old, _, _ in fields)
    seen = b"".join(new if told else fingerprint.UNKNOWN for _, new, told in fields)
    mask = fingerprint.mask_of((place for place, (_, _, told) in enumerate(fields) if told), len(fields))

    same = all(old == new for old, new, told in fields if told)
    assert fingerprint.tells_nothing_new(seen, known, mask) == same
    if same:
        assert fingerprint.differing(seen, known) == []
        assert fingerprint.merged(known, seen) == known


def test_a_fingerprint_of_another_list_of_fields_or_key_says_nothing() -> None:
    text = fingerprint.encode("tag", HASH("x"))

    assert fingerprint.decode("other", text) is None
    assert fingerprint.decode("tag", "") is None
    assert fingerprint.hasher(b"other key")("x") != HASH("x")
    assert fingerprint.tag_of(["a", "b"]) != fingerprint.tag_of(["ab"])


def test_empty_text_and_null_have_one_fingerprint() -> None:
    assert HASH("") == HASH(None) != fingerprint.UNKNOWN


@given(st.lists(st.sampled_from([b"a" * 8, b"b" * 8, fingerprint.UNKNOWN]), min_size=1, max_size=6))
def test_what_is_not_known_stays_as_it_was(parts: list[bytes]) -> None:
    old = b"o" * 8 * len(parts)

    result = fingerprint.merged(old, b"".join(parts))

    for place, part in enumerate(parts):
        assert result[place * 8 : place * 8 + 8] == (b"o" * 8 if part == fingerprint.UNKNOWN else part)


def test_a_missing_field_is_not_an_empty_field() -> None:
    plan = compile_plan(mappings()["CUSTOMER"], Direction.TO_SALES, a_context())
    whole, partial = a_customer()["values"], a_customer()["values"]
    del partial["City"]

    page = transform(plan, [whole, partial], NOBODY, HASH)

    assert "address1_city" in page.update_values(0)
    assert "address1_city" not in page.update_values(1)
    assert fingerprint.differing(page.fingerprints[0], page.fingerprints[1]) == []


def test_a_page_is_transformed_record_by_record_alike() -> None:
    plan = compile_plan(mappings()["CUSTOMER"], Direction.TO_SALES, a_context())
    lookups = Lookups({"CURRENCY": {"GBP": Partner("id", "GBP", {})}})
    rows = [a_customer(city=city, currency_code=money)["values"] for city in "xyx" for money in ("GBP", "", "SEK")]

    page = transform(plan, rows, lookups, HASH)

    for place, row in enumerate(rows):
        alone = transform(plan, [row], lookups, HASH)
        assert alone.fingerprints == {0: page.fingerprints[place]}
        assert alone.create_values(0) == page.create_values(place)
        assert alone.problems.get(0) == page.problems.get(place)


def test_both_sides_of_an_equal_pair_have_one_fingerprint() -> None:
    plan = compile_plan(mappings()["CUSTOMER"], Direction.TO_SALES, a_context())
    customer = a_customer(home_page="x" * 250, credit_limit_lcy="10.00")["values"]

    page = transform(plan, [customer], NOBODY, HASH)
    account = {**page.create_values(0)}

    assert plan.hashes_of(account, System.SALES, NOBODY, HASH) == page.fingerprints[0]
    assert len(str(account["websiteurl"])) == 200


@given(
    st.decimals(min_value=Decimal("0.00001"), max_value=10**6),
    st.decimals(min_value=Decimal("0.00001"), max_value=10**6),
)
def test_the_rate_times_the_currencys_value_is_the_base_currencys_value(rate: Decimal, base: Decimal) -> None:
    cell = ExchangeRate("USD", str(base)).to_sales((str(rate), "GBP"), NOBODY)

    assert abs(Decimal(cell.wanted) * rate - base) <= rate * Decimal("0.0000000001") + Decimal("0.0000000001")


def test_the_base_currencys_own_rate_is_not_written() -> None:
    assert ExchangeRate("USD", "0.8").to_sales(("0.8", "usd"), NOBODY).wanted is MISSING


names = st.sampled_from("ABCDEFG")


@given(st.dictionaries(names, st.sets(names)))
def test_mappings_come_after_their_prerequisites_or_are_refused(needed: dict[str, set[str]]) -> None:
    try:
        found = levels(needed)
    except CircularPrerequisites:
        assert any(_reaches(needed, name, name, set()) for name in needed)
        return

    place = {name: index for index, level in enumerate(found) for name in level}
    assert set(place) == set(needed)
    for name, prerequisites in needed.items():
        for item in prerequisites & set(needed):
            assert place[item] < place[name]


def _reaches(needed: dict[str, set[str]], start: str, goal: str, seen: set[str]) -> bool:
    for item in needed.get(start, set()):
        if item == goal:
            return True
        if item not in seen and item in needed and _reaches(needed, item, goal, seen | {item}):
            return True
    return False
