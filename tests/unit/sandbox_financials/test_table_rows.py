"""The in-memory table and its transactions, against a plain list of rows."""

import uuid
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.sandbox.financials import FinancialsWorld
from services.sandbox.financials.rows import etag_of, version_of
from services.sandbox.refusals import Refused

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "change", "rename", "delete", "fail"]),
        st.sampled_from("ABCDEFG"),
        st.text("ABC", max_size=1),
    ),
    max_size=30,
)


class _TakenBack(Exception):
    pass


def _world() -> FinancialsWorld:
    world = FinancialsWorld()
    world.add_company(str(uuid.UUID(int=1)), "CRONUS")
    return world


@settings(deadline=None)
@given(_STEPS)
def test_both_orders_and_all_indexes_agree_whatever_happens(steps: list[tuple[str, str, str]]) -> None:
    world = _world()
    rows = world.company.tables["Shipping Agent"]

    for step, code, other in steps:
        before = world.dump("Shipping Agent"), len(world.company.deletions)
        try:
            with world.transaction():
                _carry_out(world, step, code, other)
        except (Refused, _TakenBack):
            assert (world.dump("Shipping Agent"), len(world.company.deletions)) == before

        by_key = list(rows.in_key_order())
        by_change = rows.in_change_order()
        assert [row.key for row in by_key] == sorted(rows.by_key) == rows.keys
        assert [row.version for row in by_change] == sorted(row.version for row in by_change)
        assert {row.id for row in by_key} == {row.id for row in by_change} == set(rows.by_id)
        assert len(rows) == len(by_key)


def _carry_out(world: FinancialsWorld, step: str, code: str, other: str) -> None:
    match step:
        case "insert":
            world.insert("Shipping Agent", {"Code": code, "Name": other})
        case "change":
            world.change("Shipping Agent", code, {"Name": other})
        case "rename":
            world.change("Shipping Agent", code, {"Code": other})
        case "delete":
            world.delete("Shipping Agent", code)
        case "fail":
            world.insert("Shipping Agent", {"Code": code})
            world.change("Shipping Agent", code, {"Code": f"{code}{other}X"})
            world.delete("Shipping Agent", f"{code}{other}X")
            raise _TakenBack


@given(st.integers(0, 2**40))
def test_a_tag_tells_its_version(version: int) -> None:
    assert version_of(etag_of(version)) == version


@given(st.text())
def test_no_other_text_is_a_tag(text: str) -> None:
    assert version_of(text) is None
    assert version_of(f'W/"{text}"') is None


def test_values_come_back_as_they_were_given() -> None:
    world = _world()
    given: dict[str, Any] = {
        "Code": "EUR",
        "Description": "👩 “Euro”",
        "Symbol": "€",
        "ISO Code": "EUR",
    }

    inserted = world.insert("Currency", given)

    assert {name: inserted[name] for name in given} == given
    assert inserted["Exchange Rate"] == "0"
    rate = world.insert(
        "Currency Exchange Rate",
        {
            "Currency Code": "EUR",
            "Starting Date": "2024-01-01",
            "Exchange Rate Amount": "100",
            "Relational Exch. Rate Amount": "85.5",
        },
    )
    assert (rate["Relational Exch. Rate Amount"], rate["Relational Currency Code"]) == ("85.5", "")
    assert world.dump("Currency")[0]["Exchange Rate"] == "0.855"
