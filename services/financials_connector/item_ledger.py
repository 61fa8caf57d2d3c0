"""Reads which items have moved: the item ledger, by entry number, with those numbers that were missing before."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from libs.contracts.item_availability import EntryRange, ItemLedgerRead, ReadItemLedger
from libs.contracts.vocabulary import System
from libs.dynamics.batch import Operation
from libs.dynamics.financials_tables import ITEM_LEDGER_ENTRY
from libs.dynamics.odata import filter_text
from libs.runtime.errors import Permanent
from services.financials_connector.addresses import query
from services.financials_connector.discovery import Tenants
from services.financials_connector.entry_numbers import at_most, holes
from services.financials_connector.filters import term
from services.financials_connector.remote import NEXT, Remote, refusal_of
from services.financials_connector.surfaces import TablePlan
from services.financials_connector.tenant import Tenant

ENTRIES_AT_ONCE = 20_000
"""Entries that one message is about: a page of Financials."""
ITEMS_AT_ONCE = 2000
"""Most items that one message names."""
MISSING_AT_ONCE = 100
"""Most ranges of missing numbers that one message names: they are looked for in one batch."""
NEWEST = 1000
"""How many of the newest entries are looked through for missing numbers when a ledger is taken up."""

_NUMBER, _ITEM = "Entry No.", "Item No."


class LedgerReading:
    """Reads the ledger of one company. May be repeated: entries are only ever added."""

    def __init__(
        self, remote: Remote, tenants: Tenants, *, entries: int = ENTRIES_AT_ONCE, items: int = ITEMS_AT_ONCE
    ) -> None:
        self._remote = remote
        self._tenants = tenants
        self._entries = entries
        self._items = items

    async def read(self, message: ReadItemLedger) -> ItemLedgerRead:
        """The items of the entries after a number and of those that were missing, as many as fit into one message."""
        try:
            tenant = await self._tenants.current()
            plan = tenant.plan(ITEM_LEDGER_ENTRY.name)
            if message.after is None:
                return await self._end(tenant, plan, message)
            return await self._later(tenant, plan, message, message.after)
        except Permanent as error:
            return ItemLedgerRead(
                run_id=message.run_id,
                step=message.step,
                after=message.after or 0,
                last_entry=message.after or 0,
                failures=[error.failure()],
            )

    async def _end(self, tenant: Tenant, plan: TablePlan, message: ReadItemLedger) -> ItemLedgerRead:
        number = plan.properties[_NUMBER]
        options = [("$select", number), ("$orderby", f"{number} desc"), ("$top", str(NEWEST))]
        numbers = sorted(int(row[number]) for row in await self._rows(tenant, plan, options))
        last = numbers[-1] if numbers else 0
        # Before the oldest of them numbers are missing as well only where these are all that there are.
        first = numbers[0] if len(numbers) == NEWEST else 1
        missing = at_most(MISSING_AT_ONCE, [*message.missing, *holes([(first, last)], numbers)])
        return ItemLedgerRead(run_id=message.run_id, step=message.step, after=last, last_entry=last, missing=missing)

    async def _later(self, tenant: Tenant, plan: TablePlan, message: ReadItemLedger, after: int) -> ItemLedgerRead:
        number, item = plan.properties[_NUMBER], plan.properties[_ITEM]
        # With the entry that was last: where even that is gone, this is not the ledger that was read before.
        since = filter_text([term(plan, plan.field(_NUMBER), "ge", after)], System.FINANCIALS)
        options = [
            ("$select", f"{number},{item}"),
            ("$filter", since),
            ("$orderby", number),
            ("$top", str(self._entries + 1)),
        ]
        found = [(int(row[number]), str(row[item])) for row in await self._rows(tenant, plan, options)]
        if after and (not found or found[0][0] != after):
            end = await self._end(tenant, plan, message.model_copy(update={"missing": []}))
            return end.model_copy(update={"after": after, "restarted": True})
        later = [entry for entry in found if entry[0] > after][: self._entries]
        newest = later[-1][0] if later else after
        belated = await self._within(tenant, plan, message.missing)
        entries = sorted({*belated, *later})
        items, covered = distinct_items(entries, after, self._items)
        all_named = not entries or covered == entries[-1][0]
        last = newest if all_named else max(after, covered)
        numbers = [entry[0] for entry in entries]
        named = numbers[: bisect_right(numbers, covered)]
        return ItemLedgerRead(
            run_id=message.run_id,
            step=message.step,
            after=after,
            last_entry=last,
            items=items,
            more=not all_named or len(found) > self._entries,
            missing=at_most(MISSING_AT_ONCE, holes([*message.missing, (after + 1, last)], named)),
        )

    async def _within(self, tenant: Tenant, plan: TablePlan, ranges: Sequence[EntryRange]) -> list[tuple[int, str]]:
        """The entries that have their number in one of the ranges by now."""
        number, item = plan.properties[_NUMBER], plan.properties[_ITEM]
        field = plan.field(_NUMBER)
        operations = []
        for first, last in ranges:
            within = filter_text([term(plan, field, "ge", first), term(plan, field, "le", last)], System.FINANCIALS)
            options = [("$select", f"{number},{item}"), ("$filter", within)]
            operations.append(Operation("GET", tenant.path(plan) + query(options)))
        found = []
        for part in await self._remote.batch(tenant.root(plan.surface), operations):
            if not part.ok:
                raise refusal_of(part).error()
            rows = list(part.body["value"])
            await self._remote.add_pages(part.body.get(NEXT), rows)
            found += [(int(row[number]), str(row[item])) for row in rows]
        return found

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
