"""Business logic of a sales header: what validating one of its fields entails. ``values`` are changed in place."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from services.sandbox.financials import refusals
from services.sandbox.financials.documents.fields import DocumentKind
from services.sandbox.financials.rows import Values
from services.sandbox.financials.values import blank

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

_ADDRESS = ("Address", "Address 2", "City", "Country/Region Code", "County", "Post Code")

RECREATES_LINES = frozenset({"Sell-to Customer No.", "Bill-to Customer No.", "Currency Code", "Prices Including VAT"})
"""Fields that every line depends on: a change makes the lines anew, with products, units and quantities kept."""


def new_header(kind: DocumentKind, today: str) -> Values:
    """A header that nobody filled in yet."""
    values = {item.name: blank(item) for item in kind.header}
    dates = ("Order Date", "Posting Date", "Document Date", "Shipment Date")
    values.update({name: today for name in dates if name in values})
    return values


def validate_header(company: "Company", kind: DocumentKind, values: Values, name: str, value: Any) -> None:
    """Assign one field with its trigger; raises ``Refused``."""
    field = kind.header[name]
    if field.relation and value != "" and company.related_row(field, value) is None:
        raise refusals.not_in_relation("Sales Header", name, value, field.relation)
    if name == "Sell-to Customer No.":
        _sell_to(company, values, value)
    elif name == "Bill-to Customer No.":
        _bill_to(company, values, value or values["Sell-to Customer No."])
    elif name == "Invoice Discount Amount" and value < 0:
        raise refusals.dialog("The discount amount must not be negative.")
    else:
        values[name] = value


def check_complete(values: Values) -> None:
    """Whether the header may be stored; raises ``Refused``."""
    if values["Sell-to Customer No."] == "":
        raise refusals.dialog('A "customerNumber" or a "customerId" must be provided.')


def _customer(company: "Company", number: str) -> Values:
    row = company.tables["Customer"].by_key.get((number,))
    if row is None:
        raise refusals.dialog('A "customerNumber" or a "customerId" must be provided.')
    blocked = row.values["Blocked"]
    if blocked != " ":
        raise refusals.dialog(
            f"You cannot create this type of document when Customer {number} is blocked with type {blocked}."
        )
    return row.values


def _sell_to(company: "Company", values: Values, number: str) -> None:
    customer = _customer(company, number)
    values["Sell-to Customer No."] = number
    values["Sell-to Customer Name"] = values["Ship-to Name"] = customer["Name"]
    values["Ship-to Contact"] = customer["Contact"]
    for part in _ADDRESS:
        values[f"Sell-to {part}"] = values[f"Ship-to {part}"] = customer[part]
    values["Sell-to Phone No."] = customer["Phone No."]
    values["Sell-to E-Mail"] = customer["E-Mail"]
    for name in ("Location Code", "Shipment Method Code", "Shipping Agent Code"):
        values[name] = customer[name]
    _bill_to(company, values, customer["Bill-to Customer No."] or number)


def _bill_to(company: "Company", values: Values, number: str) -> None:
    """Prices, VAT, currency and terms are those of the customer who pays."""
    customer = _customer(company, number)
    values["Bill-to Customer No."] = number
    values["Bill-to Name"] = customer["Name"]
    for part in _ADDRESS:
        values[f"Bill-to {part}"] = customer[part]
    for name in (
        "Currency Code", "Prices Including VAT", "Payment Terms Code", "Salesperson Code", "Customer Price Group",
        "Customer Disc. Group", "VAT Bus. Posting Group", "Allow Line Disc.",
    ):  # fmt: skip
        values[name] = customer[name]
    values["Invoice Discount Amount"] = Decimal(0)
