"""The review while others are away or at work: it stays as it was; no line starts or ends by somebody else's job."""

from pathlib import Path

import pytest

from libs.contracts.jobs import SynchronizeModified
from libs.contracts.message import Request
from libs.contracts.review import GenerateReview, GetReview, ResetReview, RestartReviewLine, ReviewView, StartReview
from libs.contracts.setup import EnableConnection
from libs.contracts.vocabulary import JobStatus, RunKind
from tests.component.orchestrator.scripted import Running, Script, at_rest, running, statuses
from tests.unit.orchestrator.builders import a_mapping


def a_script(**changes: object) -> Script:
    mappings = [a_mapping("CUSTOMER"), a_mapping("ITEM")]
    return Script(**{"mappings": mappings, "records": {"Customer": 3}, **changes})  # type: ignore[arg-type]


async def reviewed(tandem: Running) -> ReviewView:
    """The review of CUSTOMER, which has been synchronized, and of ITEM, which has had no records so far."""
    await tandem.client.ask(EnableConnection())
    await tandem.client.ask(GenerateReview())
    await tandem.client.ask(StartReview())
    return await at_rest(tandem)


@pytest.mark.parametrize(
    "request_", [GenerateReview(), RestartReviewLine(mapping="CUSTOMER"), ResetReview()], ids=lambda each: each.TYPE
)
async def test_nothing_is_lost_while_the_registry_cannot_list_its_mappings(
    tmp_path: Path, request_: Request[ReviewView]
) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        before = await reviewed(tandem)
        script.mute = True
        refused = await tandem.client.ask(request_)
        after = await tandem.client.ask(GetReview())

    assert [failure.code for failure in refused.failures] == ["registry.busy"]
    assert after == before
    assert statuses(after) == {"CUSTOMER": JobStatus.FINISHED, "ITEM": None}


async def test_a_modified_run_neither_starts_nor_ends_a_line(tmp_path: Path) -> None:
    script = a_script()
    async with running(tmp_path, script) as tandem:
        await reviewed(tandem)
        script.records["Item"] = 5
        await tandem.client.ask(GenerateReview())
        script.reads.clear()
        started = await tandem.client.ask(SynchronizeModified())
        for job_id in started.job_ids.values():
            await tandem.over(job_id)
        untouched = await at_rest(tandem)
        runs = {(command.page.mapping, command.run) for command in script.reads}
        await tandem.client.ask(StartReview())
        started_by_hand = await at_rest(tandem)

    assert runs == {("CUSTOMER", RunKind.MODIFIED), ("ITEM", RunKind.MODIFIED)}
    assert statuses(untouched) == {"CUSTOMER": JobStatus.FINISHED, "ITEM": None}
    assert statuses(started_by_hand) == {"CUSTOMER": JobStatus.FINISHED, "ITEM": JobStatus.FINISHED}
    assert ("ITEM", RunKind.FULL) in {(command.page.mapping, command.run) for command in script.reads}


async def test_a_line_and_a_modified_run_of_the_same_mapping_are_two_jobs(tmp_path: Path) -> None:
    script = a_script(silent={"CUSTOMER"})
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        await tandem.client.ask(GenerateReview())
        view = await tandem.client.ask(StartReview())
        ids = (await tandem.client.ask(SynchronizeModified())).job_ids

    assert view.lines[0].job_id not in ids.values()
