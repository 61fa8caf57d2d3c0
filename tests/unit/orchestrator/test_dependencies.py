"""Which mapping comes before which."""

from hypothesis import given
from hypothesis import strategies as st

from services.orchestrator.domain.dependencies import circle, levels, relevant

CLASSIC = {
    "SALESPEOPLE": [],
    "CURRENCY": [],
    "UNIT OF MEASURE": [],
    "CUSTOMER": ["SALESPEOPLE", "CURRENCY", "PAYMENT TERMS"],
    "CONTACT": ["CUSTOMER", "VENDOR"],
    "ITEM-PRODUCT": ["UNIT OF MEASURE"],
    "CUSTPRCGRP-PRICE": ["CURRENCY", "ITEM-PRODUCT"],
    "SALESPRC-PRODPRICE": ["CUSTPRCGRP-PRICE", "ITEM-PRODUCT"],
}


def test_prerequisites_that_are_not_present_are_ignored() -> None:
    assert relevant(["CUSTOMER", "VENDOR"], {"CUSTOMER"}) == ["CUSTOMER"]


def test_the_classic_mappings_fall_into_four_waves() -> None:
    assert levels(CLASSIC) == [
        ["SALESPEOPLE", "CURRENCY", "UNIT OF MEASURE"],
        ["CUSTOMER", "ITEM-PRODUCT"],
        ["CONTACT", "CUSTPRCGRP-PRICE"],
        ["SALESPRC-PRODPRICE"],
    ]
    assert circle(CLASSIC) == []


def test_mappings_that_wait_for_each_other_are_named() -> None:
    assert circle({"A": ["B"], "B": ["A"], "C": ["B"], "D": []}) == ["A", "B", "C"]


@given(st.dictionaries(st.sampled_from("ABCDEFG"), st.lists(st.sampled_from("ABCDEFG"), max_size=3)))
def test_every_mapping_is_in_one_wave_after_all_it_needs_or_in_a_circle(needs: dict[str, list[str]]) -> None:
    waves = levels(needs)
    place = {name: index for index, wave in enumerate(waves) for name in wave}

    assert sorted([*place, *circle(needs)]) == sorted(needs)
    assert all(place[before] < place[name] for name in place for before in relevant(needs[name], needs))
