"""Members of a request put into a row: plain columns, references by ``@odata.bind``, the primary key."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from libs.dynamics.sales_tables import SalesAttribute
from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.columns import GUID, read_bind, target_key
from services.sandbox.dataverse.table import Row, Table

if TYPE_CHECKING:
    from services.sandbox.dataverse.world import World


def take(world: "World", table: Table, row: Row, body: Mapping[str, Any], *, creating: bool) -> str | None:
    """Put a request's members into a row; gives the primary key where it names one. Raises ``Refused``."""
    attributes, checks = table.attributes, table.checks
    row_id: str | None = None
    for name, value in body.items():
        attribute = attributes.get(name)
        if attribute is not None and attribute.type != "lookup":
            if attribute.read_only:
                continue
            if attribute.create_only and not creating:
                if world.behaviour.create_only_refused and row[name] != value:
                    raise refusal.invalid(f"The attribute '{name}' of '{table.name}' cannot be changed.")
                continue
            row[name] = checks[name](value)
        elif "@" in name:
            _annotation(world, table, row, name, value, creating=creating)
        elif name == table.id:
            row_id = _given_id(table, value)
        else:
            _other(table, name)
    return row_id


def _given_id(table: Table, value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not GUID.fullmatch(value):
        raise refusal.wrong_type(table.name, table.id, "Guid")
    return value.lower()


def _annotation(world: "World", table: Table, row: Row, name: str, value: Any, *, creating: bool) -> None:
    bind = table.binds.get(name)
    if bind is not None:
        attribute, target = bind
        if not attribute.read_only and (creating or not attribute.create_only):
            _bind(world, row, attribute, target, value)
    elif name.endswith("@odata.bind"):
        raise refusal.unknown_property(table.name, name.removesuffix("@odata.bind"))


def _bind(world: "World", row: Row, attribute: SalesAttribute, target: str, value: Any) -> None:
    if value is None:
        row[attribute.read_name] = None
        return
    if not isinstance(value, str):
        raise refusal.bad_uri(f"The reference of '{attribute.name}' must be the address of a row.")
    if len(attribute.targets) > 1:
        target = row[target_key(attribute)] = _named_target(world, attribute, target, value)
    row[attribute.read_name] = world.resolve_bind(value, world.tables[target])


def _named_target(world: "World", attribute: SalesAttribute, target: str, value: str) -> str:
    """An owner's one navigation property leads to users and teams: the address says which."""
    same = {navigation for table, navigation in attribute.targets if table == target}
    found = read_bind(value)
    for table, navigation in attribute.targets:
        if navigation in same and found is not None and found[0] == world.tables[table].spec.entity_set:
            return table
    return target


def _other(table: Table, name: str) -> None:
    """Members that are neither plain columns nor annotations."""
    if name in table.properties:
        raise refusal.bad_payload(
            table.name,
            f"CRM do not support direct update of Entity Reference properties, Use Navigation "
            f"properties instead. ('{name}')",
        )
    raise refusal.unknown_property(table.name, name)
