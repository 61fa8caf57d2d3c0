"""Which property carries which field of Financials on each of its three surfaces.

One catalogue for the connector, the sandbox and the test of the companion extension. A field is known by its name in
Business Central (``"Payment Terms Code"``), whichever surface it travels on:

- ``companion``: API pages of ``deploy/financials-extension`` under ``/api/tandem/integration/v1.0``;
- ``api_v2``: Microsoft's API v2.0;
- ``page``: pages published as web services over OData V4.

The tables themselves stand in ``financials_tables_*``, by subject. Tables and fields marked ``lookup`` are mapped by
nothing: they answer the questions behind an order line.

Source of lengths and names: the mapping catalogue of the reference integration and Microsoft's API v2.0 reference.
"""

from libs.dynamics.financials_fields import FinancialsField, FinancialsQuery, FinancialsTable
from libs.dynamics.financials_tables_partners import (
    CAMPAIGN,
    CONTACT,
    CONTACT_BUSINESS_RELATION,
    CUSTOMER,
    CUSTOMER_DISCOUNT_GROUP,
)
from libs.dynamics.financials_tables_prices import (
    CUSTOMER_PRICE_GROUP,
    PRICE_LIST_HEADER,
    PRICE_LIST_LINE,
    SALES_LINE_DISCOUNT,
    SALES_PRICE,
)
from libs.dynamics.financials_tables_products import (
    ITEM,
    ITEM_DISCOUNT_GROUP,
    ITEM_UNIT_OF_MEASURE,
    ITEM_VARIANT,
    RESOURCE,
    RESOURCE_UNIT_OF_MEASURE,
)
from libs.dynamics.financials_tables_setup import (
    CURRENCY,
    CURRENCY_EXCHANGE_RATE,
    GENERAL_LEDGER_SETUP,
    PAYMENT_TERMS,
    SALESPERSON,
    SHIPMENT_METHOD,
    SHIPPING_AGENT,
    UNIT_OF_MEASURE,
    VAT_POSTING_SETUP,
)
from libs.dynamics.financials_tables_stock import (
    FINANCIALS_QUERIES,
    ITEM_FLOW_FIELDS,
    ITEM_FLOW_FILTERS,
    ITEM_LEDGER_ENTRY,
    ITEM_LIST_PAGE,
    ITEM_LIST_SERVICE,
    LOCATION,
    PURCHASE_LINE,
    SALES_LINE,
    STOCK_ON_HAND,
    STOCK_ON_THE_WAY,
    STOCK_RESERVED,
)

__all__ = [
    "CAMPAIGN",
    "COMPANION_GROUP",
    "COMPANION_PUBLISHER",
    "COMPANION_VERSION",
    "CONTACT",
    "CONTACT_BUSINESS_RELATION",
    "CURRENCY",
    "CURRENCY_EXCHANGE_RATE",
    "CUSTOMER",
    "CUSTOMER_DISCOUNT_GROUP",
    "CUSTOMER_PRICE_GROUP",
    "DELETIONS_PAGE",
    "DELETIONS_PROPERTIES",
    "DELETIONS_SET",
    "FEED_POSITIONS_PAGE",
    "FEED_POSITIONS_PROPERTIES",
    "FEED_POSITIONS_SET",
    "FINANCIALS_QUERIES",
    "FINANCIALS_TABLES",
    "GENERAL_LEDGER_SETUP",
    "ITEM",
    "ITEM_DISCOUNT_GROUP",
    "ITEM_FLOW_FIELDS",
    "ITEM_FLOW_FILTERS",
    "ITEM_LEDGER_ENTRY",
    "ITEM_LIST_PAGE",
    "ITEM_LIST_SERVICE",
    "ITEM_UNIT_OF_MEASURE",
    "ITEM_VARIANT",
    "LOCATION",
    "PAYMENT_TERMS",
    "PRICE_LIST_HEADER",
    "PRICE_LIST_LINE",
    "PRICING_SETUP_PAGE",
    "PRICING_SETUP_PROPERTIES",
    "PRICING_SETUP_SET",
    "PURCHASE_LINE",
    "RESOURCE",
    "RESOURCE_UNIT_OF_MEASURE",
    "SALESPERSON",
    "SALES_LINE",
    "SALES_LINE_DISCOUNT",
    "SALES_PRICE",
    "SHIPMENT_METHOD",
    "SHIPPING_AGENT",
    "STOCK_ON_HAND",
    "STOCK_ON_THE_WAY",
    "STOCK_RESERVED",
    "UNIT_OF_MEASURE",
    "VAT_POSTING_SETUP",
    "FinancialsField",
    "FinancialsQuery",
    "FinancialsTable",
]

COMPANION_PUBLISHER = "tandem"
COMPANION_GROUP = "integration"
COMPANION_VERSION = "v1.0"

DELETIONS_SET = "deletions"
DELETIONS_PAGE = 72115
"""Companion page of the deletion log: one row per deleted record of a table of this catalogue, never changed."""
DELETIONS_PROPERTIES = ("id", "entryNumber", "tableNumber", "recordId", "recordKey", "deletedAt", "systemRowVersion")
"""``recordId`` is the SystemId the record had, ``recordKey`` its primary key joined by ``;``."""

FEED_POSITIONS_SET = "feedPositions"
FEED_POSITIONS_PAGE = 72116
"""Companion page with exactly one row that says how far the change feeds can be trusted right now."""
FEED_POSITIONS_PROPERTIES = ("primaryKey", "minimumActiveRowVersion")
"""``minimumActiveRowVersion``: every change with a smaller ``systemRowVersion`` is committed and visible (a number;
``Database.MinimumActiveRowVersion()``), so it is the watermark of a reading that starts now. Key: ``primaryKey``."""

PRICING_SETUP_SET = "pricingSetup"
PRICING_SETUP_PAGE = 72131
"""Companion page with exactly one row that says which tables decide prices."""
PRICING_SETUP_PROPERTIES = ("primaryKey", "usesPriceLists")
"""``usesPriceLists``: true where the new sales pricing experience is on (price lists, tables 7000 and 7001), false
where prices are kept the old way (sales prices and sales line discounts, tables 7002 and 7004). Key: ``primaryKey``."""

FINANCIALS_TABLES: dict[str, FinancialsTable] = {
    table.name: table
    for table in (
        SALESPERSON,
        CURRENCY,
        CURRENCY_EXCHANGE_RATE,
        PAYMENT_TERMS,
        SHIPMENT_METHOD,
        SHIPPING_AGENT,
        UNIT_OF_MEASURE,
        CUSTOMER,
        CONTACT,
        CONTACT_BUSINESS_RELATION,
        ITEM,
        ITEM_UNIT_OF_MEASURE,
        RESOURCE,
        CUSTOMER_PRICE_GROUP,
        SALES_PRICE,
        GENERAL_LEDGER_SETUP,
        VAT_POSTING_SETUP,
        CUSTOMER_DISCOUNT_GROUP,
        CAMPAIGN,
        RESOURCE_UNIT_OF_MEASURE,
        ITEM_VARIANT,
        ITEM_DISCOUNT_GROUP,
        SALES_LINE_DISCOUNT,
        PRICE_LIST_HEADER,
        PRICE_LIST_LINE,
        LOCATION,
        ITEM_LEDGER_ENTRY,
        SALES_LINE,
        PURCHASE_LINE,
    )
}
"""Table name in Business Central -> its catalogue entry. On the companion every table has ``id`` (SystemId),
``systemModifiedAt`` and ``systemRowVersion`` besides."""
