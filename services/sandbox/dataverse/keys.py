"""Keys in an address: the primary key, also by its name, and alternate keys in parts."""

import re
import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

from libs.dynamics.sales_tables import SalesTable
from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.columns import GUID, PRINCIPALS
from services.sandbox.dataverse.table import Row, Table

_KEY_PART = re.compile(r"\s*(\w+)\s*=\s*('(?:[^']|'')*'|[^,']+)\s*(?:,|$)")
_DANGEROUS = re.compile(r"[/<>*%&:\\?+]")
"""What web servers refuse in a path, percent-encoded or not."""


def plain_key(table: SalesTable, key: str) -> str:
    """``accountid=<guid>`` as the bare GUID; users and teams, whose key is a principal's, are not addressed so."""
    name, _, value = key.partition("=")
    return value if name == table.id and table.name not in PRINCIPALS and GUID.fullmatch(value) else key


def refuse_dangerous(key: str) -> None:
    """Rows are not addressed by values that hold such characters; raises ``Refused``."""
    found = _DANGEROUS.search(key)
    if found is not None:
        raise refusal.bad_uri(f"A potentially dangerous Request.Path value was detected from the client ({found[0]}).")


def read_key(table: Table, text: str) -> Row:
    """``number='A1',kind=3`` as values by column; raises ``Refused``."""
    values: Row = {}
    at = 0
    while at < len(text):
        part = _KEY_PART.match(text, at)
        if part is None:
            raise refusal.bad_uri(f"Bad Request - Error in query syntax: '{text}'.")
        name, value = part[1], part[2].strip()
        column = name.removeprefix("_").removesuffix("_value") if name.startswith("_") else name
        if column not in table.attributes:
            raise refusal.bad_uri(f"The key in the request URI is not valid for resource '{table.spec.entity_set}'.")
        values[column] = _key_value(table.attributes[column].type, value)
        at = part.end()
    return values


def _key_value(kind: str, text: str) -> Any:
    """One value of a key as a row keeps it; raises ``Refused``."""
    quoted = text.startswith("'")
    try:
        if quoted != (kind == "text"):
            raise ValueError(text)
        match kind:
            case "text":
                return text[1:-1].replace("''", "'")
            case "integer" | "choice":
                return int(text)
            case "decimal" | "money":
                return Decimal(text)
            case "lookup":
                return str(uuid.UUID(text))
    except (ValueError, InvalidOperation) as error:
        raise refusal.bad_uri(f"Bad Request - Error in query syntax: '{text}'.") from error
    return text
