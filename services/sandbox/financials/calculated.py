"""Calculated fields: computed from other tables when a row is read, and never stored."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from services.sandbox.financials.rows import Row

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

_CUSTOMER = 1
"""Ordinal of Customer in ``Link to Table``."""
_EXACT = Context(prec=28, rounding=ROUND_HALF_UP)
_FIFTEEN_PLACES = Decimal(1).scaleb(-15)

Source = tuple[str, ...]


class Calculation:
    """Answers for one company; remembers what is costly until the tables it came from change."""

    def __init__(self, company: "Company") -> None:
        self._company = company
        self._first_lines: tuple[int, dict[str, str]] = (-1, {})
        self._contacts: tuple[int, dict[str, str]] = (-1, {})
        self.fields: dict[tuple[str, str], tuple[Callable[[Row], Any], Source]] = {
            ("Currency", "Exchange Rate"): (self.exchange_rate, ("Currency Exchange Rate",)),
            ("Contact", "Customer No."): (self.customer_number, ("Contact Business Relation",)),
            ("Contact", "Company Name"): (self.company_name, ("Contact",)),
            ("Item", "Inventory"): (self.inventory, ("Item Ledger Entry",)),
            ("Customer Price Group", "First Line Currency Code"): (self.first_line_currency, ("Sales Price",)),
        }
        """(table, field) -> how it is computed, and the tables it depends on."""

    def exchange_rate(self, currency: Row) -> Decimal:
        """Local currency per unit today; 0 without a rate."""
        today = self._company.world.moment()[:10]
        rates = self._company.tables["Currency Exchange Rate"].starting_with((currency.values["Code"],))
        valid = [row.values for row in rates if row.values["Starting Date"] <= today]
        if not valid or not valid[-1]["Exchange Rate Amount"]:
            return Decimal(0)
        latest = valid[-1]
        rate = _EXACT.divide(latest["Relational Exch. Rate Amount"], latest["Exchange Rate Amount"])
        return _EXACT.quantize(rate, _FIFTEEN_PLACES).normalize() if rate else Decimal(0)

    def inventory(self, item: Row) -> Decimal:
        """Sum of the item's ledger entries."""
        return self._company.stock.on_hand(item.key[0])

    def customer_number(self, contact: Row) -> str:
        """The customer behind the contact's company."""
        found = self._company.tables["Contact Business Relation"].starting_with(
            (contact.values["Company No."], _CUSTOMER)
        )
        return str(found[0].values["No."]) if found and contact.values["Company No."] else ""

    def company_name(self, contact: Row) -> str:
        company = self._company.tables["Contact"].by_key.get((contact.values["Company No."],))
        return str(company.values["Name"]) if company is not None else ""

    def first_line_currency(self, group: Row) -> str:
        """Currency of the group's first sales price by primary key."""
        prices = self._company.tables["Sales Price"]
        stamp, found = self._first_lines
        if stamp != prices.stamp:
            found = {}
            for row in prices.in_key_order():
                if row.values["Sales Type"] == "Customer Price Group":
                    found.setdefault(row.values["Sales Code"], row.values["Currency Code"])
            self._first_lines = prices.stamp, found
        return found.get(group.values["Code"], "")

    def company_contact(self, customer: str) -> Row | None:
        """The company contact that stands for a customer."""
        relations = self._company.tables["Contact Business Relation"]
        stamp, found = self._contacts
        if stamp != relations.stamp:
            found = {
                row.values["No."]: row.values["Contact No."]
                for row in relations.by_id.values()
                if row.values["Link to Table"] == "Customer"
            }
            self._contacts = relations.stamp, found
        return self._company.tables["Contact"].by_key.get((found.get(customer, ""),))
