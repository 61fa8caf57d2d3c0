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
    ("Item", "baseUnitOfMeasure"): "Base Unit of Measure",
}
"""(table, navigation property) -> field that names the related record."""

ShapeOf = Callable[[str], Shape | None]
"""Entity set -> shape."""


def expanded(
    shape: Shape, rows: Sequence[Row], texts: list[bytes], expansions: Sequence[Expansion], shape_of: ShapeOf
) -> list[bytes]:
    """The texts of the rows with what was expanded, ``null`` where nothing is related; raises ``Refused``."""
    for expansion in expansions:
        field = NAVIGATIONS.get((shape.table.name, expansion.name)) if shape.surface == API_V2 else None
        related = shape_of(_set_of(shape, field)) if field else None
        if field is None or related is None:
            raise refusals.bad_url(
                f"Could not find a property named '{expansion.name}' on type 'Microsoft.NAV.{shape.entity}'."
            )
        view = related.view(expansion.options.select)
        name = msgspec.json.encode(expansion.name)
        found = [related.rows.by_key.get((row.values[field],)) for row in rows]
        texts = [
            b"%b,%b:%b}" % (text[:-1], name, b"null" if row is None else view.text(row))
            for text, row in zip(texts, found, strict=True)
        ]
    return texts


def _set_of(shape: Shape, field: str) -> str:
    relation = shape.table[field].relation
    return str(shape.company.tables[relation].table.api_v2_set)
