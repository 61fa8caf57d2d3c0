"""Commands become results with the page's identity; a repeat of a reading has ids of its own."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from libs.contracts.pages import PageKey, PageRead, ReadPage, SettlePage, SynchronizePage, TableRead, WritePage
from libs.contracts.vocabulary import Direction, RunKind, System
from libs.messaging.handling import Handling
from libs.runtime.errors import Unavailable
from services.financials_connector.handlers import routes
from services.sandbox.financials.shapes import API_V2, COMPANION
from tests.component.financials_connector.in_process import Setting, a_write

PAGE = PageKey(job_id="j", mapping="CUSTOMER", direction=Direction.TO_SALES, page=0)


def a_handling() -> Handling:
    return Handling(uuid4(), "", datetime(2026, 3, 2, 8, 0, tzinfo=UTC))


def a_reading(**more: object) -> ReadPage:
    read = TableRead(system=System.FINANCIALS, table="Customer", fields=["Name"])
    return ReadPage(
        system=System.FINANCIALS, page=PAGE, run=RunKind.FULL, read=read, page_size=5, split_size=2
    ).model_copy(update=more)


async def test_a_page_is_handed_on_in_splits_and_told_of() -> None:
    setting = Setting()
    for number in range(7):
        setting.put("Customer", name=f"C{number}")
    handler = routes(setting.remote, setting.tenants)[ReadPage]
    results = [result.message for result in await handler(a_reading(match_by="Name"), a_handling())]  # type: ignore[operator]
    *splits, told = results
    assert [type(split) for split in splits] == [SynchronizePage] * 3
    assert [len(split.records) for split in splits] == [2, 2, 1]
    assert [(split.page.split, split.page.splits, split.match_by) for split in splits] == [
        (0, 3, "Name"),
        (1, 3, "Name"),
        (2, 3, "Name"),
    ]
    assert isinstance(told, PageRead)
    assert (told.count, told.page.splits) == (5, 3)
    assert told.watermark.startswith("row:")
    rest = await handler(a_reading(cursor=told.next_cursor), a_handling())  # type: ignore[operator]
    assert [len(result.message.records) for result in rest[:-1]] == [2]
    assert (rest[-1].message.next_cursor, rest[-1].message.watermark) == ("", "")


async def test_an_empty_table_is_a_page_of_no_splits() -> None:
    setting = Setting()
    handler = routes(setting.remote, setting.tenants)[ReadPage]
    [only] = await handler(a_reading(), a_handling())  # type: ignore[operator]
    assert (only.message.count, only.message.page.splits, only.message.next_cursor) == (0, 0, "")


async def test_two_readings_of_a_page_have_tokens_of_their_own() -> None:
    setting = Setting()
    setting.put("Customer", name="Alpha")
    handler = routes(setting.remote, setting.tenants)[ReadPage]
    first, second = [await handler(a_reading(), a_handling()) for _ in range(2)]  # type: ignore[operator]
    assert len({result.discriminator for result in first}) == 1
    assert first[0].discriminator == first[0].message.page.attempt
    assert first[0].discriminator != second[0].discriminator


async def test_a_written_page_is_settled_with_everything_it_carried() -> None:
    setting = Setting()
    handler = routes(setting.remote, setting.tenants)[WritePage]
    command = WritePage(
        system=System.FINANCIALS,
        page=PAGE,
        run=RunKind.FULL,
        mapping="CUSTOMER",
        table="Customer",
        writes=[a_write("create", str(uuid4()), {"Name": "Alpha"})],
        returns=["No."],
        round=2,
    )
    [settle] = await handler(command, a_handling())  # type: ignore[operator]
    assert isinstance(settle, SettlePage)
    assert (settle.page, settle.mapping, settle.round, settle.carried) == (PAGE, "CUSTOMER", 2, command.carried)
    assert [outcome["status"] for outcome in settle.outcomes] == ["created"]
    assert settle.outcomes[0]["facts"]["No."]


async def test_when_the_companion_is_taken_away_the_next_attempt_reads_elsewhere() -> None:
    setting = Setting()
    setting.put("Customer", name="Alpha")
    handler = routes(setting.remote, setting.tenants)[ReadPage]
    await handler(a_reading(), a_handling())  # type: ignore[operator]
    setting.session.off.add(COMPANION)
    with pytest.raises(Unavailable):
        await handler(a_reading(), a_handling())  # type: ignore[operator]
    *_, told = await handler(a_reading(), a_handling())  # type: ignore[operator]
    assert told.message.count == 1
    assert (await setting.tenants.current()).plan("Customer").surface == "api_v2"


async def test_a_page_that_is_no_longer_published_does_not_make_its_records_look_deleted() -> None:
    setting = Setting(API_V2)
    setting.put("Shipping Agent", code="DHL", name="DHL")
    await setting.tenant()
    setting.session.unpublished.add("ShippingAgents")
    handler = routes(setting.remote, setting.tenants)[WritePage]
    command = WritePage(
        system=System.FINANCIALS,
        page=PAGE,
        run=RunKind.FULL,
        mapping="SHIPPING AGENT",
        table="Shipping Agent",
        writes=[a_write("update", "DHL", {"Name": "x"}), a_write("compare", "DHL", {"Name": "x"})],
    )
    with pytest.raises(Unavailable):
        await handler(command, a_handling())  # type: ignore[operator]
