"""Which solution's company table and columns the organization has; without one nothing can be told apart by company."""

from libs.dynamics.company_columns import BY_PREFERENCE, CompanyColumns
from libs.runtime.errors import MappingInvalid, RecordGone
from services.sales_connector.columns import table_named
from services.sales_connector.dataverse import Dataverse

NONE_INSTALLED = (
    "The environment lacks a company table: install Microsoft's Business Central Dataverse Base Integration solution, "
    "or the solution TandemCompany where that is not to be had."
)


async def installed(dataverse: Dataverse) -> CompanyColumns:
    """The one to use. Raises ``MappingInvalid`` where there is none."""
    for columns in BY_PREFERENCE:
        table = table_named(columns.table)
        try:
            await dataverse.get(f"{table.entity_set}?$select={table.id}&$top=1")
        except RecordGone:
            continue  # That solution is not installed.
        return columns
    raise MappingInvalid(NONE_INSTALLED, code="connection.table_unreadable", setting="TANDEM_SALES_URL")
