"""The Dataverse tables and columns that Tandem uses: types, lengths, lookups, and which bulk messages a table has.

One catalogue for the connector and the sandbox. A column is known by its logical name; on the wire a lookup reads as
``_name_value`` and is written through its navigation property. The tables themselves stand in ``sales_tables_*``, by
subject. Source: Microsoft's Dataverse entity reference.
"""

from libs.dynamics.sales_attributes import SalesAttribute, SalesTable
from libs.dynamics.sales_tables_organization import (
    BCBI_COMPANY,
    BUSINESSUNIT,
    NAV_CONNECTION,
    ORGANIZATION,
    ROLE,
    SYSTEMUSER,
    TANDEM_COMPANY,
    TEAM,
    TRANSACTIONCURRENCY,
)
from libs.dynamics.sales_tables_partners import ACCOUNT, CONTACT
from libs.dynamics.sales_tables_products import PRICELEVEL, PRODUCT, PRODUCTPRICELEVEL, UOM, UOMSCHEDULE

__all__ = ["CHOICES", "COMMON", "SALES_TABLES", "SalesAttribute", "SalesTable"]

COMMON: tuple[SalesAttribute, ...] = (
    SalesAttribute("createdon", "moment", read_only=True),
    SalesAttribute("modifiedon", "moment", read_only=True),
    SalesAttribute("createdby", "lookup", targets=(("systemuser", "createdby"),), read_only=True),
    SalesAttribute("modifiedby", "lookup", targets=(("systemuser", "modifiedby"),), read_only=True),
    SalesAttribute("versionnumber", "integer", read_only=True),
    SalesAttribute("importsequencenumber", "integer", create_only=True),
)
"""Columns that every table has besides its own."""

SALES_TABLES: dict[str, SalesTable] = {
    table.name: table
    for table in (
        SYSTEMUSER,
        TRANSACTIONCURRENCY,
        ACCOUNT,
        CONTACT,
        UOMSCHEDULE,
        UOM,
        PRODUCT,
        PRICELEVEL,
        PRODUCTPRICELEVEL,
        BUSINESSUNIT,
        TEAM,
        ROLE,
        BCBI_COMPANY,
        TANDEM_COMPANY,
        NAV_CONNECTION,
        ORGANIZATION,
    )
}
"""Logical name -> table."""

CHOICES: dict[str, dict[int, str]] = {
    "account.paymenttermscode": {1: "Net 30", 2: "2% 10, Net 30", 3: "Net 45", 4: "Net 60"},
    "account.address1_freighttermscode": {1: "FOB", 2: "No Charge"},
    "account.address1_shippingmethodcode": {
        1: "Airborne",
        2: "DHL",
        3: "FedEx",
        4: "UPS",
        5: "Postal Mail",
        6: "Full Load",
        7: "Will Call",
    },
}
"""Choices that are mapped as tables of their own, with the labels of a new organization: ``table.attribute`` ->
{value: label}. As a table, such a choice has the id ``value`` (text) and one attribute, ``label``."""
