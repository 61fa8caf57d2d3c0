"""``$expand``: the related records of API v2.0 within the record that names them."""

from collections.abc import Callable, Sequence

import msgspec

from services.sandbox.financials import refusals
from services.sandbox.financials.rows import Row
from services.sandbox.financials.shapes import API_V2, Shape
from services.sandbox.odata import Expansion

NAVIGATIONS: dict[tuple[str, str], str] = {
    ("Customer", "currency"): "Currency Code",
    ("Customer", "paymentTerm"): "Payment Terms Code",
    ("Customer", "shipmentMethod"): "Shipment Method Code",
    ("Item", "unitOfMeasure"): "Base Unit of Measure",
}
"""(table, navigation property) -> field that names the related record."""

ShapeOf = Callable[[str], Shape | None]
"""Entity set -> shape."""


def navigations(shape: Shape) -> dict[str, str]:
    """Navigation properties of a shape -> field that names the related record."""
    if shape.surface != API_V2:
        return {}
    return {name: field for (table, name), field in NAVIGATIONS.items() if table == shape.table.name}


def expanded(
    shape: Shape, rows: Sequence[Row], texts: list[bytes], expansions: Sequence[Expansion], shape_of: ShapeOf
) -> list[bytes]:
    """The texts of the rows with what was expanded, ``null`` where nothing is related; raises ``Refused``."""
    for expansion in expansions:
        field = navigations(shape).get(expansion.name)
        related = shape_of(related_set(shape, field)) if field else None
        if field is None or related is None:
            raise refusals.bad_url(f"Could not find a property named '{expansion.name}' on type '{shape.entity}'.")
        view = related.view(expansion.options.select)
        name = msgspec.json.encode(expansion.name)
        found = [related.rows.by_key.get((row.values[field],)) for row in rows]
        texts = [
            b"%b,%b:%b}" % (text[:-1], name, b"null" if row is None else view.text(row))
            for text, row in zip(texts, found, strict=True)
        ]
    return texts


def related_set(shape: Shape, field: str) -> str:
    """Entity set of the records that a field names."""
    relation = shape.table[field].relation
    return str(shape.company.tables[relation].table.api_v2_set)
