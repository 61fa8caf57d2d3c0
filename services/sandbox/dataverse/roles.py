"""Security roles: a copy of each in every business unit, who holds them, and that only a team with one may own rows."""

from typing import TYPE_CHECKING

from libs.dynamics.company_columns import BY_PREFERENCE
from libs.dynamics.sales_tables import SalesAttribute, SalesTable
from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.table import Row, Table
from services.sandbox.refusals import Refused

if TYPE_CHECKING:
    from services.sandbox.dataverse.world import World

_SALESPERSON = "3d6f1c52-0f0e-4c3b-9d55-6a2f8f1b7e01"
_COMMON = {
    "3d6f1c52-0f0e-4c3b-9d55-6a2f8f1b7e02": "System Administrator",
    "3d6f1c52-0f0e-4c3b-9d55-6a2f8f1b7e03": "System Customizer",
    _SALESPERSON: "Salesperson",
}
"""Roles of the root unit that every environment has."""


def _between(name: str, entity_set: str, id: str, *columns: str) -> SalesTable:
    attributes = tuple(SalesAttribute(column, "guid", required=True) for column in columns)
    return SalesTable(name, entity_set, id, id, attributes, change_tracking=False, unique=(columns,))


TABLES_BETWEEN: dict[str, SalesTable] = {
    table.name: table
    for table in (
        _between("systemuserroles", "systemuserrolescollection", "systemuserroleid", "systemuserid", "roleid"),
        _between("teamroles", "teamrolescollection", "teamroleid", "teamid", "roleid"),
        _between("teammembership", "teammemberships", "teammembershipid", "teamid", "systemuserid"),
    )
}
"""They may be read like any other, and are written through the navigation properties of both ends alone."""


def load_roles(world: "World", *, moment: str) -> None:
    """The roles of the environment and of the solutions that are installed, and which of its users and teams holds
    which."""
    unit, application = world.identity.business_unit, world.identity.application_user
    roles = dict(_COMMON)
    held = [(row_id, _SALESPERSON) for row_id in world.tables["systemuser"].rows if row_id != application]
    for columns in BY_PREFERENCE:
        if columns.table in world.tables:
            roles |= {columns.role_id: columns.role, columns.team_role: columns.team_role_name}
            held.append((application, columns.role_id))
    rows = [
        {"roleid": row_id, "name": name, "businessunitid": unit, "parentrootroleid": row_id}
        for row_id, name in roles.items()
    ]
    world.load("role", rows, moment=moment)
    world.load("systemuserroles", [{"systemuserid": user, "roleid": role} for user, role in held], moment=moment)
    teams = world.tables["team"].rows
    world.load("teamroles", [{"teamid": team, "roleid": _SALESPERSON} for team in teams], moment=moment)


def fill_new(row: Row) -> None:
    """A role that is no copy is the root of its copies."""
    row["_parentrootroleid_value"] = row["_parentrootroleid_value"] or row["roleid"]


def inherit(world: "World", table: Table, row: Row, by: str) -> None:
    """A new unit gets a copy of every role of the root unit, and a new role of that unit has one in every other."""
    units, roles, root = world.tables["businessunit"], world.tables["role"], world.identity.business_unit
    if table is units:
        for role in roles.with_value("_businessunitid_value", [root]):
            _copy(world, role, row["businessunitid"], by)
    elif row["_businessunitid_value"] == root:
        for unit in units.sorted_ids():
            if unit != root:
                _copy(world, row, unit, by)


def _copy(world: "World", role: Row, unit: str, by: str) -> None:
    members = {
        "name": role["name"],
        "businessunitid@odata.bind": f"/businessunits({unit})",
        "parentroleid@odata.bind": f"/roles({role['roleid']})",
        "parentrootroleid@odata.bind": f"/roles({role['_parentrootroleid_value']})",
    }
    world.create(world.tables["role"], members, by=by)


def check_holder(world: "World", holders: Table, tie: Row) -> None:
    """Users and teams hold the copies of their own business unit; raises ``Refused``."""
    holder = holders.rows[tie[holders.id]]
    role = world.tables["role"].rows[tie["roleid"]]
    if holder["_businessunitid_value"] != role["_businessunitid_value"]:
        raise refusal.invalid("The role belongs to another business unit than the one that it is to be given to.")


def check_owner(world: "World", table: Table, old: Row | None, new: Row) -> None:
    """A team must be able to read what it is to own; raises ``Refused``."""
    owner = new["_ownerid_value"]
    if new["ownerid@table"] != "team" or (old is not None and old["_ownerid_value"] == owner):
        return
    if not world.tables["teamroles"].with_value("teamid", [owner]):
        raise Refused(
            403,
            "0x80040220",
            f"Principal team (Id={owner}, type=9, roleCount=0, privilegeCount=0) is missing "
            f"prvRead{table.name.capitalize()} privilege on OTC for entity '{table.name}'.",
        )
