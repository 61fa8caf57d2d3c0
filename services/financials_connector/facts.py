"""Turns rows of Financials into the facts behind an order line. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from libs.contracts.lookups import (
    CompanyFacts,
    CurrencyData,
    CustomerFacts,
    PriceLineData,
    ProductFacts,
    RateData,
    StockData,
    SupplyData,
    VatData,
)
from libs.contracts.pages import Value
from libs.dynamics.odata import decimal_text
from services.financials_connector.lookup_readings import Rows

Record = Mapping[str, Value]
Found = Mapping[Rows, Sequence[Record]]
"""What was read: rows with the names of fields, or of properties for the companion's queries."""

LOCAL_UNIT_PRECISION, LOCAL_PRECISION = "0.00001", "0.01"
"""How Financials rounds where its setup says nothing."""

_NONE = Decimal(0)

SOURCES = {
    "All Customers": "all_customers",
    "Customer": "customer",
    "Customer Price Group": "customer_price_group",
    "Customer Disc. Group": "customer_discount_group",
    "Campaign": "campaign",
}
ASSETS = {"Item": "item", "Item Discount Group": "item_discount_group", "Resource": "resource"}
AMOUNTS = {"Any": "any", "Price": "price", "Discount": "discount"}


def customers_of(rows: Iterable[Record]) -> list[CustomerFacts]:
    return [
        {
            "number": _text(row, "No."),
            "bill_to": _text(row, "Bill-to Customer No.") or _text(row, "No."),
            "price_group": _text(row, "Customer Price Group"),
            "discount_group": _text(row, "Customer Disc. Group"),
            "currency": _text(row, "Currency Code"),
            "location": _text(row, "Location Code"),
            "prices_include_vat": bool(row.get("Prices Including VAT", False)),
            "allow_line_discount": bool(row.get("Allow Line Disc.", True)),
            "vat_business_group": _text(row, "VAT Bus. Posting Group"),
            "blocked": _text(row, "Blocked").strip(),
        }
        for row in rows
    ]


def products_of(found: Found) -> list[ProductFacts]:
    """Items, then resources, with units and variants."""
    item_units = _units(found.get(Rows.ITEM_UNITS, ()), "Item No.")
    resource_units = _units(found.get(Rows.RESOURCE_UNITS, ()), "Resource No.")
    variants: dict[str, list[str]] = {}
    for row in found.get(Rows.VARIANTS, ()):
        variants.setdefault(_text(row, "Item No."), []).append(_text(row, "Code"))
    products = [
        _product("item", row, item_units, variants.get(_text(row, "No."), [])) for row in found.get(Rows.ITEMS, ())
    ]
    return products + [_product("resource", row, resource_units, []) for row in found.get(Rows.RESOURCES, ())]


def _product(kind: str, row: Record, units: Mapping[str, Mapping[str, str]], variants: list[str]) -> ProductFacts:
    number, base = _text(row, "No."), _text(row, "Base Unit of Measure")
    known = dict(units.get(number, {}))
    if base:
        known[base] = "1"
    return {
        "kind": kind,
        "number": number,
        "type": _text(row, "Type"),
        "base_unit": base,
        "sales_unit": _text(row, "Sales Unit of Measure"),
        "units": known,
        "variants": variants,
        "unit_price": _number(row, "Unit Price"),
        "price_includes_vat": bool(row.get("Price Includes VAT", False)),
        "price_vat_business_group": _text(row, "VAT Bus. Posting Gr. (Price)"),
        "vat_product_group": _text(row, "VAT Prod. Posting Group"),
        "discount_group": _text(row, "Item Disc. Group"),
        "blocked": bool(row.get("Blocked", False)) or bool(row.get("Sales Blocked", False)),
    }


def _units(rows: Iterable[Record], owner: str) -> dict[str, dict[str, str]]:
    units: dict[str, dict[str, str]] = {}
    for row in rows:
        units.setdefault(_text(row, owner), {})[_text(row, "Code")] = _number(row, "Qty. per Unit of Measure", "1")
    return units


def price_lines_of(found: Found, price_lists: bool) -> list[PriceLineData]:
    """The lines of the tables that decide prices."""
    if price_lists:
        return list_lines_of(found.get(Rows.LIST_LINES, ()))
    return sales_prices_of(found.get(Rows.SALES_PRICES, ())) + line_discounts_of(found.get(Rows.LINE_DISCOUNTS, ()))


def list_lines_of(rows: Iterable[Record]) -> list[PriceLineData]:
    """Active sales lines of price lists. Lines of a kind that no order line meets are left out."""
    lines: list[PriceLineData] = []
    for row in rows:
        source = SOURCES.get(_text(row, "Source Type"))
        asset = ASSETS.get(_text(row, "Asset Type"))
        amount = AMOUNTS.get(_text(row, "Amount Type"))
        if not source or not asset or not amount or _text(row, "Price Type") == "Purchase":
            continue
        lines.append(
            {
                "origin": "price_list",
                "list": _text(row, "Price List Code"),
                "line": _text(row, "Line No."),
                "source_type": source,
                "source": "" if source == "all_customers" else _text(row, "Source No."),
                "asset_type": asset,
                "asset": _text(row, "Asset No."),
                "variant": _text(row, "Variant Code"),
                "unit": _text(row, "Unit of Measure Code"),
                "currency": _text(row, "Currency Code"),
                "minimum_quantity": _number(row, "Minimum Quantity"),
                "amount": amount,
                "unit_price": _number(row, "Unit Price"),
                "line_discount": _number(row, "Line Discount %"),
                "starting": _text(row, "Starting Date"),
                "ending": _text(row, "Ending Date"),
                "allow_line_discount": bool(row.get("Allow Line Disc.", True)),
                "price_includes_vat": bool(row.get("Price Includes VAT", False)),
                "vat_business_group": _text(row, "VAT Bus. Posting Gr. (Price)"),
            }
        )
    return lines


def sales_prices_of(rows: Iterable[Record]) -> list[PriceLineData]:
    lines = (
        _older(row, "sales_price", ("item", _text(row, "Item No.")), ("price", _number(row, "Unit Price"), "0"))
        for row in rows
    )
    return [line for line in lines if line is not None]


def line_discounts_of(rows: Iterable[Record]) -> list[PriceLineData]:
    lines = (
        _older(
            row,
            "sales_line_discount",
            ("item_discount_group" if _text(row, "Type") == "Item Disc. Group" else "item", _text(row, "Code")),
            ("discount", "0", _number(row, "Line Discount %")),
        )
        for row in rows
    )
    return [line for line in lines if line is not None]


def _older(row: Record, origin: str, asset: tuple[str, str], amounts: tuple[str, str, str]) -> PriceLineData | None:
    """``asset``: type and number; ``amounts``: what the line sets, its price, its discount."""
    source = SOURCES.get(_text(row, "Sales Type"))
    if source is None:
        return None
    return {
        "origin": origin,
        "list": "",
        "line": "",
        "source_type": source,
        "source": "" if source == "all_customers" else _text(row, "Sales Code"),
        "asset_type": asset[0],
        "asset": asset[1],
        "variant": _text(row, "Variant Code"),
        "unit": _text(row, "Unit of Measure Code"),
        "currency": _text(row, "Currency Code"),
        "minimum_quantity": _number(row, "Minimum Quantity"),
        "amount": amounts[0],
        "unit_price": amounts[1],
        "line_discount": amounts[2],
        "starting": _text(row, "Starting Date"),
        "ending": _text(row, "Ending Date"),
        "allow_line_discount": bool(row.get("Allow Line Disc.", True)),
        "price_includes_vat": bool(row.get("Price Includes VAT", False)),
        "vat_business_group": _text(row, "VAT Bus. Posting Gr. (Price)"),
    }


def company_of(found: Found, local_currency: str, price_lists: bool) -> CompanyFacts:
    setup = next(iter(found.get(Rows.LEDGER_SETUP, ())), {})
    unit = _positive(_number(setup, "Unit-Amount Rounding Precision"), LOCAL_UNIT_PRECISION)
    amount = _positive(_number(setup, "Amount Rounding Precision"), LOCAL_PRECISION)
    currencies: list[CurrencyData] = [{"code": "", "unit_amount_precision": unit, "amount_precision": amount}]
    currencies += [
        {
            "code": _text(row, "Code"),
            "unit_amount_precision": _positive(_number(row, "Unit-Amount Rounding Precision"), unit),
            "amount_precision": _positive(_number(row, "Amount Rounding Precision"), amount),
        }
        for row in found.get(Rows.CURRENCIES, ())
    ]
    groups = (
        list_lines_of(found.get(Rows.GROUP_LIST_LINES, ()))
        if price_lists
        else line_discounts_of(found.get(Rows.GROUP_LINE_DISCOUNTS, ()))
    )
    return {
        "local_currency": _text(setup, "LCY Code") or local_currency,
        "classic": not price_lists,
        "currencies": currencies,
        "rates": rates_of(found.get(Rows.RATES, ()), local_currency),
        "vat": [_vat(row) for row in found.get(Rows.VAT, ()) if _text(row, "VAT Calculation Type") != "Sales Tax"],
        "group_discounts": groups,
    }


def rates_of(rows: Iterable[Record], local_currency: str) -> list[RateData]:
    """Every rate. One against another currency names that."""
    rates: list[RateData] = []
    for row in rows:
        code, relational = _text(row, "Currency Code"), _text(row, "Relational Currency Code")
        rate: RateData = {
            "currency": code,
            "starting": _text(row, "Starting Date"),
            "amount": _number(row, "Exchange Rate Amount"),
            "local_amount": _number(row, "Relational Exch. Rate Amount"),
        }
        if relational not in ("", code, local_currency):
            rate["relational_currency"] = relational
        rates.append(rate)
    return rates


def _vat(row: Record) -> VatData:
    # Under reverse charge no VAT is in a price.
    within = _text(row, "VAT Calculation Type") != "Reverse Charge VAT"
    return {
        "business_group": _text(row, "VAT Bus. Posting Group"),
        "product_group": _text(row, "VAT Prod. Posting Group"),
        "percent": _number(row, "VAT %") if within else "0",
    }


class Stock:
    """Gathers stock by item, variant and location."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, str, str], tuple[Decimal, Decimal, dict[str, Decimal]]] = {}

    def add(
        self,
        place: tuple[str, str, str],
        *,
        on_hand: Decimal = _NONE,
        reserved: Decimal = _NONE,
        on_the_way: Mapping[str, Decimal] | None = None,
    ) -> None:
        """``on_the_way``: expected receipt (empty: not told) -> quantity."""
        held, kept, supply = self._places.get(place, (_NONE, _NONE, {}))
        for date, quantity in (on_the_way or {}).items():
            supply[date] = supply.get(date, _NONE) + quantity
        self._places[place] = (held + on_hand, kept + reserved, supply)

    def data(self) -> list[StockData]:
        """A row per place where there is, was or will be anything."""
        return [
            {
                "item": item,
                "variant": variant,
                "location": location,
                "on_hand": _plain(on_hand),
                "reserved": _plain(reserved),
                "supply": [
                    SupplyData(date=date, quantity=_plain(quantity))
                    for date, quantity in sorted(supply.items())
                    if quantity
                ],
            }
            for (item, variant, location), (on_hand, reserved, supply) in self._places.items()
        ]


def stock_of(found: Found) -> list[StockData]:
    """From the sums of the companion's queries."""
    stock = Stock()
    for row in found.get(Rows.ON_HAND, ()):
        stock.add(_place(row), on_hand=_quantity(row))
    for row in found.get(Rows.RESERVED, ()):
        stock.add(_place(row), reserved=_quantity(row))
    for row in found.get(Rows.ON_THE_WAY, ()):
        stock.add(_place(row), on_the_way={day(row.get("expectedReceiptDate")): _quantity(row)})
    return stock.data()


def stock_on_documents(found: Found, stock: Stock, *, sales: bool) -> None:
    """What is open on published order lines: purchases and, where they are not known otherwise, ``sales``."""
    for row in found.get(Rows.PURCHASE_LINES, ()):
        arrival = _text(row, "Expected Receipt Date")
        stock.add(_line_place(row), on_the_way={arrival: Decimal(_number(row, "Outstanding Qty. (Base)"))})
    for row in found.get(Rows.SALES_LINES, ()) if sales else ():
        stock.add(_line_place(row), reserved=Decimal(_number(row, "Outstanding Qty. (Base)")))


def stock_without_places(found: Found) -> list[StockData]:
    """From the whole inventory of each item and published order lines, where no list takes flow filters. Everything
    is told without location and variant, because on hand cannot be told with them."""
    stock, placed = Stock(), Stock()
    stock_on_documents(found, placed, sales=True)
    for row in found.get(Rows.INVENTORY, ()):
        stock.add((_text(row, "No."), "", ""), on_hand=Decimal(_number(row, "Inventory")))
    for line in placed.data():
        stock.add(
            (line["item"], "", ""),
            reserved=Decimal(line["reserved"]),
            on_the_way={supply["date"]: Decimal(supply["quantity"]) for supply in line["supply"]},
        )
    return stock.data()


def _line_place(row: Record) -> tuple[str, str, str]:
    return _text(row, "No."), _text(row, "Variant Code"), _text(row, "Location Code")


def day(value: Value | object) -> str:
    """A date as it travels in facts: blank is empty."""
    text = str(value or "")
    return "" if text.startswith("0001-") else text


def _place(row: Record) -> tuple[str, str, str]:
    return _text(row, "itemNumber"), _text(row, "variantCode"), _text(row, "locationCode")


def _quantity(row: Record) -> Decimal:
    return Decimal(str(row.get("quantity") or 0))


def _text(row: Record, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)


def _number(row: Record, name: str, otherwise: str = "0") -> str:
    return str(row.get(name) or otherwise)


def _positive(number: str, otherwise: str) -> str:
    return number if Decimal(number) > 0 else otherwise


def _plain(number: Decimal) -> str:
    text = str(number)
    return text if text.isdigit() else decimal_text(format(number, "f")) or "0"
