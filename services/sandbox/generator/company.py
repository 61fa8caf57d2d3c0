"""Puts the parts of the company together: how many of what, and which customer is in which price group."""

from datetime import date

from services.sandbox.generator.chance import Chance
from services.sandbox.generator.customers import Customers, Persons
from services.sandbox.generator.generated import (
    COMPANY_NAME,
    LOCAL_CURRENCY,
    LOCAL_CURRENCY_SYMBOL,
    Generated,
    Row,
)
from services.sandbox.generator.price_lists import Assets, PriceLists, further_sales_prices, sales_line_discounts
from services.sandbox.generator.prices import Prices
from services.sandbox.generator.products import Items, Resources
from services.sandbox.generator.sales_side import SalesSide
from services.sandbox.generator.setup_tables import (
    PAYMENT_TERMS,
    SHIPMENT_METHODS,
    SHIPPING_AGENTS,
    currencies,
    described,
    salespeople,
    units,
)
from services.sandbox.generator.stock import LOCATION_CODES, Stock, item_variants, locations, resource_units
from services.sandbox.generator.trade_terms import (
    campaigns,
    customer_discount_groups,
    general_ledger_setup,
    give_product_terms,
    give_rounding,
    give_terms,
    item_discount_groups,
    vat_posting_setup,
)

SMALLEST = 10
"""Fewer main records than this leave no room for one of each table."""


USUAL_DAY = date(2026, 1, 15)


def generate(records: int, seed: int, today: date = USUAL_DAY) -> Generated:
    """A company of ``records`` customers, persons, items, resources and prices together, and its Sales organization.

    The same arguments give the same company. Company contacts, item units and the small tables come besides, and so
    does what orders, stock and prices need; of all this only the dates of open orders depend on ``today``.
    Raises ``ValueError`` below :data:`SMALLEST` records.
    """
    if records < SMALLEST:
        raise ValueError(f"a company needs at least {SMALLEST} records, not {records}")
    customer_count, person_count, item_count = records // 2, records // 5, records // 5
    resource_count = max(1, min(5, records // 8), records * 3 // 100)
    customers = Customers(Chance(seed, "customers"), customer_count)
    persons = Persons(Chance(seed, "persons"), person_count, customers)
    items = Items(Chance(seed, "items"), item_count)
    resources = Resources(Chance(seed, "resources"), resource_count)
    price_count = records - customer_count - person_count - item_count - resource_count
    prices = Prices(Chance(seed, "prices"), price_count, items, groups=min(20, max(5, records // 500)))
    _join_price_groups(Chance(seed, "price groups"), customers, prices)
    small = Chance(seed, "small tables")
    currency_rows, rate_rows, currency_expected = currencies(small)
    lookups = _lookups(records, seed, today, customers=customers, items=items, resources=resources.rows, prices=prices)
    give_rounding(currency_rows)
    sales = SalesSide(Chance(seed, "sales"))
    return Generated(
        records=records,
        seed=seed,
        company_id=Chance(seed, "company").guid(),
        company_name=COMPANY_NAME,
        local_currency=LOCAL_CURRENCY,
        local_currency_symbol=LOCAL_CURRENCY_SYMBOL,
        application_user_id=sales.application_user,
        organization_id=sales.organization,
        business_unit_id=sales.business_unit,
        financials={
            "Salesperson/Purchaser": salespeople(small),
            "Currency": currency_rows,
            "Currency Exchange Rate": rate_rows,
            "Payment Terms": described("Payment Terms", "Description", PAYMENT_TERMS, small),
            "Shipment Method": described("Shipment Method", "Description", SHIPMENT_METHODS, small),
            "Shipping Agent": described("Shipping Agent", "Name", SHIPPING_AGENTS, small),
            "Unit of Measure": units(small),
            "Customer": customers.rows,
            "Contact": customers.companies + persons.rows + persons.strangers,
            "Contact Business Relation": customers.relations + persons.relations,
            "Item": items.rows,
            "Item Unit of Measure": items.units,
            "Resource": resources.rows,
            "Customer Price Group": prices.groups,
            "Sales Price": prices.rows,
            **lookups,
        },
        sales=sales.rows,
        expected=[
            *currency_expected,
            *customers.expected,
            *persons.expected,
            *items.expected,
            *resources.expected,
            *prices.expected,
        ],
    )


def _join_price_groups(chance: Chance, customers: Customers, prices: Prices) -> None:
    codes = [row["Code"] for row in prices.groups]
    for row in customers.rows:
        if row["Phone No."] and chance.happens(0.6):
            row["Customer Price Group"] = chance.one_of(codes)


def _lookups(
    records: int,
    seed: int,
    today: date,
    *,
    customers: Customers,
    items: Items,
    resources: list[Row],
    prices: Prices,
) -> dict[str, list[Row]]:
    """What questions behind an order line rest on, from streams of its own; completes customers and products."""
    small = Chance(seed, "trade terms")
    give_terms(Chance(seed, "customers' terms"), customers.rows, LOCATION_CODES)
    give_product_terms(Chance(seed, "products' terms"), items.rows, items.units_of, resources)
    variants = item_variants(Chance(seed, "variants"), items, prices.rows)
    stock = Stock(Chance(seed, "stock"), items, variants, customers.rows, today)
    chance = Chance(seed, "price lists")
    assets = Assets(chance, items, variants, resources)
    lists = PriceLists(chance, assets, customers.rows, prices.groups)
    discounts = sales_line_discounts(chance, assets, customers.rows, records)
    prices.add_others(further_sales_prices(chance, assets, customers.rows, records))
    return {
        "General Ledger Setup": general_ledger_setup(small),
        "VAT Posting Setup": vat_posting_setup(small),
        "Customer Discount Group": customer_discount_groups(small),
        "Campaign": campaigns(small),
        "Resource Unit of Measure": resource_units(small, resources),
        "Item Variant": variants,
        "Item Discount Group": item_discount_groups(small),
        "Sales Line Discount": discounts,
        "Price List Header": lists.headers,
        "Price List Line": lists.lines,
        "Location": locations(small),
        "Item Ledger Entry": stock.entries,
        "Sales Line": stock.sales_lines,
        "Purchase Line": stock.purchase_lines,
    }
