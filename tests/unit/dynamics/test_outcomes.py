"""What both connectors answer for a record in the same way."""

import pytest

from libs.contracts.pages import Values
from libs.contracts.vocabulary import OutcomeStatus, System
from libs.dynamics.failures import Refusal, read_refusal
from libs.dynamics.outcomes import fields_of_all, final, raise_if_everybodys
from libs.runtime.errors import AccessDenied
from libs.testing.suites.connector_pieces import a_write


def a_refusal(status: int) -> Refusal:
    return read_refusal(System.SALES, status, None)


def test_the_fields_of_a_page_are_those_of_any_record_and_those_to_return() -> None:
    sets: list[Values] = [{"name": "a", "fax": ""}, {"name": "b", "fax": ""}, {"name": "c", "phone": ""}, {"city": ""}]
    writes = [a_write("update", str(place), values) for place, values in enumerate(sets)]
    assert fields_of_all(writes, ["name", "number"]) == ["name", "fax", "phone", "city", "number"]


def test_where_more_is_wanted_than_is_written_its_fields_are_the_ones() -> None:
    write = a_write("update", "1", {"name": "a"})
    write["wanted"] = {"name": "a", "fax": ""}
    assert fields_of_all([write]) == ["name", "fax"]


def test_a_final_outcome_leaves_the_values_behind_and_knows_the_record_by_its_new_id() -> None:
    write = a_write("create", "drawn", {"name": "a"})
    outcome = final(write, OutcomeStatus.CREATED, "real", "7")
    assert (outcome["id"], outcome["version"], outcome["write"]["values"]) == ("real", "7", {})
    assert final(write, OutcomeStatus.CREATED)["id"] == "drawn"
    assert write["values"] == {"name": "a"}


def test_a_permission_that_all_lack_fails_the_page_and_one_that_some_lack_fails_them_alone() -> None:
    with pytest.raises(AccessDenied):
        raise_if_everybodys([a_refusal(403), a_refusal(401)], 2)
    raise_if_everybodys([a_refusal(403)], 2)
    raise_if_everybodys([a_refusal(403), a_refusal(400)], 2)
    raise_if_everybodys([], 0)
