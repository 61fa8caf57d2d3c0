"""Business logic of a sales line: what validating one of its fields entails. ``line`` is changed in place.

Fields are validated in the order in which they come. Product, variant, unit and quantity determine price and line
discount anew; a price or discount that comes after them is kept. As in the product, a change of quantity or variant
leaves the price alone while no price line is in sight. Unlike there, a line does not remember what an earlier price
said of discounts: without a price line the bill-to customer's own setting counts again.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from services.sandbox.financials import refusals
from services.sandbox.financials.documents.fields import DocumentKind
from services.sandbox.financials.documents.pricing import (
    EXACT,
    Classic,
    PriceBuffer,
    PriceHandler,
    PriceLists,
    PriceTables,
    plain,
    rounded_to,
)
from services.sandbox.financials.documents.products import ASSETS, Product, find_product, quantity_per_unit
from services.sandbox.financials.rows import Values
from services.sandbox.financials.values import blank

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

_HUNDRED = Decimal(100)
_QUANTITY = Decimal("0.00001")
_KEPT_BY_ANOTHER_PRODUCT = ("Document No.", "Line No.", "Type", "Quantity")
_PRICING = ("Quantity", "Unit of Measure Code", "Variant Code")


def new_line(kind: DocumentKind, number: str, line_number: int) -> Values:
    """A line that nobody filled in yet."""
    values = {item.name: blank(item) for item in kind.line}
    return values | {"Document No.": number, "Line No.": line_number, "Qty. per Unit of Measure": Decimal(1)}


class LineValidation:
    """Validates fields of the lines of one company's documents."""

    def __init__(self, company: "Company") -> None:
        self._company = company
        self.tables = PriceTables(company)

    def validate(self, kind: DocumentKind, header: Values, line: Values, name: str, value: Any) -> None:
        """Assign one field with its trigger; raises ``Refused``."""
        match name:
            case "Type":
                if line["Type"] != value:
                    line.update(new_line(kind, line["Document No."], line["Line No."]))
                    line["Type"] = value
            case "No.":
                self._choose(kind, header, line, value)
            case "Variant Code":
                self._vary(header, line, value)
            case "Unit of Measure Code":
                self._measure(header, line, value)
            case "Quantity":
                self._count(header, line, value)
            case "Line Discount Amount":
                gross = self._gross(header, line)
                percent = EXACT.divide(EXACT.multiply(value, _HUNDRED), gross) if gross else Decimal(0)
                line["Line Discount %"] = rounded_to(_checked_percent(percent), _QUANTITY)
            case "Line Discount %":
                line[name] = _checked_percent(value)
            case "VAT Prod. Posting Group":
                line[name] = value
                self._tax(header, line)
            case _:
                self._assign(kind, line, name, value)

    def recreate(self, kind: DocumentKind, header: Values, line: Values) -> None:
        """The line anew, after what its header says has changed: product, variant, unit and quantity are kept."""
        if line["Type"] not in ASSETS or not line["No."]:
            return
        kept = {name: line[name] for name in ("Variant Code", "Unit of Measure Code", "Quantity")}
        location = line["Location Code"]
        self._choose(kind, header, line, line["No."])
        for name, value in kept.items():
            self.validate(kind, header, line, name, value)
        line["Location Code"] = location

    def _assign(self, kind: DocumentKind, line: Values, name: str, value: Any) -> None:
        field = kind.line[name]
        if field.relation and value != "" and self._company.related_row(field, value) is None:
            raise refusals.not_in_relation("Sales Line", name, value, field.relation)
        if name == "Unit Price" and line["No."] == "":
            return  # the product, once chosen, determines it
        if name not in {"Description", "Description 2"} and line["No."] == "":
            raise refusals.dialog("No. must have a value in Sales Line. It cannot be zero or empty.")
        line[name] = value

    # --- product, variant, unit, quantity --------------------------------------------------------------------------

    def _choose(self, kind: DocumentKind, header: Values, line: Values, number: str) -> None:
        kept = {name: line[name] for name in _KEPT_BY_ANOTHER_PRODUCT}
        line.update(new_line(kind, line["Document No."], line["Line No."]) | kept | {"No.": number})
        if number == "":
            return
        if line["Type"] not in ASSETS:
            raise refusals.not_in_relation("Sales Line", "No.", number, line["Type"])
        product = self._product(line)
        line["Description"] = product.description[:100]
        line["Base Unit of Measure"] = product.base_unit
        line["Unit of Measure Code"] = product.sales_unit
        line["Qty. per Unit of Measure"] = quantity_per_unit(self._company, product, product.sales_unit)
        line["VAT Prod. Posting Group"] = product.vat_product_group
        line["Allow Line Disc."] = header["Allow Line Disc."]
        line["Shipment Date"] = header["Shipment Date"]
        if product.kind == "Item":
            line["Location Code"] = header["Location Code"]
        self._tax(header, line)
        self._counted(line)
        self._price(header, line, product, "No.")

    def _vary(self, header: Values, line: Values, variant: str) -> None:
        product = self._product(line)
        found = self._company.tables["Item Variant"].by_key.get((product.number, variant))
        if variant and (product.kind != "Item" or found is None):
            raise refusals.not_in_relation("Sales Line", "Variant Code", variant, "Item Variant")
        line["Variant Code"] = variant
        line["Description"] = ((found.values["Description"] if found else "") or product.description)[:100]
        self._price(header, line, product, "Variant Code")

    def _measure(self, header: Values, line: Values, unit: str) -> None:
        product = self._product(line)
        line["Qty. per Unit of Measure"] = quantity_per_unit(self._company, product, unit)
        line["Unit of Measure Code"] = unit
        self._counted(line)
        self._price(header, line, product, "Unit of Measure Code")

    def _count(self, header: Values, line: Values, quantity: Decimal) -> None:
        product = self._product(line)
        line["Quantity"] = quantity
        self._counted(line)
        self._price(header, line, product, "Quantity")

    def _counted(self, line: Values) -> None:
        line["Quantity (Base)"] = rounded_to(
            EXACT.multiply(line["Quantity"], line["Qty. per Unit of Measure"]), _QUANTITY
        )
        for name in ("Qty. to Invoice", "Qty. to Ship"):
            if name in line:
                line[name] = line["Quantity"]

    def _product(self, line: Values) -> Product:
        if line["Type"] not in ASSETS or line["No."] == "":
            raise refusals.dialog("No. must have a value in Sales Line. It cannot be zero or empty.")
        return find_product(self._company, ASSETS[line["Type"]], line["No."])

    def _tax(self, header: Values, line: Values) -> None:
        business, product = header["VAT Bus. Posting Group"], line["VAT Prod. Posting Group"]
        found = self.tables.vat(business, product)
        if found is None and business and product:
            raise refusals.dialog(
                "The VAT Posting Setup does not exist. Identification fields and values: "
                f"VAT Bus. Posting Group='{business}',VAT Prod. Posting Group='{product}'"
            )
        normal = found is not None and found.type == "Normal VAT"
        line["VAT %"] = found.percent if found is not None and normal else Decimal(0)

    # --- price -----------------------------------------------------------------------------------------------------

    def _price(self, header: Values, line: Values, product: Product, validated: str) -> None:
        """Determine discount and price after the field ``validated``."""
        pricing = self._company.pricing
        handler: PriceHandler = PriceLists(self.tables) if pricing.uses_price_lists else Classic(self.tables)
        buffer = self._buffer(header, line, product)
        discount = handler.discount(buffer)
        price = handler.price(buffer, discount)
        if price.found_lines or validated not in ("Quantity", "Variant Code"):
            own = EXACT.add(_HUNDRED, pricing.own_percent)
            line["Unit Price"] = (
                price.unit_price
                if own == _HUNDRED
                else rounded_to(
                    EXACT.divide(EXACT.multiply(price.unit_price, own), _HUNDRED), buffer.unit_amount_precision
                )
            )
            line["Allow Line Disc."] = price.allow_line_discount
        line["Line Discount %"] = discount if line["Allow Line Disc."] else Decimal(0)

    def _buffer(self, header: Values, line: Values, product: Product) -> PriceBuffer:
        currency = header["Currency Code"]
        return PriceBuffer(
            asset=product.kind,
            number=product.number,
            variant=line["Variant Code"],
            unit=line["Unit of Measure Code"],
            quantity_per_unit=line["Qty. per Unit of Measure"],
            quantity=line["Quantity"],
            item_discount_group=product.discount_group,
            vat_product_group=line["VAT Prod. Posting Group"],
            card_price=product.unit_price,
            card_includes_vat=product.price_includes_vat,
            card_vat_business_group=product.price_vat_business_group,
            customer=header["Bill-to Customer No."],
            price_group=header["Customer Price Group"],
            discount_group=header["Customer Disc. Group"],
            campaign=header["Campaign No."],
            date=header["Order Date"],
            currency=currency,
            exchange=self.tables.exchange(currency, header["Posting Date"]),
            unit_amount_precision=self.tables.precision(currency).unit_amount,
            includes_vat=header["Prices Including VAT"],
            vat_percent=line["VAT %"],
            allow_line_discount=header["Allow Line Disc."],
        )

    def _gross(self, header: Values, line: Values) -> Decimal:
        amount = EXACT.multiply(line["Quantity"], line["Unit Price"])
        return rounded_to(amount, self.tables.precision(header["Currency Code"]).amount)


def _checked_percent(percent: Decimal) -> Decimal:
    if not 0 <= percent <= 100:
        raise refusals.dialog(f"The value must be between 0 and 100. Line Discount %: {plain(percent):f}.")
    return percent
