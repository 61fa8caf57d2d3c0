"""A whole order in one question: what it costs, why, how many there are; one call of Financials."""

from typing import Any

import pytest

from libs.contracts.lookups import MissingFact
from libs.runtime.errors import Unavailable
from libs.testing.eventually import eventually
from tests.component.availability_lookup.scripted import (
    COMPANY,
    World,
    a_buyer,
    a_guid,
    a_line,
    a_price_line,
    an_item,
    running_lookup,
    some_stock,
)


async def test_a_line_tells_price_discount_stock_and_why() -> None:
    world = World(
        price_lines=[
            a_price_line(source_type="customer_price_group", source="RETAIL", minimum_quantity="2", unit="PCS"),
            a_price_line(line="20000", amount="discount", line_discount="5", source_type="customer", source="C1"),
        ]
    )
    async with running_lookup(world) as lookup:
        answer = await lookup.order(a_line(quantity="16"), per_location=True)
    (line,) = answer["lines"]
    assert answer["customer"] == {"number": "C1"}
    assert answer["currency"] == "EUR"
    assert not answer["stale"]
    assert answer["warnings"] == []
    assert 0 <= answer["age_seconds"] < 5
    price = line["price"]
    assert (price["unit_price"], price["line_discount_percent"], price["line_amount"]) == ("8", "5", "121.6")
    assert price["source"]["text"] == "Price list S00001, line 10000: customer price group RETAIL, from 2 PCS"
    assert (price["source"]["minimum_quantity"], price["source"]["minimum_quantity_unit"]) == ("2", "PCS")
    assert price["discount_source"]["text"] == "Price list S00001, line 20000: customer C1"
    stock = line["availability"]
    assert (stock["available"], stock["on_hand"], stock["reserved"]) == ("15", "20", "5")
    assert stock["on_the_way"] == [{"date": "2999-12-01", "quantity": "100", "overdue": False}]
    assert (stock["sufficient"], stock["available_from"]) == (False, "2999-12-01")
    assert [place["code"] for place in stock["locations"]] == ["EAST"]
    assert line["error"] is None
    assert line["notes"] == []


async def test_a_whole_order_costs_one_resolution_and_one_question_to_financials() -> None:
    world = World(any_item=True)
    world.couplings = {("product", a_guid(n)): ("Item", f"I{n}") for n in range(500)}
    world.couplings["account", a_guid(1000)] = ("Customer", "C1")
    world.couplings["uom", a_guid(1001)] = ("Unit of Measure", "BOX")
    lines = [
        {"id": str(n), "product_id": a_guid(n).upper(), "unit_id": a_guid(1001), "quantity": n + 1} for n in range(500)
    ]
    async with running_lookup(world) as lookup:
        answer = await lookup.order(*lines, customer={"account_id": a_guid(1000)})
    assert [line["product"]["number"] for line in answer["lines"]] == [f"I{n}" for n in range(500)]
    assert {line["unit"] for line in answer["lines"]} == {"BOX"}
    assert answer["lines"][1]["price"]["unit_price"] == "120"
    assert answer["lines"][1]["price"]["line_amount"] == "240"
    assert len(world.resolutions) == 1
    assert len(world.lookups) == 1


async def test_a_line_that_cannot_be_answered_carries_its_own_error_and_the_others_are_answered() -> None:
    world = World(couplings={("uom", a_guid(9)): ("Unit of Measure", "BAG")})
    async with running_lookup(world) as lookup:
        answer = await lookup.order(
            a_line("NOPE"),
            {"id": "2", "product_id": a_guid(5), "quantity": 1},
            a_line(unit="PALLET"),
            a_line(unit_id=a_guid(8)),
            a_line(unit_id=a_guid(9)),
            a_line(),
        )
    errors = [line["error"] and line["error"]["code"] for line in answer["lines"]]
    assert errors == [
        "product_not_found",
        "product_not_coupled",
        "unit_unknown",
        "unit_not_coupled",
        "unit_unknown",
        None,
    ]
    assert answer["lines"][-1]["price"]["unit_price"] == "10"


@pytest.mark.parametrize("classic", [True, False])
async def test_a_price_of_a_resource_says_what_it_leaves_out_where_prices_are_kept_the_older_way(classic: bool) -> None:
    world = World(items={"R1": an_item("R1", kind="resource", type="Person")}, company={**COMPANY, "classic": classic})
    async with running_lookup(world) as lookup:
        answer = await lookup.order({"id": "1", "resource": "R1", "quantity": "1"})
    [line] = answer["lines"]
    assert line["price"]["source"]["kind"] == "resource_card"
    assert [note["code"] for note in line["notes"]] == (["resource_prices_not_read"] if classic else [])


async def test_services_and_resources_say_that_no_stock_is_kept() -> None:
    world = World(
        items={"SERV": an_item("SERV", type="Service"), "R1": an_item("R1", kind="resource", type="Person")}, stock={}
    )
    async with running_lookup(world) as lookup:
        answer = await lookup.order(a_line("SERV"), {"id": "2", "resource": "R1", "quantity": "1"})
    told = [(line["availability"]["tracked"], line["availability"]["reason"]) for line in answer["lines"]]
    assert told == [
        (False, "Service item: Financials keeps no stock of it."),
        (False, "Resource: Financials keeps no stock of it."),
    ]
    assert world.lookups[0].stock == ["SERV"]


async def test_prices_are_those_of_the_customer_who_pays() -> None:
    world = World(
        customers={"C1": a_buyer(bill_to="C2"), "C2": a_buyer("C2", currency="USD")},
        price_lines=[
            a_price_line(source_type="customer", source="C1", unit_price="1"),
            a_price_line(source_type="customer", source="C2", unit_price="6", currency="USD"),
        ],
    )
    async with running_lookup(world) as lookup:
        first = await lookup.order(a_line())
        calls = len(world.lookups)
        second = await lookup.order(a_line(quantity="3"))
    assert first["currency"] == second["currency"] == "USD"
    assert first["lines"][0]["price"]["unit_price"] == "6"
    assert second["lines"][0]["price"]["line_amount"] == "18"
    assert calls == len(world.lookups) == 1


async def test_a_customers_own_lines_hold_for_their_product_their_kind_or_their_group_alone() -> None:
    own = {"source_type": "customer", "source": "C1"}
    world = World(
        any_item=True,
        items={"GROUPED": an_item("GROUPED", discount_group="RESALE")},
        price_lines=[
            a_price_line(**own, line="1", asset="ONE", unit_price="7"),
            a_price_line(**own, line="2", asset="", unit_price="9"),
            a_price_line(
                **own, line="3", asset_type="item_discount_group", asset="RESALE", amount="discount", line_discount="5"
            ),
            a_price_line(**own, line="4", asset_type="resource", asset="", unit_price="1"),
        ],
    )
    numbers = ("ONE", "OTHER", "GROUPED")
    async with running_lookup(world) as lookup:
        answer = await lookup.order(*(a_line(number) for number in numbers))
    prices = [line["price"] for line in answer["lines"]]
    assert [(price["unit_price"], price["line_discount_percent"]) for price in prices] == [
        ("7", "0"),
        ("9", "0"),
        ("9", "5"),
    ]
    assert [price["source"]["line"] for price in prices] == ["1", "2", "2"]


async def test_an_unknown_customer_leaves_prices_open_and_stock_told() -> None:
    async with running_lookup() as lookup:
        for customer, code in (
            ({"number": "C9"}, "customer_not_found"),
            ({"account_id": a_guid(1)}, "customer_not_coupled"),
        ):
            answer = await lookup.order(a_line(), customer=customer)
            assert [warning["code"] for warning in answer["warnings"]] == [code]
            (line,) = answer["lines"]
            assert line["price"] is None
            assert [note["code"] for note in line["notes"]] == ["price_not_known"]
            assert line["availability"]["available"] == "15"


async def test_without_a_customer_prices_are_those_for_everybody() -> None:
    world = World(price_lines=[a_price_line(unit_price="9"), a_price_line(source_type="customer", source="C1")])
    async with running_lookup(world) as lookup:
        answer = await lookup.order(a_line(), customer=None)
    assert answer["customer"] is None
    assert answer["lines"][0]["price"]["unit_price"] == "9"


async def test_a_currency_of_sales_is_resolved_and_one_that_is_not_coupled_leaves_the_price_open() -> None:
    world = World(
        couplings={
            ("transactioncurrency", a_guid(1)): ("Currency", "USD"),
            ("transactioncurrency", a_guid(2)): ("Currency", ""),
        }
    )
    async with running_lookup(world) as lookup:
        dollars = await lookup.order(a_line(), currency_id=a_guid(1))
        local = await lookup.order(a_line(), currency_id=a_guid(2))
        nothing = await lookup.order(a_line(), currency_id=a_guid(3))
        unknown = await lookup.order(a_line(), currency="XXX")
    assert (dollars["currency"], dollars["lines"][0]["price"]["unit_price"]) == ("USD", "20")
    assert (local["currency"], local["lines"][0]["price"]["unit_price"]) == ("EUR", "10")
    assert nothing["warnings"][0]["code"] == "currency_not_coupled"
    assert nothing["lines"][0]["price"] is None
    assert unknown["lines"][0]["notes"][0]["code"] == "currency_unknown"


async def test_location_and_variant_choose_what_is_counted() -> None:
    world = World(
        items={"1000": an_item(variants=["RED", "BLUE"])},
        stock={
            "1000": [
                some_stock(variant="RED", on_hand="7", reserved="0", supply=[]),
                some_stock(variant="BLUE", location="WEST", on_hand="4", reserved="0", supply=[]),
            ]
        },
    )
    async with running_lookup(world) as lookup:
        everywhere = await lookup.order(a_line(), a_line(variant="RED"), a_line(variant="GREEN"))
        west = await lookup.order(a_line(), location="west")
    lines = everywhere["lines"]
    assert [line["availability"] and line["availability"]["available"] for line in lines] == ["11", "7", None]
    assert lines[0]["notes"][0]["code"] == "all_variants"
    assert lines[2]["error"]["code"] == "variant_unknown"
    assert west["lines"][0]["availability"]["available"] == "4"


async def test_what_financials_cannot_tell_is_said_with_the_line() -> None:
    world = World(
        missing=[MissingFact(fact="stock", message="install it"), MissingFact(fact="discounts", message="publish it")]
    )
    async with running_lookup(world) as lookup:
        (line,) = (await lookup.order(a_line()))["lines"]
    assert line["availability"] is None
    assert {(note["code"], note["message"]) for note in line["notes"]} == {
        ("stock_missing", "install it"),
        ("discounts_missing", "publish it"),
    }
    assert line["price"]["unit_price"] == "10"


async def test_single_questions_answer_the_same() -> None:
    world = World(couplings={("product", a_guid(1)): ("Item", "1000"), ("account", a_guid(2)): ("Customer", "C1")})
    async with running_lookup(world) as lookup:
        stock = await lookup.get("/v1/items/1000/availability", unit="BOX", quantity="1.5", per_location="true")
        assert (stock["availability"]["available"], stock["availability"]["sufficient"]) == ("1.25", False)
        assert world.lookups[0].customers == []
        assert not world.lookups[0].company
        price = await lookup.get("/v1/items/1000/price", customer="C1", quantity="3", date="2026-11-22")
        assert (price["price"]["line_amount"], price["date"]) == ("30", "2026-11-22")
        by_id = await lookup.get(f"/v1/products/{a_guid(1)}/price", account=a_guid(2))
        assert by_id["customer"] == {"number": "C1"}
        assert (await lookup.get(f"/v1/products/{a_guid(1)}/availability"))["product"]["number"] == "1000"
        for path, query, code in (
            ("/v1/items/NOPE/availability", {}, "product_not_found"),
            (f"/v1/products/{a_guid(7)}/price", {}, "product_not_coupled"),
            ("/v1/items/1000/price", {"customer": "C9"}, "customer_not_found"),
            ("/v1/items/1000/price", {"account": a_guid(9)}, "customer_not_coupled"),
            ("/v1/items/1000/availability", {"unit": "PALLET"}, "unit_unknown"),
        ):
            assert (await lookup.get(path, 404, **query))["code"] == code


async def test_a_registry_that_is_away_keeps_nobody_from_asking_by_number() -> None:
    world = World(registry_error=Unavailable("the store is away"))
    async with running_lookup(world) as lookup:
        answer = await lookup.order(a_line(), {"id": "2", "product_id": a_guid(1), "quantity": 1})
        problem = await lookup.order({"id": "2", "product_id": a_guid(1), "quantity": 1}, status=503)
    assert answer["lines"][0]["price"]["unit_price"] == "10"
    assert answer["lines"][1]["error"]["code"] == "product_not_known"
    assert answer["warnings"][0]["code"] == "registry_unreachable"
    assert problem["code"] == "registry_unreachable"


async def test_a_blocked_payer_is_told_as_well() -> None:
    world = World(customers={"C1": a_buyer(bill_to="C2"), "C2": a_buyer("C2", blocked="All")})
    async with running_lookup(world) as lookup:
        answer = await lookup.order(a_line())
    (warning,) = answer["warnings"]
    assert (warning["code"], "C2" in warning["message"]) == ("customer_blocked", True)


async def test_an_item_without_variants_has_none_to_be_asked_for() -> None:
    async with running_lookup(World()) as lookup:
        known = await lookup.order(a_line(variant="RED"))
    missing = MissingFact(fact="variants", message="no variants")
    async with running_lookup(World(missing=[missing])) as lookup:
        untold = await lookup.order(a_line(variant="RED"))
    assert known["lines"][0]["error"]["code"] == "variant_unknown"
    assert untold["lines"][0]["error"] is None


async def test_a_price_of_financials_own_is_never_that_of_another_company() -> None:
    world = World(priced={"unit_price": "7", "line_discount": "0", "includes_vat": False, "error": ""})
    async with running_lookup(world, TANDEM_LOOKUP_PRICES="financials") as lookup:
        first = await lookup.order(a_line())
        world.company_id = world.financials_company = "another company"
        world.priced = {**world.priced, "unit_price": "4711.5"}
        second = await lookup.order(a_line(quantity="3"))
    assert first["lines"][0]["price"]["unit_price"] == "7"
    assert "4711.5" not in str(second)


async def test_a_discount_that_many_items_share_is_as_fresh_as_prices() -> None:
    def discounts(percent: str) -> list[Any]:
        shared = {"asset_type": "item_discount_group", "asset": "A", "amount": "discount", "unit_price": "0"}
        return [a_price_line(**shared, line_discount=percent)]

    world = World(items={"1000": an_item(discount_group="A")}, company={**COMPANY, "group_discounts": discounts("10")})
    async with running_lookup(world, TANDEM_LOOKUP_FRESH_SECONDS="0.3") as lookup:
        first = await lookup.order(a_line())
        world.company = {**COMPANY, "group_discounts": discounts("50")}

        async def told() -> bool:
            line = (await lookup.order(a_line()))["lines"][0]
            return bool(line["price"]["line_discount_percent"] == "50")

        await eventually(told)
    assert first["lines"][0]["price"]["line_discount_percent"] == "10"
