"""The full synchronization in which nothing goes wrong, with which the disturbed ones are compared."""

from dataclasses import dataclass
from pathlib import Path

from tests.system.broker import overheard, wipe
from tests.system.comparison import Picture
from tests.system.main_job import PACE, RECORDS, main_job


@dataclass(frozen=True)
class Undisturbed:
    """What it led to."""

    picture: Picture
    messages: int
    """Commands and events that were published."""
    seconds: float
    written: dict[str, int]
    """System -> rows written."""


async def undisturbed_run(broker_url: str, directory: Path) -> Undisturbed:
    """Run it, over an otherwise unused broker."""
    await wipe(broker_url)
    async with main_job(directory, records=RECORDS, broker_url=broker_url) as job:
        await job.prepare(milliseconds=PACE)
        await job.keyboard.forget_statistics()
        async with overheard(broker_url) as traffic:
            run = await job.synchronize()
        written = await job.keyboard.rows_written()
        picture = await job.picture(run)
        problems = await job.problems(run)
        assert not problems, "\n".join(problems)
    return Undisturbed(picture, len(traffic), job.seconds, written)
