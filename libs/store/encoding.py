"""How a document is written down, the same in every database: its data as JSON, and beside it the values it is
searched by.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from pydantic import TypeAdapter

from libs.contracts.envelope import Envelope
from libs.store.ports import CollectionSpec

Scalar = str | int | float | None

PLAIN = frozenset({str, int, float, type(None)})
"""Types whose values are searchable as they are."""
_OUTBOX = TypeAdapter(tuple[Envelope, ...])

encode_data = msgspec.json.Encoder().encode
decode_data = msgspec.json.Decoder().decode
_decode_handled = msgspec.json.Decoder(tuple[str, ...]).decode


def encode_handled(handled: tuple[str, ...]) -> bytes | None:
    return encode_data(handled) if handled else None


def decode_handled(raw: bytes | str | None) -> tuple[str, ...]:
    return _decode_handled(raw) if raw else ()


def encode_outbox(outbox: tuple[Envelope, ...]) -> bytes | None:
    return _OUTBOX.dump_json(outbox) if outbox else None


def decode_outbox(raw: bytes | str | None) -> tuple[Envelope, ...]:
    return _OUTBOX.validate_json(raw) if raw else ()


def key_fields(spec: CollectionSpec) -> tuple[str, ...]:
    """Every field that the collection is searched by, each once, in the order of the specification."""
    return tuple(dict.fromkeys(field for fields in (*spec.unique, *spec.indexes) for field in fields))


def key_value(value: Any) -> Scalar:
    """One searchable value; truth is kept as a number so that all databases compare alike."""
    if type(value) in PLAIN:
        return value  # type: ignore[no-any-return]
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str | int | float):
        return value
    raise TypeError(
        f"A searched field holds text, numbers, truth, null or a list of these, not {type(value).__name__}."
    )


def key_values(value: Any) -> Scalar | list[Scalar]:
    """A searchable value, or the values of a list."""
    if isinstance(value, list | tuple):
        return [key_value(element) for element in value]
    return key_value(value)


def wanted(where: Mapping[str, Any], fields: Sequence[str], collection: str) -> dict[str, Scalar | list[Scalar]]:
    """``where`` with every value made searchable.

    Raises ``ValueError`` for a field without an index: such a search would read the whole collection.
    """
    unknown = sorted(set(where) - set(fields))
    if unknown:
        raise ValueError(f"{collection} has no index on {', '.join(unknown)}.")
    return {
        field: key_values(sorted(value, key=repr) if isinstance(value, set | frozenset) else value)
        for field, value in where.items()
    }


def no_list_in_unique(spec: CollectionSpec, field: str) -> TypeError:
    """The error for a list in a unique field: uniqueness of elements is nothing that a store promises."""
    return TypeError(f"{spec.name}.{field} is unique and cannot hold a list.")
