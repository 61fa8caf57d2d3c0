"""Where a price comes from, for people and for programs."""

from decimal import Decimal
from typing import Any

import pytest

from libs.synch.pricing_facts import Asset, PriceLine, Source
from services.availability_lookup.domain.reasons import source_of


def a_line(**changes: Any) -> PriceLine:
    given: dict[str, Any] = {
        "origin": "price_list",
        "list": "S00001",
        "line": "10000",
        "source_type": Source.CUSTOMER,
        "source": "C1",
        "asset_type": Asset.ITEM,
        "asset": "1000",
    }
    return PriceLine(**{**given, **changes})


@pytest.mark.parametrize(("unit", "words"), [("BOX", "from 12 BOX"), ("", "from 12")])
def test_a_smallest_quantity_tells_its_unit_and_none_is_the_base_unit(unit: str, words: str) -> None:
    source = source_of(a_line(minimum_quantity=Decimal(12), unit=unit))
    assert (source.minimum_quantity, source.minimum_quantity_unit) == ("12", unit)
    assert source.text == f"Price list S00001, line 10000: customer C1, {words}"


def test_a_discount_for_a_group_of_items_names_the_group() -> None:
    source = source_of(a_line(origin="sales_line_discount", asset_type=Asset.ITEM_DISCOUNT_GROUP, asset="BOLTS"))
    assert source.item_discount_group == "BOLTS"
    assert source.text == "Sales line discount: customer C1, item discount group BOLTS"
    assert source_of(a_line()).item_discount_group == ""
