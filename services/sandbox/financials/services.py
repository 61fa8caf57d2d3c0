"""Which pages are published as web services over OData V4, and which of them are read-only lists."""

from libs.dynamics.financials_tables import FINANCIALS_TABLES, FinancialsTable

LIST_SERVICES = {
    "CustomerList": "Customer",
    "ContactList": "Contact",
    "ItemList": "Item",
    "ResourceList": "Resource",
    "SalespersonList": "Salesperson/Purchaser",
}
"""Service -> table, for list pages that are not editable: writing goes to the card."""


EDITED_ELSEWHERE = frozenset(
    {
        "Customer Discount Group", "General Ledger Setup", "Item Discount Group", "Item Variant", "Location",
        "Resource Unit of Measure", "Sales Line Discount", "VAT Posting Setup",
    }
)  # fmt: skip
"""Tables that the companion only shows, while their pages and API v2.0 write them."""


def is_read_only(table: FinancialsTable) -> bool:
    """Whether pages and API v2.0 refuse to write the table."""
    return not table.writable and table.name not in EDITED_ELSEWHERE


def services_of() -> dict[str, tuple[FinancialsTable, bool]]:
    """Service name -> table, and whether the page refuses writes."""
    found = {
        table.page_service: (table, table.page_read_only or is_read_only(table))
        for table in FINANCIALS_TABLES.values()
        if table.page_service
    }
    return found | {name: (FINANCIALS_TABLES[table], True) for name, table in LIST_SERVICES.items()}
