"""What is particular to Sales: products with their default price, unit groups, choices, counting."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from libs.contracts.pages import Condition, TableRead
from libs.contracts.vocabulary import System
from libs.testing.suites.connector_pieces import a_write
from services.sales_connector.choices import choice_named, read_options, write_options
from services.sales_connector.counting import count_records
from services.sales_connector.reading import read_page
from services.sales_connector.writing import write_page
from tests.contract.sales_connector.served_sales import EURO, ServedSales


async def a_unit_group(sales: ServedSales, name: str = "PCS") -> tuple[str, str]:
    write = a_write("create", str(uuid4()), {"name": f"NAV {name}", "baseuomname": name})
    [outcome] = await write_page(sales.dataverse, "uomschedule", [write], ["baseuomid"])
    return outcome["id"], str(outcome["facts"]["baseuomid"])


async def a_price_list(sales: ServedSales) -> str:
    ours = str(uuid4())
    write = a_write("create", ours, {"name": ours, "transactioncurrencyid": EURO})
    await write_page(sales.dataverse, "pricelevel", [write], [])
    return ours


def a_product(number: int, group: str, unit: str, price_list: str, **more: Any) -> Any:
    ours = str(uuid4())
    match = {"pricelevelid": price_list, "productid": ours, "uomid": unit}
    child = {
        "table": "productpricelevel",
        "id": str(uuid4()),
        "values": {**match, "amount": f"{number}.5", "pricingmethodcode": 1},
        "match": match,
    }
    values = {
        "productnumber": f"P{number}",
        "name": f"Product {number}",
        "price": f"{number}.5",
        "quantitydecimal": 2,
        "defaultuomid": unit,
        "defaultuomscheduleid": group,
    }
    final = {"statecode": 0, "statuscode": 1, "pricelevelid": price_list}
    return a_write("create", ours, {**values, **more}, children=[child], final_values=final)


async def test_a_unit_group_tells_its_base_unit_when_created_matched_and_read(sales: ServedSales):
    group, unit = await a_unit_group(sales)
    assert [row["uomid"] for row in sales.rows("uom")] == [unit]
    again = a_write(
        "create", str(uuid4()), {"name": "nav pcs", "baseuomname": "PCS"}, match={"name": "nav pcs"}, match_first=True
    )
    [matched] = await write_page(sales.dataverse, "uomschedule", [again], ["baseuomid"])
    assert (matched["status"], matched["id"], matched["facts"]) == ("matched", group, {"baseuomid": unit})
    read = TableRead(system=System.SALES, table="uomschedule", fields=["name", "baseuomid"])
    page = await read_page(sales.dataverse, read, "", 100)
    assert [record["values"] for record in page.records] == [{"name": "NAV PCS", "baseuomid": unit}]


async def test_a_unit_group_tells_the_name_of_its_unit_where_there_is_just_one(sales: ServedSales):
    group, unit = await a_unit_group(sales)
    read = TableRead(system=System.SALES, table="uomschedule", fields=["baseuomid", "soleuomname"])

    async def told() -> Any:
        return [record["values"] for record in (await read_page(sales.dataverse, read, "", 100)).records]

    assert await told() == [{"baseuomid": unit, "soleuomname": "PCS"}]
    more = {"name": "Pallet", "uomscheduleid": group, "quantity": "40", "baseuom": unit}
    await write_page(sales.dataverse, "uom", [a_write("create", str(uuid4()), more)], [])
    assert await told() == [{"baseuomid": unit, "soleuomname": None}]


async def test_products_become_active_with_their_default_price(sales: ServedSales):
    group, unit = await a_unit_group(sales)
    price_list = await a_price_list(sales)
    writes = [a_product(number, group, unit, price_list) for number in range(1, 6)]
    for _ in range(2):
        outcomes = await write_page(sales.dataverse, "product", writes, [])
        assert [outcome["status"] for outcome in outcomes] == ["created"] * 5
    assert [row["statecode"] for row in sales.rows("product")] == [0] * 5
    assert {row["_pricelevelid_value"] for row in sales.rows("product")} == {price_list}
    prices = {row["_productid_value"]: str(row["amount"]) for row in sales.rows("productpricelevel")}
    assert prices == {write["id"]: f"{number}.50" for number, write in enumerate(writes, 1)}


@pytest.mark.parametrize("strict", [False, True])
async def test_a_default_price_that_somebody_entered_is_changed_not_doubled(sales: ServedSales, strict: bool):
    sales.world.behaviour.create_only_refused = strict
    group, unit = await a_unit_group(sales)
    price_list = await a_price_list(sales)
    write = a_product(1, group, unit, price_list)
    await write_page(sales.dataverse, "product", [write], [])
    [child] = write["children"]
    changed = {**child, "id": str(uuid4()), "values": {**child["values"], "amount": "77"}}
    update = a_write("update", write["id"], {"name": "New name"}, children=[changed])
    [outcome] = await write_page(sales.dataverse, "product", [update], [])
    assert outcome["status"] == "updated"
    [price] = sales.rows("productpricelevel")
    assert (price["productpricelevelid"], str(price["amount"])) == (child["id"], "77.00")
    same_id = {**child, "values": {**child["values"], "amount": "78"}}
    [outcome] = await write_page(sales.dataverse, "product", [a_write("update", write["id"], children=[same_id])], [])
    assert outcome["status"] == "updated"
    [price] = sales.rows("productpricelevel")
    assert str(price["amount"]) == "78.00"


async def test_a_child_that_is_refused_refuses_its_product_alone_and_can_be_repeated(sales: ServedSales):
    group, unit = await a_unit_group(sales)
    price_list = await a_price_list(sales)
    writes = [a_product(number, group, unit, price_list) for number in (1, 2)]
    writes[0]["children"][0]["values"]["amount"] = "-1"
    outcomes = await write_page(sales.dataverse, "product", writes, [])
    assert [outcome["status"] for outcome in outcomes] == ["refused", "created"]
    assert outcomes[0]["error"]["field"] == "amount"
    writes[0]["children"][0]["values"]["amount"] = "1"
    outcomes = await write_page(sales.dataverse, "product", writes, [])
    assert [outcome["status"] for outcome in outcomes] == ["created", "created"]
    assert [row["statecode"] for row in sales.rows("product")] == [0, 0]


async def test_an_unknown_unit_is_a_missing_lookup(sales: ServedSales):
    group, _ = await a_unit_group(sales)
    price_list = await a_price_list(sales)
    [outcome] = await write_page(sales.dataverse, "product", [a_product(1, group, str(uuid4()), price_list)], [])
    assert outcome["status"] == "refused"
    assert outcome["error"]["code"] == "remote.lookup_missing"


async def test_deleting_what_is_in_use_is_refused(sales: ServedSales):
    group, unit = await a_unit_group(sales)
    await write_page(sales.dataverse, "product", [a_product(1, group, unit, await a_price_list(sales))], [])
    [outcome] = await write_page(sales.dataverse, "uomschedule", [a_write("delete", group)], [])
    assert (outcome["status"], outcome["error"]["code"]) == ("refused", "remote.in_use")


async def test_options_are_added_renamed_and_counted(sales: ServedSales):
    choice = choice_named("account.paymenttermscode")
    assert choice is not None
    before = await count_records(sales.dataverse, "account.paymenttermscode", [])
    writes = [
        a_write("create", f"10000007{n}", {"label": label}, match={"label": label})
        for n, label in enumerate(("14 DAYS", "net 30"))
    ]
    outcomes = await write_options(sales.dataverse, choice, writes)
    assert [outcome["status"] for outcome in outcomes] == ["created", "matched"]
    assert outcomes[1]["id"] == "1"
    again = await write_options(sales.dataverse, choice, writes)
    assert [(outcome["status"], outcome["id"]) for outcome in again] == [
        ("created", outcomes[0]["id"]),
        ("matched", "1"),
    ]
    await write_options(sales.dataverse, choice, [a_write("update", outcomes[0]["id"], {"label": "14 Tage"})])
    options = await read_options(sales.dataverse, choice)
    assert options.labels[int(outcomes[0]["id"])] == "14 Tage"
    assert await count_records(sales.dataverse, "account.paymenttermscode", []) == before + 1


async def test_an_option_that_is_delivered_twice_at_the_same_time_is_added_once(sales: ServedSales):
    choice = choice_named("account.paymenttermscode")
    assert choice is not None
    before = await count_records(sales.dataverse, "account.paymenttermscode", [])
    writes = [a_write("create", f"20000000{n}", {"label": f"{n} DAYS"}, match={"label": f"{n} DAYS"}) for n in range(5)]
    both = await asyncio.gather(*(write_options(sales.dataverse, choice, writes) for _ in range(2)))
    assert [outcome["status"] for outcomes in both for outcome in outcomes] == ["created"] * 10
    assert [outcome["id"] for outcome in both[0]] == [outcome["id"] for outcome in both[1]]
    assert await count_records(sales.dataverse, "account.paymenttermscode", []) == before + 5


async def test_two_options_of_one_drawn_number_are_both_added(sales: ServedSales):
    choice = choice_named("account.paymenttermscode")
    assert choice is not None
    writes = [a_write("create", "100000077", {"label": label}) for label in ("A", "B")]
    outcomes = await write_options(sales.dataverse, choice, writes)
    assert [(outcome["status"], outcome["id"]) for outcome in outcomes] == [
        ("created", "100000077"),
        ("created", "100000078"),
    ]
    assert [outcome["id"] for outcome in await write_options(sales.dataverse, choice, writes)] == [
        "100000077",
        "100000078",
    ]


async def test_counting_goes_beyond_what_dataverse_counts(sales: ServedSales):
    rows = [{"accountid": str(uuid4()), "name": f"A{n}", "statecode": n % 2} for n in range(5400)]
    sales.world.load("account", rows, moment="2024-01-01T00:00:00Z")
    assert await count_records(sales.dataverse, "account", []) == 5400
    active = [Condition(field="statecode", operator="eq", value=0)]
    assert await count_records(sales.dataverse, "account", active) == 2700


async def test_a_first_page_costs_one_request(sales: ServedSales):
    await a_price_list(sales)
    before = sales.shell.statistics["sales"].requests
    read = TableRead(system=System.SALES, table="pricelevel", fields=["name"])
    page = await read_page(sales.dataverse, read, "", 100)
    assert sales.shell.statistics["sales"].requests - before == 1
    assert page.watermark == page.records[0]["modified_on"]


async def test_an_empty_table_gives_no_watermark_and_keeps_the_one_it_was_given(sales: ServedSales):
    read = TableRead(system=System.SALES, table="contact", fields=["firstname"])
    assert (await read_page(sales.dataverse, read, "", 100)).watermark == ""
    later = read.model_copy(update={"modified_after": "2024-01-01T00:00:00Z"})
    assert (await read_page(sales.dataverse, later, "", 100)).watermark == "2024-01-01T00:00:00Z"


async def test_a_record_that_was_committed_two_minutes_after_it_was_stamped_is_not_missed(sales: ServedSales):
    def an_account(name: str, moment: str) -> None:
        sales.world.load("account", [{"accountid": str(uuid4()), "name": name}], moment=moment)

    an_account("long ago", "2024-01-01T11:57:00Z")
    an_account("seen", "2024-01-01T12:00:00Z")
    read = TableRead(system=System.SALES, table="account", fields=["name"])
    watermark = (await read_page(sales.dataverse, read, "", 100)).watermark
    an_account("committed late", "2024-01-01T11:58:00Z")
    page = await read_page(sales.dataverse, read.model_copy(update={"modified_after": watermark}), "", 100)
    assert {record["values"]["name"] for record in page.records} == {"seen", "committed late"}
    assert page.watermark == watermark


async def test_a_record_at_which_the_service_fails_does_not_keep_its_bulk_from_being_created(sales: ServedSales):
    writes = [a_write("create", str(uuid4()), {"name": f"A{number}"}) for number in range(3)]
    sales.fault("status", record=writes[1]["id"], count=None)
    outcomes = await write_page(sales.dataverse, "account", writes, [])
    assert [outcome["status"] for outcome in outcomes] == ["created", "refused", "created"]
    assert outcomes[1]["error"]["remote_code"] == "0x80040216"
    sales.shell.faults.clear()
    assert [outcome["status"] for outcome in await write_page(sales.dataverse, "account", writes, [])] == [
        "created",
        "created",
        "created",
    ]


async def test_a_page_of_five_hundred_accounts_is_created_in_five_requests(sales: ServedSales):
    writes = [a_write("create", str(uuid4()), {"name": f"A{n}", "creditlimit": "1.5"}) for n in range(500)]
    before = sales.shell.statistics["sales"].requests
    outcomes = await write_page(sales.dataverse, "account", writes, [])
    assert {outcome["status"] for outcome in outcomes} == {"created"}
    assert sales.shell.statistics["sales"].requests - before == 5
    [compared] = {
        outcome["status"]
        for outcome in await write_page(
            sales.dataverse, "account", [{**write, "operation": "compare"} for write in writes], []
        )
    }
    assert compared == "equal"
    assert sales.shell.statistics["sales"].requests - before == 6
