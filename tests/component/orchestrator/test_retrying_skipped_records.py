"""Having skipped records tried again: which of them, and what is refused."""

from pathlib import Path

from libs.contracts.couplings import CouplingView
from libs.contracts.jobs import RetrySkipped
from libs.contracts.setup import EnableConnection
from libs.contracts.vocabulary import Direction, JobStatus, System
from services.orchestrator.domain.job import RETRIED_BY_NAME
from tests.component.orchestrator.scripted import Script, running
from tests.unit.orchestrator.builders import a_mapping

BOTH = Direction.BIDIRECTIONAL


def a_skipped(number: int, mapping: str = "CUSTOMER", *failing: Direction) -> CouplingView:
    return CouplingView(
        id=f"c-{number:04}",
        mapping=mapping,
        sales_id=f"s-{number:04}",
        financials_id=f"f-{number:04}",
        state="coupled",
        skipped=True,
        failing=list(failing) or [Direction.TO_SALES],
    )


def a_script(*skipped: CouplingView) -> Script:
    mappings = [a_mapping("CUSTOMER", BOTH), a_mapping("CONTACT", BOTH), a_mapping("CURRENCY", Direction.TO_SALES)]
    return Script(mappings=mappings, skipped=list(skipped))


async def retry(tmp_path: Path, script: Script, request: RetrySkipped) -> tuple[dict[str, str], list[str]]:
    """Mapping -> job id and the codes of refusals, once all jobs are over."""
    async with running(tmp_path, script) as tandem:
        await tandem.client.ask(EnableConnection())
        started = await tandem.client.ask(request)
        for job_id in started.job_ids.values():
            assert (await tandem.over(job_id)).status is JobStatus.FINISHED
    return started.job_ids, [failure.code for failure in started.failures]


def read(script: Script) -> dict[tuple[str, System], list[str]]:
    """Mapping and system -> ids that were to be read in any case."""
    assert all(command.retry_skipped for command in script.reads)
    return {(command.page.mapping, command.system): command.read.also for command in script.reads}


async def test_every_mapping_with_skipped_records_reads_them_from_both_sides(tmp_path: Path) -> None:
    script = a_script(
        a_skipped(1),
        a_skipped(2, "CUSTOMER", Direction.FROM_SALES),
        a_skipped(3, "CUSTOMER", Direction.TO_SALES, Direction.FROM_SALES),
        a_skipped(4, "CONTACT"),
    )
    jobs, refused = await retry(tmp_path, script, RetrySkipped())

    assert (set(jobs), refused) == ({"CUSTOMER", "CONTACT"}, [])
    assert read(script) == {
        ("CUSTOMER", System.FINANCIALS): ["f-0001", "f-0002", "f-0003"],
        ("CUSTOMER", System.SALES): ["s-0001", "s-0002", "s-0003"],
        ("CONTACT", System.FINANCIALS): ["f-0004"],
        ("CONTACT", System.SALES): ["s-0004"],
    }


async def test_chosen_couplings_alone_are_named(tmp_path: Path) -> None:
    script = a_script(a_skipped(1), a_skipped(2), a_skipped(3, "CONTACT"))
    jobs, _ = await retry(tmp_path, script, RetrySkipped(coupling_ids=["c-0002"]))

    assert list(jobs) == ["CUSTOMER"]
    assert read(script)["CUSTOMER", System.FINANCIALS] == ["f-0002"]


async def test_too_many_to_be_named_are_read_with_their_whole_table(tmp_path: Path) -> None:
    script = a_script(*(a_skipped(number) for number in range(RETRIED_BY_NAME + 1)))
    await retry(tmp_path, script, RetrySkipped(mappings=["CUSTOMER"]))

    [command] = [command for command in script.reads if command.system is System.FINANCIALS]
    assert (command.read.also, command.read.modified_after) == ([], "")


async def test_nothing_skipped_starts_nothing(tmp_path: Path) -> None:
    assert await retry(tmp_path, a_script(), RetrySkipped()) == ({}, [])


async def test_a_coupling_that_is_not_skipped_is_refused_by_its_id_and_nothing_starts(tmp_path: Path) -> None:
    script = a_script(a_skipped(1))
    jobs, refused = await retry(tmp_path, script, RetrySkipped(coupling_ids=["c-0001", "c-9999"]))

    assert (jobs, refused, script.reads) == ({}, ["coupling.not_skipped"], [])


async def test_an_unknown_mapping_is_refused(tmp_path: Path) -> None:
    assert await retry(tmp_path, a_script(), RetrySkipped(mappings=["X"])) == ({}, ["mapping.unknown"])
