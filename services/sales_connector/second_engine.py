"""Whether Microsoft's own synchronization of the company is on: two engines would echo each other's writes.

Business Central's connection to Sales, once enabled, puts the company's name and web address into the one row of
``nav_connection``, a table of Microsoft's Sales integration solution; disabling it takes the address away again. Its
basic connection to Dataverse alone leaves no such trace.
"""

from urllib.parse import parse_qs, urlsplit

from libs.contracts.setup import FinancialsCompany
from libs.runtime.errors import AccessDenied, MappingInvalid, RecordGone
from services.sales_connector.columns import table_named
from services.sales_connector.dataverse import Dataverse

ROLE = "Dynamics 365 Business Central Integration User"


async def refuse_second_engine(dataverse: Dataverse, company: FinancialsCompany) -> None:
    """Raises ``MappingInvalid`` when Microsoft's synchronization of this company is on, ``AccessDenied`` when that
    cannot be seen."""
    table = table_named("nav_connection")
    try:
        rows = (await dataverse.get(f"{table.entity_set}?$select=nav_name,nav_dynamicsnavurl"))["value"]
    except RecordGone:
        return  # Microsoft's solution is not installed.
    except AccessDenied as error:
        raise AccessDenied(
            f"The application user (TANDEM_CLIENT_ID) may not read {table.name}, which tells whether Microsoft's own "
            f'synchronization is on: give it the role "{ROLE}".',
            setting="TANDEM_CLIENT_ID",
            remote_code=error.remote_code,
            remote_message=error.remote_message,
        ) from error
    for row in rows:
        address = row["nav_dynamicsnavurl"] or ""
        if address and _same(company.name, row["nav_name"] or "", *_companies_of(address)):
            raise MappingInvalid(
                f"Microsoft's own synchronization of {company.name} with this Sales organization is on; two engines "
                "would echo each other. Switch it off in Financials, on the page Microsoft Dynamics 365 Connection "
                "Setup.",
                code="connection.second_engine",
            )


def _companies_of(address: str) -> list[str]:
    """The company that an address of the web client opens."""
    try:
        query = parse_qs(urlsplit(address).query)
    except ValueError:
        return []
    return [name for key, names in query.items() if key.lower() == "company" for name in names]


def _same(name: str, *others: str) -> bool:
    return name.strip().casefold() in {other.strip().casefold() for other in others}
