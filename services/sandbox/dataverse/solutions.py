"""Which tables and columns the make-believe environment has, by the solutions that are installed in it."""

from dataclasses import replace

from libs.dynamics.company_columns import BY_PREFERENCE, MICROSOFT, TANDEM, CompanyColumns
from libs.dynamics.sales_tables import SALES_TABLES, SalesTable
from services.sandbox.dataverse.roles import TABLES_BETWEEN

COMPANY_COLUMNS: dict[str, tuple[CompanyColumns, ...]] = {
    "microsoft": (MICROSOFT,),
    "tandem": (TANDEM,),
    "both": BY_PREFERENCE,
    "none": (),
}
"""What may be installed to tell companies apart."""


def tables_of(company_columns: str = "microsoft") -> dict[str, SalesTable]:
    """Logical name -> table, without what only other solutions bring."""
    absent = [item for item in BY_PREFERENCE if item not in COMPANY_COLUMNS[company_columns]]
    tables, columns = {item.table for item in absent}, {item.column for item in absent}
    return {
        name: replace(table, attributes=tuple(item for item in table if item.name not in columns))
        for name, table in SALES_TABLES.items()
        if name not in tables
    } | TABLES_BETWEEN
