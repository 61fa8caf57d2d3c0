"""Turns rows of price lists, and of the older sales prices and sales line discounts, into price lines. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from libs.contracts.lookups import PriceLineData
from services.financials_connector.cells import Record, number, text
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


def price_lines_of(found: Mapping[Rows, Sequence[Record]], price_lists: bool) -> list[PriceLineData]:
    """The lines of the tables that decide prices."""
    if price_lists:
        return list_lines_of(found.get(Rows.LIST_LINES, ()))
    return sales_prices_of(found.get(Rows.SALES_PRICES, ())) + line_discounts_of(found.get(Rows.LINE_DISCOUNTS, ()))


def list_lines_of(rows: Iterable[Record]) -> list[PriceLineData]:
    """Active sales lines of price lists. Lines of a kind that no order line meets are left out."""
    lines: list[PriceLineData] = []
    for row in rows:
        source = SOURCES.get(text(row, "Source Type"))
        asset = ASSETS.get(text(row, "Asset Type"))
        amount = AMOUNTS.get(text(row, "Amount Type"))
        if not source or not asset or not amount or text(row, "Price Type") == "Purchase":
            continue
        lines.append(
            _line(
                row,
                origin="price_list",
                place=(text(row, "Price List Code"), text(row, "Line No.")),
                source=(source, text(row, "Source No.")),
                asset=(asset, text(row, "Asset No.")),
                amount=amount,
            )
        )
    return lines


def sales_prices_of(rows: Iterable[Record]) -> list[PriceLineData]:
    """Of table 7002."""
    return [
        _line(
            row,
            origin="sales_price",
            source=(source, text(row, "Sales Code")),
            asset=("item", text(row, "Item No.")),
            amount="price",
        )
        for row in rows
        if (source := SOURCES.get(text(row, "Sales Type")))
    ]


def line_discounts_of(rows: Iterable[Record]) -> list[PriceLineData]:
    """Of table 7004."""
    return [
        _line(
            row,
            origin="sales_line_discount",
            source=(source, text(row, "Sales Code")),
            asset=("item_discount_group" if text(row, "Type") == "Item Disc. Group" else "item", text(row, "Code")),
            amount="discount",
        )
        for row in rows
        if (source := SOURCES.get(text(row, "Sales Type")))
    ]


def _line(
    row: Record,
    *,
    origin: str,
    source: tuple[str, str],
    asset: tuple[str, str],
    amount: str,
    place: tuple[str, str] = ("", ""),
) -> PriceLineData:
    """``place``: list and number of the line; ``source`` and ``asset``: type, and number or code. The rest has the same
    names in all tables; what a table does not have counts as blank."""
    return {
        "origin": origin,
        "list": place[0],
        "line": place[1],
        "source_type": source[0],
        "source": "" if source[0] == "all_customers" else source[1],
        "asset_type": asset[0],
        "asset": asset[1],
        "variant": text(row, "Variant Code"),
        "unit": text(row, "Unit of Measure Code"),
        "currency": text(row, "Currency Code"),
        "minimum_quantity": number(row, "Minimum Quantity"),
        "amount": amount,
        "unit_price": number(row, "Unit Price"),
        "line_discount": number(row, "Line Discount %"),
        "starting": text(row, "Starting Date"),
        "ending": text(row, "Ending Date"),
        "allow_line_discount": bool(row.get("Allow Line Disc.", True)),
        "price_includes_vat": bool(row.get("Price Includes VAT", False)),
        "vat_business_group": text(row, "VAT Bus. Posting Gr. (Price)"),
    }
