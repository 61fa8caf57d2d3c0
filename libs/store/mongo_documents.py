"""How a document of ours looks in MongoDB, and what MongoDB's errors mean to us.

``data`` is JSON text, the same bytes as in SQLite, so that both stores agree to the last digit; ``keys`` are the values
it is searched by. What is null is left out of ``keys``, so that unique indexes pass over it.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, OperationFailure, WTimeoutError

from libs.contracts.envelope import Envelope
from libs.runtime.errors import AccessDenied, ConcurrentUpdate, Unavailable
from libs.store.encoding import decode_data, encode_data, key_fields, key_values, no_list_in_unique, wanted
from libs.store.ports import CollectionSpec, Document

DUPLICATE = 11000
WRITE_CONFLICT = 112
_ACCESS = (13, 18, 8000)


class Shape:
    """The documents of one collection."""

    def __init__(self, spec: CollectionSpec) -> None:
        self.spec = spec
        self.fields = key_fields(spec)
        self.unique = {_index_name("unique", fields): fields for fields in spec.unique}
        """Index name -> its fields."""
        self.indexes = {_index_name("index", fields): fields for fields in spec.indexes}
        self._unique_fields = frozenset(field for fields in spec.unique for field in fields)

    def content(self, document: Document) -> dict[str, Any]:
        """Everything but id and version."""
        return {
            "data": encode_data(document.data).decode(),
            "keys": self.keys(document.data),
            "handled": list(document.handled),
            "outbox": [{"id": str(message.id), "body": message.model_dump_json()} for message in document.outbox],
            "unpublished": bool(document.outbox),
        }

    def keys(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Searched values without those that are null or an empty list."""
        keys: dict[str, Any] = {}
        for field in self.fields:
            value = key_values(data.get(field))
            if isinstance(value, list):
                if field in self._unique_fields:
                    raise no_list_in_unique(self.spec, field)
                value = [element for element in value if element is not None] or None
            if value is not None:
                keys[field] = value
        return keys

    def condition(self, where: Mapping[str, Any]) -> dict[str, Any]:
        return {
            f"keys.{field}": {"$in": value} if isinstance(value, list) else value
            for field, value in wanted(where, self.fields, self.spec.name).items()
        }

    def collided(self, fault: Mapping[str, Any]) -> tuple[str, ...]:
        """The unique fields of a duplicate key error; none when it was the id."""
        pattern = fault.get("keyPattern")
        if pattern:
            return tuple(name.removeprefix("keys.") for name in pattern if name != "_id")
        message = str(fault.get("errmsg", ""))
        return next((fields for name, fields in self.unique.items() if name in message), ())


def document_of(raw: Mapping[str, Any]) -> Document:
    return Document(
        raw["_id"],
        decode_data(raw["data"]),
        raw["version"],
        tuple(raw["handled"]),
        tuple(Envelope.model_validate_json(message["body"]) for message in raw["outbox"]),
    )


def _index_name(kind: str, fields: tuple[str, ...]) -> str:
    return f"{kind}_{hashlib.sha256(repr(fields).encode()).hexdigest()[:12]}"


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the driver as ours; duplicate keys and bulk errors pass, their caller knows what they mean."""
    try:
        yield
    except (DuplicateKeyError, BulkWriteError):
        raise
    except (ConnectionFailure, WTimeoutError) as error:
        raise Unavailable(
            "The store cannot be reached. Check that MongoDB runs at the address in TANDEM_STORE_URL.",
            code="store.unavailable",
            setting="TANDEM_STORE_URL",
            detail=str(error)[:500],
        ) from error
    except OperationFailure as error:
        if error.code in _ACCESS:
            raise AccessDenied(
                "MongoDB refuses the user in TANDEM_STORE_URL. Check its name, password and roles.",
                code="store.access_denied",
                setting="TANDEM_STORE_URL",
                detail=f"code {error.code}",
            ) from error
        if error.code == WRITE_CONFLICT:
            raise ConcurrentUpdate("Somebody else wrote the same document at the same time.") from error
        if error.has_error_label("RetryableWriteError") or error.has_error_label("TransientTransactionError"):
            raise Unavailable("The store is changing its primary.", code="store.unavailable") from error
        raise
