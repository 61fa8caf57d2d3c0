"""Business logic of the tables: what a field's validation and a record's insertion, change or deletion entail."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from libs.dynamics.financials_tables import FinancialsTable
from services.sandbox.financials import refusals
from services.sandbox.financials.rows import Row, Values

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

_NAME_PARTS = ("First Name", "Middle Name", "Surname")
_SHARED_WITH_CONTACT = (
    "Address", "Address 2", "Post Code", "City", "Country/Region Code", "County", "Currency Code", "E-Mail", "Fax No.",
    "Home Page", "Phone No.", "Mobile Phone No.", "Salesperson Code", "Name",
)  # fmt: skip
_LINES_OF_ITEMS = {"Type": "Item"}
_BELONGING: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "Item": (
        ("Item Unit of Measure", "Item No.", {}),
        ("Item Variant", "Item No.", {}),
        ("Sales Price", "Item No.", {}),
        ("Sales Line Discount", "Code", {"Type": "Item"}),
        ("Price List Line", "Asset No.", {"Asset Type": "Item"}),
        ("Sales Line", "No.", _LINES_OF_ITEMS),
        ("Purchase Line", "No.", _LINES_OF_ITEMS),
    ),
    "Item Discount Group": (
        ("Sales Line Discount", "Code", {"Type": "Item Disc. Group"}),
        ("Price List Line", "Asset No.", {"Asset Type": "Item Discount Group"}),
    ),
    "Resource": (
        ("Resource Unit of Measure", "Resource No.", {}),
        ("Price List Line", "Asset No.", {"Asset Type": "Resource"}),
    ),
    "Currency": (("Currency Exchange Rate", "Currency Code", {}),),
    "Customer Price Group": (
        ("Sales Price", "Sales Code", {"Sales Type": "Customer Price Group"}),
        ("Price List Line", "Source No.", {"Source Type": "Customer Price Group"}),
    ),
    "Customer Discount Group": (
        ("Sales Line Discount", "Sales Code", {"Sales Type": "Customer Disc. Group"}),
        ("Price List Line", "Source No.", {"Source Type": "Customer Disc. Group"}),
    ),
    "Customer": (
        ("Contact Business Relation", "No.", {"Link to Table": "Customer"}),
        ("Sales Price", "Sales Code", {"Sales Type": "Customer"}),
        ("Sales Line Discount", "Sales Code", {"Sales Type": "Customer"}),
        ("Price List Line", "Source No.", {"Source Type": "Customer"}),
    ),
    "Contact": (("Contact Business Relation", "Contact No.", {}),),
    "Price List Header": (("Price List Line", "Price List Code", {}),),
}
"""Table -> (table, field that names the record, further conditions) of what is deleted with a record. Orders for a
deleted item go with it, as if somebody had closed them before."""


def validate(company: "Company", table: FinancialsTable, values: Values, name: str, value: Any) -> None:
    """Assign one field with its trigger; ``values`` holds what was assigned before it. Raises ``Refused``."""
    if name in table:
        field = table[name]
        # A company contact names itself.
        own = field.relation == table.name and value == values[table.key[0]]
        if field.relation and value != "" and not own and company.related_row(field, value) is None:
            raise refusals.not_in_relation(table.name, name, value, field.relation)
    if (limit := company.shortened.get((table.name, name))) is not None and len(value) > limit:
        raise refusals.too_long(table.name, name, len(value), limit)
    values[name] = value
    if table.name == "Contact":
        _validate_contact(values, name)


def _validate_contact(values: Values, name: str) -> None:
    if name == "Type" and values["Type"] == "Company":
        values["Company No."] = values["No."]
        values.update(dict.fromkeys(_NAME_PARTS, ""))
    elif values["Type"] != "Person":
        return
    elif name in _NAME_PARTS:
        whole = " ".join(part for part in (values[part] for part in _NAME_PARTS) if part)
        values["Name"] = whole[:100]
    elif name == "Name":
        _break_down(values)


def _break_down(values: Values) -> None:
    """A person's name as first, middle and last name, the way the contact card does."""
    if " ".join(values[part] for part in _NAME_PARTS if values[part]) == values["Name"]:
        return
    words = values["Name"].split()
    values["First Name"] = words[0][:30] if len(words) > 1 else ""
    values["Middle Name"] = " ".join(words[1:-1])[:30]
    values["Surname"] = words[-1][:30] if words else ""


def numbered(table: FinancialsTable, values: Values) -> None:
    """The record just got its number from the series."""
    if table.name == "Contact" and values["Type"] == "Company":
        values["Company No."] = values["No."]


def after_insert(company: "Company", table: FinancialsTable, row: Row) -> None:
    if table.name == "Customer":
        _make_company_contact(company, row)
    elif table.name == "Item":
        _ensure_base_unit(company, row)


def after_update(company: "Company", table: FinancialsTable, old: Row, new: Row) -> None:
    if table.name == "Customer":
        _update_company_contact(company, old, new)
    elif table.name == "Item" and old.values["Base Unit of Measure"] != new.values["Base Unit of Measure"]:
        _ensure_base_unit(company, new)


def before_delete(company: "Company", table: FinancialsTable, row: Row) -> None:
    key = row.values[table.key[0]]
    for other, name, conditions in _BELONGING.get(table.name, ()):
        wanted = {name: key, **conditions}
        rows = company.tables[other].by_id.values()
        for found in [found for found in rows if all(found.values[field] == is_ for field, is_ in wanted.items())]:
            company.delete(other, found)
    if table.name == "Item":
        for entry in company.stock.entries(key):
            company.update("Item Ledger Entry", entry, {"Item No.": ""})


def after_rename(company: "Company", table: str, old: Any, new: Any) -> None:
    """Rows of lookup tables that name the record on some condition name it by its new key."""
    for other, name, conditions in _BELONGING.get(table, ()):
        held = company.tables[other]
        if not conditions or not held.table.lookup:
            continue
        wanted = {name: old, **conditions}
        rows = held.by_id.values()
        for found in [found for found in rows if all(found.values[field] == is_ for field, is_ in wanted.items())]:
            company.update(other, found, {name: new})


def _make_company_contact(company: "Company", customer: Row) -> None:
    given = {"Type": "Company"} | {name: customer.values[name] for name in _SHARED_WITH_CONTACT}
    contact = company.insert("Contact", given)
    relation = {"Contact No.": contact.values["No."], "Link to Table": "Customer", "No.": customer.values["No."]}
    company.insert("Contact Business Relation", relation)


def _update_company_contact(company: "Company", old: Row, new: Row) -> None:
    changes = {name: new.values[name] for name in _SHARED_WITH_CONTACT if new.values[name] != old.values[name]}
    if not changes:
        return
    contact = company.calculate.company_contact(new.values["No."])
    if contact is not None:
        company.update("Contact", contact, changes)


def _ensure_base_unit(company: "Company", item: Row) -> None:
    unit = item.values["Base Unit of Measure"]
    if unit and (item.values["No."], unit) not in company.tables["Item Unit of Measure"].by_key:
        company.insert(
            "Item Unit of Measure",
            {"Item No.": item.values["No."], "Code": unit, "Qty. per Unit of Measure": Decimal(1)},
        )
