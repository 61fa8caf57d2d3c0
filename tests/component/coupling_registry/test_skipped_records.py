"""A record that fails twice with the same error is left out of runs until somebody has it tried again."""

import pytest

from libs.contracts.couplings import ListCouplings
from libs.contracts.pages import PageSynchronized
from libs.contracts.vocabulary import Direction, RunKind
from libs.testing.builders import a_customer, a_page_key, a_synchronize_page
from tests.component.coupling_registry.bench import Bench, counted

CHANGED = a_customer(city="Boston", version="2")


@pytest.fixture
async def coupled(bench: Bench) -> Bench:
    """One customer is synchronized."""
    await bench.to_sales("CUSTOMER", a_customer())
    return bench


@pytest.fixture
async def skipped(coupled: Bench) -> Bench:
    """The customer has changed since, and Sales has refused it twice."""
    coupled.sales.refuse = lambda write: "too long"
    for _ in range(2):
        await coupled.to_sales("CUSTOMER", CHANGED, run=RunKind.MODIFIED)
    return coupled


async def retried(bench: Bench, direction: Direction = Direction.TO_SALES) -> PageSynchronized:
    records = [CHANGED] if direction is Direction.TO_SALES else bench.sales.records("account")
    page = a_page_key("CUSTOMER", direction, job=bench.next_job())
    message = a_synchronize_page(page, records, RunKind.MODIFIED)
    return await bench.finish(message.model_copy(update={"retry_skipped": True}))


async def test_the_same_error_twice_in_a_row_marks_the_record_skipped(coupled: Bench) -> None:
    coupled.sales.refuse = lambda write: "too long"
    changed = a_customer(city="Boston", version="2")

    first = await coupled.to_sales("CUSTOMER", changed, run=RunKind.MODIFIED)
    second = await coupled.to_sales("CUSTOMER", changed, run=RunKind.MODIFIED)
    coupled.sales.refuse = lambda write: ""
    third = await coupled.to_sales("CUSTOMER", changed, run=RunKind.MODIFIED)

    assert counted(first) == {"failed": 1}
    assert counted(second) == {"skipped": 1}
    assert second.errors[0].failure.remote_message == "too long"
    assert counted(third) == {"skipped": 1}
    [error] = third.errors
    assert (error.failure.code, error.coupled) == ("record.skipped", True)
    assert error.destination_id == (await coupled.coupling("CUSTOMER", "C00010")).sales_id
    assert (await coupled.coupling("CUSTOMER", "C00010")).skipped


async def test_two_different_errors_in_a_row_do_not_skip_and_success_forgets_them(coupled: Bench) -> None:
    changed = a_customer(city="Boston", version="2")
    for words in ("too long", "locked"):
        coupled.sales.refuse = lambda write, words=words: words
        assert counted(await coupled.to_sales("CUSTOMER", changed, run=RunKind.MODIFIED)) == {"failed": 1}
    coupled.sales.refuse = lambda write: ""

    assert counted(await coupled.to_sales("CUSTOMER", changed, run=RunKind.MODIFIED)) == {"modified": 1}
    assert (await coupled.stored("CUSTOMER", "C00010"))["failures"] == {}


async def test_couplings_of_a_mapping_that_is_not_there_are_refused(bench: Bench) -> None:
    page = await bench.registry.list_couplings(ListCouplings(mapping="CUSTOMERS", skipped=True), bench.handling())

    assert [failure.code for failure in page.failures] == ["mapping.unknown"]


async def test_skipped_couplings_are_listed_with_the_direction_that_fails(skipped: Bench) -> None:
    await skipped.to_sales("CUSTOMER", a_customer("C00020"))

    page = await skipped.registry.list_couplings(ListCouplings(mapping="CUSTOMER", skipped=True), skipped.handling())

    assert [coupling.financials_key for coupling in page.couplings] == ["C00010"]
    assert page.couplings[0].failing == [Direction.TO_SALES]
    assert (page.total, page.next_after) == (1, "")


@pytest.mark.parametrize("twice", [False, True], ids=["handled once", "handled twice"])
async def test_a_record_that_succeeds_when_it_is_retried_is_no_longer_skipped(skipped: Bench, twice: bool) -> None:
    skipped.sales.refuse = lambda write: ""
    skipped.twice = twice

    done = await retried(skipped)

    assert counted(done) == {"modified": 1}
    assert not (await skipped.coupling("CUSTOMER", "C00010")).skipped
    later = a_customer(city="Chicago", version="3")
    assert counted(await skipped.to_sales("CUSTOMER", later, run=RunKind.MODIFIED)) == {"modified": 1}


async def test_a_record_that_is_found_equal_when_it_is_retried_is_no_longer_skipped(skipped: Bench) -> None:
    skipped.sales.refuse = lambda write: ""
    [account] = skipped.sales.records("account")
    skipped.sales.put("account", account["id"], {"address1_city": "Boston"})

    done = await retried(skipped)

    assert sum(counted(done).values()) == 1 and not done.errors
    assert not (await skipped.coupling("CUSTOMER", "C00010")).skipped


async def test_a_record_that_fails_again_when_it_is_retried_stays_skipped(skipped: Bench) -> None:
    done = await retried(skipped)

    assert counted(done) == {"skipped": 1}
    assert done.errors[0].failure.remote_message == "too long"
    assert (await skipped.coupling("CUSTOMER", "C00010")).skipped


async def test_a_record_that_succeeds_the_other_way_round_stays_skipped(skipped: Bench) -> None:
    done = await retried(skipped, Direction.FROM_SALES)

    assert not done.errors
    assert (await skipped.coupling("CUSTOMER", "C00010")).skipped
