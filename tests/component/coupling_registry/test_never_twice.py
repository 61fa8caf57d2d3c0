"""Messages handled twice, late or by two replicas at once: one record, one coupling, the same counts."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from libs.contracts.pages import PageSynchronized, SettlePage, WritePage
from libs.contracts.vocabulary import Direction, RunKind
from libs.runtime.errors import ConcurrentUpdate, DependencyMissing
from libs.testing.builders import (
    a_contact,
    a_context,
    a_customer,
    a_page_key,
    a_record,
    a_synchronize_page,
    an_id,
)
from tests.component.coupling_registry.bench import Bench, counted

MakeBench = Callable[..., Awaitable[Bench]]


def a_customer_page(*customers: Any, job: str = "job-1", run: RunKind = RunKind.FULL, page: int = 0) -> Any:
    return a_synchronize_page(a_page_key("CUSTOMER", job=job, page=page), list(customers or [a_customer()]), run)


async def test_the_same_page_handled_twice_asks_for_the_same_creates(bench: Bench) -> None:
    [first] = await bench.handle(a_customer_page())
    [second] = await bench.handle(a_customer_page())

    assert isinstance(first, WritePage) and isinstance(second, WritePage)
    assert first == second


async def test_a_page_that_comes_again_after_it_was_settled_counts_what_it_did(bench: Bench) -> None:
    done = await bench.finish(a_customer_page())
    written = bench.sales.written

    again = await bench.finish(a_customer_page())

    assert counted(done) == counted(again) == {"inserted": 1}
    assert bench.sales.written == written


async def test_an_option_that_a_repeated_question_finds_counts_as_inserted_once(bench: Bench) -> None:
    bench.sales.draws_ids = frozenset()
    page = a_synchronize_page(
        a_page_key("PAYMENT TERMS"),
        [a_record(values={"Code": "14 DAYS", "Description": "Net 14 days"}, key="14 DAYS")],
        RunKind.COUPLING,
    )
    [match] = await bench.handle(page)
    [unmatched] = await bench.handle(match)
    [create] = await bench.handle(unmatched)
    [created] = await bench.handle(create)

    done_again = await bench.finish(page)
    [done] = await bench.handle(created)

    assert counted(done) == counted(done_again) == {"inserted": 1}
    assert len(bench.sales.table("account.paymenttermscode")) == 1


async def test_a_settling_that_comes_again_counts_what_it_did_and_changes_nothing(bench: Bench) -> None:
    [write] = await bench.handle(a_customer_page())
    [settle] = await bench.handle(write)
    [done] = await bench.handle(settle)
    stored = await bench.stored("CUSTOMER", "C00010")

    [again] = await bench.handle(settle)

    assert done == again
    assert await bench.stored("CUSTOMER", "C00010") == stored


@pytest.mark.parametrize("tells_versions", [True, False])
async def test_a_whole_company_with_every_message_handled_twice(bench: Bench, tells_versions: bool) -> None:
    bench.twice, bench.sales.tells_versions = True, tells_versions
    customers = [a_customer(f"C{number}", primary_contact_no=f"CT{number}") for number in range(5)]
    contacts = [a_contact(f"CT{number}", customer_no=f"C{number}") for number in range(5)]
    for customer in customers:
        bench.financials.put("Customer", customer["id"], customer["values"], customer["key"])

    first = await bench.to_sales("CUSTOMER", *customers)
    second = await bench.to_sales("CONTACT", *contacts)
    changed = [a_customer(f"C{number}", city="Boston", version="2") for number in range(5)]
    third = await bench.to_sales("CUSTOMER", *changed, run=RunKind.MODIFIED)

    assert [counted(done) for done in (first, second, third)] == [{"inserted": 5}, {"inserted": 5}, {"modified": 5}]
    assert len(bench.sales.records("account")) == len(bench.sales.records("contact")) == 5
    assert all(row["values"]["address1_city"] == "Boston" for row in bench.sales.records("account"))
    assert all(not coupling.last_error for coupling in await bench.couplings("CUSTOMER"))


async def test_a_compared_record_with_every_message_handled_twice_is_written_once(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    account = bench.sales.records("account")[0]["id"]
    bench.sales.put("account", account, {"creditlimit": "7"})
    bench.twice = True

    done = await bench.to_sales("CUSTOMER", a_customer())

    assert counted(done) == {"modified": 1}
    stored = await bench.stored("CUSTOMER", "C00010")
    assert stored["in_flight"] is None
    assert stored["sales_version"] == bench.sales.table("account")[account].version


async def test_a_failure_handled_twice_is_one_failure(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    bench.sales.refuse = lambda write: "no"
    bench.twice = True

    done = await bench.to_sales("CUSTOMER", a_customer(city="Boston", version="2"), run=RunKind.MODIFIED)

    assert counted(done) == {"failed": 1}
    assert not (await bench.coupling("CUSTOMER", "C00010")).skipped


async def test_an_error_tells_whether_its_record_is_coupled(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    bench.sales.refuse = lambda write: "no"

    done = await bench.to_sales("CUSTOMER", a_customer(city="Boston", version="2"), a_customer("C2"))

    assert [(error.source_key, error.coupled) for error in done.errors] == [("C00010", True), ("C2", False)]
    bench.sales.refuse = lambda write: ""
    again = await bench.to_sales("CUSTOMER", a_customer(city="Boston", version="2"), run=RunKind.MODIFIED)
    assert counted(again) == {"modified": 1}


async def test_the_outcome_of_an_overtaken_write_changes_nothing(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    page = a_customer_page(a_customer(city="Boston", version="2"), job="slow", run=RunKind.MODIFIED)
    [slow] = await bench.handle(page)
    [late] = await bench.handle(slow)
    bench.clock.advance(16 * 60)
    await bench.to_sales("CUSTOMER", a_customer(city="Chicago", version="3"), run=RunKind.MODIFIED)
    stored = await bench.stored("CUSTOMER", "C00010")

    [done] = await bench.handle(late)

    assert isinstance(done, PageSynchronized)
    assert await bench.stored("CUSTOMER", "C00010") == stored
    assert bench.sales.records("account")[0]["values"]["address1_city"] == "Chicago"


async def test_a_write_of_another_job_is_waited_for_before_anything_happens(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    [write] = await bench.handle(
        a_customer_page(a_customer(city="Boston", version="2"), job="one", run=RunKind.MODIFIED)
    )
    other = a_customer_page(a_customer(city="Chicago", version="3"), a_customer("C2"), job="two", run=RunKind.FULL)

    with pytest.raises(ConcurrentUpdate) as waiting:
        await bench.handle(other)

    assert waiting.value.retry_after
    assert len(await bench.couplings("CUSTOMER")) == 1
    await bench.finish(write)
    assert counted(await bench.finish(other)) == {"modified": 1, "inserted": 1}


async def test_a_write_that_never_settles_is_taken_over_after_a_quarter_of_an_hour(bench: Bench) -> None:
    await bench.handle(a_customer_page(job="lost"))
    bench.clock.advance(16 * 60)

    done = await bench.finish(a_customer_page(job="next"))

    assert counted(done) == {"inserted": 1}
    assert len(bench.sales.records("account")) == 1


async def test_our_own_write_whose_answer_was_lost_is_no_conflict(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    [write] = await bench.handle(
        a_customer_page(a_customer(city="Boston", version="2"), job="lost", run=RunKind.MODIFIED)
    )
    await bench.handle(write)
    bench.clock.advance(16 * 60)

    done = await bench.to_sales("CUSTOMER", a_customer(city="Chicago", version="3"), run=RunKind.MODIFIED)

    assert counted(done) == {"modified": 1}
    assert bench.sales.records("account")[0]["values"]["address1_city"] == "Chicago"


async def test_an_answer_older_than_what_is_stored_writes_nothing(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    [compare] = await bench.handle(a_customer_page(a_customer(), job="full"))
    await bench.to_sales("CUSTOMER", a_customer(city="Boston", version="2"), run=RunKind.MODIFIED)

    done = await bench.finish(compare)

    assert counted(done) == {"unchanged": 1}
    assert bench.sales.records("account")[0]["values"]["address1_city"] == "Boston"


async def test_a_row_that_keeps_changing_fails_in_the_end(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    account = bench.sales.records("account")[0]["id"]

    def touch(write: Any) -> str:
        bench.sales.put("account", account, {"description": "again"})
        return ""

    bench.sales.refuse = touch

    done = await bench.to_sales("CUSTOMER", a_customer(city="Boston", version="2"), run=RunKind.MODIFIED)

    assert counted(done) == {"failed": 1}
    assert done.errors[0].failure.code == "record.keeps_changing"


async def test_two_replicas_that_reserve_the_same_records_agree(bench: Bench, make_bench: MakeBench) -> None:
    replica = await make_bench()
    replica.sales = bench.sales
    customers = [a_customer(f"C{number}") for number in range(20)]

    results = await asyncio.gather(
        *(each.handle(a_customer_page(*customers)) for each in (bench, replica, bench, replica))
    )

    writes = [message for [message] in results]
    assert all(write == writes[0] for write in writes)
    done = [await bench.finish(write) for write in writes]
    assert len(bench.sales.records("account")) == len(await bench.couplings("CUSTOMER")) == 20
    assert all(counted(page) == {"inserted": 20} for page in done)


async def test_two_jobs_that_meet_the_same_new_record_create_it_once(bench: Bench, make_bench: MakeBench) -> None:
    replica = await make_bench()
    replica.sales = bench.sales

    async def run(each: Bench, job: str) -> PageSynchronized | None:
        try:
            return await each.finish(a_customer_page(job=job))
        except ConcurrentUpdate:
            return None

    done = await asyncio.gather(run(bench, "one"), run(replica, "two"))

    assert len(bench.sales.records("account")) == 1
    assert any(page is not None and counted(page) == {"inserted": 1} for page in done)


async def test_replicas_share_the_configuration_and_its_key(bench: Bench, make_bench: MakeBench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    replica = await make_bench()
    replica.sales = bench.sales

    await replica.configured(a_context(missing_fields=["Customer.Fax No."]))
    done = await bench.to_sales("CUSTOMER", a_customer(fax_no="1", version="2"), run=RunKind.MODIFIED)

    assert counted(done) == {"unchanged": 1}


async def test_settlings_out_of_order_lead_to_the_same_couplings(bench: Bench) -> None:
    pages = [a_customer_page(a_customer(f"C{number}"), page=number) for number in range(3)]
    settles = []
    for page in pages:
        [write] = await bench.handle(page)
        settles += await bench.handle(write)

    for settle in [*reversed(settles), *settles]:
        assert isinstance(settle, SettlePage)
        assert counted(await bench.finish(settle)) == {"inserted": 1}

    assert {coupling.state for coupling in await bench.couplings("CUSTOMER")} == {"coupled"}


async def test_nothing_is_synchronized_before_the_registry_is_configured(make_bench: MakeBench) -> None:
    unset = await make_bench()

    with pytest.raises(DependencyMissing):
        await unset.to_sales("CUSTOMER", a_customer())


async def test_a_row_of_sales_created_from_financials_is_not_created_again_from_sales(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    rows = bench.sales.records("account")

    page = a_synchronize_page(a_page_key("CUSTOMER", Direction.FROM_SALES), rows)
    done = await bench.finish(page)

    assert counted(done) == {"unchanged": 1}
    assert bench.financials.records("Customer") == []


async def test_an_uncoupled_row_is_created_once_however_often_its_page_comes(bench: Bench) -> None:
    bench.twice = True
    row = a_record(id=an_id("account"), values={"name": "Fabrikam"})

    done = await bench.from_sales("CUSTOMER", row)

    assert counted(done) == {"inserted": 1}
    assert len(bench.financials.records("Customer")) == 1
