"""Privileges of tables, as definitions show them, and those that a user holds through his roles."""

import uuid
from collections.abc import Callable
from typing import Any

from services.sandbox.dataverse.exchange import Answer, Call, encode
from services.sandbox.dataverse.table import Table
from services.sandbox.dataverse.world import World

_NAMESPACE = uuid.UUID("2d0d4b6c-52a7-4f7e-9f0e-64c1a0f3f0aa")
_TYPES = ("Create", "Read", "Write", "Delete", "Append", "AppendTo")
_TYPES_OF_OWNED = ("Assign", "Share")
FUNCTION = "Microsoft.Dynamics.CRM.RetrieveUserPrivileges"


def privilege_name(right: str, table: str) -> str:
    return f"prv{right}{table.capitalize()}"


def privileges_of(table: Table) -> list[dict[str, Any]]:
    """The property ``Privileges`` of a table's definition."""
    owned = table.spec.owned
    return [
        {
            "CanBeBasic": owned,
            "CanBeDeep": owned,
            "CanBeGlobal": True,
            "CanBeLocal": owned,
            "CanBeEntityReference": False,
            "CanBeParentEntityReference": False,
            "Name": privilege_name(right, table.name),
            "PrivilegeId": _id(table, right),
            "PrivilegeType": right,
        }
        for right in (*_TYPES, *(_TYPES_OF_OWNED if owned else ()))
    ]


def held_by(call: Call, world: World, denies: Callable[[str, str], bool], user: str) -> Answer:
    """What the function answers: everything for people, for the application what it was not denied."""
    limited = user.lower() == world.identity.application_user.lower()
    held = [
        {
            "Depth": "Global",
            "PrivilegeId": privilege["PrivilegeId"],
            "BusinessUnitId": world.identity.business_unit,
            "PrivilegeName": privilege["Name"],
            "RecordFilterId": str(uuid.UUID(int=0)),
            "RecordFilterUniqueName": "",
        }
        for table in world.tables.values()
        for privilege in privileges_of(table)
        if not (limited and denies(table.name, privilege["PrivilegeType"].lower()))
    ]
    call.work.append(("function", 1))
    place = f"{call.root}$metadata#{FUNCTION}Response"
    return Answer(200, encode({"@odata.context": place, "RolePrivileges": held}))


def _id(table: Table, right: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{table.name}/{right}"))
