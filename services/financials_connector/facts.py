"""Turns rows of Financials into what is known of customers, products and the whole company. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from libs.contracts.lookups import CompanyFacts, CurrencyData, CustomerFacts, ProductFacts, RateData, VatData
from services.financials_connector.cells import Record, number, positive, text
from services.financials_connector.lookup_readings import Rows
from services.financials_connector.price_facts import line_discounts_of, list_lines_of

Found = Mapping[Rows, Sequence[Record]]
"""What was read."""

LOCAL_UNIT_PRECISION, LOCAL_PRECISION = "0.00001", "0.01"
"""How Financials rounds where its setup says nothing."""


def customers_of(rows: Iterable[Record]) -> list[CustomerFacts]:
    return [
        {
            "number": text(row, "No."),
            "bill_to": text(row, "Bill-to Customer No.") or text(row, "No."),
            "price_group": text(row, "Customer Price Group"),
            "discount_group": text(row, "Customer Disc. Group"),
            "currency": text(row, "Currency Code"),
            "location": text(row, "Location Code"),
            "prices_include_vat": bool(row.get("Prices Including VAT", False)),
            "allow_line_discount": bool(row.get("Allow Line Disc.", True)),
            "vat_business_group": text(row, "VAT Bus. Posting Group"),
            "blocked": text(row, "Blocked").strip(),
        }
        for row in rows
    ]


def products_of(found: Found) -> list[ProductFacts]:
    """Items, then resources, with units and variants."""
    item_units = _units(found.get(Rows.ITEM_UNITS, ()), "Item No.")
    resource_units = _units(found.get(Rows.RESOURCE_UNITS, ()), "Resource No.")
    variants: dict[str, list[str]] = {}
    for row in found.get(Rows.VARIANTS, ()):
        variants.setdefault(text(row, "Item No."), []).append(text(row, "Code"))
    products = [
        _product("item", row, item_units, variants.get(text(row, "No."), [])) for row in found.get(Rows.ITEMS, ())
    ]
    return products + [_product("resource", row, resource_units, []) for row in found.get(Rows.RESOURCES, ())]


def _product(kind: str, row: Record, units: Mapping[str, Mapping[str, str]], variants: list[str]) -> ProductFacts:
    name, base = text(row, "No."), text(row, "Base Unit of Measure")
    known = dict(units.get(name, {}))
    if base:
        known[base] = "1"
    return {
        "kind": kind,
        "number": name,
        "type": text(row, "Type"),
        "base_unit": base,
        "sales_unit": text(row, "Sales Unit of Measure"),
        "units": known,
        "variants": variants,
        "unit_price": number(row, "Unit Price"),
        "price_includes_vat": bool(row.get("Price Includes VAT", False)),
        "price_vat_business_group": text(row, "VAT Bus. Posting Gr. (Price)"),
        "vat_product_group": text(row, "VAT Prod. Posting Group"),
        "discount_group": text(row, "Item Disc. Group"),
        "blocked": bool(row.get("Blocked", False)) or bool(row.get("Sales Blocked", False)),
    }


def _units(rows: Iterable[Record], owner: str) -> dict[str, dict[str, str]]:
    units: dict[str, dict[str, str]] = {}
    for row in rows:
        units.setdefault(text(row, owner), {})[text(row, "Code")] = number(row, "Qty. per Unit of Measure", "1")
    return units


def company_of(found: Found, local_currency: str, price_lists: bool) -> CompanyFacts:
    setup = next(iter(found.get(Rows.LEDGER_SETUP, ())), {})
    unit = positive(number(setup, "Unit-Amount Rounding Precision"), LOCAL_UNIT_PRECISION)
    amount = positive(number(setup, "Amount Rounding Precision"), LOCAL_PRECISION)
    currencies: list[CurrencyData] = [{"code": "", "unit_amount_precision": unit, "amount_precision": amount}]
    currencies += [
        {
            "code": text(row, "Code"),
            "unit_amount_precision": positive(number(row, "Unit-Amount Rounding Precision"), unit),
            "amount_precision": positive(number(row, "Amount Rounding Precision"), amount),
        }
        for row in found.get(Rows.CURRENCIES, ())
    ]
    groups = (
        list_lines_of(found.get(Rows.GROUP_LIST_LINES, ()))
        if price_lists
        else line_discounts_of(found.get(Rows.GROUP_LINE_DISCOUNTS, ()))
    )
    return {
        "local_currency": text(setup, "LCY Code") or local_currency,
        "classic": not price_lists,
        "currencies": currencies,
        "rates": rates_of(found.get(Rows.RATES, ()), local_currency),
        "vat": [_vat(row) for row in found.get(Rows.VAT, ()) if text(row, "VAT Calculation Type") != "Sales Tax"],
        "group_discounts": groups,
    }


def rates_of(rows: Iterable[Record], local_currency: str) -> list[RateData]:
    """Every rate. One against another currency names that."""
    rates: list[RateData] = []
    for row in rows:
        code, relational = text(row, "Currency Code"), text(row, "Relational Currency Code")
        rate: RateData = {
            "currency": code,
            "starting": text(row, "Starting Date"),
            "amount": number(row, "Exchange Rate Amount"),
            "local_amount": number(row, "Relational Exch. Rate Amount"),
        }
        if relational not in ("", code, local_currency):
            rate["relational_currency"] = relational
        rates.append(rate)
    return rates


def _vat(row: Record) -> VatData:
    # Under reverse charge no VAT is in a price.
    within = text(row, "VAT Calculation Type") != "Reverse Charge VAT"
    return {
        "business_group": text(row, "VAT Bus. Posting Group"),
        "product_group": text(row, "VAT Prod. Posting Group"),
        "percent": number(row, "VAT %") if within else "0",
    }
