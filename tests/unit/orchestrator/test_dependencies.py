"""Which mapping comes before which."""

from services.orchestrator.domain.dependencies import circle, relevant


def test_prerequisites_that_are_not_present_are_ignored() -> None:
    assert relevant(["CUSTOMER", "VENDOR"], {"CUSTOMER"}) == ["CUSTOMER"]


def test_mappings_in_order_form_no_circle() -> None:
    assert circle({"CURRENCY": [], "CUSTOMER": ["CURRENCY", "VENDOR"], "CONTACT": ["CUSTOMER"]}) == ""


def test_mappings_that_wait_for_each_other_are_named_with_those_that_wait_for_them() -> None:
    said = circle({"A": ["B"], "B": ["A"], "C": ["B"], "D": []})

    assert "A, B, C" in said
    assert "D" not in said
