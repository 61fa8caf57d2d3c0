"""Stock of Financials: the ledger, open order lines, and the queries that sum them up."""

from libs.dynamics.financials_fields import (
    FinancialsQuery,
    FinancialsTable,
    code,
    date,
    decimal,
    integer,
    looked_up,
    option,
    text,
)

LOCATION = FinancialsTable(
    "Location",
    14,
    ("Code",),
    "locations",
    72127,
    looked_up(
        code("Code", 10, "code", "code", "Code"),
        text("Name", 100, "name", "displayName", "Name"),
    ),
    api_v2_set="locations",
    page_service="LocationList",
    page_number=15,
    writable=False,
    lookup=True,
)

ITEM_LEDGER_ENTRY = FinancialsTable(
    "Item Ledger Entry",
    32,
    ("Entry No.",),
    "itemLedgerEntries",
    72128,
    looked_up(
        integer("Entry No.", "entryNumber", "entryNumber", "Entry_No"),
        code("Item No.", 20, "itemNumber", "itemNumber", "Item_No", relation="Item"),
        date("Posting Date", "postingDate", "postingDate", "Posting_Date"),
        option(
            "Entry Type",
            (
                "Purchase",
                "Sale",
                "Positive Adjmt.",
                "Negative Adjmt.",
                "Transfer",
                "Consumption",
                "Output",
                " ",
                "Assembly Consumption",
                "Assembly Output",
            ),
            "entryType",
            "entryType",
            "Entry_Type",
        ),
        code("Document No.", 20, "documentNumber", "documentNumber", "Document_No"),
        text("Description", 100, "description", "description", "Description"),
        code("Location Code", 10, "locationCode", None, "Location_Code", relation="Location"),
        code("Variant Code", 10, "variantCode", None, "Variant_Code"),
        decimal("Quantity", "quantity", "quantity", "Quantity"),
    ),
    api_v2_set="itemLedgerEntries",
    page_service="ItemLedgerEntries",
    page_number=38,
    page_read_only=True,
    writable=False,
    lookup=True,
)
"""Every movement of stock, in base units. Entries are only ever added: the greatest number tells where to go on."""

SALES_LINE = FinancialsTable(
    "Sales Line",
    37,
    ("Document Type", "Document No.", "Line No."),
    "salesLines",
    72129,
    looked_up(
        option(
            "Document Type",
            ("Quote", "Order", "Invoice", "Credit Memo", "Blanket Order", "Return Order"),
            "documentType",
            None,
            "Document_Type",
        ),
        code("Document No.", 20, "documentNumber", None, "Document_No"),
        integer("Line No.", "lineNumber", None, "Line_No"),
        code("Sell-to Customer No.", 20, "sellToCustomerNumber", None, "Sell_to_Customer_No", relation="Customer"),
        option(
            "Type",
            (" ", "G/L Account", "Item", "Resource", "Fixed Asset", "Charge (Item)"),
            "type",
            None,
            "Type",
        ),
        code("No.", 20, "number", None, "No"),
        code("Variant Code", 10, "variantCode", None, "Variant_Code"),
        code("Location Code", 10, "locationCode", None, "Location_Code", relation="Location"),
        code("Unit of Measure Code", 10, "unitOfMeasureCode", None, "Unit_of_Measure_Code", relation="Unit of Measure"),
        decimal("Quantity", "quantity", None, "Quantity"),
        decimal("Outstanding Quantity", "outstandingQuantity", None, "Outstanding_Quantity"),
        decimal("Outstanding Qty. (Base)", "outstandingQuantityBase", None, "Outstanding_Qty_Base"),
        date("Shipment Date", "shipmentDate", None, "Shipment_Date"),
    ),
    page_service="SalesLines",
    page_number=516,
    page_read_only=True,
    writable=False,
    lookup=True,
)
"""Lines of open sales documents; those of orders reserve stock."""

PURCHASE_LINE = FinancialsTable(
    "Purchase Line",
    39,
    ("Document Type", "Document No.", "Line No."),
    "purchaseLines",
    72130,
    looked_up(
        option(
            "Document Type",
            ("Quote", "Order", "Invoice", "Credit Memo", "Blanket Order", "Return Order"),
            "documentType",
            None,
            "Document_Type",
        ),
        code("Document No.", 20, "documentNumber", None, "Document_No"),
        integer("Line No.", "lineNumber", None, "Line_No"),
        code("Buy-from Vendor No.", 20, "buyFromVendorNumber", None, "Buy_from_Vendor_No"),
        option(
            "Type",
            (" ", "G/L Account", "Item", "Resource", "Fixed Asset", "Charge (Item)"),
            "type",
            None,
            "Type",
        ),
        code("No.", 20, "number", None, "No"),
        code("Variant Code", 10, "variantCode", None, "Variant_Code"),
        code("Location Code", 10, "locationCode", None, "Location_Code", relation="Location"),
        code("Unit of Measure Code", 10, "unitOfMeasureCode", None, "Unit_of_Measure_Code", relation="Unit of Measure"),
        decimal("Quantity", "quantity", None, "Quantity"),
        decimal("Outstanding Quantity", "outstandingQuantity", None, "Outstanding_Quantity"),
        decimal("Outstanding Qty. (Base)", "outstandingQuantityBase", None, "Outstanding_Qty_Base"),
        date("Expected Receipt Date", "expectedReceiptDate", None, "Expected_Receipt_Date"),
    ),
    page_service="PurchaseLines",
    page_number=518,
    page_read_only=True,
    writable=False,
    lookup=True,
)
"""Lines of open purchase documents; those of orders are stock on the way."""

_PLACES = (("itemNumber", "No."), ("variantCode", "Variant Code"), ("locationCode", "Location Code"))
_OF_ITEMS_ON_ORDERS = (("Document Type", "Order"), ("Type", "Item"))

STOCK_ON_HAND = FinancialsQuery(
    "stockOnHand",
    72150,
    "Item Ledger Entry",
    (("itemNumber", "Item No."), ("variantCode", "Variant Code"), ("locationCode", "Location Code")),
    ("quantity", "Quantity"),
)
STOCK_RESERVED = FinancialsQuery(
    "stockReserved",
    72151,
    "Sales Line",
    _PLACES,
    ("quantity", "Outstanding Qty. (Base)"),
    _OF_ITEMS_ON_ORDERS,
)
STOCK_ON_THE_WAY = FinancialsQuery(
    "stockOnTheWay",
    72152,
    "Purchase Line",
    (*_PLACES, ("expectedReceiptDate", "Expected Receipt Date")),
    ("quantity", "Outstanding Qty. (Base)"),
    _OF_ITEMS_ON_ORDERS,
)

FINANCIALS_QUERIES: dict[str, FinancialsQuery] = {
    query.name: query for query in (STOCK_ON_HAND, STOCK_RESERVED, STOCK_ON_THE_WAY)
}
"""Entity set -> API query of the companion. Quantities are in base units; a row per combination that has records."""

ITEM_LIST_SERVICE = "ItemList"
"""Usual name of page 31, the list that takes flow filters; the setting ``services`` may name another."""
ITEM_LIST_PAGE = 31
ITEM_FLOW_FILTERS = ("Location_Filter", "Variant_Filter", "Date_Filter")
"""Restrict the flow fields of a row, not the rows: ``$filter=No eq '1000' and Location_Filter eq 'EAST'``."""
ITEM_FLOW_FIELDS = ("Inventory", "Qty_on_Sales_Order", "Qty_on_Purch_Order")
"""On hand, outstanding on sales orders and outstanding on purchase orders, in base units."""
