"""Rows of Sales become records of Financials: only coupled ones, units through their groups, ids however written."""

from libs.contracts.couplings import ResolveRecords, SalesRef
from libs.testing.builders import a_context, a_customer, a_record, an_id
from tests.component.coupling_registry.bench import Bench


async def resolved(bench: Bench, *rows: tuple[str, str]) -> list[tuple[str, str, str, str]]:
    question = ResolveRecords(records=[SalesRef(table=table, id=row) for table, row in rows])
    answer = await bench.registry.resolving.resolve_records(question, bench.handling())
    assert answer.company_id == an_id("company")
    return [
        (found["id"], found["mapping"], found["financials_table"], found["financials_key"]) for found in answer.records
    ]


async def test_rows_of_several_tables_are_resolved_in_the_order_asked(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer("C1"), a_customer("C2"))
    await bench.to_sales("CURRENCY", a_record("GBP", {"Code": "GBP", "Description": "P", "Exchange Rate": "1.2"}))
    pounds = (await bench.coupling("CURRENCY", "GBP")).sales_id
    first = (await bench.coupling("CUSTOMER", "C1")).sales_id

    found = await resolved(bench, ("transactioncurrency", pounds), ("account", first), ("account", an_id("nobody")))

    assert found == [(pounds, "CURRENCY", "Currency", "GBP"), (first, "CUSTOMER", "Customer", "C1")]


async def test_a_unit_is_the_base_unit_of_a_coupled_group_as_soon_as_there_is_one(bench: Bench) -> None:
    await bench.to_sales("UNIT OF MEASURE", a_record("PCS", {"Code": "PCS"}))
    pieces = an_id(f"base unit of {(await bench.coupling('UNIT OF MEASURE', 'PCS')).sales_id}")
    assert await resolved(bench, ("uom", pieces)) == [(pieces, "UNIT OF MEASURE", "Unit of Measure", "PCS")]

    await bench.to_sales("UNIT OF MEASURE", a_record("BOX", {"Code": "BOX"}))
    boxes = an_id(f"base unit of {(await bench.coupling('UNIT OF MEASURE', 'BOX')).sales_id}")
    bench.clock.advance(2)

    assert [found[-1] for found in await resolved(bench, ("uom", pieces), ("uom", boxes))] == ["PCS", "BOX"]


async def test_the_local_currency_has_an_empty_key(bench: Bench) -> None:
    local = a_context().local_currency_id

    assert await resolved(bench, ("transactioncurrency", local)) == [(local, "CURRENCY", "Currency", "")]


async def test_a_reserved_row_is_not_coupled_yet(bench: Bench) -> None:
    bench.sales.refuse = lambda write: "no"
    await bench.to_sales("CUSTOMER", a_customer("C1"))
    reserved = (await bench.coupling("CUSTOMER", "C1")).sales_id

    assert reserved
    assert await resolved(bench, ("account", reserved)) == []


async def test_an_id_may_be_written_as_forms_write_it_and_nonsense_finds_nothing(bench: Bench) -> None:
    await bench.to_sales("CUSTOMER", a_customer("C1"))
    row = (await bench.coupling("CUSTOMER", "C1")).sales_id
    as_form = "{" + row.upper() + "}"

    found = await resolved(bench, ("account", as_form), ("account", "'; drop"), ("account", ""), ("nothing", row))

    assert [(asked, key) for asked, _, _, key in found] == [(as_form, "C1")]
