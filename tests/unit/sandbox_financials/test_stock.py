"""Stock of the make-believe Financials, against sums over plain lists."""

import uuid
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.dynamics.financials_tables import STOCK_ON_HAND, STOCK_ON_THE_WAY, STOCK_RESERVED
from services.sandbox.financials import FinancialsWorld
from services.sandbox.refusals import Refused

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["post", "adjust", "taken back", "rename", "look"]),
        st.sampled_from(["A", "B"]),
        st.sampled_from(["", "EAST", "WEST"]),
        st.integers(-50, 50),
    ),
    max_size=25,
)


class _TakenBack(Exception):
    pass


def a_world() -> FinancialsWorld:
    world = FinancialsWorld()
    world.add_company(str(uuid.UUID(int=1)), "CRONUS")
    for code in ("EAST", "WEST"):
        world.insert("Location", {"Code": code})
    for code in ("PCS", "BOX"):
        world.insert("Unit of Measure", {"Code": code})
    for number in ("A", "B"):
        world.insert("Item", {"No.": number, "Base Unit of Measure": "PCS"})
    world.insert("Item Unit of Measure", {"Item No.": "A", "Code": "BOX", "Qty. per Unit of Measure": "12"})
    world.insert("Item Variant", {"Item No.": "A", "Code": "RED"})
    return world


@settings(deadline=None)
@given(_STEPS)
def test_stock_is_the_sum_of_the_ledger_whatever_happens(steps: list[tuple[str, str, str, int]]) -> None:
    world = a_world()
    stock = world.company.stock
    sums = Counter[tuple[str, str]]()
    names = {"A": "A", "B": "B"}

    for step, item, location, quantity in steps:
        match step:
            case "post":
                world.post_stock(names[item], str(quantity), location=location)
                sums[item, location] += quantity
            case "adjust":
                world.change("Item", names[item], {"Inventory": str(quantity)})
                sums[item, ""] += quantity - sum(sums[item, place] for place in ("", "EAST", "WEST"))
            case "taken back":
                with pytest.raises(_TakenBack), world.transaction():
                    world.post_stock(names[item], str(quantity), location=location)
                    assert stock.on_hand(names[item]) == quantity + sum(
                        sums[item, place] for place in ("", "EAST", "WEST")
                    )
                    raise _TakenBack
            case "rename":
                world.change("Item", names[item], {"No.": f"{names[item]}X"})
                names[item] += "X"
            case "look":
                assert stock.on_hand(names[item]) == sum(sums[item, place] for place in ("", "EAST", "WEST"))

    for item in ("A", "B"):
        found = {row["locationCode"]: row["quantity"] for row in stock.sums(STOCK_ON_HAND, [names[item]])}
        assert found == {place: found[place] for place in found} and all(
            found.get(place, 0) == sums[item, place] for place in ("", "EAST", "WEST")
        )
        [row] = [row for row in world.dump("Item") if row["No."] == names[item]]
        assert Decimal(row["Inventory"]) == sum(sums[item, place] for place in ("", "EAST", "WEST"))
    whole = [row for each in sorted(names.values()) for row in stock.sums(STOCK_ON_HAND, [each])]
    assert stock.sums(STOCK_ON_HAND) == whole


def test_lines_of_orders_count_in_base_units_and_those_of_quotes_do_not() -> None:
    world = a_world()
    world.add_order_line("Sales Line", "A", "2", unit="BOX", location="EAST", variant="RED")
    world.add_order_line("Sales Line", "A", "5", location="EAST", variant="RED")
    quote = world.add_order_line("Sales Line", "A", "100", document="S-ORD100077")
    world.change("Sales Line", "Order;S-ORD100077;10000", {"Document Type": "Quote"})
    world.add_order_line("Purchase Line", "A", "1", unit="BOX", day="2026-02-01")
    world.add_order_line("Purchase Line", "A", "3", day="2026-02-01")
    world.add_order_line("Purchase Line", "A", "4")

    reserved = world.company.stock.sums(STOCK_RESERVED)
    coming = world.company.stock.sums(STOCK_ON_THE_WAY, ["A", "B"])

    assert quote["Outstanding Qty. (Base)"] == "100"
    assert reserved == [{"itemNumber": "A", "variantCode": "RED", "locationCode": "EAST", "quantity": 29}]
    assert [(row["expectedReceiptDate"], row["quantity"]) for row in coming] == [("0001-01-01", 4), ("2026-02-01", 15)]


def test_orders_number_themselves_and_their_lines() -> None:
    world = a_world()

    first = world.add_order_line("Sales Line", "A", "1")
    same = world.add_order_line("Sales Line", "B", "1", document=first["Document No."])
    other = world.add_order_line("Sales Line", "B", "1")

    assert [row["Line No."] for row in (first, same, other)] == [10000, 20000, 10000]
    assert len({first["Document No."], other["Document No."]}) == 2


@pytest.mark.parametrize("wrong", [{"variant": "GREEN"}, {"location": "NOWHERE"}])
def test_stock_of_what_does_not_exist_is_refused(wrong: dict[str, str]) -> None:
    world = a_world()

    with pytest.raises(Refused):
        world.post_stock("A", "1", **wrong)
    with pytest.raises(Refused):
        world.add_order_line("Sales Line", "A", "1", **wrong)
    with pytest.raises(Refused):
        world.add_order_line("Sales Line", "B", "1", unit="BOX")

    assert world.count("Item Ledger Entry") == world.count("Sales Line") == 0


def test_a_deleted_item_leaves_its_entries_without_a_number_and_takes_its_orders_along() -> None:
    world = a_world()
    world.post_stock("A", "7")
    world.add_order_line("Sales Line", "A", "1")
    world.add_order_line("Purchase Line", "B", "1")
    logged = len(world.company.deletions)

    world.delete("Item", "A")

    assert [(row["Item No."], row["Quantity"]) for row in world.dump("Item Ledger Entry")] == [("", "7")]
    assert world.count("Sales Line") == world.count("Item Variant") == 0
    assert world.count("Purchase Line") == 1
    # The companion logs deletions in the tables that mappings follow: the item and its two units.
    assert len(world.company.deletions) - logged == 3
