"""What a sales header and a sales line hold, and the property of API v2.0 that shows it.

``calculated`` fields are filled by business logic alone: their properties are read-only. Fields without a property are
what a document remembers of its customer and its product.
"""

from dataclasses import dataclass

from libs.dynamics.financials_fields import FinancialsField, FinancialsTable


def _field(name: str, type: str, shown: str | None = None, /, **more: object) -> FinancialsField:
    return FinancialsField(name, type, "", shown, **more)  # type: ignore[arg-type]


def _code(
    name: str,
    length: int,
    shown: str | None = None,
    *,
    relation: str = "",
    id: str | None = None,
    calculated: bool = False,
) -> FinancialsField:
    return _field(name, "code", shown, length=length, relation=relation, api_v2_id=id, calculated=calculated)


def _text(name: str, length: int, shown: str | None = None, *, calculated: bool = False) -> FinancialsField:
    return _field(name, "text", shown, length=length, calculated=calculated)


def _date(name: str, shown: str | None = None) -> FinancialsField:
    return _field(name, "date", shown)


def _decimal(name: str, shown: str | None = None, *, calculated: bool = False) -> FinancialsField:
    return _field(name, "decimal", shown, calculated=calculated)


def _flag(name: str, shown: str | None = None, *, calculated: bool = False) -> FinancialsField:
    return _field(name, "boolean", shown, calculated=calculated)


def _option(name: str, options: tuple[str, ...], shown: str, *, calculated: bool = False) -> FinancialsField:
    return _field(name, "option", shown, options=options, calculated=calculated)


def _address(prefix: str, shown: str, *, calculated: bool = False) -> tuple[FinancialsField, ...]:
    parts = (
        ("Address", "AddressLine1", 100), ("Address 2", "AddressLine2", 50), ("City", "City", 30),
        ("Country/Region Code", "Country", 10), ("County", "State", 30), ("Post Code", "PostCode", 20),
    )  # fmt: skip
    return tuple(
        _text(f"{prefix} {name}", length, f"{shown}{part}", calculated=calculated) for name, part, length in parts
    )


def _header(*own: FinancialsField, status: tuple[str, ...]) -> tuple[FinancialsField, ...]:
    return (
        _code("No.", 20, "number", calculated=True),
        _code("External Document No.", 35, "externalDocumentNumber"),
        *own,
        _code("Sell-to Customer No.", 20, "customerNumber", relation="Customer", id="customerId"),
        _text("Sell-to Customer Name", 100, "customerName", calculated=True),
        _text("Bill-to Name", 100, "billToName", calculated=True),
        _code("Bill-to Customer No.", 20, "billToCustomerNumber", relation="Customer", id="billToCustomerId"),
        _text("Ship-to Name", 100, "shipToName"),
        _text("Ship-to Contact", 100, "shipToContact"),
        *_address("Sell-to", "sellTo"),
        *_address("Bill-to", "billTo", calculated=True),
        *_address("Ship-to", "shipTo"),
        _code("Shortcut Dimension 1 Code", 20, "shortcutDimension1Code"),
        _code("Shortcut Dimension 2 Code", 20, "shortcutDimension2Code"),
        _code("Currency Code", 10, "currencyCode", relation="Currency", id="currencyId"),
        _flag("Prices Including VAT", "pricesIncludeTax"),
        _code("Payment Terms Code", 10, relation="Payment Terms", id="paymentTermsId"),
        _code("Shipment Method Code", 10, relation="Shipment Method", id="shipmentMethodId"),
        _code("Salesperson Code", 20, "salesperson", relation="Salesperson/Purchaser"),
        _decimal("Invoice Discount Amount", "discountAmount"),
        _flag("Discount Applied Before Tax", "discountAppliedBeforeTax", calculated=True),
        _decimal("Amount", "totalAmountExcludingTax", calculated=True),
        _decimal("Total Tax Amount", "totalTaxAmount", calculated=True),
        _decimal("Amount Including VAT", "totalAmountIncludingTax", calculated=True),
        _option("Status", status, "status", calculated=True),
        _text("Sell-to Phone No.", 30, "phoneNumber"),
        _text("Sell-to E-Mail", 80, "email"),
        _code("Location Code", 10),
        _code("Shipping Agent Code", 10),
        _code("Customer Price Group", 10),
        _code("Customer Disc. Group", 20),
        _code("Campaign No.", 20),
        _code("VAT Bus. Posting Group", 20),
        _flag("Allow Line Disc."),
        _date("Shipment Date"),
    )


LINE_TYPES = ("Comment", "Account", "Item", "Resource", "Fixed Asset", "Charge", "Allocation Account")


def _line(*own: FinancialsField) -> tuple[FinancialsField, ...]:
    return (
        _code("Document No.", 20),
        _field("Line No.", "integer", "sequence"),
        _option("Type", LINE_TYPES, "lineType"),
        _code("No.", 20, "lineObjectNumber"),
        _text("Description", 100, "description"),
        _text("Description 2", 50, "description2"),
        _code("Unit of Measure Code", 10, "unitOfMeasureCode", relation="Unit of Measure", id="unitOfMeasureId"),
        _decimal("Quantity", "quantity"),
        _decimal("Unit Price", "unitPrice"),
        _decimal("Line Discount Amount", "discountAmount"),
        _decimal("Line Discount %", "discountPercent"),
        _flag("Discount Applied Before Tax", "discountAppliedBeforeTax", calculated=True),
        _decimal("Amount Excluding Tax", "amountExcludingTax", calculated=True),
        _code("VAT Prod. Posting Group", 20, "taxCode"),
        _decimal("VAT %", "taxPercent", calculated=True),
        _decimal("Tax Amount", "totalTaxAmount", calculated=True),
        _decimal("Amount Including Tax", "amountIncludingTax", calculated=True),
        _decimal("Inv. Discount Amount", "invoiceDiscountAllocation", calculated=True),
        _decimal("Net Amount", "netAmount", calculated=True),
        _decimal("Net Tax Amount", "netTaxAmount", calculated=True),
        _decimal("Net Amount Including Tax", "netAmountIncludingTax", calculated=True),
        *own,
        _code("Variant Code", 10),
        _code("Location Code", 10, relation="Location", id="locationId"),
        _code("Base Unit of Measure", 10),
        _decimal("Qty. per Unit of Measure"),
        _decimal("Quantity (Base)"),
        _decimal("Line Amount"),
        _flag("Allow Line Disc."),
    )


@dataclass(frozen=True)
class DocumentKind:
    """Orders or quotes."""

    name: str
    """As ``Document Type`` names it."""
    first_number: str
    header: FinancialsTable
    line: FinancialsTable

    @property
    def header_set(self) -> str:
        return str(self.header.api_v2_set)

    @property
    def line_set(self) -> str:
        return str(self.line.api_v2_set)


def _kind(
    name: str,
    first_number: str,
    sets: tuple[str, str],
    header: tuple[FinancialsField, ...],
    line: tuple[FinancialsField, ...],
) -> DocumentKind:
    return DocumentKind(
        name,
        first_number,
        FinancialsTable("Sales Header", 36, ("No.",), "", 0, header, api_v2_set=sets[0]),
        FinancialsTable("Sales Line", 37, ("Document No.", "Line No."), "", 0, line, api_v2_set=sets[1]),
    )


ORDER = _kind(
    "Order",
    "S-ORD101001",
    ("salesOrders", "salesOrderLines"),
    _header(
        _date("Order Date", "orderDate"),
        _date("Posting Date", "postingDate"),
        _flag("Partial Shipping", "partialShipping"),
        _date("Requested Delivery Date", "requestedDeliveryDate"),
        _flag("Completely Shipped", "fullyShipped", calculated=True),
        status=("Draft", "In Review", "Open"),
    ),
    _line(
        _date("Shipment Date", "shipmentDate"),
        _decimal("Quantity Shipped", "shippedQuantity", calculated=True),
        _decimal("Quantity Invoiced", "invoicedQuantity", calculated=True),
        _decimal("Qty. to Invoice", "invoiceQuantity"),
        _decimal("Qty. to Ship", "shipQuantity"),
    ),
)
QUOTE = _kind(
    "Quote",
    "S-QUO1001",
    ("salesQuotes", "salesQuoteLines"),
    _header(
        _date("Document Date", "documentDate"),
        _date("Posting Date", "postingDate"),
        _date("Due Date", "dueDate"),
        _date("Quote Valid Until Date", "validUntilDate"),
        _field("Quote Sent to Customer", "date", "sentDate", calculated=True),
        _date("Quote Accepted Date", "acceptedDate"),
        _date("Order Date"),
        status=("Draft", "Sent", "Accepted", "Expired "),
    ),
    _line(_date("Shipment Date")),
)
KINDS = (ORDER, QUOTE)
DOCUMENT_SETS = tuple(name for kind in KINDS for name in (kind.header_set, kind.line_set))
"""Entity sets of API v2.0."""
