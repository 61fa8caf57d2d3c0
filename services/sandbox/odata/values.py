"""How a property is read from a row, and a literal as a row of that kind would hold it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from services.sandbox.odata.dialect import Dialect, ODataError
from services.sandbox.odata.tree import Literal

Row = Any
Predicate = Callable[[Row], bool]
Getter = Callable[[Row], Any]


@dataclass(frozen=True)
class Property:
    """How a property is read from a row. Values: text, int/Decimal, bool, lower-case GUID text, ISO date or moment."""

    get: Getter
    kind: str
    """text, number, boolean, guid, date, moment or option."""
    convert: Callable[[Literal], Any] | None = None
    """Literal to a value as ``get`` gives it, where the usual conversion does not do."""


Resolver = Callable[[str], Property]
"""Property by name as in the URL; raises ``ODataError`` with reason unknown_property."""


def _moment(text: str, digits: int) -> str:
    """A moment in UTC with that many digits after the second, so that texts compare as moments do."""
    if text[-1] != "Z" and len(text) > 16 and text[-6] in "+-":
        text = datetime.fromisoformat(text).astimezone(UTC).isoformat().removesuffix("+00:00")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    if len(whole) == 16:
        whole += ":00"
    return f"{whole}.{fraction[:digits].ljust(digits, '0')}Z" if digits else f"{whole}Z"


def value_of(literal: Literal, kind: str, dialect: Dialect) -> Any:
    """A literal as a row of that kind holds it; raises ``ODataError`` where types do not fit."""
    if literal.kind == "null":
        return None
    text = literal.text
    try:
        match kind:
            case "number" if literal.kind == "number":
                return Decimal(text) if not text.lstrip("-").isdigit() else int(text)
            case "boolean" if literal.kind == "boolean":
                return text == "true"
            case "guid" if literal.kind in ("guid", "text"):
                return text.lower()
            case "date" if literal.kind in ("date", "moment"):
                return date.fromisoformat(text[:10]).isoformat()
            case "moment" if literal.kind in ("moment", "date"):
                date.fromisoformat(text[:10])
                return _moment(text if literal.kind == "moment" else f"{text}T00:00:00Z", dialect.moment_digits)
            case "option" if literal.kind in ("text", "member", "number"):
                return text
            case "text" if literal.kind in ("text", "member"):
                return text.casefold() if dialect.ignore_case else text
    except (InvalidOperation, ValueError):
        pass
    raise ODataError(
        f"A binary operator with incompatible types was detected: a {kind} property and '{text}'.", reason="type"
    )
