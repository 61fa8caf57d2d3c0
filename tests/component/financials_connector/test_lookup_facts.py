"""Facts behind order lines: how many requests they take, what they say of stock on each surface, what is missing and
said to be, and how a question fails."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from libs.contracts.lookup_facts import ProductRef, StockData
from libs.contracts.lookups import LookedUpFacts
from libs.dynamics.session import Request, Response
from services.sandbox.financials.pricing_switches import PricingMode
from services.sandbox.financials.world import FinancialsWorld
from services.sandbox.generator import generate
from tests.component.financials_connector.lookups import WITHOUT_COMPANION, Desk, items
from tests.price_cases.priced_company import PricedCompany

OTHER_PAGES = ("ItemList", "SalesLines", "PurchaseLines", "LocationList")


@pytest.fixture(scope="module")
def world() -> FinancialsWorld:
    return FinancialsWorld.of(generate(3000, 7), lambda: datetime(2026, 11, 22, 8, tzinfo=UTC))


def some_items(world: FinancialsWorld, count: int) -> list[ProductRef]:
    numbers = [row["No."] for row in world.dump("Item")]
    assert len(numbers) >= count
    return items(*numbers[:count])


def customers(world: FinancialsWorld, *, billed_elsewhere: bool) -> list[str]:
    return [
        row["No."]
        for row in world.dump("Customer")
        if (row["Bill-to Customer No."] not in ("", row["No."])) is billed_elsewhere
    ]


@pytest.mark.parametrize("lines", [1, 10, 100, 500])
async def test_a_whole_order_is_one_request(world: FinancialsWorld, lines: int) -> None:
    desk = Desk(world)
    customer = customers(world, billed_elsewhere=False)[0]
    products = some_items(world, lines)

    cold = await desk.whole_order(customer, products)
    warm = await desk.whole_order(customer, products, company=False)

    assert (cold.failures, cold.missing) == ([], [])
    assert (cold.calls, warm.calls) == (1, 1)
    assert len(cold.products) == lines
    body = desk.session.requests[-1].body
    assert body.count(b'"url"') <= 100


async def test_a_customer_who_is_billed_elsewhere_costs_a_second_request(world: FinancialsWorld) -> None:
    customer = customers(world, billed_elsewhere=True)[0]
    products = some_items(world, 20)

    found = await Desk(world).whole_order(customer, products)
    payer = next(each["bill_to"] for each in found.customers if each["number"] == customer)
    alone = await Desk(world).whole_order(payer, products)

    assert found.calls == 2
    assert {each["number"] for each in found.customers} == {customer, payer}

    def own(facts: LookedUpFacts) -> list[str]:
        return sorted(str(line) for line in facts.price_lines if line["source"] == payer)

    assert own(found) == own(alone)


async def test_stock_by_published_pages_is_what_the_companion_says(world: FinancialsWorld) -> None:
    numbers = [each["number"] for each in some_items(world, 300)]

    companion = await Desk(world).facts(stock=numbers)
    pages = await Desk(world, off=WITHOUT_COMPANION).facts(stock=numbers)

    assert pages.missing == []
    assert comparable(pages.stock) == comparable(companion.stock)
    assert any(stock["supply"] for stock in companion.stock)
    assert len({stock["location"] for stock in companion.stock}) > 2
    assert any(stock["variant"] for stock in companion.stock)


async def test_without_the_item_list_stock_is_one_sum_and_the_rest_is_said_to_be_missing(
    world: FinancialsWorld,
) -> None:
    numbers = [each["number"] for each in some_items(world, 50)]
    desk = Desk(world, off=WITHOUT_COMPANION, unpublished=OTHER_PAGES)

    found = await desk.facts(stock=numbers)

    assert {each.fact for each in found.missing} == {"locations", "stock", "supply_dates"}
    assert all("publish page" in each.message for each in found.missing)
    whole: dict[str, Decimal] = {}
    for stock in (await Desk(world).facts(stock=numbers)).stock:
        whole[stock["item"]] = whole.get(stock["item"], Decimal(0)) + Decimal(stock["on_hand"])
    told = {stock["item"]: Decimal(stock["on_hand"]) for stock in found.stock}
    assert {item: told.get(item, Decimal(0)) for item in whole} == whole


async def test_what_no_surface_gives_is_said_to_be_missing() -> None:
    desk = Desk(
        PricedCompany("price_lists").world,
        off=WITHOUT_COMPANION,
        unpublished=("PricesOverview", "CustomerCard", "ItemCard", "ItemUnitsOfMeasure", "VATPostingSetup"),
    )

    found = await desk.whole_order("C1", items("I1"))

    assert {each.fact for each in found.missing} >= {"price_lines", "discounts", "units", "vat"}
    assert [each["number"] for each in found.products] == ["I1"]


async def test_a_change_of_the_way_of_pricing_is_noticed_at_the_next_question() -> None:
    company = PricedCompany("classic")
    company.sales_price("7")
    company.list_line("8")
    desk = Desk(company.world)
    before = await desk.whole_order("C1", items("I1"))
    company.company.pricing.mode = "price_lists"

    after = await desk.whole_order("C1", items("I1"))
    later = await desk.whole_order("C1", items("I1"))

    assert [{line["origin"] for line in each.price_lines} for each in (before, after, later)] == [
        {"sales_price"},
        {"price_list"},
        {"price_list"},
    ]
    assert (before.calls, after.calls, later.calls) == (1, 2, 1)


async def test_without_the_companion_the_way_of_pricing_is_looked_for_again_when_its_page_closes() -> None:
    company = PricedCompany("classic")
    company.sales_price("7")
    company.list_line("8")
    desk = Desk(company.world, off=WITHOUT_COMPANION)
    origins = []
    for mode in ("classic", "price_lists", "classic"):
        company.company.pricing.mode = mode
        found = await desk.whole_order("C1", items("I1"))
        assert found.failures == []
        origins.append({line["origin"] for line in found.price_lines})

    assert origins == [{"sales_price"}, {"price_list"}, {"sales_price"}]


async def test_an_answer_in_pages_is_read_to_its_end(world: FinancialsWorld) -> None:
    desk = Desk(world)
    numbers = [each["number"] for each in some_items(world, 60)]
    whole = await desk.facts(stock=numbers)
    cut = {"done": False}

    def in_pages(request: Request, response: Response) -> Response:
        """The first long list of the batch is cut, with a link to the rest."""
        if cut["done"] or not request.url.endswith("/$batch"):
            return response
        answer = msgspec.json.decode(response.body)
        rows = answer["responses"][0]["body"]["value"]
        asked = msgspec.json.decode(request.body)["requests"][0]["url"]
        root = request.url.removesuffix("/$batch")
        answer["responses"][0]["body"]["value"] = rows[:5]
        answer["responses"][0]["body"]["@odata.nextLink"] = f"{root}/{asked}&$skip=5"
        cut["done"] = True
        return Response(200, response.headers, msgspec.json.encode(answer))

    desk.session.spoil = in_pages
    found = await desk.facts(stock=numbers)

    assert found.calls == 2
    assert comparable(found.stock) == comparable(whole.stock)


async def test_a_question_that_takes_too_long_is_given_up_in_time(world: FinancialsWorld) -> None:
    desk = Desk(world)
    await desk.tenants.current()

    async def never(request: Request) -> Response:
        desk.session.requests.append(request)
        return await asyncio.Future()

    desk.session.send = never  # type: ignore[method-assign]

    async with asyncio.timeout(2):
        found = await desk.facts(stock=["1000"], within=0.1)

    assert [failure.code for failure in found.failures] == ["remote.unavailable"]
    assert found.failures[0].transient


async def test_a_search_for_the_tenant_goes_on_when_the_first_asker_gives_up(world: FinancialsWorld) -> None:
    desk = Desk(world)
    go_on = asyncio.Event()
    answered = desk.session.send

    async def slowly(request: Request) -> Response:
        await go_on.wait()
        return await answered(request)

    desk.session.send = slowly  # type: ignore[method-assign]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await desk.tenants.current()
    go_on.set()
    await desk.tenants.current()
    searched = len(desk.session.requests)

    assert (await desk.tenants.current()).company.name == world.company.name
    assert len(desk.session.requests) == searched
    assert [request.url.endswith("/companies") for request in desk.session.requests].count(True) == 1


async def test_pages_that_were_published_elsewhere_meanwhile_are_looked_for_again(world: FinancialsWorld) -> None:
    desk = Desk(world)
    await desk.whole_order("C1", items("I1"))
    desk.session.off |= set(WITHOUT_COMPANION)

    failed = await desk.facts(stock=["1000"])

    assert failed.failures == []


@pytest.mark.parametrize("off", [(), WITHOUT_COMPANION], ids=["companion", "published pages"])
@pytest.mark.parametrize("mode", ["classic", "price_lists"])
async def test_lines_that_ended_before_a_day_are_left_out_by_financials(
    mode: PricingMode, off: tuple[str, ...]
) -> None:
    company = PricedCompany(mode)
    endings = ("", "2026-11-10", "2026-11-11")
    for place, ending in enumerate(endings, 1):
        for kind, code in (("All Customers", ""), ("Customer", "C1")):
            if mode == "classic":
                dated = {"Starting_Date": f"2020-01-0{place}", "Ending_Date": ending}
                company.sales_price("9", Sales_Type=kind, Sales_Code=code, **dated)
                company.line_discount("5", Sales_Type=kind, Sales_Code=code, **dated)
            else:
                company.list_line("9", Source_Type=kind, Source_No=code, Ending_Date=ending)
                group = {"Asset_Type": "Item Discount Group", "Asset_No": "PARTS", "Amount_Type": "Discount"}
                company.list_line(Disc="5", Source_Type=kind, Source_No=code, Ending_Date=ending, **group)
    chairs = items("I1")
    desk = Desk(company.world, off=off)

    async def endings_found(day: str) -> list[str]:
        asked = {"prices": chairs, "customer_prices": {"C1": chairs}, "company": True, "customers": ["C1"]}
        found = await desk.facts(**asked, ended_before=day)
        assert found.failures == []
        assert found.company is not None
        return sorted(line["ending"] for line in [*found.price_lines, *found.company["group_discounts"]])

    everything = sorted(4 * list(endings))
    assert await endings_found("") == everything
    assert await endings_found("2026-11-11") == [ending for ending in everything if ending != "2026-11-10"]


async def test_an_item_that_does_not_exist_is_left_out() -> None:
    found = await Desk(PricedCompany().world).whole_order("NOBODY", items("I1", "NOTHING'S"))

    assert (found.failures, found.customers) == ([], [])
    assert [each["number"] for each in found.products] == ["I1"]


Place = tuple[str, str, str]
Sums = tuple[Decimal, Decimal, tuple[tuple[str, Decimal], ...]]


def comparable(stock: Sequence[StockData]) -> dict[Place, Sums]:
    """By place, without places where there is nothing."""
    found = {
        (each["item"], each["variant"], each["location"]): (
            Decimal(each["on_hand"]),
            Decimal(each["reserved"]),
            tuple(sorted((supply["date"], Decimal(supply["quantity"])) for supply in each["supply"])),
        )
        for each in stock
    }
    return {place: sums for place, sums in found.items() if sums != (0, 0, ())}
