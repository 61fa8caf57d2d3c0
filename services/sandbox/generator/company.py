"""Puts the parts of the company together: how many of what, and which customer is in which price group."""

from libs.dynamics.financials_tables import FINANCIALS_TABLES
from services.sandbox.generator.chance import Chance
from services.sandbox.generator.customers import Customers, Persons
from services.sandbox.generator.generated import (
    COMPANY_NAME,
    LOCAL_CURRENCY,
    LOCAL_CURRENCY_SYMBOL,
    Generated,
)
from services.sandbox.generator.prices import Prices
from services.sandbox.generator.products import Items, Resources
from services.sandbox.generator.sales_side import BASE_CURRENCY, SalesSide
from services.sandbox.generator.setup_tables import (
    PAYMENT_TERMS,
    SHIPMENT_METHODS,
    SHIPPING_AGENTS,
    currencies,
    described,
    salespeople,
    units,
)

SMALLEST = 10
"""Fewer main records than this leave no room for one of each table."""


def generate(records: int, seed: int) -> Generated:
    """A company of ``records`` customers, persons, items, resources and prices together, and its Sales organization.

    The same arguments give the same company. Company contacts, item units and the small tables come besides.
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
    sales = SalesSide(Chance(seed, "sales"))
    return Generated(
        records=records,
        seed=seed,
        company_id=Chance(seed, "company").guid(),
        company_name=COMPANY_NAME,
        local_currency=LOCAL_CURRENCY,
        local_currency_symbol=LOCAL_CURRENCY_SYMBOL,
        base_currency=BASE_CURRENCY,
        application_user_id=sales.application_user,
        organization_id=sales.organization,
        business_unit_id=sales.business_unit,
        financials={name: [] for name, table in FINANCIALS_TABLES.items() if table.lookup}
        | {
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
