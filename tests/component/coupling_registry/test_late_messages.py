"""Messages that come long after others have gone on: nothing newer is undone, made twice or lost."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.attempts import new_attempt
from libs.contracts.pages import PageSynchronized, SettlePage, WritePage
from libs.contracts.vocabulary import DeletionConflictResolution, RunKind
from libs.testing.builders import a_contact, a_customer, a_page_key, a_record, a_synchronize_page, an_id, an_item
from tests.component.coupling_registry.bench import Bench, counted

MakeBench = Callable[..., Awaitable[Bench]]


def a_customer_page(customer: Any, *, job: str = "job-1", run: RunKind = RunKind.FULL, attempt: str = "a") -> Any:
    key = a_page_key("CUSTOMER", job=job).model_copy(update={"attempt": attempt})
    return a_synchronize_page(key, [customer], run)


async def test_a_creation_carried_out_with_older_values_is_brought_up_to_date(bench: Bench) -> None:
    [write] = await bench.handle(a_customer_page(a_customer(), job="died"))
    await bench.handle(write)
    bench.clock.advance(16 * 60)

    done = await bench.to_sales("CUSTOMER", a_customer(city="Boston", version="2"))

    assert counted(done) == {"inserted": 1}
    [account] = bench.sales.records("account")
    assert account["values"]["address1_city"] == "Boston"
    again = await bench.to_sales("CUSTOMER", a_customer(city="Boston", version="2"))
    assert counted(again) == {"unchanged": 1}


@pytest.mark.parametrize("run", [RunKind.FULL, RunKind.MODIFIED])
async def test_a_deleted_partner_is_restored_once_however_often_that_is_settled(
    make_bench: MakeBench, run: RunKind
) -> None:
    bench = await (await make_bench(deletion_conflict=DeletionConflictResolution.RESTORE_RECORDS)).configured()
    await bench.to_sales("CUSTOMER", a_customer())
    bench.sales.table("account").clear()
    [write] = await bench.handle(a_customer_page(a_customer(city="Boston", version="2"), job="restore", run=run))
    [gone] = await bench.handle(write)

    [first] = await bench.handle(gone)
    [second] = await bench.handle(gone)

    assert isinstance(first, WritePage) and first == second
    assert counted(await bench.finish(first)) == {"inserted": 1}
    [later] = await bench.handle(gone)
    assert isinstance(later, PageSynchronized)
    await bench.to_sales("CUSTOMER", a_customer(city="Chicago", version="3"))
    assert isinstance((await bench.handle(gone))[0], PageSynchronized)
    assert [row["values"]["address1_city"] for row in bench.sales.records("account")] == ["Chicago"]


async def test_a_match_that_is_told_again_after_newer_jobs_writes_nothing(bench: Bench) -> None:
    bench.sales.put("transactioncurrency", an_id("pound"), {"isocurrencycode": "GBP", "currencyname": "Pounds"})
    page = a_synchronize_page(a_page_key("CURRENCY", job="first"), [a_currency("Pound")])
    [create] = await bench.handle(page)
    [matched] = await bench.handle(create)
    assert isinstance(matched, SettlePage)
    await bench.finish(matched)
    await bench.to_sales("CURRENCY", a_currency("Sterling", version="2"))
    [matched_late] = await bench.handle(create)

    for late in (matched, matched_late):
        [answer] = await bench.handle(late)
        assert isinstance(answer, PageSynchronized)

    assert bench.sales.records("transactioncurrency")[0]["values"]["currencyname"] == "Sterling"


async def test_a_search_in_vain_that_is_told_again_creates_nothing_new(bench: Bench) -> None:
    page = a_synchronize_page(a_page_key("CURRENCY", job="first"), [a_currency("Pound")], RunKind.COUPLING)
    [match] = await bench.handle(page)
    [unmatched] = await bench.handle(match)
    await bench.finish(unmatched)
    await bench.to_sales("CURRENCY", a_currency("Sterling", version="2"))
    stored = await bench.stored("CURRENCY", "GBP")

    [answer] = await bench.handle(unmatched)

    assert isinstance(answer, PageSynchronized)
    assert await bench.stored("CURRENCY", "GBP") == stored


@pytest.mark.parametrize("run", [RunKind.FULL, RunKind.MODIFIED])
@pytest.mark.parametrize("compared", [False, True])
async def test_a_page_read_long_before_a_newer_one_undoes_nothing(bench: Bench, run: RunKind, compared: bool) -> None:
    early, late = (new_attempt(bench.clock.now() + timedelta(minutes=minutes), "00000000") for minutes in (1, 10))
    await bench.to_sales("CUSTOMER", a_customer())
    message: Any = a_customer_page(a_customer(city="Boston", version="2"), job="slow", run=run, attempt=early)
    if compared and run is RunKind.FULL:
        [message] = await bench.handle(message)
    await bench.finish(a_customer_page(a_customer(city="Chicago", version="3"), job="quick", run=run, attempt=late))

    done = await bench.finish(message)

    assert counted(done) == {"unchanged": 1}
    assert bench.sales.records("account")[0]["values"]["address1_city"] == "Chicago"
    assert (await bench.stored("CUSTOMER", "C00010"))["financials_version"] == "3"


async def test_readings_close_to_each_other_are_not_told_apart_by_clocks_that_differ(bench: Bench) -> None:
    early, late = (new_attempt(bench.clock.now() + timedelta(seconds=seconds), "00000000") for seconds in (0, 50))
    await bench.finish(a_customer_page(a_customer(), job="one", attempt=late))

    done = await bench.finish(a_customer_page(a_customer(city="Boston", version="2"), job="two", attempt=early))

    assert counted(done) == {"modified": 1}


async def test_filling_leaves_a_partner_alone_that_a_person_chose_in_a_row_of_unknown_version(bench: Bench) -> None:
    bench.sales.tells_versions = False
    await bench.to_sales("CUSTOMER", a_customer(primary_contact_no="CT1"))
    account = bench.sales.records("account")[0]["id"]
    bench.sales.put("account", account, {"primarycontactid": an_id("chosen by a person")})

    await bench.to_sales("CONTACT", a_contact("CT1", customer_no="C00010"))

    assert bench.sales.table("account")[account].values["primarycontactid"] == an_id("chosen by a person")


def a_currency(name: str, *, version: str = "1") -> Any:
    values = {"Code": "GBP", "Symbol": "", "Description": name, "Exchange Rate": "1.2"}
    return a_record("GBP", values, version=version)


@pytest.mark.parametrize("run", [RunKind.MODIFIED, RunKind.FULL])
async def test_stock_that_was_read_long_before_does_not_undo_newer_stock(bench: Bench, run: RunKind) -> None:
    def page(job: str, attempt: str, inventory: str, kind: RunKind) -> Any:
        key = a_page_key("ITEM-PRODUCT", job=job).model_copy(update={"attempt": attempt})
        message = a_synchronize_page(key, [an_item(inventory=inventory)], kind)
        return message.model_copy(update={"recheck": kind is RunKind.MODIFIED})

    bench.clock.advance(3600)
    early, late = (new_attempt(bench.clock.now() + timedelta(minutes=at), "00000000") for at in (1, 30))
    await bench.to_sales("UNIT OF MEASURE", a_record("PCS", {"Code": "PCS"}))
    await bench.to_sales("ITEM-PRODUCT", an_item(inventory="100"))

    await bench.finish(page("quick", late, "7", RunKind.MODIFIED))
    done = await bench.finish(page("slow", early, "100", run))

    assert counted(done) == {"unchanged": 1}
    assert [row["values"]["quantityonhand"] for row in bench.sales.records("product")] == ["7"]
