"""Items and resources of Financials on each surface, with units, variants and discount groups."""

from libs.dynamics.financials_fields import FinancialsTable, code, decimal, flag, looked_up, option, text

ITEM = FinancialsTable(
    "Item",
    27,
    ("No.",),
    "items",
    72110,
    (
        code("No.", 20, "number", "number", "No"),
        text("Description", 100, "description", "displayName", "Description"),
        option("Type", ("Inventory", "Service", "Non-Inventory"), "type", "type", "Type"),
        code(
            "Base Unit of Measure",
            10,
            "baseUnitOfMeasure",
            "baseUnitOfMeasureCode",
            "Base_Unit_of_Measure",
            relation="Unit of Measure",
        ),
        decimal("Unit Price", "unitPrice", "unitPrice", "Unit_Price"),
        decimal("Unit Cost", "unitCost", "unitCost", "Unit_Cost"),
        decimal("Unit Volume", "unitVolume", None, "Unit_Volume"),
        decimal("Gross Weight", "grossWeight", None, "Gross_Weight"),
        code("Vendor No.", 20, "vendorNumber", None, "Vendor_No"),
        text("Vendor Item No.", 50, "vendorItemNumber", None, "Vendor_Item_No"),
        decimal("Inventory", "inventory", "inventory", "Inventory", calculated=True),
        flag("Blocked", "blocked", "blocked", "Blocked"),
        *looked_up(
            code(
                "Sales Unit of Measure",
                10,
                "salesUnitOfMeasure",
                None,
                "Sales_Unit_of_Measure",
                relation="Unit of Measure",
            ),
            code("Item Disc. Group", 20, "itemDiscountGroup", None, "Item_Disc_Group", relation="Item Discount Group"),
            flag("Price Includes VAT", "priceIncludesVat", "priceIncludesTax", "Price_Includes_VAT"),
            code("VAT Bus. Posting Gr. (Price)", 20, "vatBusinessPostingGroupPrice", None, "VAT_Bus_Posting_Gr_Price"),
            code("VAT Prod. Posting Group", 20, "vatProductPostingGroup", None, "VAT_Prod_Posting_Group"),
            flag("Sales Blocked", "salesBlocked", None, "Sales_Blocked"),
        ),
    ),
    api_v2_set="items",
    page_service="ItemCard",
    page_number=30,
    number_series="1000",
)

ITEM_UNIT_OF_MEASURE = FinancialsTable(
    "Item Unit of Measure",
    5404,
    ("Item No.", "Code"),
    "itemUnitsOfMeasure",
    72111,
    (
        code("Item No.", 20, "itemNumber", None, "Item_No", relation="Item"),
        code("Code", 10, "code", None, "Code", relation="Unit of Measure"),
        decimal("Qty. per Unit of Measure", "quantityPerUnitOfMeasure", None, "Qty_per_Unit_of_Measure"),
    ),
    page_service="ItemUnitsOfMeasure",
    page_number=5404,
)

RESOURCE = FinancialsTable(
    "Resource",
    156,
    ("No.",),
    "resources",
    72112,
    (
        code("No.", 20, "number", None, "No"),
        text("Name", 100, "name", None, "Name"),
        option("Type", ("Person", "Machine"), "type", None, "Type"),
        code("Base Unit of Measure", 10, "baseUnitOfMeasure", None, "Base_Unit_of_Measure", relation="Unit of Measure"),
        decimal("Unit Price", "unitPrice", None, "Unit_Price"),
        decimal("Unit Cost", "unitCost", None, "Unit_Cost"),
        code("Vendor No.", 20, "vendorNumber", None, "Vendor_No"),
        decimal("Capacity", "capacity", None, "Capacity", calculated=True),
        flag("Blocked", "blocked", None, "Blocked"),
        *looked_up(code("VAT Prod. Posting Group", 20, "vatProductPostingGroup", None, "VAT_Prod_Posting_Group")),
    ),
    page_service="ResourceCard",
    page_number=76,
    number_series="R0010",
)

RESOURCE_UNIT_OF_MEASURE = FinancialsTable(
    "Resource Unit of Measure",
    205,
    ("Resource No.", "Code"),
    "resourceUnitsOfMeasure",
    72121,
    looked_up(
        code("Resource No.", 20, "resourceNumber", None, "Resource_No", relation="Resource"),
        code("Code", 10, "code", None, "Code", relation="Unit of Measure"),
        decimal("Qty. per Unit of Measure", "quantityPerUnitOfMeasure", None, "Qty_per_Unit_of_Measure"),
    ),
    page_service="ResourceUnitsOfMeasure",
    page_number=210,
    writable=False,
    lookup=True,
)

ITEM_VARIANT = FinancialsTable(
    "Item Variant",
    5401,
    ("Item No.", "Code"),
    "itemVariants",
    72122,
    looked_up(
        code("Item No.", 20, "itemNumber", "itemNumber", "Item_No", relation="Item"),
        code("Code", 10, "code", "code", "Code"),
        text("Description", 100, "description", "description", "Description"),
    ),
    api_v2_set="itemVariants",
    page_service="ItemVariants",
    page_number=5401,
    writable=False,
    lookup=True,
)

ITEM_DISCOUNT_GROUP = FinancialsTable(
    "Item Discount Group",
    341,
    ("Code",),
    "itemDiscountGroups",
    72123,
    looked_up(
        code("Code", 20, "code", None, "Code"),
        text("Description", 100, "description", None, "Description"),
    ),
    page_service="ItemDiscountGroups",
    page_number=513,
    writable=False,
    lookup=True,
)
