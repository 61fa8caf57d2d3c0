"""Dataverse in the sandbox: security roles, who holds them, and the rows that users and teams are tied to."""

from typing import Any

import pytest

from libs.dynamics.company_columns import MICROSOFT
from tests.component.sandbox.conftest import SalesClient


async def one(sales: SalesClient, query: str) -> dict[str, Any]:
    """The only row of an answer."""
    [row] = (await sales.get(query)).json()["value"]
    return dict(row)


@pytest.fixture
async def root(sales: SalesClient) -> str:
    """The root business unit."""
    row = await one(sales, "businessunits?$select=businessunitid&$filter=_parentbusinessunitid_value eq null")
    return str(row["businessunitid"])


@pytest.fixture
async def unit(sales: SalesClient, root: str) -> str:
    """A business unit below it."""
    below = {"parentbusinessunitid@odata.bind": f"/businessunits({root})"}
    return await sales.create("businessunits", {"name": "Contoso (1)", **below})


@pytest.fixture
async def team(sales: SalesClient, unit: str) -> str:
    """A team of that unit."""
    return await sales.create(
        "teams", {"name": "BCI", "teamtype": 0, "businessunitid@odata.bind": f"/businessunits({unit})"}
    )


async def copy_in(sales: SalesClient, unit: str) -> str:
    """The unit's copy of the solution's role."""
    condition = f"_parentrootroleid_value eq {MICROSOFT.team_role} and _businessunitid_value eq {unit}"
    return str((await one(sales, f"roles?$select=roleid&$filter={condition}"))["roleid"])


async def names(sales: SalesClient, place: str) -> list[str]:
    return [row["name"] for row in (await sales.get(f"{place}?$select=name")).json()["value"]]


async def give(sales: SalesClient, place: str, role: str) -> int:
    reply = await sales.post(f"{place}/$ref", {"@odata.id": f"{sales.root}roles({role})"})
    return reply.status


async def test_a_new_unit_has_a_copy_of_every_role_and_they_go_with_it(
    sales: SalesClient, root: str, unit: str
) -> None:
    there = await names(sales, f"businessunits({root})/business_unit_roles")
    copies = await names(sales, f"businessunits({unit})/business_unit_roles")

    assert sorted(copies) == sorted(there)
    assert {MICROSOFT.role, "System Administrator"} <= set(copies)
    assert (await sales.delete(f"businessunits({unit})")).status == 204
    assert (await sales.get(f"roles?$filter=_businessunitid_value eq {unit}")).json()["value"] == []


async def test_a_new_role_of_the_root_unit_gets_its_copies(sales: SalesClient, root: str, unit: str) -> None:
    role = await sales.create("roles", {"name": "Auditor", "businessunitid@odata.bind": f"/businessunits({root})"})

    copy = await one(sales, f"roles?$filter=name eq 'Auditor' and _businessunitid_value eq {unit}")
    assert copy["_parentroleid_value"] == copy["_parentrootroleid_value"] == role


async def test_a_role_is_given_once_and_taken_away(sales: SalesClient, unit: str, team: str) -> None:
    place = f"teams({team})/teamroles_association"
    role = await copy_in(sales, unit)

    assert await give(sales, place, role) == 204
    assert await names(sales, place) == [MICROSOFT.role]
    assert (await sales.get(f"{place}/$ref")).json()["value"] == [{"@odata.id": f"{sales.root}roles({role})"}]
    assert (await sales.get(f"{place}/$count")).body == b"1"
    assert [row["teamid"] for row in (await sales.get(f"roles({role})/teamroles_association")).json()["value"]] == [
        team
    ]
    again = await sales.post(f"{place}/$ref", {"@odata.id": f"{sales.root}roles({role})"})
    assert (again.status, again.code) == (412, "0x80040237")

    assert (await sales.delete(f"{place}({role})/$ref")).status == 204
    assert await names(sales, place) == []
    assert (await sales.delete(f"{place}({role})/$ref")).status == 404
    assert await give(sales, place, role) == 204
    assert (await sales.delete(f"{place}/$ref?$id={sales.root}roles({role})")).status == 204
    assert await names(sales, place) == []


async def test_a_role_of_another_unit_is_refused(sales: SalesClient, team: str) -> None:
    reply = await sales.post(
        f"teams({team})/teamroles_association/$ref", {"@odata.id": f"{sales.root}roles({MICROSOFT.team_role})"}
    )
    assert reply.status == 400
    assert "business unit" in reply.message


async def test_roles_of_a_user_are_expanded_and_filtered_by(sales: SalesClient) -> None:
    me = (await sales.get("WhoAmI")).json()["UserId"]
    expanded = (await sales.get(f"systemusers({me})?$expand=systemuserroles_association($select=name)")).json()
    condition = f"systemuserroles_association/any(r:r/roleid eq {MICROSOFT.team_role})"
    holders = (await sales.get(f"systemusers?$select=systemuserid&$filter={condition}")).json()["value"]

    assert [row["name"] for row in expanded["systemuserroles_association"]] == [MICROSOFT.role]
    assert [row["systemuserid"] for row in holders] == [me]


async def test_a_team_owns_rows_once_it_has_a_role(sales: SalesClient, unit: str, team: str) -> None:
    owned = {"name": "Contoso", "ownerid@odata.bind": f"/teams({team})"}
    refused = await sales.post("accounts", owned)
    assert (refused.status, refused.code) == (403, "0x80040220")
    assert "prvReadAccount" in refused.message and team in refused.message

    assert await give(sales, f"teams({team})/teamroles_association", await copy_in(sales, unit)) == 204
    assert (await sales.post("accounts", owned)).status == 204


async def test_a_user_joins_a_team(sales: SalesClient, team: str) -> None:
    me = (await sales.get("WhoAmI")).json()["UserId"]
    reply = await sales.post(f"teams({team})/teammembership_association/$ref", {"@odata.id": f"/systemusers({me})"})

    assert reply.status == 204
    found = await one(sales, f"teammemberships?$filter=teamid eq {team}")
    assert found["systemuserid"] == me
    assert (await sales.delete(f"teams({team})")).status == 204
    assert (await sales.get(f"teammemberships?$filter=teamid eq {team}")).json()["value"] == []


async def test_a_table_between_two_others_is_read_only(sales: SalesClient, team: str) -> None:
    body = {"teamid": team, "roleid": MICROSOFT.team_role}
    refused = await sales.post("teamrolescollection", body)
    assert (refused.status, refused.code) == (400, "0x80040800")
    assert (await sales.get("teamrolescollection?$select=roleid")).status == 200
