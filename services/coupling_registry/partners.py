"""Gathers the couplings that a page's look-ups go through: small tables from memory, large ones in one search each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from libs.contracts.vocabulary import System
from libs.runtime.clock import Clock
from libs.store.ports import Document
from libs.synch.lookups import Lookups, Partner
from services.coupling_registry.catalogue import mappings
from services.coupling_registry.couplings import Couplings
from services.coupling_registry.domain.standing import COUPLED

_KEPT_SECONDS = 10.0
"""How long the couplings of a small table are taken from memory; one that is not among them has them read again."""


@dataclass(frozen=True)
class _Table:
    read_at: float
    by_key: Mapping[str, Partner]
    by_sales_id: Mapping[str, Partner]
    unsettled: frozenset[str]
    """Rows of Sales whose first write has not settled well."""


class Partners:
    """Look-ups through couplings."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._small: dict[tuple[str, str], _Table] = {}

    async def lookups(self, couplings: Couplings, needed: Mapping[str, set[str]], by: System) -> Lookups:
        """Partners of these keys (``by`` Financials) or ids (``by`` Sales), by mapping."""
        by_key: dict[str, Mapping[str, Partner]] = {}
        by_sales_id: dict[str, Mapping[str, Partner]] = {}
        unsettled: dict[str, frozenset[str]] = {}
        for name, keys in needed.items():
            if mappings()[name].small_table:
                table = await self._small_table(couplings, name, keys, by)
                by_key[name], by_sales_id[name], unsettled[name] = table.by_key, table.by_sales_id, table.unsettled
            elif by is System.SALES:
                found = await couplings.of_records(name, System.SALES, sorted(keys))
                table = _table(list(found.values()))
                by_sales_id[name], unsettled[name] = table.by_sales_id, table.unsettled
            else:
                by_key[name] = _table(await couplings.of_keys(name, sorted(keys))).by_key
        return Lookups(by_key, by_sales_id, unsettled)

    async def _small_table(self, couplings: Couplings, mapping: str, keys: set[str], by: System) -> _Table:
        now = self._clock.monotonic()
        place = (couplings.company, mapping)
        table = self._small.get(place)
        known = table is not None and keys <= (table.by_sales_id if by is System.SALES else table.by_key).keys()
        if table is None or not known or now - table.read_at > _KEPT_SECONDS:
            table = self._small[place] = _table(await couplings.of_mapping(mapping), now)
        return table


def _table(documents: Sequence[Document], read_at: float = 0.0) -> _Table:
    by_key: dict[str, Partner] = {}
    by_sales_id: dict[str, Partner] = {}
    unsettled: list[str] = []
    for document in documents:
        data = document.data
        if data["state"] == COUPLED:
            partner = Partner(data["sales_id"], data["financials_key"], data["facts"])
            by_key[data["financials_key"]] = partner
            by_sales_id[data["sales_id"]] = partner
        elif data["sales_id"]:
            unsettled.append(data["sales_id"])
    return _Table(read_at, by_key, by_sales_id, frozenset(unsettled))
