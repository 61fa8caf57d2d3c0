"""The networked store: MongoDB through motor, for any number of replicas of a service.

Every write is acknowledged by a majority and its journal, and every rule is one conditional write of one document.
A field that holds lists may be indexed together with others, but only one field of an index may hold a list.

Motor is deprecated in favour of PyMongo's own asynchronous client; this file is the only one that would change.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit
from uuid import uuid4

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, ConfigurationError, DuplicateKeyError

from libs.runtime.errors import ConcurrentUpdate, MappingInvalid, Unavailable
from libs.store.encoding import decode_data
from libs.store.errors import DuplicateKey
from libs.store.mongo_documents import DUPLICATE, WRITE_CONFLICT, Shape, document_of, translated
from libs.store.ports import Collection, CollectionSpec, Document, Store, WriteFailure

_TIMEOUTS: dict[str, Any] = {"serverSelectionTimeoutMS": 5000, "connectTimeoutMS": 5000, "socketTimeoutMS": 30000}
"""Milliseconds, where the URL does not say."""

_TOKENS_KEPT = 8
_BACKFILL = 500
_SPECIFICATIONS = "tandem_specifications"
"""Collection that remembers which fields the documents of each collection are searched by."""


class MongoStore:
    """A :class:`~libs.store.ports.Store` in one database. Any number of processes may share it."""

    def __init__(self, url: str, name: str) -> None:
        parts = urlsplit(url)
        self._database_name = f"{parts.path.strip('/') or 'tandem'}_{name}"
        # The service's own database is named by us; the URL's decides where the user is looked up.
        self._url = urlunsplit(parts._replace(path=parts.path or "/"))
        self._query = parts.query
        self._name = name
        self._client: AsyncIOMotorClient[dict[str, Any]] | None = None
        self._collections: dict[str, MongoCollection] = {}

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Store]:
        try:
            client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(
                self._url,
                appname=f"tandem-{self._name}",
                w="majority",
                journal=True,
                **{option: value for option, value in _TIMEOUTS.items() if option not in parse_qs(self._query)},
            )
        except (ConfigurationError, ValueError) as error:
            raise MappingInvalid(
                f"TANDEM_STORE_URL is no address of a MongoDB: {error}.",
                code="settings.invalid",
                setting="TANDEM_STORE_URL",
            ) from error
        try:
            self._client = client
            await self.ping()
            yield self
        finally:
            self._client = None
            self._collections.clear()
            client.close()

    async def collection(self, spec: CollectionSpec) -> Collection:
        known = self._collections.get(spec.name)
        if known is not None:
            if known.spec != spec:
                raise ValueError(f"{spec.name} is already open with another specification.")
            return known
        database = self._connected()[self._database_name]
        collection = MongoCollection(database[spec.name], spec)
        with translated():
            await collection.prepare(database[_SPECIFICATIONS])
        return self._collections.setdefault(spec.name, collection)

    async def ping(self) -> None:
        with translated():
            await self._connected()[self._database_name].command("ping")

    def _connected(self) -> "AsyncIOMotorClient[dict[str, Any]]":
        if self._client is None:
            raise Unavailable("The store is closed.", code="store.unavailable")
        return self._client


class MongoCollection:
    def __init__(self, documents: Any, spec: CollectionSpec) -> None:
        self.spec = spec
        self._documents = documents
        self._shape = Shape(spec)

    async def prepare(self, specifications: Any) -> None:
        """Create the indexes where missing, and fill in the keys of fields that became searched later."""
        known = await specifications.find_one({"_id": self.spec.name})
        if known is not None and set(self._shape.fields) - set(known["fields"]):
            await self._backfill()
        await self._documents.create_index(
            [("unpublished", 1)], name="outbox", partialFilterExpression={"unpublished": True}
        )
        wanted_names = {"_id_", "outbox"}
        for name, fields in self._shape.unique.items():
            wanted_names.add(name)
            await self._documents.create_index(
                [(f"keys.{field}", 1) for field in fields],
                name=name,
                unique=True,
                partialFilterExpression={f"keys.{field}": {"$exists": True} for field in fields},
            )
        for name, fields in self._shape.indexes.items():
            wanted_names.add(name)
            await self._documents.create_index([*((f"keys.{field}", 1) for field in fields), ("_id", 1)], name=name)
        for name in set(await self._documents.index_information()) - wanted_names:
            await self._documents.drop_index(name)
        await specifications.update_one(
            {"_id": self.spec.name}, {"$set": {"fields": list(self._shape.fields)}}, upsert=True
        )

    async def _backfill(self) -> None:
        after = ""
        while True:
            cursor = self._documents.find({"_id": {"$gt": after}}, {"data": 1, "version": 1})
            raw = await cursor.sort("_id", 1).limit(_BACKFILL).to_list(None)
            if not raw:
                return
            updates = [
                UpdateOne(
                    {"_id": one["_id"], "version": one["version"]},
                    {"$set": {"keys": self._shape.keys(decode_data(one["data"]))}},
                )
                for one in raw
            ]
            await self._documents.bulk_write(updates, ordered=False)
            after = raw[-1]["_id"]

    # Reading

    async def get(self, id: str) -> Document | None:
        with translated():
            raw = await self._documents.find_one({"_id": id})
        return None if raw is None else document_of(raw)

    async def get_many(self, ids: Sequence[str]) -> dict[str, Document]:
        if not ids:
            return {}
        found = await self._select({"_id": {"$in": list(ids)}})
        return {document.id: document for document in found}

    async def find(self, where: Mapping[str, Any], *, after: str = "", limit: int | None = None) -> list[Document]:
        condition = self._shape.condition(where)
        if after:
            condition["_id"] = {"$gt": after}
        if limit is not None:
            with translated():
                raw = await self._documents.find(condition).sort("_id", 1).limit(limit).to_list(None) if limit else []
            return [document_of(one) for one in raw]
        # Everything is wanted, so sorting it here spares the server from holding it all.
        documents = await self._select(condition)
        documents.sort(key=lambda document: document.id)
        return documents

    async def count(self, where: Mapping[str, Any]) -> int:
        with translated():
            return int(await self._documents.count_documents(self._shape.condition(where)))

    async def unpublished(self, limit: int = 100) -> list[Document]:
        with translated():
            raw = await self._documents.find({"unpublished": True}).limit(limit).to_list(None) if limit else []
        return [document_of(one) for one in raw]

    async def _select(self, condition: dict[str, Any]) -> list[Document]:
        with translated():
            return [document_of(one) for one in await self._documents.find(condition).to_list(None)]

    # Writing

    async def save(self, document: Document) -> Document:
        fields = self._shape.content(document)
        try:
            with translated():
                if document.version == 0:
                    await self._documents.insert_one({"_id": document.id, "version": 1, **fields})
                else:
                    result = await self._documents.update_one(
                        {"_id": document.id, "version": document.version},
                        {"$set": {"version": document.version + 1, **fields}},
                    )
                    if not result.matched_count:
                        raise self._conflict(document)
        except DuplicateKeyError as error:
            key = self._shape.collided(error.details or {})
            if not key or (document.version == 0 and await self._present([document.id])):
                raise self._conflict(document) from error
            raise DuplicateKey(self.spec.name, key) from error
        return Document(document.id, document.data, document.version + 1, document.handled, document.outbox)

    async def save_many(self, documents: Sequence[Document]) -> list[WriteFailure]:
        if not documents:
            return []
        call = uuid4().hex
        result, failures = await self._bulk(
            [self._saving(document, f"{call}:{i}") for i, document in enumerate(documents)]
        )
        refused = {failure.index for failure in failures}
        updated = [index for index, document in enumerate(documents) if document.version and index not in refused]
        if result["nMatched"] < len(updated):
            failures += await self._unmatched(documents, updated, call)
        # The server names any index that a new document collides with; that the id is taken tells more.
        collided = [documents[failure.index] for failure in failures if failure.reason == "duplicate_key"]
        present = await self._present([document.id for document in collided if document.version == 0])
        return sorted(
            (
                WriteFailure(failure.index, "version_conflict")
                if documents[failure.index].version == 0 and documents[failure.index].id in present
                else failure
                for failure in failures
            ),
            key=lambda failure: failure.index,
        )

    def _saving(self, document: Document, token: str) -> Any:
        fields = self._shape.content(document)
        if document.version == 0:
            return InsertOne({"_id": document.id, "version": 1, **fields})
        return UpdateOne(
            {"_id": document.id, "version": document.version},
            {
                "$set": {"version": document.version + 1, **fields},
                "$push": {"tokens": {"$each": [token], "$slice": -_TOKENS_KEPT}},
            },
        )

    async def _unmatched(self, documents: Sequence[Document], indexes: list[int], call: str) -> list[WriteFailure]:
        """Which of these updates found another version. The server only counts them; the token that each update
        leaves in its document tells, also when somebody has written the document again since."""
        with translated():
            raw = await self._documents.find(
                {"_id": {"$in": [documents[index].id for index in indexes]}}, {"tokens": 1}
            ).to_list(None)
        tokens = {token for one in raw for token in one.get("tokens", ())}
        return [WriteFailure(index, "version_conflict") for index in indexes if f"{call}:{index}" not in tokens]

    async def _present(self, ids: list[str]) -> set[str]:
        if not ids:
            return set()
        with translated():
            return {one["_id"] for one in await self._documents.find({"_id": {"$in": ids}}, {"_id": 1}).to_list(None)}

    async def put_many(self, documents: Sequence[Document]) -> None:
        latest = list({document.id: document for document in documents}.values())
        # Two that insert the same id at once: one is refused, and finds the document there the next time.
        for _ in range(3):
            if not latest:
                return
            _, failures = await self._bulk(
                [
                    UpdateOne(
                        {"_id": document.id},
                        {"$set": self._shape.content(document), "$inc": {"version": 1}},
                        upsert=True,
                    )
                    for document in latest
                ]
            )
            for failure in failures:
                if failure.reason == "duplicate_key":
                    raise DuplicateKey(self.spec.name, failure.key)
            latest = [latest[failure.index] for failure in failures]
        if latest:
            raise self._conflict(latest[0])

    async def delete_many(self, ids: Sequence[str]) -> None:
        if ids:
            with translated():
                await self._documents.delete_many({"_id": {"$in": list(ids)}})

    async def mark_published(self, id: str, message_ids: Sequence[str]) -> None:
        published = [str(message_id) for message_id in message_ids]
        left = {
            "$filter": {"input": "$outbox", "as": "message", "cond": {"$not": [{"$in": ["$$message.id", published]}]}}
        }
        with translated():
            await self._documents.update_one(
                {"_id": id},
                [{"$set": {"outbox": left}}, {"$set": {"unpublished": {"$gt": [{"$size": "$outbox"}, 0]}}}],
            )

    async def _bulk(self, operations: list[Any]) -> tuple[Mapping[str, Any], list[WriteFailure]]:
        try:
            with translated():
                result = await self._documents.bulk_write(operations, ordered=False)
                return result.bulk_api_result, []
        except BulkWriteError as error:
            details = error.details or {}
            if details.get("writeConcernErrors"):
                raise Unavailable(
                    "The store took a write but could not confirm that it is safe.", code="store.unavailable"
                ) from error
            failures = []
            for fault in details.get("writeErrors", ()):
                if fault["code"] not in (DUPLICATE, WRITE_CONFLICT):
                    raise
                key = self._shape.collided(fault) if fault["code"] == DUPLICATE else ()
                failures.append(WriteFailure(fault["index"], "duplicate_key" if key else "version_conflict", key))
            return details, failures

    def _conflict(self, document: Document) -> ConcurrentUpdate:
        return ConcurrentUpdate(f"{self.spec.name} {document.id} was changed by somebody else meanwhile.")
