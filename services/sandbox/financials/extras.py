"""Properties of API v2.0 that Tandem maps nothing to, but which every client of that API expects."""

from libs.dynamics.financials_tables import FINANCIALS_TABLES, FinancialsField

_F = FinancialsField


EXTRA_FIELDS: dict[str, tuple[FinancialsField, ...]] = {
    "Salesperson/Purchaser": (
        _F("Commission %", "decimal", "", "commisionPercent"),
        _F("Privacy Blocked", "boolean", "", "privacyBlocked"),
    ),
    "Currency": (_F("Amount Decimal Places", "text", "", "amountDecimalPlaces", length=5),),
    "Payment Terms": (
        _F("Due Date Calculation", "text", "", "dueDateCalculation", length=32),
        _F("Discount Date Calculation", "text", "", "discountDateCalculation", length=32),
        _F("Discount %", "decimal", "", "discountPercent"),
        _F("Calc. Pmt. Disc. on Cr. Memos", "boolean", "", "calculateDiscountOnCreditMemos"),
    ),
    "Unit of Measure": (_F("Symbol", "text", "", "symbol", length=10),),
    "Customer": (
        _F("Contact Type", "option", "", "type", options=("Company", "Person")),
        _F("Balance (LCY)", "decimal", "", "balanceDue", calculated=True),
        _F("Tax Liable", "boolean", "", "taxLiable"),
        _F("VAT Registration No.", "text", "", "taxRegistrationNumber", length=20),
    ),
    "Contact": (
        _F("Company Name", "text", "", "companyName", length=100, calculated=True),
        _F("Job Title", "text", "", "jobTitle", length=30),
        _F("Search Name", "code", "", "searchName", length=100),
        _F("Date of Last Interaction", "date", "", "lastInteractionDate", calculated=True),
        _F("Privacy Blocked", "boolean", "", "privacyBlocked"),
        _F("VAT Registration No.", "text", "", "taxRegistrationNumber", length=20),
    ),
    "Location": (
        _F("Contact", "text", "", "contact", length=100),
        _F("Address", "text", "", "addressLine1", length=100),
        _F("Address 2", "text", "", "addressLine2", length=50),
        _F("County", "text", "", "state", length=30),
        _F("City", "text", "", "city", length=30),
        _F("Country/Region Code", "code", "", "country", length=10),
        _F("Post Code", "code", "", "postalCode", length=20),
        _F("Phone No.", "text", "", "phoneNumber", length=30),
        _F("E-Mail", "text", "", "email", length=80),
        _F("Home Page", "text", "", "website", length=90),
    ),
    "Item Ledger Entry": (
        _F("Source No.", "code", "", "sourceNumber", length=20),
        _F("Source Type", "option", "", "sourceType", options=(" ", "Customer", "Vendor", "Item")),
        _F(
            "Document Type",
            "option",
            "",
            "documentType",
            options=(" ", "Sales Shipment", "Sales Invoice", "Purchase Receipt", "Purchase Invoice"),
        ),
        _F("Sales Amount (Actual)", "decimal", "", "salesAmountActual", calculated=True),
        _F("Cost Amount (Actual)", "decimal", "", "costAmountActual", calculated=True),
    ),
    "Item": (
        _F("Description 2", "text", "", "displayName2", length=50),
        _F("GTIN", "code", "", "gtin", length=14),
        _F("Item Category Code", "code", "", "itemCategoryCode", length=20),
        _F("Tax Group Code", "code", "", "taxGroupCode", length=20),
        _F("Gen. Prod. Posting Group", "code", "", "generalProductPostingGroupCode", length=20),
        _F("Inventory Posting Group", "code", "", "inventoryPostingGroupCode", length=20),
    ),
}
"""Table -> further fields. A row holds them only once somebody wrote them."""

RELATED_IDS: dict[tuple[str, str], str] = {
    ("Customer", "Currency Code"): "currencyId",
    ("Item", "Base Unit of Measure"): "baseUnitOfMeasureId",
    ("Item Variant", "Item No."): "itemId",
} | {
    (table.name, item.name): item.api_v2_id
    for table in FINANCIALS_TABLES.values()
    for item in table
    if item.api_v2_id is not None
}
"""(table, field) -> property of API v2.0 that holds the SystemId of the record which the field names."""
