"""Jobs from beginning to end: pages, windows, failures, cancellation, lost steps, repeated messages."""

from pathlib import Path

import pytest

from libs.contracts.jobs import (
    CancelSynchJob,
    ListSynchJobErrors,
    ListSynchJobs,
    StartSynchJob,
    SynchronizeModified,
)
from libs.contracts.pages import Counters
from libs.contracts.setup import EnableConnection
from libs.contracts.vocabulary import Direction, JobStatus
from libs.testing.eventually import eventually
from services.cancel import cancel
from tests.component.orchestrator.scripted import Script, running
from tests.unit.orchestrator.builders import a_mapping, a_start


def a_job(name: str = "CUSTOMER", direction: Direction = Direction.TO_SALES) -> StartSynchJob:
    return a_start(a_mapping(name, direction), job_id=f"{name}-job")


@pytest.mark.parametrize("duplicates", [False, True], ids=["each message once", "each message several times"])
@pytest.mark.parametrize("replicas", [1, 2])
async def test_a_job_reads_every_page_and_counts_every_record_once(
    tmp_path: Path, duplicates: bool, replicas: int
) -> None:
    script = Script(records={"Customer": 25, "customer": 7}, duplicates=duplicates)
    async with running(tmp_path, script, replicas=replicas, page_size=4, split_size=3, window=3) as tandem:
        command = a_job(direction=Direction.BIDIRECTIONAL)
        await tandem.sender.send([command, command])

        job = await tandem.over(command.job_id)

    assert job.status is JobStatus.FINISHED
    assert [(part.direction, part.read, part.counters) for part in job.passes] == [
        (Direction.TO_SALES, 25, Counters(inserted=25)),
        (Direction.FROM_SALES, 7, Counters(inserted=7)),
    ]
    assert [part.watermark for part in job.passes] == ["financials-mark", "sales-mark"]
    assert len(script.reads) == (7 + 2) * (2 if duplicates else 1)


async def test_failed_records_are_listed_page_by_page_each_once(tmp_path: Path) -> None:
    script = Script(records={"Customer": 10}, failing={"CUSTOMER"}, duplicates=True)
    async with running(tmp_path, script, page_size=4, split_size=2) as tandem:
        await tandem.sender.send([a_job()])
        job = await tandem.over("CUSTOMER-job")
        first = await tandem.client.ask(ListSynchJobErrors(job_id=job.id, limit=6))
        rest = await tandem.client.ask(ListSynchJobErrors(job_id=job.id, limit=6, after=first.next_after))

    assert job.status is JobStatus.FINISHED
    assert job.passes[0].counters == Counters(failed=10)
    assert [error.source_id for error in [*first.errors, *rest.errors]] == [f"{number:05}" for number in range(10)]
    assert rest.next_after == ""


async def test_errors_of_a_job_that_does_not_exist_are_no_empty_list(tmp_path: Path) -> None:
    async with running(tmp_path, Script(records={"Customer": 1})) as tandem:
        await tandem.sender.send([a_job()])
        await tandem.over("CUSTOMER-job")
        clean = await tandem.client.ask(ListSynchJobErrors(job_id="CUSTOMER-job"))
        unknown = await tandem.client.ask(ListSynchJobErrors(job_id="nobody's"))

    assert (clean.errors, clean.failures) == ([], [])
    assert [failure.message for failure in unknown.failures] == ["There is no job nobody's."]


async def test_a_page_that_cannot_be_read_puts_the_job_into_error(tmp_path: Path) -> None:
    script = Script(records={"Customer": 10}, unreadable={"CUSTOMER"})
    async with running(tmp_path, script) as tandem:
        await tandem.sender.send([a_job()])
        job = await tandem.over("CUSTOMER-job")

    assert job.status is JobStatus.ERROR
    assert job.failure is not None
    assert (job.failure.code, job.failure.message) == ("remote.rejected", "There is no table Customer.")


async def test_a_cancelled_job_reads_nothing_more(tmp_path: Path) -> None:
    script = Script(records={"Customer": 1000})
    async with running(tmp_path, script, page_size=1, window=1) as tandem:
        await tandem.sender.send([a_job()])
        await eventually(lambda: len(script.reads) >= 3)
        await tandem.sender.send([CancelSynchJob(job_id="CUSTOMER-job")])

        job = await tandem.over("CUSTOMER-job")

    assert job.status is JobStatus.CANCELLED
    assert job.passes[0].counters.inserted == len(script.reads) < 1000


async def test_a_job_that_waits_for_its_turn_is_listed_and_can_be_cancelled(tmp_path: Path) -> None:
    script = Script(mappings=[a_mapping("CUSTOMER")], records={"Customer": 1000})
    async with running(tmp_path, script, page_size=1, window=1) as tandem:
        await tandem.client.ask(EnableConnection())
        [first] = (await tandem.client.ask(SynchronizeModified())).job_ids.values()
        await eventually(lambda: len(script.reads) >= 3)
        [second] = (await tandem.client.ask(SynchronizeModified())).job_ids.values()
        listed = (await tandem.client.ask(ListSynchJobs())).jobs
        words, asked = await cancel(tandem.client, tandem.sender, second)
        waiting = await tandem.over(second)
        await cancel(tandem.client, tandem.sender, first)

        async def reached_by_its_turn() -> bool:
            return bool((await tandem.jobs(second))[0].passes)

        await eventually(reached_by_its_turn)
        [job] = await tandem.jobs(second)

    assert [(item.id, item.status) for item in listed] == [
        (second, JobStatus.READY),
        (first, JobStatus.IN_PROCESS),
    ]
    assert asked and "will not begin" in words
    assert (waiting.status, waiting.passes) == (JobStatus.CANCELLED, [])
    assert (job.status, [part.read for part in job.passes]) == (JobStatus.CANCELLED, [0])
    assert {read.page.job_id for read in script.reads} == {first}


async def test_a_person_cancels_a_running_job_and_no_other(tmp_path: Path) -> None:
    script = Script(records={"Customer": 1000})
    async with running(tmp_path, script, page_size=1, window=1) as tandem:
        await tandem.sender.send([a_job()])
        await eventually(lambda: len(script.reads) >= 3)
        words, asked = await cancel(tandem.client, tandem.sender, "CUSTOMER-job")
        job = await tandem.over("CUSTOMER-job")
        again, nothing = await cancel(tandem.client, tandem.sender, "CUSTOMER-job")
        unknown, neither = await cancel(tandem.client, tandem.sender, "nobody")

    assert (asked, job.status) == (True, JobStatus.CANCELLED)
    assert words == "The job CUSTOMER-job of CUSTOMER reads nothing more; its pages under way still settle."
    assert (again, nothing) == ("The job CUSTOMER-job of CUSTOMER is over already: cancelled.", False)
    assert (unknown.startswith("There is no job nobody"), neither) == (True, False)


async def test_a_step_that_got_lost_is_sent_again(tmp_path: Path) -> None:
    script = Script(records={"Customer": 10}, silent={"CUSTOMER"})
    async with running(tmp_path, script, read_deadline=0.2, deadline_check=0.05) as tandem:
        await tandem.sender.send([a_job()])
        await eventually(lambda: len(script.reads) >= 2)
        script.silent.clear()

        job = await tandem.over("CUSTOMER-job")

    assert job.status is JobStatus.FINISHED
    assert job.passes[0].counters == Counters(inserted=10)


async def test_a_step_that_stays_away_puts_the_job_into_error(tmp_path: Path) -> None:
    script = Script(silent={"CUSTOMER"})
    async with running(tmp_path, script, read_deadline=0.05, deadline_check=0.05, resends=1) as tandem:
        await tandem.sender.send([a_job()])

        job = await tandem.over("CUSTOMER-job")

    assert job.status is JobStatus.ERROR
    assert job.failure is not None and job.failure.code == "job.step_lost"
    assert len(script.reads) == 2
