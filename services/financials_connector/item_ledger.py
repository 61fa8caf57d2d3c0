"""Reads which items have moved: the item ledger, by entry number."""

from collections.abc import Sequence
from typing import Any

from libs.contracts.item_availability import ItemLedgerRead, ReadItemLedger
from libs.contracts.vocabulary import System
from libs.dynamics.financials_tables import ITEM_LEDGER_ENTRY
from libs.dynamics.odata import filter_text
from libs.runtime.errors import Permanent
from services.financials_connector.addresses import query
from services.financials_connector.discovery import Tenants
from services.financials_connector.filters import term
from services.financials_connector.remote import Remote
from services.financials_connector.surfaces import TablePlan
from services.financials_connector.tenant import Tenant

ENTRIES_AT_ONCE = 20_000
"""Entries that one message is about: a page of Financials."""
ITEMS_AT_ONCE = 2000
"""Most items that one message names."""

_NUMBER, _ITEM = "Entry No.", "Item No."


class LedgerReading:
    """Reads the ledger of one company. May be repeated: entries are only ever added."""

    def __init__(self, remote: Remote, tenants: Tenants, *, entries: int = ENTRIES_AT_ONCE) -> None:
        self._remote = remote
        self._tenants = tenants
        self._entries = entries

    async def read(self, message: ReadItemLedger) -> ItemLedgerRead:
        """The items of the entries after a number, as many as fit into one message."""
        try:
            tenant = await self._tenants.current()
            plan = tenant.plan(ITEM_LEDGER_ENTRY.name)
            number, item = plan.properties[_NUMBER], plan.properties[_ITEM]
            if message.after is None:
                rows = await self._rows(
                    tenant, plan, [("$select", number), ("$orderby", f"{number} desc"), ("$top", "1")]
                )
                last = int(rows[0][number]) if rows else 0
                return ItemLedgerRead(run_id=message.run_id, after=last, last_entry=last)
            later = filter_text([term(plan, plan.field(_NUMBER), "gt", message.after)], System.FINANCIALS)
            rows = await self._rows(
                tenant,
                plan,
                [
                    ("$select", f"{number},{item}"),
                    ("$filter", later),
                    ("$orderby", number),
                    ("$top", str(self._entries)),
                ],
            )
        except Permanent as error:
            return ItemLedgerRead(
                run_id=message.run_id,
                after=message.after or 0,
                last_entry=message.after or 0,
                failures=[error.failure()],
            )
        entries = [(int(row[number]), str(row[item])) for row in rows]
        items, last = distinct_items(entries, message.after)
        more = len(rows) >= self._entries or last < entries[-1][0] if entries else False
        return ItemLedgerRead(run_id=message.run_id, after=message.after, last_entry=last, items=items, more=more)

    async def _rows(self, tenant: Tenant, plan: TablePlan, options: list[tuple[str, str]]) -> list[dict[str, Any]]:
        return await self._remote.rows(tenant.root(plan.surface), tenant.path(plan) + query(options))


def distinct_items(entries: Sequence[tuple[int, str]], after: int, limit: int = ITEMS_AT_ONCE) -> tuple[list[str], int]:
    """The items of ``entries`` (ascending), at most ``limit`` of them, and the last entry that they cover."""
    items: dict[str, None] = {}
    last = after
    for number, item in entries:
        if item and item not in items:
            if len(items) >= limit:
                break
            items[item] = None
        last = number
    return list(items), last
