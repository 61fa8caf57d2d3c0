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


def services_of() -> dict[str, tuple[FinancialsTable, bool]]:
    """Service name -> table, and whether the page refuses writes."""
    found = {
        table.page_service: (table, table.page_read_only or not table.writable)
        for table in FINANCIALS_TABLES.values()
        if table.page_service
    }
    return found | {name: (FINANCIALS_TABLES[table], True) for name, table in LIST_SERVICES.items()}
