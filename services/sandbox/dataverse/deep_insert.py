"""Rows that are created together with another one: nested below its navigation properties, or in its collections."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.collections import COLLECTIONS, Collection
from services.sandbox.dataverse.table import Row, Table

if TYPE_CHECKING:
    from services.sandbox.dataverse.world import World

_BIND = "@odata.bind"
_NESTED = frozenset({dict, list})


def is_nested(body: Mapping[str, Any]) -> bool:
    """Whether a request holds more than the members of one row."""
    return any(type(value) in _NESTED for value in body.values())


def create_nested(world: "World", table: Table, body: Mapping[str, Any], *, by: str, row_id: str | None) -> Row:
    """Create a row, before it what it points to, after it what points to it; raises ``Refused``."""
    collections = COLLECTIONS.get(table.name, {})
    own: dict[str, Any] = {}
    later: list[tuple[str, list[Any]]] = []
    with world.transaction():
        for name, value in body.items():
            if isinstance(value, dict) and name in table.navigations:
                own[f"{name}{_BIND}"] = _address(world, table.navigations[name][1], value, by)
            elif isinstance(value, list) and name.removesuffix(_BIND) in collections:
                later.append((name, value))
            else:
                own[name] = value
        row = world.create_one(table, own, by=by, row_id=row_id)
        for name, values in later:
            collection = collections[name.removesuffix(_BIND)]
            for value in values:
                if isinstance(value, str) != name.endswith(_BIND):
                    raise refusal.bad_payload(table.name, f"'{name}' holds neither rows nor addresses of rows.")
                _join(world, table, row, collection, value, by=by)
        return table.rows[row[table.id]]


def _address(world: "World", target: str, body: dict[str, Any], by: str) -> str:
    other = world.tables[target]
    return f"/{other.spec.entity_set}({world.create(other, body, by=by)[other.id]})"


def _join(world: "World", table: Table, row: Row, collection: Collection, value: Any, *, by: str) -> None:
    """One member of a collection: the address of a row that is there already, or a new row."""
    other = world.tables[collection.table]
    if isinstance(value, str):
        collection.tie(world, table, row, other.rows[world.resolve_bind(value, other)], by=by)
    elif isinstance(value, dict):
        collection.create(world, table, row, value, by=by)
    else:
        raise refusal.bad_payload(other.name, "An object is expected.")
