"""The options of choice columns: those of the catalogue, and those that callers add, rename and publish."""

from libs.dynamics.sales_tables import CHOICES, SALES_TABLES
from services.sandbox.dataverse import refusal

FIRST_CUSTOM = 100_000_000
"""Smallest value of an option that was added without saying which."""

_LABELS: dict[str, dict[int, str]] = {
    "product.producttypecode": {1: "Sales Inventory", 2: "Miscellaneous Charges", 3: "Services", 4: "Flat Fees"},
    "product.productstructure": {1: "Product", 2: "Product Family", 3: "Product Bundle"},
    "product.statecode": {0: "Active", 1: "Retired", 2: "Draft", 3: "Under Revision"},
    "product.statuscode": {1: "Active", 2: "Retired", 0: "Draft", 3: "Under Revision"},
    "statecode": {0: "Active", 1: "Inactive"},
    "statuscode": {1: "Active", 2: "Inactive", 100001: "Active", 100002: "Inactive"},
    "productpricelevel.pricingmethodcode": {
        1: "Currency Amount",
        2: "Percent of List",
        3: "Percent Markup - Current Cost",
        4: "Percent Margin - Current Cost",
        5: "Percent Markup - Standard Cost",
        6: "Percent Margin - Standard Cost",
    },
    "productpricelevel.quantitysellingcode": {1: "No Control", 2: "Whole", 3: "Whole and Fractional"},
    "systemuser.accessmode": {
        0: "Read-Write",
        1: "Administrative",
        2: "Read",
        3: "Support User",
        4: "Non-interactive",
        5: "Delegated Admin",
    },
}


class Choices:
    """Table -> column -> value -> label. What was added or renamed shows once it is published."""

    def __init__(self) -> None:
        self.published: dict[str, dict[str, dict[int, str]]] = {}
        for table in SALES_TABLES.values():
            columns = self.published.setdefault(table.name, {})
            for item in table.attributes:
                if item.type != "choice":
                    continue
                known = CHOICES.get(f"{table.name}.{item.name}")
                if known is None:
                    labels = _LABELS.get(f"{table.name}.{item.name}") or _LABELS.get(item.name, {})
                    known = {value: labels.get(value, f"Option {value}") for value in item.options}
                columns[item.name] = dict(known)
        self._drafts: dict[tuple[str, str], dict[int, str]] = {}

    def options(self, table: str, column: str) -> dict[int, str]:
        """The published options; raises ``Refused`` where there is no such choice."""
        found = self.published.get(table, {}).get(column)
        if found is None:
            raise refusal.invalid(f"The attribute '{column}' of entity '{table}' is not a choice.", "0x80040217")
        return found

    def insert(self, table: str, column: str, value: int | None, label: str) -> int:
        draft = self._draft(table, column)
        if value is None:
            value = max(FIRST_CUSTOM - 1, *draft) + 1
        if value in draft:
            raise refusal.invalid(f"The value {value} is already in use by another option of '{column}'.", "0x80048403")
        draft[value] = label
        return value

    def update(self, table: str, column: str, value: int, label: str) -> None:
        draft = self._draft(table, column)
        if value not in draft:
            raise refusal.invalid(f"The option value {value} of '{column}' does not exist.", "0x80048403")
        draft[value] = label

    def delete(self, table: str, column: str, value: int) -> None:
        draft = self._draft(table, column)
        if draft.pop(value, None) is None:
            raise refusal.invalid(f"The option value {value} of '{column}' does not exist.", "0x80048403")

    def publish(self, tables: set[str] | None = None) -> None:
        """Make drafts of these tables (None: all) the options that count."""
        for table, column in list(self._drafts):
            if tables is None or table in tables:
                options = self.published[table][column]
                draft = self._drafts.pop((table, column))
                options.clear()
                options.update(draft)

    def _draft(self, table: str, column: str) -> dict[int, str]:
        return self._drafts.setdefault((table, column), dict(self.options(table, column)))
