"""Reading collections: filters, order, pages and what is calculated."""

from typing import Any

import pytest

from tests.component.sandbox_financials.conftest import Financials


async def _all_pages(financials: Financials, path: str, query: dict[str, str], size: int) -> list[list[dict[str, Any]]]:
    pages = []
    answered = await financials.get(path, query, Prefer=f"odata.maxpagesize={size}")
    while True:
        pages.append(answered.rows)
        link = answered.json.get("@odata.nextLink")
        if link is None:
            return pages
        answered = await financials.get(link, Prefer=f"odata.maxpagesize={size}")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"$filter": "blocked eq ' '"},
        {"$orderby": "systemRowVersion"},
        {"$orderby": "systemModifiedAt"},
        {"$orderby": "city desc,number"},
        {"$orderby": "systemModifiedAt desc"},
        {"$orderby": "systemRowVersion desc", "$filter": "blocked eq ' '"},
        {"$filter": "systemRowVersion gt 100", "$orderby": "systemRowVersion"},
        {"$filter": "systemRowVersion gt 100"},
        {"$top": "25"},
        {"$skip": "11"},
    ],
)
async def test_next_links_lead_through_every_row_once_in_order(companion: Financials, query: dict[str, str]) -> None:
    path = f"{companion.company}/customers"
    whole = (await companion.get(path, query)).rows

    pages = await _all_pages(companion, path, query, 10)

    assert [row for page in pages for row in page] == whole
    assert all(len(page) == 10 for page in pages[:-1])
    assert len(pages) > 1


async def test_next_links_go_on_behind_a_key_of_several_parts(companion: Financials) -> None:
    path = f"{companion.company}/salesPrices"

    pages = await _all_pages(companion, path, {}, 3)

    prices = [(row["itemNumber"], row["minimumQuantity"]) for page in pages for row in page]
    assert prices == [(row["Item No."], float(row["Minimum Quantity"])) for row in companion.world.dump("Sales Price")]


async def test_rows_inserted_and_deleted_meanwhile_do_not_shift_a_page(companion: Financials) -> None:
    path = f"{companion.company}/customers"
    first = await companion.get(path, {"$select": "number"}, Prefer="odata.maxpagesize=10")
    companion.world.insert("Customer", {"No.": "A", "Name": "before the page"})
    companion.world.delete("Customer", "C00010")

    second = await companion.get(first.json["@odata.nextLink"], Prefer="odata.maxpagesize=10")

    assert [row["number"] for row in second.rows][:2] == ["C00011", "C00012"]


async def test_a_garbled_next_link_is_refused(companion: Financials) -> None:
    answered = await companion.get(f"{companion.company}/customers", {"$skiptoken": "nonsense"})

    assert (answered.status, answered.code) == (400, "BadRequest_InvalidRequestUrl")


@pytest.mark.parametrize("asked", ["customers?$orderby=city&", "items?", "stockOnHand?", "deletions?"])
async def test_a_next_link_goes_on_only_where_it_came_from(companion: Financials, asked: str) -> None:
    first = await companion.get(f"{companion.company}/customers", Prefer="odata.maxpagesize=2")
    token = first.json["@odata.nextLink"].partition("$skiptoken=")[2]

    answered = await companion.ask("GET", f"{companion.company}/{asked}$skiptoken={token}")

    assert (answered.status, answered.code) == (400, "BadRequest_InvalidRequestUrl")


async def test_the_asked_for_page_size_is_confirmed(companion: Financials) -> None:
    answered = await companion.get(f"{companion.company}/customers", Prefer="odata.maxpagesize=7")

    assert answered.headers["Preference-Applied"] == "odata.maxpagesize=7"
    assert len(answered.rows) == 7


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        ("number eq 'c00003'", {"C00003"}),
        ("number eq 'C00003' or number eq 'C00005' or number eq 'NONE'", {"C00003", "C00005"}),
        ("startswith(number,'C0000') and number gt 'C00007'", {"C00008", "C00009"}),
        ("number lt 'C00003' and (number ne 'C00001')", {"C00002"}),
        ("contains(number,'14') and endswith(number,'9')", {"C00149"}),
        ("tolower(number) eq 'c00004'", {"C00004"}),
    ],
)
async def test_filters_choose_rows(companion: Financials, condition: str, wanted: set[str]) -> None:
    answered = await companion.get(f"{companion.company}/customers", {"$filter": condition})

    assert {row["number"] for row in answered.rows} == wanted


async def test_rows_are_found_by_their_ids(companion: Financials) -> None:
    rows = companion.world.dump("Customer")[3:9]
    condition = " or ".join(f"id eq {row['SystemId']}" for row in rows)

    answered = await companion.get(f"{companion.company}/customers", {"$filter": condition})

    assert [row["number"] for row in answered.rows] == [row["No."] for row in rows]
    counted = await companion.get(f"{companion.company}/customers/$count", {"$filter": condition})
    assert counted.raw == b"6"


@pytest.mark.parametrize("blank", ["' '", "'_x0020_'", "''"])
async def test_a_blank_option_is_found_under_each_of_its_names(companion: Financials, blank: str) -> None:
    answered = await companion.get(f"{companion.company}/customers", {"$filter": f"blocked eq {blank}"})

    assert {row["blocked"] for row in answered.rows} == {"_x0020_"}
    assert 0 < len(answered.rows) < companion.world.count("Customer")


async def test_options_with_blanks_are_encoded_as_names(companion: Financials) -> None:
    answered = await companion.get(
        f"{companion.company}/salesPrices", {"$filter": "salesType eq 'Customer Price Group' and salesCode ne ''"}
    )

    assert {row["salesType"] for row in answered.rows} == {"Customer_x0020_Price_x0020_Group"}
    assert {row["startingDate"] for row in answered.rows} >= {"0001-01-01"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"$filter": "number eq 'A' or city eq 'B'"}, "BadRequest_InvalidRequestUrl"),
        ({"$filter": "number in ('A','B')"}, "BadRequest_InvalidRequestUrl"),
        ({"$filter": "nickname eq 'A'"}, "BadRequest"),
        ({"$filter": "number eq"}, "BadRequest_InvalidRequestUrl"),
        ({"$filter": "creditLimitLcy eq 'x'"}, "BadRequest"),
        ({"$select": "nickname"}, "BadRequest"),
        ({"$filter": "not (number eq 'A')"}, "BadRequest_InvalidRequestUrl"),
        ({"$filter": "(" * 1000 + "number eq 'A'" + ")" * 1000}, "BadRequest_InvalidRequestUrl"),
        ({"$filter": "tolower(substring(number,1)) eq 'a'"}, "BadRequest_InvalidRequestUrl"),
        ({"$filter": "id eq '0f5a2ba9-0000-4000-8000-000000000000'"}, "BadRequest"),
        ({"$filter": "substring(number,'x') eq 'a'"}, "BadRequest"),
        ({"$filter": "contains(creditLimitLcy,'5')"}, "BadRequest"),
        ({"$filter": "tolower(creditLimitLcy) eq 'x'"}, "BadRequest"),
        ({"$search": "chair"}, "BadRequest_InvalidRequestUrl"),
        ({"$apply": "aggregate($count as all)"}, "BadRequest_InvalidRequestUrl"),
        ({"$top": "x"}, "BadRequest_InvalidRequestUrl"),
        ({"$top": "²"}, "BadRequest_InvalidRequestUrl"),
        ({"$skip": "9" * 30}, "BadRequest_InvalidRequestUrl"),
        ({"$expand": "anything"}, "BadRequest_InvalidRequestUrl"),
    ],
)
async def test_queries_that_financials_does_not_know_are_refused(
    companion: Financials, query: dict[str, str], code: str
) -> None:
    answered = await companion.get(f"{companion.company}/customers", query)

    assert (answered.status, answered.code) == (400, code)


async def test_functions_may_be_nested_with_the_newest_schema_version(companion: Financials) -> None:
    answered = await companion.get(
        f"{companion.company}/customers",
        {"$filter": "tolower(substring(number,0,5)) eq 'c0000'", "$select": "number", "$schemaversion": "2.1"},
    )

    assert [row["number"] for row in answered.rows] == [f"C0000{digit}" for digit in range(1, 10)]


async def test_in_works_with_the_newest_schema_version(companion: Financials) -> None:
    answered = await companion.get(
        f"{companion.company}/customers",
        {"$filter": "number in ('C00001','C00002')", "$schemaversion": "2.1"},
    )

    assert len(answered.rows) == 2


async def test_select_and_count(companion: Financials) -> None:
    path = f"{companion.company}/customers"

    answered = await companion.get(path, {"$select": "number,name", "$top": "2", "$count": "true"})
    counted = await companion.get(f"{path}/$count", {"$filter": "number lt 'C00004'"})

    assert [set(row) for row in answered.rows] == [{"@odata.etag", "number", "name"}] * 2
    assert answered.json["@odata.count"] == companion.world.count("Customer")
    assert counted.raw == b"3"


async def test_changes_are_found_by_version_and_by_time(companion: Financials) -> None:
    position = (await companion.get(f"{companion.company}/feedPositions")).rows[0]["minimumActiveRowVersion"]
    before = companion.world.dump("Customer")[0]["SystemModifiedAt"]
    changed = companion.world.change("Customer", "C00007", {"Name": "changed"})
    version = {"$filter": f"systemRowVersion ge {position}", "$orderby": "systemRowVersion"}

    by_version = await companion.get(f"{companion.company}/customers", version)
    by_time = await companion.get(
        f"{companion.company}/customers", {"$filter": f"systemModifiedAt gt {before} and blocked eq ' '"}
    )
    later = await companion.get(
        f"{companion.company}/customers", {"$filter": f"systemModifiedAt gt {changed['SystemModifiedAt']}"}
    )

    assert [row["number"] for row in by_version.rows] == ["C00007"]
    assert [row["number"] for row in by_time.rows] == ["C00007"]
    assert later.rows == []


async def test_a_row_that_was_committed_late_is_found_by_version_and_not_by_time(companion: Financials) -> None:
    path = f"{companion.company}/shippingAgents"
    mark = companion.world.version
    companion.world.insert("Shipping Agent", {"Code": "FIRST"})
    companion.world.insert("Shipping Agent", {"Code": "LATE"}, modified="2020-01-01T00:00:00.000Z")

    by_time = await companion.get(path, {"$filter": "systemModifiedAt gt 2024-06-01T00:00:00Z"})
    by_version = await companion.get(path, {"$filter": f"systemRowVersion gt {mark}"})

    assert [row["code"] for row in by_time.rows] == ["FIRST"]
    assert [row["code"] for row in by_version.rows] == ["FIRST", "LATE"]


async def test_calculated_fields_follow_what_they_are_computed_from(companion: Financials) -> None:
    world = companion.world

    async def currency(code: str) -> Any:
        return (await companion.get(f"{companion.company}/currencies", {"$filter": f"code eq '{code}'"})).rows[0]

    assert (await currency("EUR"))["exchangeRate"] == 0.8295
    assert (await currency("XDR"))["exchangeRate"] == 0
    tag = (await currency("EUR"))["@odata.etag"]
    world.change("Currency Exchange Rate", "EUR;2025-01-01", {"Relational Exch. Rate Amount": "90"})
    assert (await currency("EUR"))["exchangeRate"] == 0.9
    assert (await currency("EUR"))["@odata.etag"] == tag


async def test_stock_changes_without_touching_the_item(companion: Financials) -> None:
    before = companion.world.dump("Item")[0]

    after = companion.world.change("Item", before["No."], {"Inventory": "77"})

    assert after == before | {"Inventory": "77"}
    answered = await companion.get(f"{companion.company}/items({before['SystemId']})")
    assert answered.json["inventory"] == 77


async def test_the_first_price_by_key_gives_the_price_groups_currency(companion: Financials) -> None:
    async def currency() -> str:
        groups = (await companion.get(f"{companion.company}/customerPriceGroups")).rows
        return str(next(row["firstLineCurrencyCode"] for row in groups if row["code"] == "EUROZONE"))

    before = await currency()
    companion.world.insert(
        "Sales Price",
        {"Item No.": "1000", "Sales Type": "Customer Price Group", "Sales Code": "EUROZONE", "Currency Code": "AUD"},
    )

    assert (before, await currency()) == ("EUR", "AUD")
