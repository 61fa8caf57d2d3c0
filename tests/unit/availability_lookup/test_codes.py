"""The list of codes is closed: whatever makes one makes one of those that the OpenAPI document shows."""

import ast
import inspect
from types import ModuleType
from typing import get_args

import pytest

from libs.contracts.lookups import MissingFact
from libs.runtime import connections
from libs.runtime.errors import Permanent, TandemError, Throttled, Unavailable
from libs.synch import pricing_conversion
from services.availability_lookup.codes import NoteCode, OutageCode, ProblemCode
from services.availability_lookup.domain import reasons
from services.availability_lookup.facts import SIDE_OF
from services.availability_lookup.openapi import document
from services.availability_lookup.outages import told

NOTES, PROBLEMS = set(get_args(NoteCode)), set(get_args(ProblemCode))


def first_arguments(module: ModuleType, function: str) -> set[str]:
    """The texts that a module calls one of its functions with first."""
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call))
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == function and isinstance(call.args[0], ast.Constant)
    }


def test_there_is_a_code_for_every_fact_that_may_be_missing() -> None:
    facts = get_args(MissingFact.model_fields["fact"].annotation)
    codes = {note.code for note in reasons.missing(MissingFact(fact=fact, message="") for fact in facts)}
    assert codes == {code for code in NOTES if code.endswith("_missing")} - {"exchange_rate_missing"}


@pytest.mark.parametrize(
    "error", [Unavailable("x"), Unavailable("x", code="lookup.slow"), Throttled("x"), Permanent("x"), TandemError("x")]
)
def test_there_is_a_code_for_every_way_in_which_a_side_is_away(error: TandemError) -> None:
    assert {told(side, error)[0] for side in SIDE_OF.values()} <= set(get_args(OutageCode))


def test_there_is_a_code_for_everything_that_cannot_be_told() -> None:
    whats = get_args(inspect.signature(reasons.unknown).parameters["what"].annotation)
    assert {reasons.unknown(what, "").code for what in whats} == {code for code in NOTES if code.endswith("_not_known")}


def test_there_is_a_code_for_every_price_that_cannot_be_found() -> None:
    codes = first_arguments(pricing_conversion, "_unknown")
    assert codes
    assert codes <= NOTES


def test_there_is_a_code_for_what_the_edge_of_every_service_refuses() -> None:
    source = inspect.getsource(connections)
    assert all(f'"{code}"' in source for code in ("request_malformed", "failed"))
    assert {"request_malformed", "failed"} <= PROBLEMS


def test_the_document_shows_all_of_them() -> None:
    schemas = document()["components"]["schemas"]
    assert set(schemas["Note"]["properties"]["code"]["enum"]) == NOTES
    assert set(schemas["Problem"]["properties"]["code"]["enum"]) == PROBLEMS
