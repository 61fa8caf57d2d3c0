"""A full synchronization over real processes and RabbitMQ while services are killed with -9 and started again: it ends
with exactly the records, couplings and figures of an undisturbed run. ``make soak`` does the same by the hundred.
"""

from pathlib import Path

import pytest

from libs.contracts.routing import SERVICES
from tests.system.broker import overheard
from tests.system.conftest import Undisturbed
from tests.system.kills import Killing, draw_kills
from tests.system.main_job import PACE, RECORDS, main_job, while_running

pytestmark = pytest.mark.xdist_group("processes")


@pytest.mark.parametrize("seed", [1, 2])
async def test_killing_every_service_once_changes_nothing_in_the_end(
    tmp_path: Path, broker_url: str, undisturbed: Undisturbed, seed: int
) -> None:
    async with main_job(tmp_path, records=RECORDS, broker_url=broker_url) as job:
        await job.prepare(milliseconds=PACE)
        async with overheard(broker_url) as traffic:
            killing = Killing(job, traffic, draw_kills(seed, undisturbed.messages))
            run = await while_running(job, killing)

        assert {kill.service for kill in killing.done} == set(SERVICES), "a moment never came; choose another seed"

        problems = await job.problems(run, undisturbed.picture)
        assert not problems, "\n".join(map(str, [*killing.done, *problems]))
