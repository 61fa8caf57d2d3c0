"""Criteria of match-based coupling."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.vocabulary import Direction
from libs.synch.mapping import FieldMapping, IntegrationTableMapping, MatchCriterion
from libs.synch.matching import can_match, criteria, criteria_fields, fits
from services.coupling_registry.catalogue import mappings

CUSTOMER = mappings()["CUSTOMER"]


def matching(**priorities: int | MatchCriterion) -> IntegrationTableMapping:
    """The CUSTOMER mapping, matching by these Sales attributes."""

    def marked(field: FieldMapping) -> FieldMapping:
        rule = priorities.get(field.sales)
        return replace(field, match=MatchCriterion(rule) if isinstance(rule, int) else rule)

    return replace(CUSTOMER, fields=tuple(marked(field) for field in CUSTOMER.fields))


def test_fields_of_one_priority_are_combined_and_priorities_stand_alone() -> None:
    mapping = matching(name=2, emailaddress1=1, telephone1=1)

    found = criteria(mapping, {"Name": "Adatum", "E-Mail": "a@b.test", "Phone No.": "1"})

    assert found == [{"emailaddress1": "a@b.test", "telephone1": "1"}, {"name": "Adatum"}]


def test_blank_values_are_no_criteria() -> None:
    mapping = matching(name=2, emailaddress1=1)

    assert criteria(mapping, {"Name": "Adatum", "E-Mail": " "}) == [{"name": "Adatum"}]
    assert criteria(mapping, {"Name": "", "E-Mail": None}) == []


def test_codes_are_looked_up_as_financials_keeps_them() -> None:
    assert criteria(matching(address1_country=0), {"Country/Region Code": " de "}) == [{"address1_country": "DE"}]


def test_a_named_set_of_criteria_replaces_the_mappings_own() -> None:
    salespeople = mappings()["SALESPEOPLE"]

    assert criteria_fields(salespeople) == []
    assert criteria(salespeople, {"E-Mail": "a@b.test"}, "email") == [{"internalemailaddress": "a@b.test"}]


def test_case_counts_only_where_the_criterion_says_so() -> None:
    exact = matching(name=MatchCriterion(0, case_sensitive=True))

    assert not fits(exact, {"name": "Adatum"}, {"name": "adatum"})
    assert fits(exact, {"name": "Adatum"}, {"name": "Adatum"})
    assert fits(matching(name=0), {"name": "Adatum"}, {"name": "adatum"})


@given(st.dictionaries(st.sampled_from(["name", "emailaddress1", "telephone1"]), st.integers(0, 3)), st.data())
def test_every_value_that_is_not_blank_is_used_exactly_once(priorities: dict[str, int], data: st.DataObject) -> None:
    names = {"Name": "name", "E-Mail": "emailaddress1", "Phone No.": "telephone1"}
    record = {name: data.draw(st.sampled_from(["", "x", " y "])) for name in names}

    found = criteria(matching(**priorities), record)

    used = [attribute for terms in found for attribute in terms]
    assert sorted(used) == sorted(
        attribute for name, attribute in names.items() if attribute in priorities and record[name].strip()
    )
    assert CUSTOMER.direction is Direction.BIDIRECTIONAL


def test_a_mapping_can_match_by_criteria_or_by_the_identity_that_it_looks_for_first() -> None:
    able = {name for name, mapping in mappings().items() if can_match(mapping)}

    assert able == {"CURRENCY", "PAYMENT TERMS", "SHIPMENT METHOD", "SHIPPING AGENT", "UNIT OF MEASURE"}
    assert can_match(mappings()["SALESPEOPLE"], "email")
    assert not can_match(mappings()["UNIT OF MEASURE"], "email")
    assert can_match(matching(name=0))
