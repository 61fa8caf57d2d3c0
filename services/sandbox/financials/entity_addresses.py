"""Addresses of single records: by SystemId in both APIs, by the primary key on a page."""

from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from services.sandbox.financials import refusals
from services.sandbox.financials.addresses import Segment
from services.sandbox.financials.keys import Key
from services.sandbox.financials.rows import Row
from services.sandbox.financials.shapes import PAGE, Shape
from services.sandbox.financials.values import is_guid, written

BARE_IN_ADDRESSES = frozenset({"decimal", "date", "integer"})
"""Types whose values stand without quotes in a key."""


def find_row(shape: Shape, segment: Segment) -> Row:
    """The record whose SystemId, or on a page whose key, stands in an address; raises ``Refused``."""
    parts = segment.key or ()
    if shape.surface != PAGE:
        wanted = system_id(segment)
        row = shape.rows.by_id.get(wanted)
        if row is None:
            raise refusals.no_such_record(shape.table.name, f"SystemId={wanted}")
        return row
    key = _page_key(shape, segment)
    row = shape.rows.by_key.get(key)
    if row is None:
        raise refusals.no_such_record(shape.table.name, ",".join(part.text for part in parts))
    return row


def system_id(segment: Segment) -> str:
    """The SystemId that is a record's key in both APIs: a GUID without quotes; raises ``Refused``."""
    parts = segment.key or ()
    if len(parts) != 1 or parts[0].quoted or parts[0].name not in ("", "id") or not is_guid(parts[0].text):
        raise refusals.bad_url(f"The key of '{segment.name}' is not valid.")
    return parts[0].text.lower()


def _page_key(shape: Shape, segment: Segment) -> Key:
    parts = segment.key or ()
    named = {part.name: part for part in parts}
    positional = len(parts) == len(shape.key) == 1 and set(named) == {""}
    if not positional and set(named) != set(shape.key):
        raise refusals.bad_url(f"The key of '{segment.name}' is not valid.")
    values = {}
    for place, (name, field) in enumerate(zip(shape.key, shape.table.key, strict=True)):
        part = parts[place] if positional else named[name]
        item = shape.table[field]
        if part.quoted == (item.type in BARE_IN_ADDRESSES):
            raise refusals.bad_url(f"The key of '{segment.name}' is not valid.")
        raw = _key_part(item.type, part.text)
        values[field] = written(shape.table.name, item, name, raw)
    return shape.rows.key_of(values)


def address_of(shape: Shape, row: Row) -> str:
    """What stands in the parentheses of a record's address."""
    if shape.surface != PAGE:
        return row.id
    shown = []
    for name, field in zip(shape.key, shape.table.key, strict=True):
        value = shape.properties[name].get(row)
        text = quote(f"'{str(value).replace(chr(39), chr(39) * 2)}'", safe="'")
        bare = shape.table[field].type in BARE_IN_ADDRESSES
        shown.append((name, str(value) if bare else text))
    return shown[0][1] if len(shown) == 1 else ",".join(f"{name}={text}" for name, text in shown)


def _key_part(type: str, text: str) -> Decimal | int | str:
    """A part of a key as a client would write it into a body; raises ``Refused``."""
    try:
        return Decimal(text) if type == "decimal" else int(text) if type == "integer" else text
    except (InvalidOperation, ValueError) as error:
        raise refusals.bad_url(f"'{text}' is not a number.") from error
