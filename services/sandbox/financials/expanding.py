"""``$expand``: the related records of API v2.0 within the record that names them, or that they name."""

from collections.abc import Callable, Iterable, Sequence

import msgspec

from services.sandbox.financials import paging, refusals
from services.sandbox.financials.filter_rules import check_filter
from services.sandbox.financials.rows import Row
from services.sandbox.financials.shapes import API_V2, Shape
from services.sandbox.odata import Expansion, ODataError, Options, parse_filter

NAVIGATIONS: dict[tuple[str, str], str] = {
    ("Customer", "currency"): "Currency Code",
    ("Customer", "paymentTerm"): "Payment Terms Code",
    ("Customer", "shipmentMethod"): "Shipment Method Code",
    ("Item", "baseUnitOfMeasure"): "Base Unit of Measure",
    ("Item", "unitOfMeasure"): "Base Unit of Measure",
}
"""(table, navigation property) -> field that names the related record."""

COLLECTIONS: dict[tuple[str, str], str] = {("Item", "itemVariants"): "Item No."}
"""(table, navigation property and entity set) -> field of the related records that names the one that has them."""

ShapeOf = Callable[[str], Shape | None]
"""Entity set -> shape."""


def navigations(shape: Shape) -> dict[str, str]:
    """Navigation properties of a shape -> field that names the related record."""
    if shape.surface != API_V2:
        return {}
    return {name: field for (table, name), field in NAVIGATIONS.items() if table == shape.table.name}


def collections(shape: Shape) -> dict[str, str]:
    """Navigation properties of a shape to several records, which are also their entity sets -> field that names it."""
    if shape.surface != API_V2:
        return {}
    return {name: field for (table, name), field in COLLECTIONS.items() if table == shape.table.name}


def expanded(
    shape: Shape, rows: Sequence[Row], texts: list[bytes], expansions: Sequence[Expansion], shape_of: ShapeOf
) -> list[bytes]:
    """The texts of the rows with what was expanded, ``null`` where nothing is related; raises ``Refused``."""
    for expansion in expansions:
        values = _several(shape, rows, expansion, shape_of) if expansion.name in collections(shape) else None
        if values is None:
            values = _single(shape, rows, expansion, shape_of)
        name = msgspec.json.encode(expansion.name)
        texts = [b"%b,%b:%b}" % (text[:-1], name, value) for text, value in zip(texts, values, strict=True)]
    return texts


def related_text(related: Shape, row: Row | None, options: Options, shape_of: ShapeOf) -> bytes:
    """The record behind a navigation property, as the options of its expansion want it."""
    if row is None:
        return b"null"
    return expanded(related, [row], [related.view(options.select).text(row)], options.expand, shape_of)[0]


def members(shape: Shape, row: Row, related: Shape, name: str, options: Options) -> list[Row]:
    """The rows of a collection that its options choose, in their order; raises ``Refused``."""
    found: Iterable[Row] = related.rows.having(collections(shape)[name], row.key[0])
    try:
        if options.filter:
            check_filter(parse_filter(options.filter, options.alias_values), related.queries, options)
            found = filter(related.queries.predicate(options.filter, options.alias_values), found)
        rows = sorted(found, key=lambda each: each.key)
        if options.orderby:
            rows = related.queries.sort(rows, options.orderby)
    except ODataError as error:
        raise paging.refused(error) from error
    start = options.skip or 0
    return rows[start : None if options.top is None else start + options.top]


def _single(shape: Shape, rows: Sequence[Row], expansion: Expansion, shape_of: ShapeOf) -> list[bytes]:
    field = navigations(shape).get(expansion.name)
    related = shape_of(related_set(shape, field)) if field else None
    if field is None or related is None:
        raise refusals.bad_url(f"Could not find a property named '{expansion.name}' on type '{shape.entity}'.")
    found = [related.rows.by_key.get((row.values[field],)) for row in rows]
    return [related_text(related, row, expansion.options, shape_of) for row in found]


def _several(shape: Shape, rows: Sequence[Row], expansion: Expansion, shape_of: ShapeOf) -> list[bytes] | None:
    options = expansion.options
    related = shape_of(expansion.name)
    if related is None:
        return None
    view = related.view(options.select)
    values = []
    for row in rows:
        found = members(shape, row, related, expansion.name, options)
        texts = expanded(related, found, view.texts(found), options.expand, shape_of)
        values.append(b"[%b]" % b",".join(texts))
    return values


def related_set(shape: Shape, field: str) -> str:
    """Entity set of the records that a field names."""
    relation = shape.table[field].relation
    return str(shape.company.tables[relation].table.api_v2_set)
