"""A full synchronization over real processes and RabbitMQ while services are killed with -9 and started again, while
the broker goes away, while both tenants misbehave: it ends with exactly the records, couplings and figures of an
undisturbed run. ``make soak`` does the same by the hundred.
"""

import asyncio
import random
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from libs.contracts.routing import SERVICES
from libs.testing.mongodb_standin import mongodb_for_tests
from libs.testing.rabbitmq_node import RabbitNode
from libs.testing.tcp_proxy import TcpProxy
from tests.system.broker import overheard
from tests.system.kills import Killing, draw_kills
from tests.system.main_job import PACE, RECORDS, main_job, while_running
from tests.system.mishaps import KINDS, draw_faults
from tests.system.undisturbed import Undisturbed

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(180)]


async def test_killing_every_service_once_changes_nothing_in_the_end(
    tmp_path: Path, broker_url: str, undisturbed: Undisturbed
) -> None:
    async with main_job(tmp_path, records=RECORDS, broker_url=broker_url) as job:
        await job.prepare(milliseconds=PACE)
        async with overheard(broker_url) as traffic:
            killing = Killing(job, traffic, draw_kills(2, undisturbed.messages))
            run = await while_running(job, killing)

        assert {kill.service for kill in killing.done} == set(SERVICES), "a moment never came; choose another seed"
        problems = await job.problems(run, undisturbed.picture)
        assert not problems, "\n".join(map(str, [*killing.done, *problems]))


async def test_cutting_the_broker_connection_and_killing_the_broker_change_nothing_in_the_end(
    tmp_path: Path, rabbitmq_node: RabbitNode, undisturbed: Undisturbed
) -> None:
    node = urlsplit(rabbitmq_node.url)
    assert node.hostname and node.port
    async with TcpProxy(node.hostname, node.port).listening() as proxy:
        way = rabbitmq_node.url.replace(f":{node.port}/", f":{proxy.port}/")
        async with main_job(tmp_path, records=RECORDS, broker_url=way, ask_at=rabbitmq_node.url) as job:
            await job.prepare(milliseconds=PACE)
            chance = random.Random(3)

            async def cut_and_kill() -> None:
                for _ in range(3):
                    await asyncio.sleep(chance.uniform(0.1, 0.4))
                    assert proxy.cut(), "nobody is connected"
                await asyncio.sleep(chance.uniform(0.1, 0.4))
                rabbitmq_node.kill()
                await asyncio.to_thread(rabbitmq_node.start)

            run = await while_running(job, cut_and_kill)
            assert job.seconds > undisturbed.seconds + 1, "it was over before the broker was killed"
            problems = await job.problems(run, undisturbed.picture)
            assert not problems, "\n".join(problems)


async def test_throttling_outages_cuts_and_torn_answers_of_both_tenants_change_nothing_in_the_end(
    tmp_path: Path, broker_url: str, undisturbed: Undisturbed
) -> None:
    async with main_job(tmp_path, records=RECORDS, broker_url=broker_url) as job:
        await job.prepare(milliseconds=PACE)
        for fault in draw_faults(5):
            await job.keyboard.let_fail(fault)
        run = await job.synchronize()

        struck = {(fault["side"], fault["kind"]) for fault in await job.keyboard.faults() if fault["struck"]}
        assert struck == {(side, kind) for side in ("sales", "financials") for kind in KINDS}
        problems = await job.problems(run, undisturbed.picture)
        assert not problems, "\n".join(problems)


async def test_two_replicas_of_every_service_over_the_networked_store_do_no_double_work(
    tmp_path: Path, broker_url: str, undisturbed: Undisturbed
) -> None:
    with mongodb_for_tests() as store_url:
        async with main_job(tmp_path, records=RECORDS, broker_url=broker_url, store_url=store_url, replicas=2) as job:
            await job.prepare(milliseconds=PACE)
            await job.keyboard.forget_statistics()
            run = await job.synchronize()

            written = await job.keyboard.rows_written()
            assert written == undisturbed.written
            problems = await job.problems(run, undisturbed.picture)
            assert not problems, "\n".join(problems)
