"""Columns that Dataverse keeps beside the catalogue's, read-only: who owns a row, and its amounts in base currency."""

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from libs.dynamics.sales_tables import SalesAttribute, SalesTable

if TYPE_CHECKING:
    from services.sandbox.dataverse.table import Row, Table
    from services.sandbox.dataverse.world import World

_OWNING = tuple(
    SalesAttribute(name, "lookup", targets=((target, name),), read_only=True)
    for name, target in (("owningbusinessunit", "businessunit"), ("owninguser", "systemuser"), ("owningteam", "team"))
)
_EXCHANGE_RATE = SalesAttribute("exchangerate", "decimal", precision=12, read_only=True)
_OVERRIDDEN = SalesAttribute("overriddencreatedon", "moment", create_only=True)
_CURRENCY = "_transactioncurrencyid_value"


def derived_attributes(table: SalesTable) -> tuple[SalesAttribute, ...]:
    """What a table has besides the catalogue's columns."""
    found = [*(_OWNING if table.owned else ()), _OVERRIDDEN]
    amounts = amounts_of(table)
    if amounts:
        found.append(_EXCHANGE_RATE)
        found += [
            SalesAttribute(f"{item.name}_base", "money", precision=item.precision, read_only=True) for item in amounts
        ]
    return tuple(found)


def amounts_of(table: SalesTable) -> tuple[SalesAttribute, ...]:
    """Columns that hold an amount in the row's currency."""
    if "transactioncurrencyid" not in table:
        return ()
    return tuple(item for item in table if item.type == "money")


def follow(world: "World", table: "Table", old: "Row | None", new: "Row") -> None:
    """Bring the derived columns of a row up to date."""
    if table.spec.owned and (old is None or old["_ownerid_value"] != new["_ownerid_value"]):
        _own(world, new)
    amounts = table.amounts
    if not amounts:
        return
    if old is not None and old[_CURRENCY] == new[_CURRENCY] and all(old[name] == new[name] for name, _, _ in amounts):
        return
    currency = world.tables["transactioncurrency"].rows.get(new[_CURRENCY] or "")
    rate = new["exchangerate"] = currency["exchangerate"] if currency else None
    for name, base, step in amounts:
        amount: Decimal | None = new[name]
        new[base] = (amount / rate).quantize(step, ROUND_HALF_UP) if amount is not None and rate else None


def _own(world: "World", row: "Row") -> None:
    owner, kind = row["_ownerid_value"], row["ownerid@table"] or "systemuser"
    there = world.tables[kind].rows.get(owner or "")
    unit = there["_businessunitid_value"] if there else None
    row["_owningbusinessunit_value"] = unit or world.identity.business_unit or None
    row["_owninguser_value"] = owner if kind == "systemuser" else None
    row["_owningteam_value"] = owner if kind == "team" else None
