"""Everything that both tenants and the registry hold at one moment, to be compared."""

import asyncio
from dataclasses import dataclass, field

from libs.contracts.couplings import CouplingView
from libs.contracts.setup import MappingContext, MappingView
from libs.contracts.vocabulary import System
from services.demo.client import Client
from services.demo.keyboard import Keyboard, Row
from services.demo.tables import financials_id, goes_by_key, key_id, sales_id

BESIDE = (
    (System.FINANCIALS, "Contact Business Relation"),
    (System.SALES, "productpricelevel"),
    (System.SALES, "uom"),
)
"""Tables that are read besides those of the mappings."""


@dataclass(frozen=True)
class Snapshot:
    """Rows by id, couplings by mapping."""

    mappings: list[MappingView]
    context: MappingContext
    financials: dict[str, dict[str, Row]]
    """Table -> id -> row."""
    sales: dict[str, dict[str, Row]]
    couplings: dict[str, list[CouplingView]]
    partners: dict[str, dict[str, CouplingView]] = field(init=False)
    """Mapping -> key in Financials -> coupling."""

    def __post_init__(self) -> None:
        by_key = {
            mapping: {item.financials_key: item for item in items if item.state == "coupled"}
            for mapping, items in self.couplings.items()
        }
        object.__setattr__(self, "partners", by_key)


async def take_snapshot(
    client: Client, keyboard: Keyboard, mappings: list[MappingView], context: MappingContext
) -> Snapshot:
    """Read all tables that take part, and all couplings."""
    tables = dict.fromkeys(
        [
            *((System.FINANCIALS, mapping.financials.table) for mapping in mappings),
            *((System.SALES, mapping.sales.table) for mapping in mappings),
            *BESIDE,
        ]
    )
    rows = await asyncio.gather(*(keyboard.rows(system, table) for system, table in tables))
    found: dict[System, dict[str, dict[str, Row]]] = {System.FINANCIALS: {}, System.SALES: {}}
    for (system, table), there in zip(tables, rows, strict=True):
        if system is System.SALES:
            key = sales_id(table)
        else:
            key = key_id(table) if goes_by_key(context, table) else financials_id
        found[system][table] = {key(row): row for row in there}
    couplings = {mapping.name: await client.couplings(mapping.name) for mapping in mappings}
    return Snapshot(mappings, context, found[System.FINANCIALS], found[System.SALES], couplings)


def new_rows(before: Snapshot, after: Snapshot, table: str) -> set[str]:
    """Ids of rows of a Sales table that were not there before."""
    return set(after.sales[table]) - set(before.sales[table])
