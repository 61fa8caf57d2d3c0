"""Both make-believe tenants of one sandbox, filled from the generator, and plain access to their rows.

The control endpoint, the demo and the tests change and compare rows here as somebody at the keyboard would, past the
two Web APIs.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from services.sandbox.dataverse.roles import load_roles
from services.sandbox.dataverse.world import Identity, World
from services.sandbox.financials.world import FinancialsWorld
from services.sandbox.generator import Generated

_LOAD_FIRST = ("organization", "businessunit", "systemuser", "team")


def fill_sales(world: World, generated: Generated, *, client_id: str, stamp: str) -> None:
    """Put the generated organization into Dataverse."""
    users = generated.sales["systemuser"]
    world.identity = Identity(
        application_user=generated.application_user_id,
        organization=generated.organization_id,
        business_unit=generated.business_unit_id,
        person=users[0]["systemuserid"],
    )
    for name in dict.fromkeys((*_LOAD_FIRST, *generated.sales)):
        rows: list[Mapping[str, Any]] = [
            row | {"applicationid": client_id} if row.get("systemuserid") == generated.application_user_id else row
            for row in generated.sales.get(name, ())
        ]
        world.load(name, rows, moment=stamp)
    load_roles(world, moment=stamp)


class SalesTenant:
    """Sales, as its users see it: rows by logical name with canonical values."""

    def __init__(self, world: World) -> None:
        self.world = world

    def dump(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table (or the options of a choice, ``account.paymenttermscode``), by id."""
        if "." in table:
            name, column = table.split(".")
            options = self.world.choices.options(name, column)
            return [{"id": str(value), "label": label} for value, label in options.items()]
        there = self.world.tables[table]
        return [self.world.canonical(there, there.rows[row_id]) for row_id in there.sorted_ids()]

    def count(self, table: str) -> int:
        return len(self.dump(table)) if "." in table else len(self.world.tables[table].rows)

    def insert(self, table: str, values: Mapping[str, Any], *, by: str = "") -> dict[str, Any]:
        """Create a row as a user would, from canonical values; answers it as ``dump`` does."""
        there = self.world.tables[table]
        row = self.world.create(there, self._members(table, values), by=by or self.world.identity.person)
        return self.world.canonical(there, row)

    def change(self, table: str, row_id: str, values: Mapping[str, Any], *, by: str = "") -> dict[str, Any]:
        """Change a row as a user would."""
        there = self.world.tables[table]
        row = self.world.find(there, row_id)
        row = self.world.update(there, row, self._members(table, values), by=by or self.world.identity.person)
        return self.world.canonical(there, row)

    def delete(self, table: str, row_id: str, *, by: str = "") -> None:
        """Delete a row as a user would."""
        there = self.world.tables[table]
        self.world.delete(there, self.world.find(there, row_id), by=by or self.world.identity.person)

    def _members(self, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Canonical values as members of a request: decimals as numbers, lookups as binds."""
        there = self.world.tables[table]
        members: dict[str, Any] = {}
        for name, value in values.items():
            attribute = there.attributes.get(name)
            if attribute is None or attribute.type != "lookup":
                is_number = attribute is not None and attribute.type in ("decimal", "money")
                members[name] = _number(value) if is_number else value
                continue
            named, _, row_id = value.rpartition(":") if value else ("", "", "")
            target = named or attribute.targets[0][0]
            bind = f"/{self.world.tables[target].spec.entity_set}({row_id})" if row_id else None
            members[f"{dict(attribute.targets)[target]}@odata.bind"] = bind
        return members


def _number(value: Any) -> Any:
    return Decimal(value) if isinstance(value, str) else value


class Tenants:
    """Sales and Financials side by side."""

    def __init__(
        self, generated: Generated, world: World, now: Callable[[], datetime], *, client_id: str, stamp: str
    ) -> None:
        self.generated = generated
        fill_sales(world, generated, client_id=client_id, stamp=stamp)
        self.sales = SalesTenant(world)
        self.financials = FinancialsWorld.of(generated, now, stamp)
