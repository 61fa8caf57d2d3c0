"""States of rows: which status goes with which state, and the steps that a product may take."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.table import Row, Table

if TYPE_CHECKING:
    from services.sandbox.dataverse.world import World

PRODUCT_ACTIVE, PRODUCT_RETIRED, PRODUCT_DRAFT, PRODUCT_REVISION = 0, 1, 2, 3
_FORBIDDEN_PRODUCT_STEPS = {
    (PRODUCT_ACTIVE, PRODUCT_DRAFT): "0x8004F912",
    (PRODUCT_RETIRED, PRODUCT_DRAFT): "0x8004F912",
    (PRODUCT_REVISION, PRODUCT_DRAFT): "0x8004F912",
    (PRODUCT_DRAFT, PRODUCT_RETIRED): "0x8004F913",
    (PRODUCT_DRAFT, PRODUCT_REVISION): "0x8004F978",
    (PRODUCT_RETIRED, PRODUCT_REVISION): "0x8004F979",
}
_STATE_NAMES = ("Active", "Retired", "Draft", "Under Revision")


def check_product_step(before: int, after: int) -> None:
    """Raises ``Refused`` where a product may not go from one state to the other."""
    code = _FORBIDDEN_PRODUCT_STEPS.get((before, after))
    if code:
        raise refusal.invalid(
            f"You cannot change the state of a product from {_STATE_NAMES[before]} to {_STATE_NAMES[after]}.", code
        )


def _statuses(table: Table) -> dict[int, int]:
    """State -> the status that goes with it; these tables have one for each."""
    return dict(zip(table.attributes["statecode"].options, table.attributes["statuscode"].options, strict=True))


def initial(world: "World", table: Table, row: Row) -> None:
    """State of a new row: a product is a draft, whatever is asked for."""
    if table.name == "product":
        organization = next(iter(world.tables["organization"].rows.values()), {})
        active = organization.get("createproductswithoutparentinactivestate")
        row["statecode"], row["statuscode"] = (0, 1) if active else (2, 0)
        return
    statuses = _statuses(table)
    if row["statecode"] is None:
        row["statecode"] = next(iter(statuses))
    if row["statuscode"] is None:
        row["statuscode"] = statuses[row["statecode"]]
    _check_pair(table, row)


def follow(table: Table, old: Row, new: Row, body: Mapping[str, Any]) -> None:
    """State after a change; a state alone brings its status. Raises ``Refused`` where they do not fit."""
    if new["statecode"] is None:
        new["statecode"] = old["statecode"]
    if new["statuscode"] is None or ("statecode" in body and "statuscode" not in body):
        new["statuscode"] = _statuses(table)[new["statecode"]]
    _check_pair(table, new)


def _check_pair(table: Table, row: Row) -> None:
    if _statuses(table)[row["statecode"]] != row["statuscode"]:
        raise refusal.invalid(
            f"{row['statuscode']} is not a valid status code for state code {row['statecode']} on {table.name} with "
            f"Id {row[table.id]}.",
            "0x80048408",
        )
