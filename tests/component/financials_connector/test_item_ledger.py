"""The item ledger is followed by entry number on every surface, in messages of bounded size."""

from dataclasses import replace
from decimal import Decimal

import pytest

from libs.contracts.item_availability import ItemLedgerRead, ReadItemLedger
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


async def read(setting: Setting, after: int | None, **more: int) -> ItemLedgerRead:
    return await LedgerReading(setting.remote, setting.tenants, **more).read(ReadItemLedger(run_id="r", after=after))


@pytest.mark.parametrize("surface", list(Surface))
async def test_items_with_entries_after_a_number_are_told_once_each(surface: Surface) -> None:
    setting = a_stocked_company(without=(COMPANION,) if surface is not Surface.COMPANION else ())
    plans = dict((await setting.tenant()).plans)
    chosen = plan_on(surface, ITEM_LEDGER_ENTRY, {})
    assert chosen is not None
    setting.tenants = Known(replace(await setting.tenant(), plans={**plans, ITEM_LEDGER_ENTRY.name: chosen}))

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
