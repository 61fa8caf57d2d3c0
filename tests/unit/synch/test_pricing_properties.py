"""What holds for every price, whatever the lines."""

import dataclasses
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.synch.pricing import PriceLine
from libs.synch.pricing_facts import Amount, Asset, Source
from tests.unit.synch.pricing_cases import ADATUM, line, numbered, priced

_percents = st.decimals(0, 100, places=2)
_amounts = st.decimals(0, 10000, places=3)


@st.composite
def price_lines(draw: st.DrawFn) -> list[PriceLine]:
    """Lines of every kind, of which many apply to the ordinary question."""
    drawn = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "unit_price": _amounts,
                    "line_discount": _percents,
                    "kind": st.sampled_from(["price", "discount", "any"]),
                    "source": st.sampled_from(
                        [
                            (Source.ALL_CUSTOMERS, ""),
                            (Source.CUSTOMER, "10000"),
                            (Source.CUSTOMER, "20000"),
                            (Source.CUSTOMER_PRICE_GROUP, "RETAIL"),
                            (Source.CUSTOMER_DISCOUNT_GROUP, "LARGE"),
                            (Source.CAMPAIGN, "SPRING"),
                        ]
                    ),
                    "asset": st.sampled_from([(Asset.ITEM, "1000"), (Asset.ITEM_DISCOUNT_GROUP, "FURNITURE")]),
                    "variant": st.sampled_from(["", "", "RED"]),
                    "unit": st.sampled_from(["", "PCS", "BOX"]),
                    "currency": st.sampled_from(["", "", "EUR"]),
                    "minimum_quantity": st.sampled_from([Decimal(0), Decimal(5), Decimal(20)]),
                    "dates": st.sampled_from([("", ""), ("2026-01-01", "2026-06-30"), ("2026-03-01", "")]),
                    "allow_line_discount": st.booleans(),
                    "price_includes_vat": st.booleans(),
                }
            ),
            max_size=12,
        )
    )
    made = []
    for values in drawn:
        kind, source, asset, dates = (values.pop(name) for name in ("kind", "source", "asset", "dates"))
        is_price = kind != "discount" and asset[0] is Asset.ITEM
        made.append(
            line(
                0,
                **values,
                amount=Amount(kind) if is_price else Amount.DISCOUNT,
                source_type=source[0],
                source=source[1],
                asset_type=asset[0],
                asset=asset[1],
                starting=dates[0],
                ending=dates[1],
                vat_business_group="DOMESTIC",
            )
        )
    return numbered(made)


questions = st.fixed_dictionaries(
    {
        "quantity": st.sampled_from([1, 6, 20]),
        "unit": st.sampled_from(["PCS", "BOX"]),
        "variant": st.sampled_from(["", "RED"]),
        "currency": st.sampled_from(["", "EUR"]),
        "campaign": st.sampled_from(["", "SPRING"]),
        "customer": st.sampled_from([ADATUM, dataclasses.replace(ADATUM, prices_include_vat=True)]),
    }
)


@given(price_lines(), questions, st.randoms())
def test_the_order_of_the_lines_does_not_matter(lines: list[PriceLine], asked: dict[str, Any], random: Any) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)

    assert priced(*shuffled, **asked) == priced(*lines, **asked)


@given(price_lines(), questions)
def test_lines_that_were_not_chosen_for_price_or_discount_change_nothing_when_they_are_dearer(
    lines: list[PriceLine], asked: dict[str, Any]
) -> None:
    answer = priced(*lines, **asked)
    if answer.line is None:
        return
    dearer = replace(
        answer.line,
        line="999999",
        unit_price=answer.line.unit_price + 1000,
        line_discount=Decimal(0),
        amount=Amount.PRICE,
    )

    assert priced(*lines, dearer, **asked) == answer


@given(price_lines(), questions)
def test_a_better_line_of_the_same_kind_wins(lines: list[PriceLine], asked: dict[str, Any]) -> None:
    # With a currency and a variant at once some lines name the one and some the other: "better" has no one order.
    asked = {**asked, "variant": ""}
    answer = priced(*lines, **asked)
    if answer.line is None or answer.unit_price < 1 or answer.line_discount == 100:
        return  # with everything taken off, no price is better than another
    cheaper = replace(answer.line, line="999999", unit_price=answer.line.unit_price / 2)

    found = priced(*lines, cheaper, **asked)

    assert found.line == cheaper
    assert found.unit_price < answer.unit_price


@given(price_lines(), questions)
def test_a_chosen_line_always_applies(lines: list[PriceLine], asked: dict[str, Any]) -> None:
    answer = priced(*lines, **asked)

    for chosen in filter(None, (answer.line, answer.discount_line)):
        assert chosen in lines
        assert chosen.unit in ("", asked["unit"])
        assert chosen.variant in ("", asked["variant"])
        assert chosen.currency in ("", asked["currency"])
        assert not chosen.starting or chosen.starting <= "2026-02-01"
        assert not chosen.ending or chosen.ending >= "2026-02-01"
        assert chosen.source in ("", "10000", "RETAIL", "LARGE", asked["campaign"])
    assert 0 <= answer.line_discount <= 100
    assert answer.line is None or answer.line.allow_line_discount or answer.line_discount == 0


@given(price_lines(), questions)
def test_prices_are_multiples_of_the_currencys_precision(lines: list[PriceLine], asked: dict[str, Any]) -> None:
    answer = priced(*lines, **asked)

    assert answer.unit_price % answer.precision.unit_amount == 0
    assert answer.line_amount(Decimal(asked["quantity"])) % answer.precision.amount == 0


@given(price_lines(), questions)
def test_a_larger_quantity_is_never_dearer_by_the_piece_when_lines_differ_in_their_step_alone(
    lines: list[PriceLine], asked: dict[str, Any]
) -> None:
    plain = [
        replace(each, currency="", variant="", amount=Amount.PRICE, allow_line_discount=False)
        for each in lines
        if each.amount is not Amount.DISCOUNT
    ]
    few, many = (priced(*plain, **{**asked, "quantity": quantity}) for quantity in (1, 1000))
    if few.line is None:
        return  # a step's price may well be above the card's

    assert many.unit_price <= few.unit_price
