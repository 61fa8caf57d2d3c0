"""$expand: rows that a row points to, and rows that point to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.collections import COLLECTIONS
from services.sandbox.dataverse.cookies import PageCookie
from services.sandbox.dataverse.paging import Pages, link
from services.sandbox.dataverse.table import Row, Table
from services.sandbox.odata import Expansion, Options

if TYPE_CHECKING:
    from services.sandbox.dataverse.query import Reader
    from services.sandbox.dataverse.rendering import Render

MOST = 15


@dataclass(frozen=True)
class Expanding:
    """What every expansion of one answer shares."""

    reader: "Reader"
    annotations: str
    pages: Pages

    def render(self, table: Table, options: Options) -> "Render":
        return self.reader.render(table, options, self.annotations, self.pages)


Part = Callable[[Row], dict[str, Any]]
"""What an expansion adds to a row."""


def expander(expanding: Expanding, table: Table, expansions: Sequence[Expansion], render: "Render") -> "Render":
    """Shows a row with what is expanded on it; raises ``Refused``."""
    if len(expansions) > MOST:
        raise refusal.bad_uri(f"The number of $expand options must not exceed {MOST}.")
    parts = [_part(expanding, table, item) for item in expansions]

    def expanded(row: Row) -> dict[str, Any]:
        shown = render(row)
        for part in parts:
            shown.update(part(row))
        return shown

    return expanded


def _part(expanding: Expanding, table: Table, item: Expansion) -> Part:
    if item.name in table.navigations:
        return _one(expanding, table, item)
    if item.name not in COLLECTIONS.get(table.name, {}):
        raise refusal.bad_uri(
            f"Could not find a property named '{item.name}' on type 'Microsoft.Dynamics.CRM.{table.name}'."
        )
    return _many(expanding, table, item)


def _one(expanding: Expanding, table: Table, item: Expansion) -> Part:
    world = expanding.reader.world
    attribute, _ = table.navigations[item.name]
    targets = [target for target, navigation in attribute.targets if navigation == item.name]
    renders = {targets[0]: expanding.render(world.tables[targets[0]], item.options)}

    def one(row: Row) -> dict[str, Any]:
        target, row_id = table.leads_to(item.name, row) or (targets[0], "")
        other = world.tables[target]
        there = other.rows.get(row_id)
        if there is None:
            return {item.name: None}
        if target not in renders:
            renders[target] = expanding.render(other, item.options)
        shown = renders[target](there)
        return {item.name: {**derived_type(target), **shown} if len(targets) > 1 else shown}

    return one


def derived_type(table: str) -> dict[str, str]:
    """Tells which type a row has, where the navigation property promises only the type that it derives from."""
    return {"@odata.type": f"#Microsoft.Dynamics.CRM.{table}"}


def _many(expanding: Expanding, table: Table, item: Expansion) -> Part:
    reader, size = expanding.reader, expanding.pages.size
    collection = COLLECTIONS[table.name][item.name]
    other = reader.world.tables[collection.table]
    render = expanding.render(other, item.options)
    narrow = reader.narrowing(other, item.options)
    options = [pair for pair in _written(item.options) if pair[0] != "$top"]

    def many(row: Row) -> dict[str, Any]:
        found = narrow(collection.rows(reader.world, table, row))
        shown: dict[str, Any] = {item.name: [render(inner) for inner in found[:size]]}
        if len(found) > size:
            cookie = PageCookie(2, reader.position(other, item.options, found[size - 1])).text(other.id)
            place = f"{expanding.pages.root}{table.spec.entity_set}({row[table.id]})/{item.name}"
            shown[f"{item.name}@odata.nextLink"] = link(place, options, cookie)
        return shown

    return many


def _written(options: Options) -> list[tuple[str, str]]:
    """Options as they stand in a query."""
    expansions = [
        f"{item.name}({';'.join('='.join(pair) for pair in _written(item.options))})".replace("()", "")
        for item in options.expand
    ]
    pairs = {
        "$select": ",".join(options.select),
        "$filter": options.filter,
        "$orderby": options.orderby,
        "$expand": ",".join(expansions),
        "$top": "" if options.top is None else str(options.top),
    }
    return [pair for pair in pairs.items() if pair[1]]
