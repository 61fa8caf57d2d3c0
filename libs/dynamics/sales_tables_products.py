"""Products of Sales with their units, and price lists with what is in them."""

from libs.dynamics.sales_attributes import (
    COMPANY,
    SalesAttribute,
    SalesTable,
    choice,
    decimal,
    flag,
    lookup,
    money,
    state,
    text,
)

UOMSCHEDULE = SalesTable(
    "uomschedule",
    "uomschedules",
    "uomscheduleid",
    "name",
    (
        text("name", 200, required=True),
        text("baseuomname", 100, required=True, create_only=True),
        text("description", 2000),
        *state((0, 1), (1, 2)),
    ),
    create_multiple=True,
    update_multiple=True,
    upsert_multiple=True,
    unique=(("name",),),
)
"""Creating a unit group creates its base unit; the connector offers that unit's id as the fact ``baseuomid``, and the
name of the only unit as ``soleuomname``."""

UOM = SalesTable(
    "uom",
    "uoms",
    "uomid",
    "name",
    (
        text("name", 100, required=True),
        lookup("uomscheduleid", "uomschedule", required=True, create_only=True),
        lookup("baseuom", "uom"),
        decimal("quantity", 5, required=True),
        flag("isschedulebaseuom", read_only=True),
    ),
    unique=(("uomscheduleid", "name"),),
)

PRODUCT = SalesTable(
    "product",
    "products",
    "productid",
    "name",
    (
        text("productnumber", 100, required=True),
        text("name", 100, required=True),
        text("description", 2000),
        choice("productstructure", 1, 2, 3, create_only=True),
        choice("producttypecode", 1, 2, 3, 4),
        SalesAttribute("quantitydecimal", "integer", required=True, minimum=0),
        money("price", 0),
        money("standardcost", 0),
        money("currentcost", 0),
        decimal("quantityonhand", 5, 0),
        decimal("stockvolume", 5, 0),
        decimal("stockweight", 5, 0),
        text("vendorid", 100),
        text("vendorname", 100),
        text("vendorpartnumber", 100),
        flag("isstockitem"),
        lookup("defaultuomid", "uom", required=True),
        lookup("defaultuomscheduleid", "uomschedule", required=True),
        lookup("pricelevelid", "pricelevel"),
        lookup("transactioncurrencyid", "transactioncurrency"),
        *COMPANY,
        *state((0, 1), (1, 2), (2, 0), (3, 3)),
    ),
    create_multiple=True,
    update_multiple=True,
    upsert_multiple=True,
    unique=(("productnumber",),),
    unique_error="0x80043b06",
)

PRICELEVEL = SalesTable(
    "pricelevel",
    "pricelevels",
    "pricelevelid",
    "name",
    (
        text("name", 100, required=True),
        text("description", 2000),
        SalesAttribute("begindate", "date"),
        SalesAttribute("enddate", "date"),
        lookup("transactioncurrencyid", "transactioncurrency", required=True, create_only=True),
        *COMPANY,
        *state((0, 100001), (1, 100002)),
    ),
    create_multiple=True,
    update_multiple=True,
    upsert_multiple=True,
    unique=(("name",),),
    unique_error="0x80043b0f",
)

PRODUCTPRICELEVEL = SalesTable(
    "productpricelevel",
    "productpricelevels",
    "productpricelevelid",
    "productidname",
    (
        lookup("pricelevelid", "pricelevel", required=True, create_only=True),
        lookup("productid", "product", required=True),
        lookup("uomid", "uom", required=True),
        lookup("uomscheduleid", "uomschedule"),
        lookup("transactioncurrencyid", "transactioncurrency", read_only=True),
        money("amount", 0),
        choice("pricingmethodcode", 1, 2, 3, 4, 5, 6),
        choice("quantitysellingcode", 1, 2, 3),
        text("productnumber", 100, read_only=True),
    ),
    unique=(("pricelevelid", "productid", "uomid"),),
    unique_error="0x80043b08",
)
