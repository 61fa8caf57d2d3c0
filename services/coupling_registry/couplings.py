"""Where couplings live: one document a pair, found by either record's id, by the key of Financials, or by what waits.

Data of a document: mapping, company, sales_id, financials_id, financials_key, state (``reserved`` or ``coupled``),
sales_version and financials_version (empty: not known), fingerprint, facts, waiting (destination field ->
``MAPPING:key``), waiting_for (the same targets, to be searched by), place (of a mapping in which several records may
want the same row), number (of the newest write), in_flight (that write, until it settles), failures (direction ->
last error), skipped (where it failed twice: company and mapping, to be searched by; else null), and last (job and
direction that settled it last, and as what it was counted).
"""

from collections.abc import Sequence

from libs.contracts.vocabulary import System
from libs.store.ports import Collection, CollectionSpec, Document
from services.coupling_registry.domain.standing import skip_mark

COUPLINGS = CollectionSpec(
    name="couplings",
    # Ids first: they differ early, which makes comparing index entries cheap.
    unique=(("sales_id", "mapping", "company"), ("financials_id", "mapping", "company"), ("place",)),
    indexes=(("mapping", "financials_key"), ("mapping", "company"), ("waiting_for",), ("skipped",)),
)


class Raced(Exception):
    """Somebody else wrote one of these couplings first; read again and decide again."""


class Couplings:
    """The couplings of one company."""

    def __init__(self, collection: Collection, company: str) -> None:
        self._collection = collection
        self.company = company

    async def of_records(self, mapping: str, system: System, ids: Sequence[str]) -> dict[str, Document]:
        """Couplings of these records of one system, by the record's id."""
        if not ids:
            return {}
        name = f"{system}_id"
        found = await self._collection.find({"mapping": mapping, "company": self.company, name: list(ids)})
        return {document.data[name]: document for document in found}

    async def of_keys(self, mapping: str, keys: Sequence[str]) -> list[Document]:
        if not keys:
            return []
        found = await self._collection.find({"mapping": mapping, "financials_key": list(keys)})
        return [document for document in found if document.data["company"] == self.company]

    async def of_mapping(
        self, mapping: str, *, skipped: bool = False, after: str = "", limit: int | None = None
    ) -> list[Document]:
        """All couplings of a mapping, or those that runs leave out."""
        return await self._collection.find(self._of(mapping, skipped), after=after, limit=limit)

    async def count(self, mapping: str, *, skipped: bool = False) -> int:
        return await self._collection.count(self._of(mapping, skipped))

    def _of(self, mapping: str, skipped: bool) -> dict[str, str]:
        if skipped:
            return {"skipped": skip_mark(self.company, mapping)}
        return {"mapping": mapping, "company": self.company}

    async def by_ids(self, ids: Sequence[str]) -> dict[str, Document]:
        return await self._collection.get_many(list(ids)) if ids else {}

    async def waiting_for(self, targets: Sequence[str]) -> list[Document]:
        """Settled couplings with a look-up that was left empty for one of these."""
        found = await self._collection.find({"waiting_for": list(targets)}) if targets else []
        return [document for document in found if document.data["company"] == self.company]

    async def holders(self, places: Sequence[str]) -> dict[str, Document]:
        """Who has these places."""
        found = await self._collection.find({"place": list(places)}) if places else []
        return {document.data["place"]: document for document in found}

    async def save(self, documents: Sequence[Document], deleted: Sequence[str] = ()) -> None:
        """Write all of them. Raises ``Raced`` when some could not be: repeat from what is stored now."""
        if deleted:
            await self._collection.delete_many(list(deleted))
        if documents and await self._collection.save_many(documents):
            raise Raced
