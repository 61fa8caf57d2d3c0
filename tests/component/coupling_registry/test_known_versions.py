"""Full runs over records that are where the coupling knows them to be."""

from typing import Any

from libs.contracts.vocabulary import DeletionConflictResolution, RunKind
from libs.testing.builders import a_context, a_customer, a_record, an_id
from services.coupling_registry.domain.coupling import changed
from tests.component.coupling_registry.bench import Bench, counted
from tests.component.coupling_registry.conftest import MakeBench


def changed_unseen(records: list[Any]) -> list[Any]:
    """Other values under the same version, which no product does: shows whether values are looked at."""
    return [{**record, "values": {**record["values"], "address1_city": "Nowhere"}} for record in records]


async def test_the_second_pass_does_not_look_at_records_of_the_version_that_the_coupling_knows(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())

    done = await bench.from_sales("CUSTOMER", *changed_unseen(bench.sales.records("account")))

    assert counted(done) == {"unchanged": 1}
    assert bench.financials.performed == []


async def test_under_an_unknown_version_the_second_pass_looks_and_remembers(bench: Bench) -> None:
    bench.sales.tells_versions = False
    await bench.to_sales("CUSTOMER", a_customer())
    await bench.from_sales("CUSTOMER", *bench.sales.records("account"))
    [account] = bench.sales.records("account")
    assert (await bench.coupling("CUSTOMER", "C00010")).sales_version == account["version"]


async def test_a_pair_that_failed_is_looked_at_again_under_the_same_version(bench: Bench) -> None:
    customer = a_customer()
    await bench.to_sales("CUSTOMER", customer)
    bench.financials.put("Customer", customer["id"], customer["values"], "C00010")
    coupling = await bench.coupling("CUSTOMER", "C00010")
    bench.sales.put("account", coupling.sales_id, {"address1_city": "Boston"})
    bench.financials.refuse = lambda write: "no" if write["operation"] == "update" else ""
    failed = await bench.from_sales("CUSTOMER", *bench.sales.records("account"))
    bench.financials.refuse = lambda write: ""

    done = await bench.from_sales("CUSTOMER", *bench.sales.records("account"))

    assert counted(failed) == {"failed": 1}
    assert counted(done) == {"modified": 1}


async def test_after_a_change_of_the_local_currency_every_record_is_looked_at(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    await bench.configured(a_context(local_currency_id=an_id("another currency")))

    done = await bench.from_sales("CUSTOMER", *bench.sales.records("account"))

    # Its currency is neither the local one any more nor coupled.
    assert counted(done) == {"failed": 1}


async def test_equal_at_the_known_version_is_counted_without_a_coupling(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    [account] = bench.sales.records("account")
    before = await bench.stored("CUSTOMER", "C00010")

    done = await bench.to_sales("CUSTOMER", a_customer())

    assert bench.sales.performed[-1].get("settled_at") == account["version"]
    assert counted(done) == {"unchanged": 1}
    assert await bench.stored("CUSTOMER", "C00010") == before


async def test_equal_at_another_version_is_remembered(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())
    coupling = await bench.coupling("CUSTOMER", "C00010")
    bench.sales.put("account", coupling.sales_id, {"unmapped": "x"})

    done = await bench.to_sales("CUSTOMER", a_customer())

    [account] = bench.sales.records("account")
    assert counted(done) == {"unchanged": 1}
    assert (await bench.coupling("CUSTOMER", "C00010")).sales_version == account["version"]


async def test_a_new_version_of_the_source_is_remembered_though_both_are_equal(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer())

    done = await bench.to_sales("CUSTOMER", a_customer(version="2"), run=RunKind.FULL)

    assert counted(done) == {"unchanged": 1}
    assert "settled_at" not in bench.sales.performed[-1]
    assert (await bench.coupling("CUSTOMER", "C00010")).financials_version == "2"


async def test_a_lookup_that_leads_to_another_row_by_now_is_written_though_the_record_has_not_moved(
    bench: Bench,
) -> None:
    await bench.to_sales("PAYMENT TERMS", a_record("14 DAYS", {"Code": "14 DAYS"}))
    customer = a_customer(payment_terms_code="14 DAYS")
    await bench.to_sales("CUSTOMER", customer)
    [terms] = await bench.collection.find({"mapping": "PAYMENT TERMS", "financials_key": "14 DAYS"})
    await bench.collection.save(changed(terms, {"sales_id": "77"}))
    bench.clock.advance(60)

    done = await bench.to_sales("CUSTOMER", customer)

    assert counted(done) == {"modified": 1}
    [account] = bench.sales.records("account")
    assert account["values"]["paymenttermscode"] == 77
    # The fingerprint has learned it too: a row that moved on without a change of these values is unchanged.
    bench.sales.put("account", account["id"], {"unmapped": "x"})
    assert counted(await bench.from_sales("CUSTOMER", *bench.sales.records("account"))) == {"unchanged": 1}
    assert bench.financials.performed == []


async def test_a_row_restored_while_its_source_has_not_moved_keeps_its_fingerprint(make_bench: MakeBench) -> None:
    bench = await (await make_bench(deletion_conflict=DeletionConflictResolution.RESTORE_RECORDS)).configured()
    await bench.to_sales("CUSTOMER", a_customer())
    before = (await bench.stored("CUSTOMER", "C00010"))["fingerprint"]
    bench.sales.table("account").clear()

    done = await bench.to_sales("CUSTOMER", a_customer())

    assert counted(done) == {"inserted": 1}
    assert (await bench.stored("CUSTOMER", "C00010"))["fingerprint"] == before
