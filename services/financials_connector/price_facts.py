"""Turns rows of price lists, and of the older sales prices and sales line discounts, into price lines. Pure."""

from collections.abc import Sequence

from libs.contracts.lookup_facts import PriceLineData
from services.financials_connector.columns import Found, Table, records
from services.financials_connector.lookup_readings import Rows

SOURCES = {
    "All Customers": "all_customers",
    "Customer": "customer",
    "Customer Price Group": "customer_price_group",
    "Customer Disc. Group": "customer_discount_group",
    "Campaign": "campaign",
}
ASSETS = {"Item": "item", "Item Discount Group": "item_discount_group", "Resource": "resource"}
AMOUNTS = {"Any": "any", "Price": "price", "Discount": "discount"}


def price_lines_of(found: Found, price_lists: bool) -> list[PriceLineData]:
    """The lines of the tables that decide prices."""
    if price_lists:
        return list_lines_of(found[Rows.LIST_LINES])
    return sales_prices_of(found[Rows.SALES_PRICES]) + line_discounts_of(found[Rows.LINE_DISCOUNTS])


def list_lines_of(table: Table) -> list[PriceLineData]:
    """Active sales lines of price lists. Lines of a kind that no order line meets are left out."""
    lines = _lines(
        table,
        origin="price_list",
        place=(table.texts("Price List Code"), table.texts("Line No.")),
        source=([SOURCES.get(told, "") for told in table.texts("Source Type")], table.texts("Source No.")),
        asset=([ASSETS.get(told, "") for told in table.texts("Asset Type")], table.texts("Asset No.")),
        amount=[AMOUNTS.get(told, "") for told in table.texts("Amount Type")],
    )
    return [
        line for line, kind in zip(lines, table.texts("Price Type"), strict=True) if kind != "Purchase" and _known(line)
    ]


def sales_prices_of(table: Table) -> list[PriceLineData]:
    """Of table 7002."""
    many = len(table.rows)
    lines = _lines(
        table,
        origin="sales_price",
        place=([""] * many, [""] * many),
        source=([SOURCES.get(told, "") for told in table.texts("Sales Type")], table.texts("Sales Code")),
        asset=(["item"] * many, table.texts("Item No.")),
        amount=["price"] * many,
    )
    return list(filter(_known, lines))


def line_discounts_of(table: Table) -> list[PriceLineData]:
    """Of table 7004."""
    many = len(table.rows)
    assets = ["item_discount_group" if told == "Item Disc. Group" else "item" for told in table.texts("Type")]
    lines = _lines(
        table,
        origin="sales_line_discount",
        place=([""] * many, [""] * many),
        source=([SOURCES.get(told, "") for told in table.texts("Sales Type")], table.texts("Sales Code")),
        asset=(assets, table.texts("Code")),
        amount=["discount"] * many,
    )
    return list(filter(_known, lines))


def _known(line: PriceLineData) -> bool:
    return bool(line["source_type"] and line["asset_type"] and line["amount"])


Pair = tuple[Sequence[str], Sequence[str]]


def _lines(
    table: Table, *, origin: str, place: Pair, source: Pair, asset: Pair, amount: Sequence[str]
) -> list[PriceLineData]:
    """``place``: list and number of the line; ``source`` and ``asset``: type, and number or code. The rest has the same
    names in all tables; what a table does not have counts as blank."""
    return records(
        origin=[origin] * len(table.rows),
        list=place[0],
        line=place[1],
        source_type=source[0],
        source=["" if kind == "all_customers" else name for kind, name in zip(*source, strict=True)],
        asset_type=asset[0],
        asset=asset[1],
        variant=table.texts("Variant Code"),
        unit=table.texts("Unit of Measure Code"),
        currency=table.texts("Currency Code"),
        minimum_quantity=table.numbers("Minimum Quantity"),
        amount=amount,
        unit_price=table.numbers("Unit Price"),
        line_discount=table.numbers("Line Discount %"),
        starting=table.texts("Starting Date"),
        ending=table.texts("Ending Date"),
        allow_line_discount=table.flags("Allow Line Disc.", True),
        price_includes_vat=table.flags("Price Includes VAT"),
        vat_business_group=table.texts("VAT Bus. Posting Gr. (Price)"),
    )
