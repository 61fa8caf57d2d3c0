"""Whether the application user may create and change what the mappings write, found out before anything is written.

The privileges of a table come from its definition, since their names do not always follow the table's; those of the
user through his roles and teams from ``RetrieveUserPrivileges``. How far a privilege reaches is not looked at.
"""

import structlog

from libs.contracts.failures import Failure
from libs.dynamics.company_columns import MICROSOFT, CompanyColumns
from services.sales_connector.dataverse import Dataverse, decode

WRITTEN_TABLES = (
    "transactioncurrency",
    "account",
    "contact",
    "uomschedule",
    "uom",
    "product",
    "pricelevel",
    "productpricelevel",
)
"""Tables that the default mappings write."""
WANTED = ("Create", "Write", "Append", "AppendTo")
"""To create and change rows, and to let them refer to each other."""

log = structlog.get_logger(__name__)


def role_to_give(columns: CompanyColumns, rights: str) -> str:
    """What an administrator has to do. Microsoft's role opens every table that is mapped, ours the company table."""
    if columns is MICROSOFT:
        return f'give it the role "{columns.role}" or another one with organization-wide {rights} there.'
    return f'give it the role "{columns.role}" for the company table, and one of yours with organization-wide {rights}.'


async def missing_privileges(dataverse: Dataverse, user_id: str, columns: CompanyColumns) -> list[Failure]:
    """One failure with all privileges that are missing; none where they cannot be read."""
    named = "%20or%20".join(f"LogicalName%20eq%20%27{name}%27" for name in WRITTEN_TABLES)
    parts = await dataverse.batch(
        [
            dataverse.read_operation(f"EntityDefinitions?$select=LogicalName,Privileges&$filter={named}"),
            dataverse.read_operation(f"systemusers({user_id})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()"),
        ],
        repeatable=True,
    )
    for part in parts:
        if not part.ok:
            # Not worth refusing the connection: what is missing is then noticed when it is first needed.
            log.warning("privileges.unknown", code=dataverse.refusal(part).code)
            return []
    definitions, user = (decode(part.body) for part in parts)
    held = {str(privilege["PrivilegeId"]).lower() for privilege in user["RolePrivileges"]}
    missing = [
        privilege["Name"]
        for name in WRITTEN_TABLES
        for table in definitions["value"]
        if table["LogicalName"] == name
        for privilege in table["Privileges"]
        if privilege["PrivilegeType"] in WANTED and str(privilege["PrivilegeId"]).lower() not in held
    ]
    if not missing:
        return []
    return [
        Failure(
            code="connection.privilege_missing",
            message=f"The application user (TANDEM_CLIENT_ID) lacks {', '.join(missing)}: "
            + role_to_give(columns, "read, create, write, append and append to"),
            setting="TANDEM_CLIENT_ID",
        )
    ]
