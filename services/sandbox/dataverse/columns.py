"""How each column takes a value from a request: type, length, range and options, in Dataverse's words.

A row is kept as it is sent: a dict by the property's name in an answer (``name``, ``_ownerid_value``), numbers as
``Decimal`` or int. The table that a lookup of several targets points to is kept beside it, under a name that no answer
shows.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from libs.dynamics.sales_tables import COMMON, SalesAttribute, SalesTable
from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.derived import derived_attributes

Check = Callable[[Any], Any]
"""JSON value to what the row keeps; raises ``Refused``."""

GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?")
_LARGEST_MONEY = Decimal("922337203685477")
_LARGEST_DECIMAL = Decimal(100_000_000_000)
_LARGEST_INTEGER = 2_147_483_647

EDM = {
    "text": "String",
    "decimal": "Decimal",
    "money": "Decimal",
    "integer": "Int32",
    "boolean": "Boolean",
    "choice": "Int32",
    "date": "Date",
    "moment": "DateTimeOffset",
    "lookup": "Guid",
    "guid": "Guid",
}
"""Type of the catalogue -> primitive type in the service's metadata."""


PRINCIPALS = frozenset({"systemuser", "team"})
"""Tables whose type derives from ``principal``, and with it the key ``ownerid``."""
OWNER_KEY = SalesAttribute("ownerid", "guid", read_only=True)


def attributes_of(table: SalesTable) -> tuple[SalesAttribute, ...]:
    """All columns but the primary key, the common ones at the end."""
    inherited = (OWNER_KEY,) if table.name in PRINCIPALS else ()
    common = (item for item in COMMON if item.name not in table)
    return (*inherited, *table.attributes, *common, *derived_attributes(table))


def target_key(attribute: SalesAttribute) -> str:
    """Where a row keeps which table a lookup of several targets points to."""
    return f"{attribute.name}@table"


def checker(table: SalesTable, attribute: SalesAttribute, options: Mapping[int, object]) -> Check:
    """The check of one column. ``options`` are the values of a choice, looked at whenever one is checked."""
    name = attribute.name

    def wrong() -> Exception:
        return refusal.wrong_type(table.name, name, EDM[attribute.type])

    match attribute.type:
        case "text":
            return _text(table.name, name, attribute.length)
        case "money" | "decimal":
            return _number(table.name, attribute)
        case "choice":

            def choice(value: Any) -> Any:
                if value is None:
                    return None
                if type(value) is not int:
                    raise wrong()
                if value not in options:
                    raise refusal.not_an_option(table.name, name, value)
                return value

            return choice
        case "integer":

            def integer(value: Any) -> Any:
                if value is None:
                    return None
                if type(value) is not int:
                    raise wrong()
                if abs(value) > _LARGEST_INTEGER or (attribute.minimum is not None and value < attribute.minimum):
                    raise refusal.out_of_range(table.name, name)
                return value

            return integer
        case "boolean":

            def boolean(value: Any) -> Any:
                if value is not None and type(value) is not bool:
                    raise wrong()
                return value

            return boolean

    pattern = {"date": _DATE, "moment": _MOMENT, "guid": GUID}[attribute.type]
    lower = attribute.type == "guid"
    dated = attribute.type != "guid"

    def patterned(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is not str or not pattern.fullmatch(value) or (dated and not _is_day(value[:10])):
            raise wrong()
        if attribute.type == "moment":
            return _in_utc(value)
        return value.lower() if lower else value

    return patterned


def _in_utc(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC).strftime(MOMENT) if moment.tzinfo else moment.strftime(MOMENT)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _text(table: str, name: str, length: int) -> Check:
    def text(value: Any) -> Any:
        if type(value) is str:
            if len(value) > length:
                raise refusal.too_long(table, name, length)
            return value or None
        if value is None:
            return None
        raise refusal.wrong_type(table, name, "String")

    return text


def _number(table: str, attribute: SalesAttribute) -> Check:
    name = attribute.name
    step = Decimal(1).scaleb(-attribute.precision)
    money = attribute.type == "money"
    largest = _LARGEST_MONEY if money else _LARGEST_DECIMAL
    smallest = Decimal(attribute.minimum) if attribute.minimum is not None else -largest

    def number(value: Any) -> Any:
        if value is None:
            return None
        if type(value) is int:
            value = Decimal(value)
        elif type(value) is not Decimal:
            raise refusal.wrong_type(table, name, "Decimal")
        if value > largest or value < smallest:
            raise refusal.out_of_range(table, name, "0x80040317" if money and value > largest else "0x80044330")
        return value.quantize(step, ROUND_HALF_UP)

    return number


_BIND = re.compile(r"(?:https?://[^/]+/api/data/v9\.\d/|/api/data/v9\.\d/|/)?(\w+)\((.*)\)", re.DOTALL)


@lru_cache(maxsize=4096)
def read_bind(text: str) -> tuple[str, str] | None:
    """Entity set and key of ``/accounts(<guid>)``, also as an absolute address."""
    found = _BIND.fullmatch(text)
    return (found[1], found[2]) if found else None
