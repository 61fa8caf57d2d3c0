"""Turns rows of Financials into what is known of customers, products and the whole company. Pure."""

from collections.abc import Mapping, Sequence

from libs.contracts.lookup_facts import CompanyFacts, CurrencyData, CustomerFacts, ProductFacts, RateData, VatData
from services.financials_connector.columns import Found, Table, positive, records
from services.financials_connector.lookup_readings import Rows
from services.financials_connector.price_facts import line_discounts_of, list_lines_of

LOCAL_UNIT_PRECISION, LOCAL_PRECISION = "0.00001", "0.01"
"""How Financials rounds where its setup says nothing."""


def customers_of(customers: Table) -> list[CustomerFacts]:
    numbers = customers.texts("No.")
    payers = customers.texts("Bill-to Customer No.")
    return records(
        number=numbers,
        bill_to=[payer or number for payer, number in zip(payers, numbers, strict=True)],
        price_group=customers.texts("Customer Price Group"),
        discount_group=customers.texts("Customer Disc. Group"),
        currency=customers.texts("Currency Code"),
        location=customers.texts("Location Code"),
        prices_include_vat=customers.flags("Prices Including VAT"),
        allow_line_discount=customers.flags("Allow Line Disc.", True),
        vat_business_group=customers.texts("VAT Bus. Posting Group"),
        blocked=[how.strip() for how in customers.texts("Blocked")],
    )


def products_of(found: Found) -> list[ProductFacts]:
    """Items, then resources, with units and variants."""
    item_units = _units(found[Rows.ITEM_UNITS], "Item No.")
    resource_units = _units(found[Rows.RESOURCE_UNITS], "Resource No.")
    return [
        *_products("item", found[Rows.ITEMS], item_units, variants_of(found)),
        *_products("resource", found[Rows.RESOURCES], resource_units, {}),
    ]


def variants_of(found: Found) -> dict[str, list[str]]:
    """Item -> codes of its variants."""
    variants: dict[str, list[str]] = {}
    table = found[Rows.VARIANTS]
    for item, code in zip(table.texts("Item No."), table.texts("Code"), strict=True):
        variants.setdefault(item, []).append(code)
    return variants


def _products(
    kind: str, cards: Table, units: Mapping[str, Mapping[str, str]], variants: Mapping[str, Sequence[str]]
) -> list[ProductFacts]:
    numbers = cards.texts("No.")
    bases = cards.texts("Base Unit of Measure")
    blocked = zip(cards.flags("Blocked"), cards.flags("Sales Blocked"), strict=True)
    return records(
        kind=[kind] * len(numbers),
        number=numbers,
        type=cards.texts("Type"),
        base_unit=bases,
        sales_unit=cards.texts("Sales Unit of Measure"),
        units=[
            {**units.get(number, {}), **({base: "1"} if base else {})}
            for number, base in zip(numbers, bases, strict=True)
        ],
        variants=[variants.get(number, []) for number in numbers],
        unit_price=cards.numbers("Unit Price"),
        price_includes_vat=cards.flags("Price Includes VAT"),
        price_vat_business_group=cards.texts("VAT Bus. Posting Gr. (Price)"),
        vat_product_group=cards.texts("VAT Prod. Posting Group"),
        discount_group=cards.texts("Item Disc. Group"),
        blocked=[wholly or for_sale for wholly, for_sale in blocked],
    )


def _units(table: Table, owner: str) -> dict[str, dict[str, str]]:
    units: dict[str, dict[str, str]] = {}
    columns = table.texts(owner), table.texts("Code"), table.numbers("Qty. per Unit of Measure", "1")
    for number, code, quantity in zip(*columns, strict=True):
        units.setdefault(number, {})[code] = quantity
    return units


def company_of(found: Found, local_currency: str, price_lists: bool) -> CompanyFacts:
    setup = found[Rows.LEDGER_SETUP]
    [unit] = setup.numbers("Unit-Amount Rounding Precision")[:1] or ["0"]
    [amount] = setup.numbers("Amount Rounding Precision")[:1] or ["0"]
    [local_code] = setup.texts("LCY Code")[:1] or [""]
    unit, amount = positive(unit, LOCAL_UNIT_PRECISION), positive(amount, LOCAL_PRECISION)
    local: CurrencyData = {"code": "", "unit_amount_precision": unit, "amount_precision": amount}
    currencies = found[Rows.CURRENCIES]
    return {
        "local_currency": local_code or local_currency,
        "classic": not price_lists,
        "currencies": [
            local,
            *records(
                code=currencies.texts("Code"),
                unit_amount_precision=[
                    positive(told, unit) for told in currencies.numbers("Unit-Amount Rounding Precision")
                ],
                amount_precision=[positive(told, amount) for told in currencies.numbers("Amount Rounding Precision")],
            ),
        ],
        "rates": rates_of(found[Rows.RATES], local_currency),
        "vat": _vat(found[Rows.VAT]),
        "group_discounts": list_lines_of(found[Rows.GROUP_LIST_LINES])
        if price_lists
        else line_discounts_of(found[Rows.GROUP_LINE_DISCOUNTS]),
    }


def rates_of(table: Table, local_currency: str) -> list[RateData]:
    """Every rate. One against another currency names that."""
    codes, relational = table.texts("Currency Code"), table.texts("Relational Currency Code")
    return records(
        currency=codes,
        starting=table.texts("Starting Date"),
        amount=table.numbers("Exchange Rate Amount"),
        local_amount=table.numbers("Relational Exch. Rate Amount"),
        relational_currency=[
            other if other not in (code, local_currency) else "" for code, other in zip(codes, relational, strict=True)
        ],
    )


def _vat(table: Table) -> list[VatData]:
    """Under reverse charge no VAT is in a price."""
    kinds = table.texts("VAT Calculation Type")
    percents = table.numbers("VAT %")
    rows: list[VatData] = records(
        business_group=table.texts("VAT Bus. Posting Group"),
        product_group=table.texts("VAT Prod. Posting Group"),
        percent=["0" if kind == "Reverse Charge VAT" else told for kind, told in zip(kinds, percents, strict=True)],
    )
    return [row for row, kind in zip(rows, kinds, strict=True) if kind != "Sales Tax"]
