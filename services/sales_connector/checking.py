"""Checking the connection: signs in, finds the organization, reads a row of every mapped table, looks at the rights to
write. Moves no data.

Whatever is wrong becomes a failure that names the setting or the role to change.
"""

from typing import Any

from libs.contracts.failures import Failure
from libs.contracts.setup import ConnectionReport
from libs.contracts.vocabulary import System
from libs.dynamics.company_columns import BY_PREFERENCE, MICROSOFT, TANDEM, CompanyColumns
from libs.dynamics.failures import PRIVILEGE, Refusal
from libs.dynamics.session import Request, Response
from libs.runtime.errors import AccessDenied, ContractBroken, TandemError, Unavailable
from services.sales_connector.columns import table_named
from services.sales_connector.company_solutions import NONE_INSTALLED
from services.sales_connector.dataverse import Dataverse
from services.sales_connector.rights import WRITTEN_TABLES, missing_privileges, role_to_give

MAPPED_TABLES = ("systemuser", *WRITTEN_TABLES)
"""Tables that the default mappings read or write."""
COMPANY_TABLES = ("businessunit", "team", "organization")
"""Tables that preparing the company reads or writes, besides one of those of ``company_columns``."""


async def check_connection(dataverse: Dataverse) -> ConnectionReport:
    """What was found, or failures. Never raises for what a person can mend."""
    try:
        who = await _sign_in(dataverse)
        version = (await dataverse.get("RetrieveVersion()")).get("Version", "")
        columns, failures = await _tables_read(dataverse)
        failures = failures or await missing_privileges(dataverse, str(who["UserId"]), columns)
        if failures:
            return ConnectionReport(system=System.SALES, failures=failures)
        organization = (await dataverse.get("organizations?$select=name&$top=1"))["value"]
    except TandemError as error:
        return ConnectionReport(system=System.SALES, failures=[error.failure()])
    if not organization:
        failures.append(Failure(code="connection.no_organization", message="Dynamics 365 Sales names no organization."))
    return ConnectionReport(
        system=System.SALES,
        failures=failures,
        organization_id=str(who.get("OrganizationId", "")),
        user_id=str(who.get("UserId", "")),
        version=str(version),
    )


async def _sign_in(dataverse: Dataverse) -> dict[str, Any]:
    response = await dataverse.send(Request("GET", dataverse.root + "WhoAmI", {"Accept": "application/json"}))
    if response.ok:
        try:
            answer = response.json()
            if isinstance(answer, dict) and "UserId" in answer:
                return answer
        except ContractBroken:
            pass
        raise _wrong_address("the answer is not that of a Dataverse environment")
    raise _sign_in_refused(dataverse, response)


def _sign_in_refused(dataverse: Dataverse, response: Response) -> TandemError:
    refusal = dataverse.refusal(response)
    if response.status in (401, 403):
        return AccessDenied(
            "Dynamics 365 Sales does not accept the application: add an application user for TANDEM_CLIENT_ID to the "
            f'environment and give it the role "{MICROSOFT.role}", or "{TANDEM.role}" and one of yours.',
            setting="TANDEM_CLIENT_ID",
            remote_code=refusal.code,
            remote_message=refusal.words,
        )
    if response.status in (429, 502, 503, 504):
        return Unavailable("Dynamics 365 Sales is not available at present; try again later.", setting="")
    return _wrong_address(f"it answers {response.status}")


def _wrong_address(why: str) -> TandemError:
    return AccessDenied(
        f"There is no Dataverse environment at this address ({why}): check TANDEM_SALES_URL, which is the address "
        "without a path, such as https://contoso.crm4.dynamics.com.",
        code="connection.wrong_address",
        setting="TANDEM_SALES_URL",
    )


async def _tables_read(dataverse: Dataverse) -> tuple[CompanyColumns, list[Failure]]:
    """Whose company columns there are, and what cannot be read."""
    names = [*MAPPED_TABLES, *COMPANY_TABLES, *(columns.table for columns in BY_PREFERENCE)]
    tables = [table_named(name) for name in names]
    parts = await dataverse.batch(
        [dataverse.read_operation(f"{table.entity_set}?$select={table.id}&$top=1") for table in tables],
        repeatable=True,
    )
    refusals = {table.name: dataverse.refusal(part) for table, part in zip(tables, parts, strict=True) if not part.ok}
    denied = {name: refusal for name, refusal in refusals.items() if refusal.cause is PRIVILEGE}
    # Of the company tables one is enough: the first that is there, whether or not it may be read.
    there = [columns for columns in BY_PREFERENCE if columns.table not in refusals or columns.table in denied]
    columns = there[0] if there else BY_PREFERENCE[0]
    others = {other.table for other in BY_PREFERENCE if other is not columns}
    failures = []
    for name, refusal in refusals.items():
        if name in denied or name in others:
            continue
        message = NONE_INSTALLED if name == columns.table else f"The table {name} cannot be read in this environment."
        failures.append(_unreadable(refusal, message, "TANDEM_SALES_URL"))
    if denied:
        message = f"The application user (TANDEM_CLIENT_ID) may not read {', '.join(denied)}: " + role_to_give(
            columns, "read, create and write"
        )
        failures.append(_unreadable(next(iter(denied.values())), message, "TANDEM_CLIENT_ID"))
    return columns, failures


def _unreadable(refusal: Refusal, message: str, setting: str) -> Failure:
    return Failure(
        code="connection.table_unreadable",
        message=message,
        setting=setting,
        remote_code=refusal.code,
        remote_message=refusal.words,
    )
