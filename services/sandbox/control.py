"""Steers a running sandbox: faults, limits, rights, statistics, and rows as a user would change them.

The control endpoint (``control_routes``) offers the same over HTTP.
"""

from dataclasses import asdict
from decimal import Decimal
from typing import Any, get_args
from urllib.parse import quote

import msgspec

from libs.dynamics.financials_tables import FINANCIALS_TABLES
from libs.dynamics.sales_tables import CHOICES
from services.sandbox.faults import Fault
from services.sandbox.financials.documents.price_action import Questions, prices_of
from services.sandbox.financials.pricing_switches import PricingMode, PricingSwitches
from services.sandbox.shell import FINANCIALS, SALES, Shell, Statistics
from services.sandbox.tenants import Tenants
from services.sandbox.throttle import Limits, ServiceTimes


class Control:
    """What the control endpoint does; the same in one process, called directly."""

    def __init__(self, shell: Shell, tenants: Tenants) -> None:
        self._shell = shell
        self._tenants = tenants
        self._writes_before = 0
        self._version_before = tenants.financials.version

    # --- statistics ------------------------------------------------------------------------------------------------

    def statistics(self) -> dict[str, Any]:
        """Since the start or the last reset."""
        found: dict[str, Any] = {side: item.as_dict() for side, item in self._shell.statistics.items()}
        found[SALES]["rows_written"] = self._tenants.sales.world.writes - self._writes_before
        found[FINANCIALS]["rows_written"] = self._tenants.financials.version - self._version_before
        return found

    def reset(self) -> None:
        """Begin counting anew."""
        for side in self._shell.statistics:
            self._shell.statistics[side] = Statistics()
        self._writes_before = self._tenants.sales.world.writes
        self._version_before = self._tenants.financials.version

    # --- faults, limits, rights ------------------------------------------------------------------------------------

    def add_fault(self, kind: str, **more: Any) -> Fault:
        """Let requests go wrong; see ``Fault``."""
        return self._shell.faults.add(Fault(kind, **more))

    def set_limits(self, side: str, limits: Limits) -> None:
        self._shell.limits[side].configure(limits=limits)

    def set_times(self, side: str, times: ServiceTimes) -> None:
        self._shell.limits[side].configure(times=times)

    def deny(self, side: str, *rights: tuple[str, str]) -> None:
        """Take these rights, (table, right), from the application; all others it has."""
        self._shell.denied[side] = set(rights)

    def shorten(self, side: str, table: str, field: str, length: int) -> None:
        """Let a text field take no more than so many characters, as the customization of a real tenant may."""
        if side == SALES:
            self._tenants.sales.world.tables[table].shorten(field, length)
        else:
            self._tenants.financials.company.shortened[table, field] = length

    def set_pricing(self, mode: PricingMode | None = None, own_percent: Decimal | None = None) -> PricingSwitches:
        """By which tables Financials prices its sales lines, and what its own code adds, in percent."""
        pricing = self._tenants.financials.company.pricing
        if mode is not None:
            if mode not in get_args(PricingMode):
                raise ValueError(f"prices are kept in {' or '.join(get_args(PricingMode))}, not '{mode}'")
            pricing.mode = mode
        if own_percent is not None:
            pricing.own_percent = own_percent
        return pricing

    def microsoft_synchronizes(self, on: bool) -> None:
        """Let Business Central's own connection of the company to Sales be enabled, or disabled again."""
        tenant, company = self._tenants.sales, self._tenants.generated.company_name
        address = f"https://businesscentral.dynamics.com/?company={quote(company)}" if on else None
        values = {"nav_name": company, "nav_dynamicsnavurl": address}
        rows = tenant.dump("nav_connection")
        if rows:
            tenant.change("nav_connection", rows[0]["nav_connectionid"], values)
        else:
            tenant.insert("nav_connection", values)

    # --- the company -----------------------------------------------------------------------------------------------

    def company(self) -> dict[str, Any]:
        """What was generated, and which records a full synchronization has to leave behind."""
        generated = self._tenants.generated
        return {
            "records": generated.records,
            "seed": generated.seed,
            "company_id": generated.company_id,
            "company_name": generated.company_name,
            "organization_id": generated.organization_id,
            "expected": [asdict(item) for item in generated.expected],
        }

    # --- rows ------------------------------------------------------------------------------------------------------

    def tables(self, side: str) -> tuple[str, ...]:
        """Names of what has rows on that side."""
        return (*self._tenants.sales.world.tables, *CHOICES) if side == SALES else tuple(FINANCIALS_TABLES)

    def counts(self) -> dict[str, dict[str, int]]:
        """Rows of every table."""
        sales, financials = self._tenants.sales, self._tenants.financials
        return {
            SALES: {name: sales.count(name) for name in self.tables(SALES)},
            FINANCIALS: {name: financials.count(name) for name in self.tables(FINANCIALS)},
        }

    def dump(self, side: str, table: str) -> list[dict[str, Any]]:
        return self._tenants.sales.dump(table) if side == SALES else self._tenants.financials.dump(table)

    def insert(self, side: str, table: str, values: dict[str, Any], by: str = "") -> dict[str, Any]:
        if side == SALES:
            return self._tenants.sales.insert(table, values, by=by)
        return self._tenants.financials.insert(table, values)

    def change(self, side: str, table: str, key: Any, values: dict[str, Any], by: str = "") -> dict[str, Any]:
        if side == SALES:
            return self._tenants.sales.change(table, key, values, by=by)
        return self._tenants.financials.change(table, _key(key), values)

    def delete(self, side: str, table: str, key: Any) -> None:
        if side == SALES:
            self._tenants.sales.delete(table, key)
        else:
            self._tenants.financials.delete(table, _key(key))

    # --- stock and prices ------------------------------------------------------------------------------------------

    def post_stock(self, item: str, quantity: str, **more: str) -> dict[str, Any]:
        """Goods come in, or with a negative quantity go out; ``more``: variant, location, date."""
        return self._tenants.financials.post_stock(item, quantity, **more)

    def add_sales_line(self, item: str, quantity: str, **more: str) -> dict[str, Any]:
        """An open line of a sales order; ``more``: unit, variant, location, day, partner (the customer), document."""
        return self._tenants.financials.add_order_line("Sales Line", item, quantity, **more)

    def add_purchase_line(self, item: str, quantity: str, **more: str) -> dict[str, Any]:
        """An open line of a purchase order; ``more`` as for sales, ``day`` being when the goods are expected."""
        return self._tenants.financials.add_order_line("Purchase Line", item, quantity, **more)

    def price_order_lines(self, question: dict[str, Any]) -> list[dict[str, Any]]:
        """What the document engine puts on lines of an order that is not stored."""
        questions = msgspec.convert(question, Questions)
        financials = self._tenants.financials
        return [
            {
                "unit_price": price.unit_price,
                "line_discount": price.line_discount_percent,
                "includes_vat": price.includes_vat,
                "error": price.error,
            }
            for price in prices_of(financials.company, questions)
        ]

    def change_price(self, table: str, key: Any, unit_price: str) -> dict[str, Any]:
        """Another unit price on the card of an item or resource, in a sales price or in a price list line."""
        return self.change(FINANCIALS, table, key, {"Unit Price": unit_price})


def _key(key: Any) -> str | tuple[Any, ...]:
    return tuple(key) if isinstance(key, list) else str(key)
