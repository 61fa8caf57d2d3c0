"""Look-ups that go through couplings: blank stays blank, a coupled partner gives its id or key, an uncoupled one fails
the record unless the field may be cleared.
"""

from typing import Any

from libs.contracts.pages import Value
from libs.synch import failures
from libs.synch.conversions.cells import MISSING, Cell, Wanted
from libs.synch.lookups import Lookups
from libs.synch.mapping import FieldMapping
from libs.synch.values import code


class CoupledRecord:
    """The partner's row id in Sales, its key in Financials."""

    prefix = ""
    """Table prefix of a look-up that may point to several tables."""
    empty: Wanted = None
    """What Sales holds for a blank key."""

    def __init__(self, field: FieldMapping) -> None:
        self.field = field
        self.relation = field.relation

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        key = code(value)
        if not key:
            return self.blank()
        partner = lookups.of_key(self.relation, key)
        if partner is not None:
            wanted = self.sales_value(partner.sales_id)
            return Cell(wanted, wanted)
        if self.field.clear_value_on_failed_sync:
            return Cell(None, None, waiting=f"{self.relation}:{key}")
        return Cell(MISSING, None, failures.partner_not_coupled(self.field.financials, key, "Sales", self.relation))

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        if value is None or value == "":
            return Cell("", None)
        sales_id = str(value).removeprefix(self.prefix)
        partner = lookups.of_sales_id(self.relation, sales_id)
        if partner is not None:
            return Cell(partner.financials_key, value)
        if self.field.clear_value_on_failed_sync:
            return Cell("", None, waiting=f"{self.relation}:{sales_id}")
        problem = failures.partner_not_coupled(self.field.sales, sales_id, "Financials", self.relation)
        return Cell(MISSING, value, problem)

    def blank(self) -> Cell:
        if self.field.required:
            return Cell(MISSING, None, failures.value_missing(self.field.financials))
        return Cell(MISSING if self.field.not_null else self.empty, None)

    def sales_value(self, sales_id: str) -> Value:
        return f"{self.prefix}{sales_id}"


class OptionValue(CoupledRecord):
    """A code as the number of its value in a choice of Sales."""

    def sales_value(self, sales_id: str) -> Value:
        return int(sales_id)

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        return super().from_sales(None if value == 0 else value, lookups)


class Owner(CoupledRecord):
    """A salesperson as the user that owns the row."""

    prefix = "systemuser:"

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        if isinstance(value, str) and value and not value.startswith(self.prefix):
            # The team's rows have no salesperson, which is how they came to belong to the team.
            return Cell(MISSING, None, failures.owner_is_a_team(self.field.sales))
        return super().from_sales(value, lookups)


class Currency(CoupledRecord):
    """A currency; blank in Financials is the company's own currency."""

    def __init__(self, field: FieldMapping, local_currency_id: str) -> None:
        super().__init__(field)
        self._local = local_currency_id or None

    def blank(self) -> Cell:
        return Cell(self._local, self._local)

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        if value is None or value in ("", self._local):
            return Cell("", self._local)
        return super().from_sales(value, lookups)


class ParentAccount(CoupledRecord):
    """The account of a contact's customer.

    A contact of Sales whose account is no customer is none of the mapping's. One whose account is about to become a
    customer, or failed to, has failed.
    """

    prefix = "account:"

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        if isinstance(value, str) and value and not value.startswith(self.prefix):
            return Cell(MISSING, value, failures.parent_is_no_account(), skips=True)
        cell = super().from_sales(value, lookups)
        if cell.problem is None or lookups.is_unsettled(self.relation, str(value).removeprefix(self.prefix)):
            return cell
        return Cell(MISSING, value, failures.account_is_no_customer(self.relation), skips=True)


class BaseUnit(CoupledRecord):
    """The unit of the unit group that is coupled to an item's base unit of measure."""

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        key = code(value)
        if not key:
            return Cell(MISSING, None, failures.value_missing(self.field.financials))
        return unit_cell(self.field.financials, key, self.relation, lookups)

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        return Cell(MISSING, value)


class PriceUnit(CoupledRecord):
    """The unit of a price line, or the item's base unit where the line has none. Values are (unit, item)."""

    items = "ITEM-PRODUCT"

    def to_sales(self, value: Any, lookups: Lookups) -> Cell:
        unit, item = value
        key = code(unit)
        if not key:
            partner = lookups.of_key(self.items, code(item))
            key = code(partner.facts.get("Base Unit of Measure")) if partner else ""
        if not key:
            return Cell(MISSING, None, failures.value_missing("Base Unit of Measure"))
        return unit_cell(self.field.financials, key, self.relation, lookups)

    def from_sales(self, value: Value, lookups: Lookups) -> Cell:
        return Cell(MISSING, value)


def unit_cell(field: str, key: str, relation: str, lookups: Lookups) -> Cell:
    partner = lookups.of_key(relation, key)
    if partner is None:
        return Cell(MISSING, None, failures.partner_not_coupled(field, key, "Sales", relation))
    unit = partner.facts.get("baseuomid")
    if not unit:
        return Cell(MISSING, None, failures.unit_without_base(key))
    # A coupling that was made before the name was asked for does not know it.
    name = partner.facts.get("soleuomname", key)
    if name is None or code(name) != key:
        return Cell(MISSING, None, failures.unit_group_unfit(key))
    return Cell(unit, unit)
