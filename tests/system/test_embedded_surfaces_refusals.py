"""What a destination refuses fails alone: with the remote's words, the record and the field; the rest of its batch
goes through. Both ways, with the companion extension and without it.
"""

from pathlib import Path
from typing import Any

import pytest

from libs.contracts.couplings import CouplingView
from libs.contracts.failures import SynchJobError
from services.demo.client import DemoFailed
from services.demo.figures import Run
from tests.system.one_process import Tandem, a_tandem

SURFACES = [
    pytest.param(("companion", "api_v2", "page_services"), id="with the companion"),
    pytest.param(("api_v2", "page_services"), id="without the companion"),
]


def errors(run: Run, mapping: str, code: str) -> list[SynchJobError]:
    return [error for error in run.errors if error.mapping == mapping and error.failure.code == code]


def moved(run: Run, mapping: str, direction: str) -> tuple[int, int]:
    """(inserted or modified, failed)."""
    [row] = [row for row in run.figures if (row.name, row.direction) == (mapping, direction)]
    return row.inserted + row.modified, row.failed


async def coupled(tandem: Tandem, mapping: str) -> list[CouplingView]:
    return [item for item in await tandem.client.couplings(mapping) if item.state == "coupled"]


async def ready(tandem: Tandem) -> None:
    await tandem.connected()
    await tandem.client.couple_salespeople(lambda jobs: None)


async def fully_synchronized(tandem: Tandem) -> Run:
    await tandem.client.generate_review()
    return await tandem.client.start_review(lambda jobs: None)


def sound(tandem: Tandem) -> list[dict[str, Any]]:
    """Customers inside the mapping's filter that would not fail by themselves."""
    failing = tandem.left_behind["fail"]["CUSTOMER"]
    rows = tandem.sandbox.control.dump("financials", "Customer")
    return [row for row in rows if row["No."] not in failing and row["Blocked"] == " "]


@pytest.mark.parametrize("surfaces", SURFACES)
async def test_what_sales_refuses_fails_alone(tmp_path: Path, surfaces: tuple[str, ...]) -> None:
    async with a_tandem(tmp_path, records=60, surfaces=surfaces) as tandem:
        control = tandem.sandbox.control
        await ready(tandem)
        accounts_before = len(control.dump("sales", "account"))
        control.shorten("sales", "account", "name", 30)
        person = (await coupled(tandem, "SALESPEOPLE"))[0]
        [first, second, *_] = sound(tandem)
        for row in (first, second):
            control.change("financials", "Customer", [row["No."]], {"Salesperson Code": person.financials_key})
        control.delete("sales", "systemuser", person.sales_id)
        too_long = {row["No."] for row in sound(tandem) if len(row["Name"]) > 30}
        orphans = {row["No."] for row in sound(tandem) if row["Salesperson Code"] == person.financials_key}
        both = too_long & orphans
        number = control.dump("financials", "Resource")[0]["No."]
        control.insert("financials", "Item", {"No.": number, "Description": "A twin", "Base Unit of Measure": "PCS"})

        run = await fully_synchronized(tandem)

        long = errors(run, "CUSTOMER", "remote.value_too_long")
        missing = errors(run, "CUSTOMER", "remote.lookup_missing")
        twins = errors(run, "ITEM-PRODUCT", "remote.duplicate") + errors(run, "RESOURCE-PRODUCT", "remote.duplicate")
        accounts = len(control.dump("sales", "account"))
        inserted, failed = moved(run, "CUSTOMER", "to_sales")

    long_keys, missing_keys = {error.source_key for error in long}, {error.source_key for error in missing}
    assert long_keys - both == too_long - both
    assert missing_keys - both == orphans - both
    assert long_keys | missing_keys == too_long | orphans
    assert {error.failure.field for error in long} == {"name"}
    assert all("maximum allowed length of '30'" in error.failure.remote_message for error in long)
    assert missing and {error.failure.field for error in missing} == {"ownerid"}
    assert all("systemuser" in error.failure.remote_message for error in missing)
    [twin] = twins
    assert (twin.source_key, twin.failure.field) == (number, "productnumber")
    assert "product number already exists" in twin.failure.remote_message
    assert inserted == accounts - accounts_before > 5
    assert failed == len(tandem.left_behind["fail"]["CUSTOMER"]) + len(too_long | orphans)


@pytest.mark.parametrize("surfaces", SURFACES)
async def test_what_financials_refuses_fails_alone(tmp_path: Path, surfaces: tuple[str, ...]) -> None:
    async with a_tandem(tmp_path, records=60, surfaces=surfaces) as tandem:
        control = tandem.sandbox.control
        await ready(tandem)
        known = {item.sales_id for item in await coupled(tandem, "SALESPEOPLE")}
        before = len(control.dump("financials", "Salesperson/Purchaser"))
        new = [
            row
            for row in control.dump("sales", "systemuser")
            if row["systemuserid"] not in known
            and row["islicensed"]
            and not row["isdisabled"]
            and not row["isintegrationuser"]
        ]
        longest = max(new, key=lambda row: len(row["internalemailaddress"] or ""))
        limit = len(longest["internalemailaddress"]) - 1
        fitting = [row for row in new if len(row["internalemailaddress"] or "") <= limit]
        control.shorten("financials", "Salesperson/Purchaser", "E-Mail", limit)

        run = await fully_synchronized(tandem)

        refused = errors(run, "SALESPEOPLE", "remote.value_too_long")
        people = len(control.dump("financials", "Salesperson/Purchaser"))
        pairs = await coupled(tandem, "CUSTOMER")
        terms = (await coupled(tandem, "PAYMENT TERMS"))[0]
        control.delete("financials", "Payment Terms", [terms.financials_key])
        control.shorten("financials", "Customer", "Address", 10)
        control.change("sales", "account", pairs[0].sales_id, {"paymenttermscode": int(terms.sales_id)})
        control.change("sales", "account", pairs[1].sales_id, {"address1_line1": "1 Interminable Avenue"})
        control.change("sales", "account", pairs[2].sales_id, {"address1_city": "Reading"})
        control.change("sales", "account", pairs[3].sales_id, {"telephone1": "+44 20 7946 0999"})

        modified = await tandem.client.synchronize_modified(lambda jobs: None)

        rows = {row["No."]: row for row in control.dump("financials", "Customer")}

    assert {error.source_id for error in refused} == {row["systemuserid"] for row in new} - {
        row["systemuserid"] for row in fitting
    }
    assert {error.failure.field for error in refused} == {"E-Mail"}
    assert all(f"less than or equal to {limit} characters" in error.failure.remote_message for error in refused)
    assert people == before + len(fitting)
    [missing] = errors(modified, "CUSTOMER", "remote.lookup_missing")
    assert (missing.source_id, missing.failure.field) == (pairs[0].sales_id, "Payment Terms Code")
    # By Financials' words, or by ours where it is known already that there is no such record any more.
    assert "Payment Terms" in (missing.failure.remote_message or missing.failure.message)
    [long] = errors(modified, "CUSTOMER", "remote.value_too_long")
    assert (long.source_id, long.failure.field) == (pairs[1].sales_id, "Address")
    assert moved(modified, "CUSTOMER", "from_sales") == (2, 2)
    assert rows[pairs[2].financials_key]["City"] == "Reading"
    assert rows[pairs[3].financials_key]["Phone No."] == "+44 20 7946 0999"
    assert rows[pairs[1].financials_key]["Address"] != "1 Interminable Avenue"


@pytest.mark.parametrize(
    ("side", "denied", "mapping", "words"),
    [
        ("sales", ("account", "create"), "CUSTOMER", "prvCreateAccount"),
        ("financials", ("Salesperson/Purchaser", "create"), "SALESPEOPLE", "TableData 13 Salesperson/Purchaser Insert"),
    ],
)
async def test_a_permission_that_all_records_lack_ends_the_job_and_says_which(
    tmp_path: Path, side: str, denied: tuple[str, str], mapping: str, words: str
) -> None:
    async with a_tandem(tmp_path, records=40) as tandem:
        await ready(tandem)
        before = len(tandem.sandbox.control.dump(side, denied[0]))
        tandem.sandbox.control.deny(side, denied)
        await tandem.client.generate_review()
        with pytest.raises(DemoFailed) as ended:
            await tandem.client.start_review(lambda jobs: None)
        after = len(tandem.sandbox.control.dump(side, denied[0]))

    assert mapping in str(ended.value)
    assert words in str(ended.value)
    assert after == before
