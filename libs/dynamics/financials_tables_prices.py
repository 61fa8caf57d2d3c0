"""Prices and discounts of Financials on each surface, of both generations of its pricing."""

from libs.dynamics.financials_fields import FinancialsTable, code, date, decimal, flag, integer, looked_up, option, text

CUSTOMER_PRICE_GROUP = FinancialsTable(
    "Customer Price Group",
    6,
    ("Code",),
    "customerPriceGroups",
    72113,
    (
        code("Code", 10, "code", None, "Code"),
        text("Description", 100, "description", None, "Description"),
        flag("Price Includes VAT", "priceIncludesVat", None, "Price_Includes_VAT"),
        flag("Allow Line Disc.", "allowLineDiscount", None, "Allow_Line_Disc"),
        code("First Line Currency Code", 10, "firstLineCurrencyCode", calculated=True),
    ),
    page_service="CustomerPriceGroups",
    page_number=7,
)
"""``First Line Currency Code`` is the currency of the group's first sales price by primary key, blank for the local
currency or when there is none. The companion computes it; elsewhere the connector reads the first price."""

SALES_PRICE = FinancialsTable(
    "Sales Price",
    7002,
    (
        "Item No.",
        "Sales Type",
        "Sales Code",
        "Starting Date",
        "Currency Code",
        "Variant Code",
        "Unit of Measure Code",
        "Minimum Quantity",
    ),
    "salesPrices",
    72114,
    (
        code("Item No.", 20, "itemNumber", None, "Item_No", relation="Item"),
        option(
            "Sales Type",
            ("Customer", "Customer Price Group", "All Customers", "Campaign"),
            "salesType",
            None,
            "Sales_Type",
        ),
        code("Sales Code", 20, "salesCode", None, "Sales_Code"),
        date("Starting Date", "startingDate", None, "Starting_Date"),
        code("Currency Code", 10, "currencyCode", None, "Currency_Code", relation="Currency"),
        code("Variant Code", 10, "variantCode", None, "Variant_Code"),
        code("Unit of Measure Code", 10, "unitOfMeasureCode", None, "Unit_of_Measure_Code", relation="Unit of Measure"),
        decimal("Minimum Quantity", "minimumQuantity", None, "Minimum_Quantity"),
        decimal("Unit Price", "unitPrice", None, "Unit_Price"),
        date("Ending Date", "endingDate", None, "Ending_Date"),
        flag("Price Includes VAT", "priceIncludesVat", None, "Price_Includes_VAT"),
        flag("Allow Line Disc.", "allowLineDiscount", None, "Allow_Line_Disc"),
        *looked_up(
            code("VAT Bus. Posting Gr. (Price)", 20, "vatBusinessPostingGroupPrice", None, "VAT_Bus_Posting_Gr_Price")
        ),
    ),
    page_service="SalesPrices",
    page_number=7002,
)

SALES_LINE_DISCOUNT = FinancialsTable(
    "Sales Line Discount",
    7004,
    (
        "Type",
        "Code",
        "Sales Type",
        "Sales Code",
        "Starting Date",
        "Currency Code",
        "Variant Code",
        "Unit of Measure Code",
        "Minimum Quantity",
    ),
    "salesLineDiscounts",
    72124,
    looked_up(
        option("Type", ("Item", "Item Disc. Group"), "type", None, "Type"),
        code("Code", 20, "code", None, "Code"),
        option(
            "Sales Type",
            ("Customer", "Customer Disc. Group", "All Customers", "Campaign"),
            "salesType",
            None,
            "Sales_Type",
        ),
        code("Sales Code", 20, "salesCode", None, "Sales_Code"),
        date("Starting Date", "startingDate", None, "Starting_Date"),
        code("Currency Code", 10, "currencyCode", None, "Currency_Code", relation="Currency"),
        code("Variant Code", 10, "variantCode", None, "Variant_Code"),
        code("Unit of Measure Code", 10, "unitOfMeasureCode", None, "Unit_of_Measure_Code", relation="Unit of Measure"),
        decimal("Minimum Quantity", "minimumQuantity", None, "Minimum_Quantity"),
        decimal("Line Discount %", "lineDiscountPercent", None, "Line_Discount_Percent"),
        date("Ending Date", "endingDate", None, "Ending_Date"),
    ),
    page_service="SalesLineDiscounts",
    page_number=7004,
    writable=False,
    lookup=True,
)
"""Line discounts of companies that keep their prices the old way, beside ``Sales Price``."""

_SOURCE_TYPES = (
    " ",
    "All Customers",
    "Customer",
    "Customer Price Group",
    "Customer Disc. Group",
    "All Vendors",
    "Vendor",
    "All Jobs",
    "Job",
    "Job Task",
    "Campaign",
    "Contact",
)
_ASSET_TYPES = (" ", "Item", "Item Discount Group", "Resource", "Resource Group", "Service Cost", "G/L Account")
_AMOUNT_TYPES = ("Any", "Price", "Cost", "Discount")
_PRICE_TYPES = ("Any", "Sale", "Purchase")
_STATUSES = ("Draft", "Active", "Inactive")

PRICE_LIST_HEADER = FinancialsTable(
    "Price List Header",
    7000,
    ("Code",),
    "priceLists",
    72125,
    looked_up(
        code("Code", 20, "code", None, "Code"),
        text("Description", 250, "description", None, "Description"),
        option("Price Type", _PRICE_TYPES, "priceType"),
        option("Source Type", _SOURCE_TYPES, "sourceType", None, "SourceType"),
        code("Source No.", 20, "sourceNumber", None, "SourceNo"),
        option("Amount Type", _AMOUNT_TYPES, "amountType"),
        code("Currency Code", 10, "currencyCode", None, "CurrencyCode", relation="Currency"),
        date("Starting Date", "startingDate", None, "StartingDate"),
        date("Ending Date", "endingDate", None, "EndingDate"),
        option("Status", _STATUSES, "status", None, "Status"),
        flag("Price Includes VAT", "priceIncludesVat", None, "PriceIncludesVAT"),
        code("VAT Bus. Posting Gr. (Price)", 20, "vatBusinessPostingGroupPrice"),
        flag("Allow Line Disc.", "allowLineDiscount"),
    ),
    page_service="SalesPriceLists",
    page_number=7015,
    page_read_only=True,
    writable=False,
    lookup=True,
)

PRICE_LIST_LINE = FinancialsTable(
    "Price List Line",
    7001,
    ("Price List Code", "Line No."),
    "priceListLines",
    72126,
    looked_up(
        code("Price List Code", 20, "priceListCode", None, "Price_List_Code", relation="Price List Header"),
        integer("Line No.", "lineNumber", None, "Line_No"),
        option("Price Type", _PRICE_TYPES, "priceType"),
        option("Status", _STATUSES, "status", None, "Status"),
        option("Source Type", _SOURCE_TYPES, "sourceType", None, "Source_Type"),
        code("Source No.", 20, "sourceNumber", None, "Source_No"),
        option("Asset Type", _ASSET_TYPES, "assetType", None, "Asset_Type"),
        code("Asset No.", 20, "assetNumber", None, "Asset_No"),
        code("Variant Code", 10, "variantCode", None, "Variant_Code"),
        code("Currency Code", 10, "currencyCode", None, "Currency_Code", relation="Currency"),
        code("Unit of Measure Code", 10, "unitOfMeasureCode", None, "Unit_of_Measure_Code", relation="Unit of Measure"),
        decimal("Minimum Quantity", "minimumQuantity", None, "Minimum_Quantity"),
        option("Amount Type", _AMOUNT_TYPES, "amountType", None, "Amount_Type"),
        decimal("Unit Price", "unitPrice", None, "Unit_Price"),
        decimal("Line Discount %", "lineDiscountPercent", None, "Line_Discount_Percent"),
        date("Starting Date", "startingDate", None, "Starting_Date"),
        date("Ending Date", "endingDate", None, "Ending_Date"),
        flag("Allow Line Disc.", "allowLineDiscount", None, "Allow_Line_Disc"),
        flag("Price Includes VAT", "priceIncludesVat", None, "Price_Includes_VAT"),
        code("VAT Bus. Posting Gr. (Price)", 20, "vatBusinessPostingGroupPrice", None, "VAT_Bus_Posting_Gr_Price"),
    ),
    page_service="PricesOverview",
    page_number=7024,
    page_read_only=True,
    writable=False,
    lookup=True,
)
"""A line counts when its own status is Active; everything that decides a price is on the line, not on its list."""
