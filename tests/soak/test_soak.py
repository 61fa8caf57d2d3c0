"""Hundreds of kills and faults at seeded moments: ``make soak`` (KILLS=200 SEED=1 MINUTES=0).

Run after run, a full synchronization over real processes and RabbitMQ is disturbed by several kills of all services,
cut broker connections, now and then a killed broker, faults of both tenants, and requests that arrive late; every run
must end like the undisturbed one. ``MINUTES`` bounds the time (0: until so many kills are done). A run is repeated with
its ``SEED`` and ``RUNS=1``.
"""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from libs.testing.rabbitmq_node import RabbitNode
from libs.testing.tcp_proxy import TcpProxy
from services.demo.client import DemoFailed
from tests.system.broker import overheard, wipe
from tests.system.kills import Kill, Killing, draw_kills
from tests.system.main_job import PACE, RECORDS, MainJob, main_job, while_running
from tests.system.mishaps import LATEST, draw_delays, draw_faults
from tests.system.undisturbed import Undisturbed, undisturbed_run

RUN_SECONDS = 240.0
"""A run that takes longer waits for a deadline or hangs: a failure, too."""

BROKER_KILLED_EVERY = 5
"""One run in so many."""


@dataclass
class Tally:
    """What was done and found in all runs."""

    runs: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    cuts: int = 0
    broker_kills: int = 0
    faults: int = 0
    delays: int = 0
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kills = ", ".join(f"{number} of {service}" for service, number in sorted(self.kills.items()))
        longest = max(self.seconds, default=0)
        return (
            f"{self.runs} runs, {sum(self.kills.values())} kills -9 ({kills}), {self.cuts} cuts of all broker "
            f"connections, {self.broker_kills} kills of the broker, {self.faults} faults of the tenants, "
            f"{self.delays} requests held up; {len(self.failures)} runs ended wrong; "
            f"median run {_median(self.seconds):.1f} s, longest {longest:.1f} s"
        )


@dataclass(frozen=True)
class Plan:
    """What one run has to bear."""

    seed: int
    kills: int
    cuts: tuple[float, ...]
    """Seconds between one cut of all broker connections and the next."""
    kills_broker: bool
    faults: bool
    delays: bool

    @classmethod
    def drawn(cls, seed: int) -> "Plan":
        chance = random.Random(seed)
        return cls(
            seed,
            kills=chance.choice([1, 2, 2, 3]),
            cuts=tuple(chance.uniform(0.2, 4) for _ in range(chance.choice([0, 0, 1, 2]))),
            kills_broker=chance.randrange(BROKER_KILLED_EVERY) == 0,
            faults=chance.random() < 0.4,
            delays=chance.random() < 0.4,
        )

    def mishaps(self) -> list[dict[str, Any]]:
        """Faults of the tenants, as the sandbox takes them."""
        faults = draw_faults(self.seed) if self.faults else []
        return [*faults, *(draw_delays(self.seed) if self.delays else [])]


async def test_soak(rabbitmq_node: RabbitNode, tmp_path: Path) -> None:
    seed, wanted = int(os.environ.get("SEED", "1")), int(os.environ.get("KILLS", "200"))
    minutes, runs = float(os.environ.get("MINUTES", "0")), int(os.environ.get("RUNS", "0"))
    until = time.monotonic() + minutes * 60 if minutes else float("inf")
    tally = Tally()
    undisturbed = await undisturbed_run(rabbitmq_node.url, tmp_path / "undisturbed")
    _say(f"undisturbed: {undisturbed.messages} messages, {undisturbed.seconds:.1f} s")
    while sum(tally.kills.values()) < wanted and time.monotonic() < until and not tally.runs == runs > 0:
        plan = Plan.drawn(seed + tally.runs)
        tally.runs += 1
        await _one_run(plan, rabbitmq_node, tmp_path / str(plan.seed), undisturbed, tally)
    _say(f"{datetime.now(UTC):%Y-%m-%d}, seed {seed}: {tally}")
    assert not tally.failures, "\n\n".join(tally.failures)


async def _one_run(plan: Plan, node: RabbitNode, directory: Path, undisturbed: Undisturbed, tally: Tally) -> None:
    await wipe(node.url)
    address = urlsplit(node.url)
    assert address.hostname and address.port
    async with TcpProxy(address.hostname, address.port).listening() as proxy:
        way = node.url.replace(f":{address.port}/", f":{proxy.port}/")
        async with main_job(directory, records=RECORDS, broker_url=way, ask_at=node.url) as job:
            run = Run(plan, node, proxy, job)
            try:
                async with asyncio.timeout(RUN_SECONDS):
                    await job.prepare(milliseconds=PACE)
                    for fault in plan.mishaps():
                        await job.keyboard.let_fail(fault)
                    problems = await run.disturbed(undisturbed)
            except (DemoFailed, TimeoutError) as error:
                problems = [f"{type(error).__name__}: {error}"]
            run.count(tally)
    verdict = "as undisturbed" if not problems else "WRONG:\n  " + "\n  ".join(problems)
    told = f"run {tally.runs} (SEED={plan.seed}, {job.seconds:.1f} s): {run}: {verdict}"
    _say(told)
    if problems:
        tally.failures.append(f"{told}\nlogs: {directory}")


@dataclass
class Run:
    """One run and what was done to it."""

    plan: Plan
    node: RabbitNode
    proxy: TcpProxy
    job: MainJob
    kills: list[Kill] = field(default_factory=list)
    cuts: int = 0
    broker_kills: int = 0
    faults: int = 0
    delays: int = 0

    async def disturbed(self, undisturbed: Undisturbed) -> list[str]:
        """Synchronize everything while it is disturbed; gives all that is wrong in the end."""
        async with overheard(self.node.url) as traffic:
            kills = draw_kills(self.plan.seed, undisturbed.messages, each=self.plan.kills)
            killing = Killing(self.job, traffic, kills, self.kills)

            async def disturb() -> None:
                async with asyncio.TaskGroup() as disturbances:
                    disturbances.create_task(killing())
                    disturbances.create_task(self._break_broker())

            done = await while_running(self.job, disturb)
        struck = await self.job.keyboard.faults()
        self.faults = sum(fault["struck"] for fault in struck if fault["kind"] != "latency")
        self.delays = sum(fault["struck"] for fault in struck if fault["kind"] == "latency")
        if self.delays:
            # What is still on its way must arrive before the comparison.
            await asyncio.sleep(LATEST)
        return await self.job.problems(done, undisturbed.picture)

    async def _break_broker(self) -> None:
        for pause in self.plan.cuts:
            await asyncio.sleep(pause)
            self.proxy.cut()
            self.cuts += 1
        if self.plan.kills_broker:
            await asyncio.sleep(1)
            self.node.kill()
            self.broker_kills += 1
            # Everything else goes on meanwhile, and a broker that is being started is not left alone halfway.
            await asyncio.shield(asyncio.to_thread(self.node.start))

    def count(self, tally: Tally) -> None:
        tally.seconds.append(self.job.seconds)
        tally.kills.update(kill.service for kill in self.kills)
        tally.cuts += self.cuts
        tally.broker_kills += self.broker_kills
        tally.faults += self.faults
        tally.delays += self.delays

    def __str__(self) -> str:
        said = [
            *map(str, self.kills),
            *([f"{self.cuts} cuts of all broker connections"] if self.cuts else []),
            *(["broker killed"] if self.broker_kills else []),
            *([f"{self.faults} faults of the tenants"] if self.faults else []),
            *([f"{self.delays} requests held up"] if self.delays else []),
        ]
        return ", ".join(said) or "nothing struck"


def _median(numbers: Sequence[float]) -> float:
    return sorted(numbers)[len(numbers) // 2] if numbers else 0.0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
