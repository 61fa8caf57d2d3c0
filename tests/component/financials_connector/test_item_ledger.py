"""The item ledger is followed by entry number on every surface, in messages of bounded size; numbers that are passed
without an entry are looked for again."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from libs.contracts.item_availability import EntryRange, ItemLedgerRead, ReadItemLedger
from libs.contracts.pages import PageRead, ReadPage, SynchronizePage, TableRead
from libs.contracts.vocabulary import RunKind, System
from libs.dynamics.financials_tables import ITEM_LEDGER_ENTRY
from services.financials_connector.discovery import Tenants
from services.financials_connector.handlers import routes
from services.financials_connector.item_ledger import LedgerReading, distinct_items
from services.financials_connector.surfaces import Surface, plan_on
from services.financials_connector.tenant import Tenant
from services.sandbox.financials.shapes import COMPANION
from tests.component.financials_connector.in_process import Setting
from tests.component.financials_connector.test_financials_handlers import PAGE as A_PAGE
from tests.component.financials_connector.test_financials_handlers import a_handling


class Known(Tenants):
    """Tenants that know one, whatever surfaces there are."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def current(self) -> Tenant:
        return self._tenant


def a_stocked_company(*, without: tuple[str, ...] = ()) -> Setting:
    setting = Setting()
    setting.session.off |= set(without)
    for number in ("1000", "1001", "1002"):
        setting.put("Item", No_=number, Description=number)
    stock = setting.world.company.stock
    for item, quantity in (("1000", 5), ("1001", 7), ("1000", -2), ("1002", 1)):
        stock.post(item, Decimal(quantity))
    return setting


async def read(setting: Setting, after: int | None, missing: Sequence[EntryRange] = (), **more: int) -> ItemLedgerRead:
    command = ReadItemLedger(run_id="r", after=after, missing=list(missing))
    return await LedgerReading(setting.remote, setting.tenants, **more).read(command)


async def on(setting: Setting, surface: Surface) -> Setting:
    """The setting, with its ledger read from one surface."""
    tenant = await setting.tenant()
    chosen = plan_on(surface, ITEM_LEDGER_ENTRY, {})
    assert chosen is not None
    setting.tenants = Known(replace(tenant, plans={**tenant.plans, ITEM_LEDGER_ENTRY.name: chosen}))
    return setting


def commit(setting: Setting, number: int, item: str) -> None:
    """A ledger entry becomes visible, whatever its number."""
    setting.put("Item Ledger Entry", **{"Entry_No_": number, "Item_No_": item, "Quantity": 1})


@pytest.mark.parametrize("surface", list(Surface))
async def test_items_with_entries_after_a_number_are_told_once_each(surface: Surface) -> None:
    setting = await on(a_stocked_company(without=(COMPANION,) if surface is not Surface.COMPANION else ()), surface)

    everything, later, nothing, end = [await read(setting, after) for after in (0, 2, 4, None)]

    assert (everything.items, everything.last_entry, everything.more) == (["1000", "1001", "1002"], 4, False)
    assert (later.items, later.after, later.last_entry) == (["1000", "1002"], 2, 4)
    assert (nothing.items, nothing.last_entry) == ([], 4)
    assert (end.items, end.after, end.last_entry) == ([], 4, 4)


async def test_a_long_ledger_comes_in_parts_that_together_tell_everything() -> None:
    setting = a_stocked_company()

    first = await read(setting, 0, entries=3)
    rest = await read(setting, first.last_entry, entries=3)

    assert (first.items, first.last_entry, first.more) == (["1000", "1001"], 3, True)
    assert (rest.items, rest.last_entry, rest.more) == (["1002"], 4, False)


def test_a_message_names_no_more_items_than_it_may_and_ends_where_it_stops() -> None:
    entries = [(1, "A"), (2, "B"), (3, "A"), (4, "C"), (5, "A")]

    assert distinct_items(entries, 0, limit=2) == (["A", "B"], 3)
    assert distinct_items(entries[3:], 3, limit=2) == (["C", "A"], 5)
    assert distinct_items([], 9) == ([], 9)


@pytest.mark.parametrize("surface", list(Surface))
async def test_entries_that_are_committed_after_greater_numbers_are_told_when_they_come(surface: Surface) -> None:
    setting = await on(a_stocked_company(), surface)
    for number, item in ((8, "1000"), (12, "1001")):
        commit(setting, number, item)

    begun = await read(setting, None)
    assert (begun.last_entry, begun.missing) == (12, [(5, 7), (9, 11)])
    commit(setting, 6, "1002")
    commit(setting, 15, "1000")
    later = await read(setting, 12, begun.missing)
    still = await read(setting, 15, later.missing)

    assert (later.items, later.last_entry) == (["1002", "1000"], 15)
    assert later.missing == still.missing == [(5, 5), (7, 7), (9, 11), (13, 14)]
    assert (still.items, still.more, still.restarted) == ([], False, False)


async def test_more_belated_entries_than_a_message_names_come_in_parts_and_none_is_lost() -> None:
    setting = a_stocked_company()
    for number in range(1003, 1010):
        setting.put("Item", No_=str(number), Description="belated")
    commit(setting, 30, "1000")
    for number in range(10, 17):
        commit(setting, number, str(number + 993))
    commit(setting, 31, "1001")

    told, missing, after, answers = [], [(5, 29)], 30, 0
    while True:
        answer = await read(setting, after, missing, items=3)
        told += answer.items
        missing, after, answers = answer.missing, answer.last_entry, answers + 1
        if not answer.more:
            break

    assert told == [*(str(number) for number in range(1003, 1010)), "1001"]
    assert (after, missing, answers) == (31, [(5, 9), (17, 29)], 3)


async def test_more_holes_than_a_message_names_are_joined() -> None:
    setting = a_stocked_company()
    for number in range(6, 280, 2):
        commit(setting, number, "1000")

    begun = await read(setting, None)
    commit(setting, 7, "1002")
    later = await read(setting, 278, begun.missing)

    assert len(begun.missing) == 100
    assert "1002" in later.items
    assert not set(range(5, 278, 2)) - {7} - covered(later.missing)


def covered(ranges: Sequence[EntryRange]) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


async def test_a_ledger_that_was_put_back_to_an_earlier_state_is_noticed() -> None:
    setting = a_stocked_company()

    told = await read(setting, 700, [(3, 9)])

    assert (told.after, told.last_entry, told.restarted, told.missing) == (700, 4, True, [])


async def test_a_ledger_that_may_not_be_read_is_told_instead_of_tried_for_ever() -> None:
    setting = a_stocked_company()
    setting.session.denied.add(("Item Ledger Entry", "read"))

    told = await read(setting, 3)

    assert (told.last_entry, told.items) == (3, [])
    assert [failure.code for failure in told.failures] == ["remote.privilege_missing"]


async def test_chosen_records_are_read_and_no_others_page_by_page() -> None:
    setting = a_stocked_company()
    ids = [record["SystemId"] for record in setting.held("Item")][:2]
    handler = routes(setting.remote, setting.tenants)[ReadPage]
    wanted = TableRead(system=System.FINANCIALS, table="Item", fields=["No.", "Inventory"], only=ids)
    command = ReadPage(
        system=System.FINANCIALS, page=A_PAGE, run=RunKind.MODIFIED, read=wanted, page_size=1, recheck=True
    )

    *_, first = await handler(command, a_handling())  # type: ignore[operator]
    last_part, last = await handler(  # type: ignore[operator]
        command.model_copy(update={"cursor": first.message.next_cursor}), a_handling()
    )

    assert isinstance(first.message, PageRead)
    assert (first.message.count, first.message.watermark, last.message.next_cursor) == (1, "", "")
    assert isinstance(last_part.message, SynchronizePage)
    assert last_part.message.recheck
    assert [record["values"] for record in last_part.message.records] == [{"No.": "1001", "Inventory": "7"}]
