"""Whether the two values of a mapped field mean the same, worked out afresh and without the engine's own code.

Each conversion of a field mapping has a rule here. A rule gets the value in Financials and the row it is in, and says
what Sales must hold.
"""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from libs.contracts.setup import FieldView, MappingView
from libs.dynamics.financials_tables import FINANCIALS_TABLES
from libs.dynamics.sales_tables import SALES_TABLES
from services.demo.keyboard import Row
from services.demo.snapshot import Snapshot

CHOICE_MAPPINGS = {
    "paymenttermscode": "PAYMENT TERMS",
    "address1_freighttermscode": "SHIPMENT METHOD",
    "address1_shippingmethodcode": "SHIPPING AGENT",
}
PARTNER_MAPPINGS = {
    ("CUSTOMER", "Primary Contact No."): "CONTACT",
    ("SALESPRC-PRODPRICE", "Sales Code"): "CUSTPRCGRP-PRICE",
    ("SALESPRC-PRODPRICE", "Item No."): "ITEM-PRODUCT",
    ("RESOURCE-PRODUCT", "Base Unit of Measure"): "UNIT OF MEASURE",
    ("ITEM-PRODUCT", "Base Unit of Measure"): "UNIT OF MEASURE",
}

NEVER_NEGATIVE = {
    ("ITEM-PRODUCT", "Unit Price"),
    ("ITEM-PRODUCT", "Inventory"),
    ("RESOURCE-PRODUCT", "Unit Price"),
    ("RESOURCE-PRODUCT", "Capacity"),
}
"""Fields of which Sales holds 0 where Financials has less."""

ANY = object()
"""Whatever Sales holds is right."""

Rule = Callable[[Snapshot, MappingView, FieldView, Row], Any]


def agree(snapshot: Snapshot, mapping: MappingView, field: FieldView, financials: Row, sales: Row) -> bool:
    """Whether both rows hold the same in this field. Raises ``KeyError`` for a conversion that has no rule here."""
    wanted = RULES[field.conversion](snapshot, mapping, field, financials)
    if wanted is ANY:
        return True
    return _same(mapping, field, wanted, sales[field.sales_attribute])


def _plain(snapshot: Snapshot, mapping: MappingView, field: FieldView, row: Row) -> Any:
    value = row[field.financials_field]
    if (mapping.name, field.financials_field) in NEVER_NEGATIVE and str(value).startswith("-"):
        return "0"
    return value


def _symbol_or_code(snapshot: Snapshot, mapping: MappingView, field: FieldView, row: Row) -> Any:
    return row[field.financials_field] or row["Code"]


def _currency(snapshot: Snapshot, mapping: MappingView, field: FieldView, row: Row) -> Any:
    code = row[field.financials_field]
    if code in ("", snapshot.context.local_currency_code):
        return snapshot.context.local_currency_id
    return _partner(snapshot, "CURRENCY", code)


def _option(snapshot: Snapshot, mapping: MappingView, field: FieldView, row: Row) -> Any:
    code = row[field.financials_field]
    partner = _partner(snapshot, CHOICE_MAPPINGS[field.sales_attribute], code) if code else None
    return int(partner) if partner else None


def _owner(snapshot: Snapshot, mapping: MappingView, field: FieldView, row: Row) -> Any:
    code = row[field.financials_field]
    if not code:
        return ANY
    return f"systemuser:{_partner(snapshot, 'SALESPEOPLE', code)}"


def _coupled_record(snapshot: Snapshot, mapping: MappingView, field: FieldView, row: Row) -> Any:
    return _partner(snapshot, PARTNER_MAPPINGS[mapping.name, field.financials_field], row[field.financials_field])


RULES: dict[str, Rule] = {
    "": _plain,
    "symbol_or_code": _symbol_or_code,
    "currency": _currency,
    "option_mapping": _option,
    "salesperson_to_owner": _owner,
    "coupled_record": _coupled_record,
    "unit_of_measure_to_unit_group": _coupled_record,
}


def _partner(snapshot: Snapshot, mapping: str, key: str) -> str | None:
    coupling = snapshot.partners[mapping].get(key)
    return coupling.sales_id if coupling else None


def _same(mapping: MappingView, field: FieldView, wanted: Any, held: Any) -> bool:
    attribute = SALES_TABLES[mapping.sales.table][field.sales_attribute]
    if attribute.type in ("decimal", "money"):
        digits = Decimal(1).scaleb(-attribute.precision)
        return _decimal(wanted).quantize(digits) == _decimal(held).quantize(digits)
    if isinstance(wanted, str) or isinstance(held, str):
        left, right = str(wanted or ""), str(held or "")
        source = FINANCIALS_TABLES[mapping.financials.table][field.financials_field]
        shorter = min((length for length in (attribute.length, source.length) if length), default=0)
        if source.type == "code":
            left, right = left.strip().upper(), right.strip().upper()
        return _cut(left, shorter) == _cut(right, shorter)
    return bool((wanted or None) == (held or None))


def _cut(text: str, length: int) -> str:
    """Both products count UTF-16 units."""
    return text.encode("utf-16-le")[: 2 * length].decode("utf-16-le", errors="ignore") if length else text


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value or 0))
    except InvalidOperation:
        return Decimal("NaN")
