"""Values of fields: as stored, as clients write them, as each surface shows them, and in canonical form.

Stored form: text, int, bool, ``Decimal``, dates ``YYYY-MM-DD`` or ``""``, options by member.
"""

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from libs.dynamics.financials_tables import FinancialsField
from services.sandbox.financials import refusals

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
BLANK_DATE = "0001-01-01"

_ENCODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SPECIAL = re.compile(r"[^\w]")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def blank(field: FinancialsField) -> Any:
    """What a field holds that nobody filled in."""
    match field.type:
        case "option":
            return field.options[0]
        case "decimal":
            return Decimal(0)
        case "integer":
            return 0
        case "boolean":
            return False
        case "guid":
            return EMPTY_GUID
    return ""


@lru_cache(maxsize=4096)
def rounded(value: Decimal, precision: int) -> Decimal:
    """``value`` with as many decimals as the field keeps, without trailing zeros or exponent."""
    short = value.quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP).normalize()
    return short.quantize(Decimal(1)) if int(short.as_tuple().exponent) > 0 else short


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def encoded_member(member: str) -> str:
    """An option's member as an XML name: ``Customer_x0020_Price_x0020_Group``."""
    return _SPECIAL.sub(lambda found: f"_x{ord(found.group()):04X}_", member)


def decoded_member(text: str) -> str:
    return _ENCODED.sub(lambda found: chr(int(found.group(1), 16)), text)


def written(table: str, field: FinancialsField, name: str, raw: Any) -> Any:
    """The stored form of a JSON value that a client wrote into property ``name``; raises ``Refused``."""
    match field.type:
        case "text" | "code":
            return _written_text(table, field, name, raw)
        case "decimal":
            if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
                raise refusals.wrong_type(name, "Edm.Decimal")
            try:
                return rounded(Decimal(raw), field.precision)
            except InvalidOperation as error:
                raise refusals.wrong_type(name, "Edm.Decimal") from error
        case "integer":
            if isinstance(raw, bool) or not isinstance(raw, int):
                raise refusals.wrong_type(name, "Edm.Int32")
            return raw
        case "boolean":
            if not isinstance(raw, bool):
                raise refusals.wrong_type(name, "Edm.Boolean")
            return raw
        case "date":
            return _written_date(name, raw)
        case "option":
            return _written_option(field, name, raw)
    return written_guid(name, raw)


def _written_text(table: str, field: FinancialsField, name: str, raw: Any) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str):
        raise refusals.wrong_type(name, "Edm.String")
    text = raw.strip().upper() if field.type == "code" else raw
    # Characters outside the basic plane count twice, so a text may be longer than Python thinks.
    if field.length and len(text) * 2 > field.length and (length := utf16_length(text)) > field.length:
        raise refusals.too_long(table, field.name, length, field.length)
    return text


def _written_date(name: str, raw: Any) -> str:
    if raw is None or raw in ("", BLANK_DATE):
        return ""
    try:
        return date.fromisoformat(raw).isoformat()
    except (TypeError, ValueError) as error:
        raise refusals.wrong_type(name, "Edm.Date") from error


def _written_option(field: FinancialsField, name: str, raw: Any) -> str:
    if not isinstance(raw, str):
        raise refusals.wrong_type(name, "Edm.String")
    member = decoded_member(raw)
    if member == "" and field.options[0] == " ":
        return " "
    if member not in field.options:
        raise refusals.unknown_member(name, field.options)
    return member


def is_guid(text: str) -> bool:
    return _GUID.fullmatch(text) is not None


def written_guid(name: str, raw: Any) -> str:
    if raw is None or raw == "":
        return EMPTY_GUID
    if not isinstance(raw, str) or not _GUID.fullmatch(raw):
        raise refusals.invalid_guid(name)
    return raw.lower()


def stored(table: str, field: FinancialsField, raw: Any) -> Any:
    """The stored form of a value given by a program: canonical text, number or ``Decimal``."""
    if field.type == "decimal" and not isinstance(raw, Decimal | int):
        raw = Decimal(str(raw))
    elif field.type == "integer" and isinstance(raw, str) and raw.isdigit():
        raw = int(raw)
    return written(table, field, field.name, raw)


def canonical(field: FinancialsField, value: Any) -> Any:
    """A stored value as Tandem's messages carry it."""
    match field.type:
        case "decimal":
            return f"{value:f}"
        case "date":
            return value or None
        case "guid":
            return None if value == EMPTY_GUID else value
    return value
