"""How documents and lines look in API v2.0: their properties, and what a body sets, field by field in its order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from libs.dynamics.financials_fields import FinancialsField, FinancialsTable
from services.sandbox.financials import refusals
from services.sandbox.financials.documents.fields import KINDS, DocumentKind
from services.sandbox.financials.rows import Row, TableRows, Values
from services.sandbox.financials.shapes import API_V2, Shape, Shown, entity_name, related_id, shown_field
from services.sandbox.financials.values import EMPTY_GUID, written, written_guid
from services.sandbox.odata import Property

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

NAVIGATIONS: dict[str, str] = {
    "customer": "Sell-to Customer No.",
    "currency": "Currency Code",
    "paymentTerm": "Payment Terms Code",
    "shipmentMethod": "Shipment Method Code",
}
"""Navigation property of a header -> field that names the related record."""

_FIXED = {"id", "documentId", "sequence"}
"""Of a line: given on creation at the latest."""


@dataclass
class DocumentShape(Shape):
    """Headers or lines of one kind of document."""

    kind: DocumentKind = field(kw_only=True)
    held: TableRows = field(kw_only=True)

    @property
    def rows(self) -> TableRows:
        return self.held

    @property
    def of_lines(self) -> bool:
        return self.table is self.kind.line


def document_shapes(company: "Company") -> dict[str, DocumentShape]:
    """Entity set -> shape."""
    found: dict[str, DocumentShape] = {}
    for kind in KINDS:
        shelf = company.documents.shelves[kind.name]
        found[kind.header_set] = _shape(company, kind, kind.header, shelf.headers, _header_extras())
        found[kind.line_set] = _shape(company, kind, kind.line, shelf.lines, _line_extras(company, kind))
    return found


def metadata_links(shape: DocumentShape, published: list[str], space: str) -> tuple[str, str]:
    """Navigation properties of a document in the metadata, the lines that it contains first; where others lead."""
    if shape.of_lines:
        return "", ""
    lines = shape.kind.line_set
    links = (
        f'<NavigationProperty Name="{lines}" Type="Collection({space}.{entity_name(lines)})" ContainsTarget="true"/>'
    )
    bindings = ""
    for name, field_name in NAVIGATIONS.items():
        target = shape.company.tables[shape.table[field_name].relation].table.api_v2_set
        if target in published:
            links += f'<NavigationProperty Name="{name}" Type="{space}.{entity_name(str(target))}"/>'
            bindings += f'<NavigationPropertyBinding Path="{name}" Target="{target}"/>'
    return links, bindings


def _shape(
    company: "Company", kind: DocumentKind, table: FinancialsTable, held: TableRows, extras: list[Shown]
) -> DocumentShape:
    shown = [_computed("id", "Edm.Guid", attrgetter("id"), "guid")]
    for item in table:
        if item.api_v2:
            shown.append(shown_field(company, table, item, API_V2, item.api_v2))
        if item.api_v2_id:
            shown.append(related_id(company, item, item.api_v2_id))
    shown.extend(extras)
    properties = {item.name: item for item in shown}
    return DocumentShape(
        company, table, API_V2, str(table.api_v2_set), properties, ("id",), False, kind=kind, held=held
    )


def _computed(name: str, edm: str, get: Callable[[Row], Any], kind: str, depends: tuple[str, ...] = ()) -> Shown:
    return Shown(name, edm, get, Property(get, kind), depends=depends)


def _header_extras() -> list[Shown]:
    return [_computed("lastModifiedDateTime", "Edm.DateTimeOffset", attrgetter("modified"), "moment")]


def _line_extras(company: "Company", kind: DocumentKind) -> list[Shown]:
    headers = company.documents.shelves[kind.name].headers

    def document_id(row: Row) -> str:
        return headers.by_key[row.key[:1]].id

    def item_id(row: Row) -> str:
        found = company.tables["Item"].by_key.get((row.values["No."],)) if row.values["Type"] == "Item" else None
        return EMPTY_GUID if found is None else found.id

    def variant_id(row: Row) -> str:
        found = company.tables["Item Variant"].by_key.get((row.values["No."], row.values["Variant Code"]))
        return EMPTY_GUID if found is None else found.id

    def account_id(row: Row) -> str:
        return EMPTY_GUID

    return [
        _computed("documentId", "Edm.Guid", document_id, "guid"),
        _computed("itemId", "Edm.Guid", item_id, "guid", ("Item",)),
        _computed("accountId", "Edm.Guid", account_id, "guid"),
        _computed("itemVariantId", "Edm.Guid", variant_id, "guid", ("Item Variant",)),
    ]


# --- bodies ----------------------------------------------------------------------------------------------------------


def header_values(shape: DocumentShape, body: dict[str, Any]) -> Values:
    """Fields of a header in the order of the body; raises ``Refused``."""
    values: Values = {}
    for name, raw in body.items():
        if name == shape.kind.line_set or _annotation(name):
            continue
        _set(values, name, *_plain(shape, name, raw))
    return values


def line_values(shape: DocumentShape, body: dict[str, Any], line: Row | None) -> Values:
    """Fields of a line in the order of the body; ``line``: the one that is changed. Raises ``Refused``."""
    values: Values = {}
    if body.get("itemId", EMPTY_GUID) != EMPTY_GUID and body.get("accountId", EMPTY_GUID) != EMPTY_GUID:
        raise refusals.dialog('You cannot specify both an "itemId" and an "accountId".')
    for name, raw in body.items():
        if _annotation(name) or (name == "documentId" and line is None):
            continue
        if line is not None and name in _FIXED:
            if shape.properties[name].get(line) != raw:
                raise refusals.dialog(f'The value for "{name}" cannot be modified. "{name}" cannot be changed.')
            continue
        if name == "itemId":
            _item(shape, values, raw)
        elif name == "accountId":
            if written_guid(name, raw) != EMPTY_GUID:
                raise refusals.dialog('The "accountId" does not match to an Account.')
        elif name == "itemVariantId":
            _variant(shape, values, raw, line)
        else:
            _set(values, name, *_plain(shape, name, raw))
    return values


def _annotation(name: str) -> bool:
    return name.startswith("@") or "@odata." in name


def _set(values: Values, name: str, field: str, value: Any) -> None:
    if values.setdefault(field, value) != value:
        raise refusals.dialog(f'The values of "{name}" and of the property beside it do not match to a record.')


def _item(shape: DocumentShape, values: Values, raw: Any) -> None:
    wanted = written_guid("itemId", raw)
    if wanted == EMPTY_GUID:
        return
    item = shape.company.tables["Item"].by_id.get(wanted)
    if item is None:
        raise refusals.dialog('The "itemId" does not match to an Item.')
    _set(values, "itemId", "Type", "Item")
    _set(values, "itemId", "No.", item.key[0])


def _variant(shape: DocumentShape, values: Values, raw: Any, line: Row | None) -> None:
    wanted = written_guid("itemVariantId", raw)
    if wanted == EMPTY_GUID:
        values["Variant Code"] = ""
        return
    variant = shape.company.tables["Item Variant"].by_id.get(wanted)
    number = values.get("No.", line.values["No."] if line else "")
    if variant is None or variant.values["Item No."] != number:
        raise refusals.dialog('The "itemVariantId" does not match to a variant of the Item.')
    values["Variant Code"] = variant.values["Code"]


def _plain(shape: DocumentShape, name: str, raw: Any) -> tuple[str, Any]:
    """Field and stored value that a property stands for."""
    shown = shape.properties.get(name)
    if shown is None:
        raise refusals.unknown_property(name, shape.entity)
    item = shown.field
    if item is None:
        return _related(shape, name, raw)
    if item.calculated:
        raise refusals.read_only(name)
    value = written(shape.table.name, item, name, raw)
    if name == "currencyCode" and value == shape.company.world.local_currency:
        value = ""
    return item.name, value


def _related(shape: DocumentShape, name: str, raw: Any) -> tuple[str, str]:
    item = next((item for item in shape.table if item.api_v2_id == name), None)
    if item is None:
        raise refusals.read_only(name)
    return item.name, _code_of(shape, item, name, raw)


def _code_of(shape: DocumentShape, item: FinancialsField, name: str, raw: Any) -> str:
    wanted = written_guid(name, raw)
    if wanted == EMPTY_GUID:
        return ""
    found = shape.company.tables[item.relation].by_id.get(wanted)
    if found is None:
        raise refusals.dialog(f'The "{name}" does not match to a {item.relation}.')
    return str(found.key[0])
