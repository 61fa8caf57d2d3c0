"""The item availability job with everything that it sends and waits for: repeats, replicas, restarts, silence."""

from pathlib import Path
from typing import Any

import pytest

from libs.contracts.failures import Failure
from libs.contracts.item_availability import GetItemAvailability, ItemAvailabilityView, SwitchItemAvailability
from libs.contracts.jobs import ListSynchJobs
from libs.contracts.pages import ReadPage
from libs.contracts.setup import EnableConnection
from libs.contracts.vocabulary import Direction, JobStatus
from libs.testing.eventually import eventually
from tests.component.orchestrator.scripted import Running, Script, running
from tests.unit.orchestrator.builders import a_mapping

SOON = 0.005
QUICK: dict[str, Any] = {"deadline_check": 0.05, "read_deadline": 0.3}


def a_script(**changes: object) -> Script:
    items = a_mapping("ITEM-PRODUCT", Direction.BIDIRECTIONAL)
    return Script(mappings=[items], records={"Item-Product": 3}, **changes)  # type: ignore[arg-type]


async def switched_on(tandem: Running) -> None:
    await tandem.client.ask(EnableConnection())
    await tandem.client.ask(SwitchItemAvailability(enabled=True, interval_minutes=SOON))


async def followed(tandem: Running, entry: int) -> ItemAvailabilityView:
    """The view once stock up to an entry was handed on, and all jobs are over."""

    async def there() -> ItemAvailabilityView | None:
        view = await tandem.client.ask(GetItemAvailability())
        return view if view.last_entry == entry else None

    view = await eventually(there, timeout=10)
    assert view is not None

    async def rested() -> bool:
        jobs = (await tandem.client.ask(ListSynchJobs())).jobs
        return view.job_id in {job.id for job in jobs} and all(job.status.over for job in jobs)

    await eventually(rested, timeout=10)
    return view


def chosen(script: Script) -> list[list[str]]:
    """The ids of the readings of chosen items, each reading once."""
    seen: dict[str, ReadPage] = {command.page.job_id: command for command in script.reads}
    return [command.read.only for command in seen.values() if command.read.only]


@pytest.mark.parametrize("duplicates", [False, True], ids=["each message once", "each message several times"])
@pytest.mark.parametrize("replicas", [1, 2])
async def test_every_movement_is_handed_on_once_and_only_of_coupled_items(
    tmp_path: Path, duplicates: bool, replicas: int
) -> None:
    script = a_script(ledger=["1000"] * 7, duplicates=duplicates, uncoupled={"2", "33", "4444"})
    async with running(tmp_path, script, replicas=replicas, **QUICK) as tandem:
        await switched_on(tandem)
        await followed(tandem, 7)
        whole = [command for command in script.reads if not command.read.only]
        script.ledger += ["1001", "1002", "2", "33", "4444", "1001"]
        view = await followed(tandem, 13)
        jobs = (await tandem.client.ask(ListSynchJobs())).jobs

    assert {(command.page.direction, command.recheck) for command in script.reads} == {(Direction.TO_SALES, True)}
    assert len({command.page.job_id for command in whole}) == 1
    assert sorted(chosen(script)) == [["id-1001"], ["id-1001", "id-1002"]]
    assert [job.status for job in jobs] == [JobStatus.FINISHED] * 3
    assert view.failures == []


async def test_a_lost_question_is_asked_again_and_nothing_is_skipped(tmp_path: Path) -> None:
    script = a_script(silent_ledger=2)
    async with running(tmp_path, script, **QUICK) as tandem:
        await switched_on(tandem)
        await followed(tandem, 0)
        script.silent_ledger = 2
        script.ledger.append("1001")
        await followed(tandem, 1)

    assert chosen(script) == [["id-1001"]]


async def test_what_was_under_way_when_everything_stopped_goes_on_after_the_start(tmp_path: Path) -> None:
    script = a_script()
    async with running(tmp_path, script, **QUICK) as tandem:
        await switched_on(tandem)
        await followed(tandem, 0)
        # A question is under way when the process ends, and the broker forgets it too.
        script.silent_ledger = 1
        await eventually(lambda: script.silent_ledger == 0, timeout=5)
        script.ledger.append("1001")
    async with running(tmp_path, script, **QUICK) as tandem:
        await followed(tandem, 1)

    assert chosen(script) == [["id-1001"]]


@pytest.mark.parametrize("duplicates", [False, True], ids=["each message once", "each message several times"])
async def test_what_is_committed_after_greater_numbers_is_handed_on_once_also_after_a_restart(
    tmp_path: Path, duplicates: bool
) -> None:
    script = a_script(ledger=["1000", "", "1000"], duplicates=duplicates)
    async with running(tmp_path, script, **QUICK) as tandem:
        await switched_on(tandem)
        await followed(tandem, 3)
        script.ledger += ["1001", "", "1001"]
        await followed(tandem, 6)
    script.ledger[1] = "2000"
    async with running(tmp_path, script, **QUICK) as tandem:
        await eventually(lambda: ["id-2000"] in chosen(script), timeout=10)
        script.ledger[4] = "2001"
        await eventually(lambda: ["id-2001"] in chosen(script), timeout=10)
        script.ledger.append("1002")
        await followed(tandem, 7)

    assert sorted(chosen(script)) == [["id-1001"], ["id-1001"], ["id-1002"], ["id-2000"], ["id-2001"]]


async def test_switched_off_it_stands_still_and_goes_on_from_its_place(tmp_path: Path) -> None:
    script = a_script()
    async with running(tmp_path, script, **QUICK) as tandem:
        await switched_on(tandem)
        await followed(tandem, 0)
        await tandem.client.ask(SwitchItemAvailability(enabled=False))
        script.ledger += ["1001", "1002"]
        off = await tandem.client.ask(GetItemAvailability())
        assert (off.enabled, off.last_entry, off.next_run_at) == (False, 0, "")
        await tandem.client.ask(SwitchItemAvailability(enabled=True, interval_minutes=SOON))
        await followed(tandem, 2)

    assert chosen(script) == [["id-1001", "id-1002"]]


async def test_a_ledger_that_cannot_be_read_is_shown_until_it_can(tmp_path: Path) -> None:
    script = a_script(ledger_failures=[Failure(code="remote.access_denied", message="no right")])
    async with running(tmp_path, script, **QUICK) as tandem:
        await switched_on(tandem)

        async def shown() -> bool:
            view = await tandem.client.ask(GetItemAvailability())
            return [failure.code for failure in view.failures] == ["remote.access_denied"]

        await eventually(shown, timeout=5)
        script.ledger_failures = []
        assert (await followed(tandem, 0)).failures == []


async def test_without_a_connection_it_says_so(tmp_path: Path) -> None:
    async with running(tmp_path, a_script(), **QUICK) as tandem:
        await tandem.client.ask(SwitchItemAvailability(enabled=True, interval_minutes=SOON))

        async def told() -> bool:
            view = await tandem.client.ask(GetItemAvailability())
            return [failure.code for failure in view.failures] == ["connection.not_enabled"]

        await eventually(told, timeout=5)
