"""Writes that come again, or late: what an interrupted one left out is made up for, and nothing newer is undone."""

from libs.testing.suites.connector_pieces import a_write
from services.sales_connector.writing import write_page
from tests.contract.sales_connector.served_sales import ServedSales
from tests.contract.sales_connector.test_sales_records import a_price_list, a_product, a_unit_group


async def test_children_that_an_interrupted_update_left_out_are_written_when_it_is_repeated(sales: ServedSales):
    group, unit = await a_unit_group(sales)
    write = a_product(1, group, unit, await a_price_list(sales))
    await write_page(sales.dataverse, "product", [write], [])
    version = sales.rows("product")[0]["@odata.etag"]
    [child] = write["children"]
    dearer = {**child, "values": {**child["values"], "amount": "77"}}
    update = a_write("update", write["id"], {"price": "77"}, version=version, children=[dearer])
    await write_page(sales.dataverse, "product", [{**update, "children": []}], [])  # it died before the children

    [outcome] = await write_page(sales.dataverse, "product", [update], [])

    assert outcome["status"] == "conflict"  # the registry recognises its own write
    assert [str(row["amount"]) for row in sales.rows("productpricelevel")] == ["77.00"]


async def test_a_late_copy_of_an_update_leaves_the_children_of_a_newer_one_alone(sales: ServedSales):
    group, unit = await a_unit_group(sales)
    write = a_product(1, group, unit, await a_price_list(sales))
    await write_page(sales.dataverse, "product", [write], [])
    version = sales.rows("product")[0]["@odata.etag"]
    [child] = write["children"]
    updates = [
        a_write(
            "update",
            write["id"],
            {"price": amount},
            children=[{**child, "values": {**child["values"], "amount": amount}}],
        )
        for amount in ("77", "78")
    ]
    updates[0]["version"] = version
    for update in updates:
        await write_page(sales.dataverse, "product", [update], [])

    [late] = await write_page(sales.dataverse, "product", [updates[0]], [])

    assert late["status"] == "conflict"
    assert [str(row["amount"]) for row in sales.rows("productpricelevel")] == ["78.00"]


async def test_a_creation_that_finds_its_own_row_with_other_values_says_so(sales: ServedSales):
    group, unit = await a_unit_group(sales)
    price_list = await a_price_list(sales)
    first = a_product(1, group, unit, price_list)
    await write_page(sales.dataverse, "product", [{**first, "children": [], "final_values": {}}], [])
    second = {**first, "values": {**first["values"], "name": "Renamed meanwhile"}}

    [outcome] = await write_page(sales.dataverse, "product", [second], [])

    assert outcome["status"] == "created"
    assert outcome["current"]["values"]["name"] == "Product 1"
    assert outcome["write"]["values"]["name"] == "Renamed meanwhile"
    assert [row["statecode"] for row in sales.rows("product")] == [0]
    assert len(sales.rows("productpricelevel")) == 1


async def test_a_late_copy_of_a_creation_leaves_a_newer_default_price_alone(sales: ServedSales):
    group, unit = await a_unit_group(sales)
    write = a_product(1, group, unit, await a_price_list(sales))
    await write_page(sales.dataverse, "product", [write], [])
    [child] = write["children"]
    dearer = {**child, "values": {**child["values"], "amount": "77"}}
    await write_page(
        sales.dataverse, "product", [a_write("update", write["id"], {"price": "77"}, children=[dearer])], []
    )

    [outcome] = await write_page(sales.dataverse, "product", [write], [])

    assert outcome["status"] == "created"
    assert [str(row["amount"]) for row in sales.rows("productpricelevel")] == ["77.00"]
