"""Collection-valued navigation properties: rows that point back to a row, or rows tied to it by a table between."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.table import Row, Table

if TYPE_CHECKING:
    from services.sandbox.dataverse.world import World


@dataclass(frozen=True)
class Referencing:
    """One to many: the members hold a lookup to the row."""

    table: str
    """Of the members."""
    column: str
    """Their lookup."""

    def rows(self, world: "World", table: Table, row: Row) -> list[Row]:
        """The members, by id."""
        other = world.tables[self.table]
        return other.with_value(other.attributes[self.column].read_name, [row[table.id]])

    def bind(self, world: "World", table: Table, row: Row) -> dict[str, str]:
        """What a member says to belong to the row."""
        return {f"{self._navigation(world, table)}@odata.bind": f"/{table.spec.entity_set}({row[table.id]})"}

    def tie(self, world: "World", table: Table, row: Row, member: Row, *, by: str) -> None:
        """Make a row a member; raises ``Refused``."""
        world.update(world.tables[self.table], member, self.bind(world, table, row), by=by)

    def part(self, world: "World", table: Table, row: Row, member: Row, *, by: str) -> None:
        """Take a member out; raises ``Refused``."""
        other = world.tables[self.table]
        if member[other.attributes[self.column].read_name] != row[table.id]:
            raise refusal.not_found(self.table, member[other.id])
        world.update(other, member, {f"{self._navigation(world, table)}@odata.bind": None}, by=by)

    def create(self, world: "World", table: Table, row: Row, body: dict[str, Any], *, by: str) -> None:
        """A new member; raises ``Refused``."""
        world.create(world.tables[self.table], {**body, **self.bind(world, table, row)}, by=by)

    def _navigation(self, world: "World", table: Table) -> str:
        return dict(world.tables[self.table].attributes[self.column].targets)[table.name]


@dataclass(frozen=True)
class Intersecting:
    """Many to many: a table between holds the keys of both."""

    table: str
    """Of the members."""
    between: str

    def rows(self, world: "World", table: Table, row: Row) -> list[Row]:
        """The members, by id."""
        other = world.tables[self.table]
        ties = world.tables[self.between].with_value(table.id, [row[table.id]])
        return other.with_value(other.id, [tie[other.id] for tie in ties])

    def tie(self, world: "World", table: Table, row: Row, member: Row, *, by: str) -> None:
        """Make a row a member; raises ``Refused`` where it is one already."""
        other = world.tables[self.table]
        keys = {table.id: row[table.id], other.id: member[other.id]}
        world.create(world.tables[self.between], keys, by=by)

    def part(self, world: "World", table: Table, row: Row, member: Row, *, by: str) -> None:
        """Take a member out; raises ``Refused``."""
        between, other = world.tables[self.between], world.tables[self.table]
        ties = between.with_value(table.id, [row[table.id]])
        tie = next((tie for tie in ties if tie[other.id] == member[other.id]), None)
        if tie is None:
            raise refusal.not_found(self.table, member[other.id])
        world.delete(between, tie, by=by)

    def create(self, world: "World", table: Table, row: Row, body: dict[str, Any], *, by: str) -> None:
        """A new member; raises ``Refused``."""
        self.tie(world, table, row, world.create(world.tables[self.table], body, by=by), by=by)


Collection = Referencing | Intersecting

COLLECTIONS: dict[str, dict[str, Collection]] = {
    "account": {
        "contact_customer_accounts": Referencing("contact", "parentcustomerid"),
        "account_parent_account": Referencing("account", "parentaccountid"),
    },
    "contact": {"account_primary_contact": Referencing("account", "primarycontactid")},
    "uomschedule": {
        "unit_of_measure_schedule_conversions": Referencing("uom", "uomscheduleid"),
        "unit_of_measurement_schedule_products": Referencing("product", "defaultuomscheduleid"),
    },
    "uom": {"unit_of_measurement_base_unit": Referencing("uom", "baseuom")},
    "product": {"product_price_levels": Referencing("productpricelevel", "productid")},
    "pricelevel": {
        "price_level_product_price_levels": Referencing("productpricelevel", "pricelevelid"),
        "price_level_accounts": Referencing("account", "defaultpricelevelid"),
        "price_level_products": Referencing("product", "pricelevelid"),
    },
    "transactioncurrency": {
        "transactioncurrency_account": Referencing("account", "transactioncurrencyid"),
        "transactioncurrency_product": Referencing("product", "transactioncurrencyid"),
        "transactioncurrency_pricelevel": Referencing("pricelevel", "transactioncurrencyid"),
    },
    "businessunit": {
        "business_unit_system_users": Referencing("systemuser", "businessunitid"),
        "business_unit_teams": Referencing("team", "businessunitid"),
        "business_unit_roles": Referencing("role", "businessunitid"),
    },
    "role": {
        "systemuserroles_association": Intersecting("systemuser", "systemuserroles"),
        "teamroles_association": Intersecting("team", "teamroles"),
    },
    "systemuser": {
        "systemuserroles_association": Intersecting("role", "systemuserroles"),
        "teammembership_association": Intersecting("team", "teammembership"),
    },
    "team": {
        "teamroles_association": Intersecting("role", "teamroles"),
        "teammembership_association": Intersecting("systemuser", "teammembership"),
    },
}
"""Table -> navigation property -> what stands behind it."""
