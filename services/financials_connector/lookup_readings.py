"""What is read of Financials to answer questions behind an order line: which rows, by which operations. Pure.

Values of one field are asked for in chunks, since Business Central allows "or" over one field only and an address has
an end.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from libs.contracts.pages import Value
from libs.contracts.vocabulary import System
from libs.dynamics.financials_tables import (
    CURRENCY,
    CUSTOMER,
    FINANCIALS_TABLES,
    GENERAL_LEDGER_SETUP,
    ITEM,
    ITEM_VARIANT,
    LOCATION,
    PURCHASE_LINE,
    RESOURCE,
    SALES_LINE,
    FinancialsTable,
)
from libs.dynamics.odata import Term, chunks_by_length, escaped, filter_text, literal
from services.financials_connector.filters import term
from services.financials_connector.surfaces import Surface, TablePlan

Conditions = Mapping[str, Value | list[Value]]
"""Field -> value, or the values that it may have."""

VALUES_IN_ONE_FILTER = 100
CHARACTERS_IN_ONE_FILTER = 8000
"""As they stand in an address."""

PRICED_AS = {
    CUSTOMER.name: (
        "No.",
        "Bill-to Customer No.",
        "Customer Price Group",
        "Customer Disc. Group",
        "Currency Code",
        "Location Code",
        "Prices Including VAT",
        "Allow Line Disc.",
        "VAT Bus. Posting Group",
        "Blocked",
    ),
    ITEM.name: (
        "No.",
        "Type",
        "Base Unit of Measure",
        "Sales Unit of Measure",
        "Unit Price",
        "Price Includes VAT",
        "VAT Bus. Posting Gr. (Price)",
        "VAT Prod. Posting Group",
        "Item Disc. Group",
        "Blocked",
        "Sales Blocked",
    ),
    RESOURCE.name: ("No.", "Type", "Base Unit of Measure", "Unit Price", "VAT Prod. Posting Group", "Blocked"),
    CURRENCY.name: ("Code", "Amount Rounding Precision", "Unit-Amount Rounding Precision"),
    GENERAL_LEDGER_SETUP.name: ("LCY Code", "Amount Rounding Precision", "Unit-Amount Rounding Precision"),
    ITEM_VARIANT.name: ("Item No.", "Code"),
    LOCATION.name: ("Code",),
    SALES_LINE.name: ("No.", "Variant Code", "Location Code", "Outstanding Qty. (Base)"),
    PURCHASE_LINE.name: (
        "No.",
        "Variant Code",
        "Location Code",
        "Expected Receipt Date",
        "Outstanding Qty. (Base)",
    ),
}
"""Table -> the fields that lookups read of it; of tables that are not named here all."""


class Rows(StrEnum):
    """What rows of an answer are."""

    CUSTOMERS = "customers"
    ITEMS = "items"
    RESOURCES = "resources"
    ITEM_UNITS = "item_units"
    RESOURCE_UNITS = "resource_units"
    VARIANTS = "variants"
    LIST_LINES = "list_lines"
    SALES_PRICES = "sales_prices"
    LINE_DISCOUNTS = "line_discounts"
    GROUP_LIST_LINES = "group_list_lines"
    GROUP_LINE_DISCOUNTS = "group_line_discounts"
    PRICING_SETUP = "pricing_setup"
    CURRENCIES = "currencies"
    RATES = "rates"
    VAT = "vat"
    LEDGER_SETUP = "ledger_setup"
    LOCATIONS = "locations"
    INVENTORY = "inventory"
    SALES_LINES = "sales_lines"
    PURCHASE_LINES = "purchase_lines"
    ON_HAND = "stockOnHand"
    RESERVED = "stockReserved"
    ON_THE_WAY = "stockOnTheWay"


@dataclass(frozen=True)
class Reading:
    """Rows of one kind, by one operation per filter."""

    rows: Rows
    surface: Surface
    service: str
    select: tuple[str, ...]
    filters: tuple[str, ...] = ("",)
    plan: TablePlan | None = None
    fields: tuple[str, ...] = ()
    """Fields of the plan's table that the rows hold, for rows of a table."""


@dataclass(frozen=True)
class Ways:
    """Where lookups find each table in this Financials."""

    plans: Mapping[str, TablePlan]
    queries: bool = False
    """Whether the companion's stock queries are there."""
    pricing_setup: bool = False
    """Whether the companion tells which tables decide prices."""
    stock_list: str = ""
    """Service name of the item list that takes flow filters; empty where it is not published."""

    def plan(self, table: FinancialsTable) -> TablePlan | None:
        return self.plans.get(table.name)

    def gives(self, table: FinancialsTable, name: str) -> bool:
        plan = self.plans.get(table.name)
        return plan is not None and plan.gives(name)

    def whole(self, rows: Rows, table: FinancialsTable, conditions: Conditions | None = None) -> "Reading | None":
        """A reading of everything that meets the conditions; null where no surface has the table."""
        plan = self.plan(table)
        if plan is None:
            return None
        return reading_of(rows, plan, (filter_text(terms_of(plan, conditions or {}), System.FINANCIALS),))

    def chunked(
        self,
        rows: Rows,
        table: FinancialsTable,
        by: tuple[str, Sequence[str]],
        conditions: Conditions | None = None,
    ) -> "Reading | None":
        """A reading of the rows that have one of some values in a field (``by``: the field, the values); null where
        no surface has the table or nothing is asked for."""
        plan, (name, values) = self.plan(table), by
        if plan is None or not values:
            return None
        return reading_of(rows, plan, tuple(in_chunks(terms_of(plan, conditions or {}), plan.properties[name], values)))


def reading_of(rows: Rows, plan: TablePlan, filters: tuple[str, ...], fields: tuple[str, ...] = ()) -> Reading:
    """Rows of a table; of the fields that lookups read, or of other ``fields``."""
    fields = fields or fields_of(plan)
    select = tuple(plan.properties[name] for name in fields)
    return Reading(rows, plan.surface, plan.service, select, filters, plan, fields)


def fields_of(plan: TablePlan) -> tuple[str, ...]:
    """The fields that lookups read of a table, as far as this surface shows them."""
    wanted = PRICED_AS.get(plan.table.name) or tuple(each.name for each in FINANCIALS_TABLES[plan.table.name])
    return tuple(name for name in wanted if name in plan.properties and not plan.table[name].calculated)


def terms_of(plan: TablePlan, conditions: Conditions) -> list[Term]:
    return [
        term(plan, plan.field(name), "in" if isinstance(value, list) else "eq", value)
        for name, value in conditions.items()
    ]


def in_chunks(fixed: Sequence[Term], property: str, values: Sequence[str]) -> list[str]:
    """Filters that together find every row that meets ``fixed`` and has one of ``values``."""
    literals, lengths = _literals(tuple(values))
    before = filter_text(fixed, System.FINANCIALS) + " and " if fixed else ""
    each = len(escaped(f" or {property} eq "))
    filters = []
    for at in range(0, len(literals), VALUES_IN_ONE_FILTER):
        part = slice(at, at + VALUES_IN_ONE_FILTER)
        chunks: Iterable[list[str]] = [literals[part]]
        sizes = [length + each for length in lengths[part]]
        if sum(sizes) > CHARACTERS_IN_ONE_FILTER:
            chunks = chunks_by_length(literals[part], sizes, CHARACTERS_IN_ONE_FILTER)
        for chunk in chunks:
            either = f"{property} eq " + f" or {property} eq ".join(chunk)
            filters.append(f"{before}({either})" if len(chunk) > 1 else before + either)
    return filters


@lru_cache(maxsize=8)
def _literals(values: tuple[str, ...]) -> tuple[list[str], list[int]]:
    """The values as filters compare them, and their lengths in an address. An order's items are asked for in a dozen
    tables."""
    literals = [literal("code", value) for value in once(values)]
    return literals, [len(escaped(each)) for each in literals]


def once(values: Iterable[str]) -> list[str]:
    """Every value once; blank ones name nothing."""
    return [value for value in dict.fromkeys(values) if value]
