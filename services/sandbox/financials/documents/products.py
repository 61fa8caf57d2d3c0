"""What a sales line takes over from the item or resource that it sells."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from services.sandbox.financials import refusals
from services.sandbox.financials.documents.pricing import AssetKind
from services.sandbox.financials.rows import Values

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

ASSETS: dict[str, AssetKind] = {"Item": "Item", "Resource": "Resource"}
"""Line type -> what is priced. Nothing else can be sold in the sandbox: it keeps no accounts, assets or charges."""


@dataclass(frozen=True)
class Product:
    """An item's or a resource's card."""

    kind: AssetKind
    number: str
    description: str
    base_unit: str
    sales_unit: str
    unit_price: Decimal
    vat_product_group: str
    price_includes_vat: bool = False
    price_vat_business_group: str = ""
    discount_group: str = ""


def find_product(company: "Company", kind: AssetKind, number: str) -> Product:
    """The product; raises ``Refused`` where there is none or it may not be sold."""
    row = company.tables[kind].by_key.get((number,))
    if row is None:
        raise refusals.not_in_relation("Sales Line", "No.", number, kind)
    values = row.values
    if values["Blocked"]:
        raise refusals.dialog(f"Blocked must be equal to 'No' in {kind}: No.={number}. Current value is 'Yes'.")
    return _item(values) if kind == "Item" else _resource(values)


def _item(values: Values) -> Product:
    number = values["No."]
    if values["Sales Blocked"]:
        raise refusals.dialog(f"You cannot sell item {number} because the Sales Blocked check box is selected on it.")
    return Product(
        "Item",
        number,
        values["Description"],
        values["Base Unit of Measure"],
        values["Sales Unit of Measure"] or values["Base Unit of Measure"],
        values["Unit Price"],
        values["VAT Prod. Posting Group"],
        bool(values["Price Includes VAT"]),
        values["VAT Bus. Posting Gr. (Price)"],
        values["Item Disc. Group"],
    )


def _resource(values: Values) -> Product:
    return Product(
        "Resource",
        values["No."],
        values["Name"],
        values["Base Unit of Measure"],
        values["Base Unit of Measure"],
        values["Unit Price"],
        values["VAT Prod. Posting Group"],
    )


def quantity_per_unit(company: "Company", product: Product, unit: str) -> Decimal:
    """Base units in a unit; raises ``Refused`` where the product is not sold in it."""
    if unit in ("", product.base_unit):
        return Decimal(1)
    table = f"{product.kind} Unit of Measure"
    row = company.tables[table].by_key.get((product.number, unit))
    if row is None:
        raise refusals.not_in_relation("Sales Line", "Unit of Measure Code", unit, table)
    return row.values["Qty. per Unit of Measure"] or Decimal(1)
