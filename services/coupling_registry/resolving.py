"""Answers which records of Financials rows of Sales are coupled with, for whoever knows only the rows' ids."""

from collections.abc import Iterable, Mapping
from functools import cache

from libs.contracts.couplings import ResolvedRecord, ResolvedRecords, ResolveRecords, SalesRef
from libs.contracts.vocabulary import System
from libs.messaging.handling import Handling
from libs.runtime.clock import Clock
from libs.store.ports import Collection, Document
from services.coupling_registry.catalogue import mappings
from services.coupling_registry.configuration import Configurations
from services.coupling_registry.couplings import Couplings
from services.coupling_registry.domain.standing import COUPLED

UNIT, UNIT_GROUP, BASE_UNIT = "uom", "uomschedule", "baseuomid"
CURRENCY = "transactioncurrency"
_KEPT_SECONDS = 10.0
"""How long base units of unit groups are taken from memory."""
_READ_AGAIN_SECONDS = 1.0
"""How old they must be before an id that is not among them has them read again."""


class Resolving:
    """Looks couplings up by rows of Sales."""

    def __init__(self, collection: Collection, configurations: Configurations, clock: Clock) -> None:
        self._collection = collection
        self._configurations = configurations
        self._clock = clock
        self._base_units: Mapping[str, Document] = {}
        self._read: tuple[str, float] | None = None

    async def resolve_records(self, message: ResolveRecords, handling: Handling) -> ResolvedRecords:
        """The rows that are coupled, in the order of the question. The local currency has an empty key."""
        context = await self._configurations.context()
        couplings = Couplings(self._collection, context.company_id)
        asked: dict[str, dict[str, None]] = {}
        for ref in message.records:
            asked.setdefault(ref["table"], {})[plain_id(ref["id"])] = None
        found: dict[tuple[str, str], Document] = {}
        for table, ids in asked.items():
            for mapping in _mappings_of(table):
                for row, document in (await couplings.of_records(mapping, System.SALES, list(ids))).items():
                    if document.data["state"] == COUPLED:
                        found.setdefault((table, row), document)
            if table == UNIT:
                left = {row for row in ids if (UNIT, row) not in found}
                found |= {(UNIT, row): document for row, document in (await self._as_base(couplings, left)).items()}
        local = CURRENCY, plain_id(context.local_currency_id)
        records = []
        for ref in message.records:
            place = ref["table"], plain_id(ref["id"])
            if place in found:
                records.append(_resolved(ref, found[place]))
            elif place == local and context.local_currency_id:
                # The local currency has no record in Financials: its code is blank there.
                records.append(
                    ResolvedRecord(
                        table=ref["table"],
                        id=ref["id"],
                        mapping="CURRENCY",
                        financials_table="Currency",
                        financials_id="",
                        financials_key="",
                    )
                )
        return ResolvedRecords(records=records, company_id=couplings.company)

    async def _as_base(self, couplings: Couplings, ids: set[str]) -> dict[str, Document]:
        """Unit groups by base unit, for those of ``ids`` that are one."""
        if not ids:
            return {}
        now = self._clock.monotonic()
        company, at = self._read or ("", -_KEPT_SECONDS)
        patience = _KEPT_SECONDS if ids <= self._base_units.keys() else _READ_AGAIN_SECONDS
        if self._read is None or company != couplings.company or now - at >= patience:
            self._base_units = by_base_unit(
                [document for name in _mappings_of(UNIT_GROUP) for document in await couplings.of_mapping(name)]
            )
            self._read = couplings.company, now
        return {unit: self._base_units[unit] for unit in ids if unit in self._base_units}


def by_base_unit(groups: Iterable[Document]) -> dict[str, Document]:
    """The coupled unit groups by the id of their base unit."""
    return {
        plain_id(str(document.data["facts"][BASE_UNIT])): document
        for document in groups
        if document.data["state"] == COUPLED and document.data["facts"].get(BASE_UNIT)
    }


def plain_id(id: str) -> str:
    """An id as couplings hold it, whichever way a form writes it."""
    return id.strip().strip("{}").lower()


@cache
def _mappings_of(table: str) -> tuple[str, ...]:
    """Mappings whose rows in Sales are of this table."""
    return tuple(name for name, mapping in mappings().items() if mapping.sales_table == table)


def _resolved(ref: SalesRef, document: Document) -> ResolvedRecord:
    data = document.data
    return ResolvedRecord(
        table=ref["table"],
        id=ref["id"],
        mapping=data["mapping"],
        financials_table=mappings()[data["mapping"]].financials_table,
        financials_id=data["financials_id"] or "",
        financials_key=data["financials_key"],
    )
