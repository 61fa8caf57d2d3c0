"""Creates, changes and deletes records as one surface allows it."""

from typing import Any

from libs.dynamics.financials_tables import FinancialsField
from services.sandbox.financials import refusals
from services.sandbox.financials.extras import RELATED_IDS
from services.sandbox.financials.rows import Row, Values, version_of
from services.sandbox.financials.shapes import API_V2, PAGE, Shape, Shown
from services.sandbox.financials.values import EMPTY_GUID, written, written_guid


def create(shape: Shape, body: dict[str, Any]) -> Row:
    """A new record from a POST; raises ``Refused``."""
    drawn = ""
    if shape.surface != PAGE and "id" in body:
        drawn = written_guid("id", body["id"])
        body = {name: value for name, value in body.items() if name != "id"}
    values = _values(shape, body, None)
    if shape.surface == API_V2 and shape.table.name == "Customer" and not values.get("Name"):
        raise refusals.dialog('A "displayName" must be provided.')
    return shape.company.insert(shape.table.name, values, "" if drawn == EMPTY_GUID else drawn)


def change(shape: Shape, row: Row, body: dict[str, Any]) -> Row:
    """The record after a PATCH; raises ``Refused``."""
    if shape.surface != PAGE and "id" in body:
        if body["id"] != row.id:
            raise refusals.dialog('The value for "id" cannot be modified. "id" cannot be changed.')
        body = {name: value for name, value in body.items() if name != "id"}
    values = _values(shape, body, row)
    if shape.surface == API_V2 and shape.table.name == "Customer" and values.get("Name") == "":
        raise refusals.dialog('A "displayName" must be provided.')
    if "Inventory" in values:
        shape.company.stock.adjust(row.key[0], values.pop("Inventory"))
    return shape.company.update(shape.table.name, row, values)


def check_version(row: Row, if_match: str) -> None:
    """A PATCH or DELETE must name the version that it means, or ``*``; raises ``Refused``."""
    if if_match.strip() == "*":
        return
    version = version_of(if_match)
    if version is None:
        raise refusals.bad_if_match()
    if version != row.version:
        raise refusals.entity_changed()


def check_if_match(if_match: str) -> None:
    """Whether the header can be understood at all; raises ``Refused``."""
    if if_match.strip() != "*" and version_of(if_match) is None:
        raise refusals.bad_if_match()


def _values(shape: Shape, body: dict[str, Any], row: Row | None) -> Values:
    """Stored values in the order of the body."""
    values: Values = {}
    properties = shape.properties
    table = shape.table.name
    for name, raw in body.items():
        shown = properties.get(name)
        if shown is None:
            if name.startswith("@") or "@odata." in name:
                continue
            raise refusals.unknown_property(name, shape.entity)
        item = shown.field
        if item is None:
            item, value = _related_code(shape, shown, raw)
        elif item.calculated:
            value = _adjusted(shape, item, name, raw, row)
        else:
            value = written(table, item, name, raw)
            if shape.surface == API_V2 and name == "currencyCode" and value == shape.company.world.local_currency:
                value = ""
        if values.setdefault(item.name, value) != value:
            raise refusals.dialog(f'The values of "{name}" and of the property beside it do not match to a record.')
    return values


def _adjusted(shape: Shape, item: FinancialsField, name: str, raw: Any, row: Row | None) -> Any:
    """API v2.0 takes a changed inventory as an adjustment; every other calculated field is read-only."""
    if shape.surface == API_V2 and item.name == "Inventory" and row is not None:
        return written(shape.table.name, item, name, raw)
    raise refusals.read_only(name)


def _related_code(shape: Shape, shown: Shown, raw: Any) -> tuple[FinancialsField, str]:
    """Field and code that a property holding a related record's SystemId stands for."""
    for (table, field), name in RELATED_IDS.items():
        if shape.surface == API_V2 and table == shape.table.name and name == shown.name:
            item = shape.table[field]
            wanted = written_guid(shown.name, raw)
            if wanted == EMPTY_GUID:
                return item, ""
            related = shape.company.tables[item.relation].by_id.get(wanted)
            if related is None:
                raise refusals.dialog(f'The "{shown.name}" does not match to a {item.relation}.')
            return item, str(related.key[0])
    raise refusals.read_only(shown.name)
