"""Addresses of single records: by SystemId in both APIs, by the primary key on a page."""

from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from services.sandbox.financials import refusals
from services.sandbox.financials.addresses import Segment
from services.sandbox.financials.keys import Key
from services.sandbox.financials.rows import Row
from services.sandbox.financials.shapes import PAGE, Shape
from services.sandbox.financials.values import written


def find_row(shape: Shape, segment: Segment) -> Row:
    """The record whose SystemId, or on a page whose key, stands in an address; raises ``Refused``."""
    parts = segment.key or ()
    if shape.surface != PAGE:
        if len(parts) != 1:
            raise refusals.bad_url(f"The key of '{segment.name}' is not valid.")
        row = shape.rows.by_id.get(parts[0].text.lower())
        if row is None:
            raise refusals.no_such_record(shape.table.name, f"SystemId={parts[0].text}")
        return row
    key = _page_key(shape, segment)
    row = shape.rows.by_key.get(key)
    if row is None:
        raise refusals.no_such_record(shape.table.name, ",".join(part.text for part in parts))
    return row


def _page_key(shape: Shape, segment: Segment) -> Key:
    parts = segment.key or ()
    named = {part.name: part for part in parts}
    positional = len(parts) == len(shape.key) and set(named) == {""}
    if not positional and set(named) != set(shape.key):
        raise refusals.bad_url(f"The key of '{segment.name}' is not valid.")
    values = {}
    for place, (name, field) in enumerate(zip(shape.key, shape.table.key, strict=True)):
        part = parts[place] if positional else named[name]
        item = shape.table[field]
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
        bare = shape.table[field].type in ("decimal", "date", "integer")
        shown.append((name, str(value) if bare else text))
    return shown[0][1] if len(shown) == 1 else ",".join(f"{name}={text}" for name, text in shown)


def _key_part(type: str, text: str) -> Decimal | int | str:
    """A part of a key as a client would write it into a body; raises ``Refused``."""
    try:
        return Decimal(text) if type == "decimal" else int(text) if type == "integer" else text
    except (InvalidOperation, ValueError) as error:
        raise refusals.bad_url(f"'{text}' is not a number.") from error
