"""Runs over modified records: only what changed is written, and what changed on both sides is decided by policy."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from libs.contracts.vocabulary import (
    DeletionConflictResolution,
    RunKind,
    UpdateConflictResolution,
)
from libs.testing.builders import a_context, a_customer, a_record, an_id
from tests.component.coupling_registry.bench import Bench, counted

MakeBench = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def coupled(bench: Bench) -> Bench:
    """One customer is synchronized."""
    await bench.to_sales("CUSTOMER", a_customer())
    return bench


def the_account(bench: Bench) -> str:
    [account] = bench.sales.records("account")
    return account["id"]


@pytest.fixture
def policy(coupled: Bench, make_bench: Callable[..., Awaitable[Bench]]) -> Callable[..., Awaitable[Bench]]:
    """The same couplings and records under a CUSTOMER mapping with other policies."""

    async def under(**changes: Any) -> Bench:
        bench = await make_bench(**changes)
        bench.sales, bench.financials = coupled.sales, coupled.financials
        return bench

    return under


async def test_an_unchanged_version_needs_nothing(coupled: Bench) -> None:
    asked = len(coupled.sales.performed)

    done = await coupled.to_sales("CUSTOMER", a_customer(), run=RunKind.MODIFIED)

    assert counted(done) == {"unchanged": 1}
    assert len(coupled.sales.performed) == asked


async def test_only_the_changed_field_is_written_without_reading(coupled: Bench) -> None:
    done = await coupled.to_sales("CUSTOMER", a_customer(city="Boston", version="2"), run=RunKind.MODIFIED)

    assert counted(done) == {"modified": 1}
    assert coupled.sales.performed[-1]["operation"] == "update"
    assert coupled.sales.performed[-1]["values"] == {"address1_city": "Boston"}
    assert coupled.sales.table("account")[the_account(coupled)].values["address1_city"] == "Boston"


async def test_a_change_of_unmapped_fields_writes_nothing_and_is_remembered(coupled: Bench) -> None:
    asked = len(coupled.sales.performed)

    done = await coupled.to_sales("CUSTOMER", a_customer(version="2"), run=RunKind.MODIFIED)

    assert counted(done) == {"unchanged": 1}
    assert len(coupled.sales.performed) == asked
    assert (await coupled.coupling("CUSTOMER", "C00010")).financials_version == "2"


async def test_our_own_write_does_not_come_back_as_a_change(bench: Bench) -> None:
    bench.sales.tells_versions = False
    await bench.to_sales("CUSTOMER", a_customer())
    assert (await bench.coupling("CUSTOMER", "C00010")).sales_version == ""

    done = await bench.from_sales("CUSTOMER", *bench.sales.records("account"), run=RunKind.MODIFIED)

    assert counted(done) == {"unchanged": 1}
    assert bench.financials.performed == []
    assert (await bench.coupling("CUSTOMER", "C00010")).sales_version != ""


async def test_an_unknown_destination_version_is_compared_first(bench: Bench) -> None:
    bench.sales.tells_versions = False
    await bench.to_sales("CUSTOMER", a_customer())

    done = await bench.to_sales("CUSTOMER", a_customer(city="Boston", version="2"), run=RunKind.MODIFIED)

    assert counted(done) == {"modified": 1}
    assert [write["operation"] for write in bench.sales.performed[-2:]] == ["compare", "update"]
    assert bench.sales.performed[-1]["version"] is not None


async def test_an_uncoupled_record_is_skipped_without_a_word_in_a_modified_run(bench: Bench) -> None:
    done = await bench.to_sales("CUSTOMER", a_customer(), run=RunKind.MODIFIED)

    assert counted(done) == {"skipped": 1}
    assert done.errors == []


async def test_a_version_that_moved_on_without_a_mapped_change_is_written_over(coupled: Bench) -> None:
    coupled.sales.put("account", the_account(coupled), {"description": "unmapped"})

    done = await coupled.to_sales("CUSTOMER", a_customer(city="Boston", version="2"), run=RunKind.MODIFIED)

    assert counted(done) == {"modified": 1}
    assert coupled.sales.table("account")[the_account(coupled)].values["address1_city"] == "Boston"


async def test_changes_of_different_fields_on_both_sides_are_a_conflict_that_moves_nothing(coupled: Bench) -> None:
    coupled.sales.put("account", the_account(coupled), {"telephone1": "1"})

    push = await coupled.to_sales("CUSTOMER", a_customer(city="Boston", version="2"), run=RunKind.MODIFIED)

    assert counted(push) == {"failed": 1}
    assert push.errors[0].failure.code == "record.update_conflict"
    assert "Boston" not in push.errors[0].failure.message
    assert coupled.sales.table("account")[the_account(coupled)].values["address1_city"] == "Atlanta"


@pytest.mark.parametrize(
    ("resolution", "expected", "city"),
    [
        (UpdateConflictResolution.SEND_TO_SALES, {"modified": 1}, "Boston"),
        (UpdateConflictResolution.GET_FROM_SALES, {"skipped": 1}, "Chicago"),
        (UpdateConflictResolution.NONE, {"failed": 1}, "Chicago"),
    ],
)
async def test_the_policy_decides_a_conflict_to_sales(
    policy: MakeBench, resolution: UpdateConflictResolution, expected: dict[str, int], city: str
) -> None:
    coupled = await policy(update_conflict=resolution)
    coupled.sales.put("account", the_account(coupled), {"address1_city": "Chicago"})

    done = await coupled.to_sales("CUSTOMER", a_customer(city="Boston", version="2"), run=RunKind.MODIFIED)

    assert counted(done) == expected
    assert coupled.sales.table("account")[the_account(coupled)].values["address1_city"] == city


@pytest.mark.parametrize(
    ("resolution", "expected", "city"),
    [
        (UpdateConflictResolution.SEND_TO_SALES, {"skipped": 1}, "Boston"),
        (UpdateConflictResolution.GET_FROM_SALES, {"modified": 1}, "Chicago"),
        (UpdateConflictResolution.NONE, {"failed": 1}, "Boston"),
    ],
)
async def test_the_policy_decides_a_conflict_from_sales(
    policy: MakeBench, resolution: UpdateConflictResolution, expected: dict[str, int], city: str
) -> None:
    coupled = await policy(update_conflict=resolution)
    customer = a_customer(city="Boston")
    coupled.financials.put("Customer", customer["id"], customer["values"], "C00010")
    coupled.sales.put("account", the_account(coupled), {"address1_city": "Chicago"})

    done = await coupled.from_sales("CUSTOMER", *coupled.sales.records("account"), run=RunKind.MODIFIED)

    assert counted(done) == expected
    assert coupled.financials.table("Customer")[customer["id"]].values["City"] == city


async def test_a_full_run_repairs_drift_of_fields_that_only_go_to_sales(coupled: Bench) -> None:
    coupled.sales.put("account", the_account(coupled), {"creditlimit": "5"})

    done = await coupled.to_sales("CUSTOMER", a_customer())

    assert counted(done) == {"modified": 1}
    assert coupled.sales.performed[-1]["values"] == {"creditlimit": "0"}


async def test_a_full_run_leaves_a_change_of_sales_to_its_second_pass(coupled: Bench) -> None:
    customer = a_customer()
    coupled.financials.put("Customer", customer["id"], customer["values"], "C00010")
    coupled.sales.put("account", the_account(coupled), {"address1_city": "Chicago", "creditlimit": "5"})

    push = await coupled.to_sales("CUSTOMER", a_customer(), job="full")
    pull = await coupled.from_sales("CUSTOMER", *coupled.sales.records("account"), job="full")

    assert counted(push) == {"modified": 1}
    assert coupled.sales.table("account")[the_account(coupled)].values["creditlimit"] == "0"
    assert counted(pull) == {"modified": 1}
    assert coupled.financials.table("Customer")[customer["id"]].values["City"] == "Chicago"


async def test_the_same_holds_when_nothing_else_is_to_be_written(coupled: Bench) -> None:
    customer = a_customer()
    coupled.financials.put("Customer", customer["id"], customer["values"], "C00010")
    coupled.sales.put("account", the_account(coupled), {"address1_city": "Chicago"})

    push = await coupled.to_sales("CUSTOMER", a_customer(), job="full")
    pull = await coupled.from_sales("CUSTOMER", *coupled.sales.records("account"), run=RunKind.MODIFIED)

    assert counted(push) == {"unchanged": 1}
    assert counted(pull) == {"modified": 1}
    assert coupled.financials.table("Customer")[customer["id"]].values["City"] == "Chicago"


async def test_the_second_pass_of_a_full_run_knows_our_own_rows_without_asking(bench: Bench) -> None:
    bench.sales.tells_versions = False
    await bench.to_sales("CUSTOMER", a_customer(), job="full")

    pull = await bench.from_sales("CUSTOMER", *bench.sales.records("account"), job="full")

    assert counted(pull) == {"unchanged": 1}
    assert bench.financials.performed == []


async def test_a_full_run_writes_both_new_values_of_both_sides_nowhere(coupled: Bench) -> None:
    coupled.sales.put("account", the_account(coupled), {"address1_city": "Chicago"})

    done = await coupled.to_sales("CUSTOMER", a_customer(city="Boston", version="2"))

    assert counted(done) == {"failed": 1}
    assert coupled.sales.table("account")[the_account(coupled)].values["address1_city"] == "Chicago"


async def test_an_account_of_sales_becomes_a_customer_with_a_number_of_the_series(bench: Bench) -> None:
    values = {"name": "Fabrikam", "address1_city": "Chicago", "address1_country": " de ", "transactioncurrencyid": None}

    done = await bench.from_sales("CUSTOMER", a_record(id=an_id("account"), values=values))

    assert counted(done) == {"inserted": 1}
    [customer] = bench.financials.records("Customer")
    assert customer["values"]["Name"] == "Fabrikam"
    assert customer["values"]["Country/Region Code"] == "DE"
    assert customer["values"]["Currency Code"] == ""
    coupling = await bench.coupling("CUSTOMER", customer["key"])
    assert (coupling.sales_id, coupling.financials_id) == (an_id("account"), customer["id"])


async def test_a_deleted_partner_fails_then_is_skipped(coupled: Bench) -> None:
    coupled.sales.table("account").clear()

    first = await coupled.to_sales("CUSTOMER", a_customer())
    second = await coupled.to_sales("CUSTOMER", a_customer())

    assert counted(first) == {"failed": 1}
    assert first.errors[0].failure.code == "record.partner_deleted"
    assert counted(second) == {"skipped": 1}
    assert coupled.sales.records("account") == []


async def test_a_deleted_partner_is_restored_under_a_new_id_where_the_mapping_says_so(policy: MakeBench) -> None:
    coupled = await policy(deletion_conflict=DeletionConflictResolution.RESTORE_RECORDS)
    before = the_account(coupled)
    coupled.sales.table("account").clear()

    done = await coupled.to_sales("CUSTOMER", a_customer())

    assert counted(done) == {"inserted": 1}
    assert the_account(coupled) != before
    values = coupled.sales.records("account")[0]["values"]
    assert (values["name"], values["customertypecode"]) == ("Adatum Corporation", 3)
    assert values["ownerid"] == f"team:{a_context().owner_team_id}"


async def test_a_deleted_partner_frees_the_record_where_the_mapping_says_so(policy: MakeBench) -> None:
    coupled = await policy(deletion_conflict=DeletionConflictResolution.REMOVE_COUPLING)
    coupled.sales.table("account").clear()

    done = await coupled.to_sales("CUSTOMER", a_customer())

    assert counted(done) == {"unchanged": 1}
    assert await coupled.couplings("CUSTOMER") == []


async def test_a_record_of_sales_that_fails_goes_by_the_number_of_its_partner(coupled: Bench) -> None:
    coupled.financials.refuse = lambda write: "no"
    account = the_account(coupled)
    names = []
    for city, version in (("Boston", "7"), ("Boston", "8"), ("Boston", "8")):
        values = {**coupled.sales.table("account")[account].values, "address1_city": city}
        record = a_record("", values, id=account, version=version)
        done = await coupled.from_sales("CUSTOMER", record, run=RunKind.MODIFIED)
        names += [(error.action, error.source_id, error.source_key) for error in done.errors]

    assert names == [
        ("fail", account, "C00010"),
        ("skip", account, "C00010"),
        ("skip", account, "C00010"),
    ]


async def test_the_refusal_of_one_record_leaves_its_neighbours_alone(bench: Bench) -> None:
    bench.sales.refuse = lambda write: "no" if write["source"]["key"] == "C2" else ""

    done = await bench.to_sales("CUSTOMER", a_customer("C1"), a_customer("C2"), a_customer("C3"))

    assert counted(done) == {"inserted": 2, "failed": 1}
    [error] = done.errors
    assert (error.source_key, error.failure.remote_message) == ("C2", "no")
    assert (await bench.coupling("CUSTOMER", "C2")).state == "reserved"
