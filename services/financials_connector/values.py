"""Values as they travel in messages, and as Business Central writes them in JSON. Pure.

In messages: decimals are plain decimal text, dates ``YYYY-MM-DD`` or null, options canonical text, blank codes and
texts ``""``, empty ids null (libs/contracts/pages.py).
"""

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from libs.contracts.pages import Value
from libs.dynamics.financials_tables import FinancialsField
from libs.dynamics.odata import BLANK_DATE, EMPTY_GUID, decimal_text, json_number
from libs.runtime.errors import Rejected

_DECIMAL = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")
_ENCODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ENCODE = re.compile(r"[^A-Za-z0-9_.\-]|^[^A-Za-z_]")

Reader = Callable[[Any], Value]
Writer = Callable[[Value], Any]


def date_text(value: Any) -> Value:
    return None if not value or value == BLANK_DATE else str(value)


def id_text(value: Any) -> Value:
    return None if not value or value == EMPTY_GUID else str(value).lower()


def decoded_name(text: str) -> str:
    """``In_x0020_Review`` -> ``In Review``."""
    return _ENCODED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def encoded_name(text: str) -> str:
    """``In Review`` -> ``In_x0020_Review``: how API pages write the members of an option."""
    return _TO_ENCODE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


class OptionReader:
    """Turns what the wire holds into the option's canonical text; remembers every text it has seen."""

    def __init__(self, field: FinancialsField) -> None:
        self._members = {member.strip().lower(): member for member in field.options}
        self._known: dict[Any, str] = {}

    def __call__(self, value: Any) -> str:
        known = self._known.get(value)
        if known is None:
            text = decoded_name(str(value if value is not None else ""))
            known = self._known[value] = self._members.get(text.strip().lower(), text)
        return known


def reader_of(field: FinancialsField) -> Reader | None:
    """How a value of this field is read; null: as it is."""
    match field.type:
        case "decimal":
            return decimal_text
        case "date":
            return date_text
        case "guid":
            return id_text
        case "option":
            return OptionReader(field)
        case _:
            return None


def writer_of(field: FinancialsField, *, encode_options: bool) -> Writer:
    """How a value of this field is written. Raises ``Rejected`` for a value that is none of its type."""
    match field.type:
        case "decimal":
            return lambda value: _number(field, value)
        case "integer":
            return lambda value: value if value is not None else 0
        case "boolean":
            return bool
        case "date":
            return lambda value: value or BLANK_DATE
        case "guid":
            return lambda value: value or EMPTY_GUID
        case "option":
            blank = " " if " " in field.options else ""
            if encode_options:
                return lambda value: encoded_name(str(value)) if value else encoded_name(blank)
            return lambda value: str(value) if value else blank
        case _:
            return lambda value: "" if value is None else str(value)


def _number(field: FinancialsField, value: Value) -> Any:
    text = "0" if value is None or value == "" else str(value)
    if not _DECIMAL.fullmatch(text):
        raise Rejected(
            f"{field.name} must be a number.", code="remote.rejected", field=field.name, detail="not a decimal text"
        )
    return json_number(text)


def same(field: FinancialsField, one: Value, other: Value) -> bool:
    """Whether two canonical values of a field mean the same to Business Central."""
    if one == other:
        return True
    match field.type:
        case "text":
            return (one or "") == (other or "")
        case "code":
            return str(one or "").strip().upper() == str(other or "").strip().upper()
        case "decimal":
            try:
                return Decimal(str(one or "0")) == Decimal(str(other or "0"))
            except InvalidOperation:
                return False
        case "boolean":
            return bool(one) is bool(other)
        case "option":
            return str(one or " ").strip() == str(other or " ").strip()
        case _:
            return (one or None) == (other or None)
