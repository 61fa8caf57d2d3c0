"""What a store promises, whichever database keeps it. MongoDB (motor) and SQLite both keep it;
``libs/testing/suites/repository.py`` is the exam that both sit.

A document is one aggregate: saved whole, in one atomic write, together with the messages it wants published (its
outbox) and the ids of the messages it has handled. Anything acknowledged survives a crash.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from libs.contracts.envelope import Envelope


@dataclass(frozen=True)
class CollectionSpec:
    """A named set of documents and the top-level fields of ``Document.data`` that it is searched by."""

    name: str
    unique: tuple[tuple[str, ...], ...] = ()
    """Each tuple of fields is unique among documents that have a non-null value in all of them."""
    indexes: tuple[tuple[str, ...], ...] = ()
    """Further searches; a field that holds a list is indexed by each element."""


class Document(msgspec.Struct, frozen=True, gc=False):
    """One aggregate at one version. ``version`` 0 means it is not stored yet."""

    id: str
    data: Mapping[str, Any]
    """JSON-like values only (text, numbers, truth, null, lists, mappings with text keys)."""
    version: int = 0
    handled: tuple[str, ...] = ()
    """Ids of the newest messages whose effects are in ``data``, oldest first."""
    outbox: tuple[Envelope, ...] = ()
    """Messages still to be published on behalf of this document."""


@dataclass(frozen=True)
class WriteFailure:
    """Why one document of a bulk write was not written."""

    index: int
    reason: str
    """``version_conflict`` or ``duplicate_key``."""
    key: tuple[str, ...] = ()
    """duplicate_key: the unique fields that collided."""


class Collection(Protocol):
    async def get(self, id: str) -> Document | None: ...

    async def get_many(self, ids: Sequence[str]) -> dict[str, Document]: ...

    async def find(
        self,
        where: Mapping[str, Any],
        *,
        after: str = "",
        limit: int | None = None,
    ) -> list[Document]:
        """Documents whose indexed fields equal ``where`` (a list or tuple means any of its values), in id order,
        with ids greater than ``after``."""
        ...

    async def count(self, where: Mapping[str, Any]) -> int: ...

    async def save(self, document: Document) -> Document:
        """Write one document if the stored version still equals ``document.version`` (0: it must not exist).

        Returns it with the next version. Raises ``ConcurrentUpdate`` on another version, ``DuplicateKey`` when a
        unique field is taken.
        """
        ...

    async def save_many(self, documents: Sequence[Document]) -> list[WriteFailure]:
        """Write many, each under the rule of :meth:`save`, as few round trips as possible. Those that fail are
        returned; the others are written."""
        ...

    async def put_many(self, documents: Sequence[Document]) -> None:
        """Write many without looking at versions: for rows that a repeat writes the same again."""
        ...

    async def delete_many(self, ids: Sequence[str]) -> None: ...

    async def unpublished(self, limit: int = 100) -> list[Document]:
        """Documents whose outbox is not empty."""
        ...

    async def mark_published(self, id: str, message_ids: Sequence[str]) -> None:
        """Take these messages out of the document's outbox. Does not change its version."""
        ...


class Store(Protocol):
    """One service's database, open between ``async with``."""

    def connect(self) -> AbstractAsyncContextManager["Store"]: ...

    async def collection(self, spec: CollectionSpec) -> Collection:
        """The collection, created with its indexes where missing."""
        ...

    async def ping(self) -> None:
        """Raises ``Unavailable`` when the database cannot be reached."""
        ...


__all__ = ["AsyncIterator", "Collection", "CollectionSpec", "Document", "Store", "WriteFailure"]
