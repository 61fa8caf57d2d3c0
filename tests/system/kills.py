"""Kills at seeded moments: whom, after how much progress, and how long the service stays away."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from libs.contracts.routing import SERVICES
from tests.system.broker import Traffic
from tests.system.main_job import MainJob


@dataclass(frozen=True)
class Kill:
    """kill -9 of ``service`` some milliseconds after the ``after``-th command or event of the run; it is started again
    after ``away`` seconds."""

    service: str
    after: int
    milliseconds: int
    away: float

    def __str__(self) -> str:
        return f"{self.service}@{self.after}+{self.milliseconds}ms"


def draw_kills(seed: int, messages: int, services: Sequence[str] = SERVICES, *, each: int = 1) -> list[Kill]:
    """``each`` kills of each of the services, spread over a run of so many messages, in the order of their moments.

    The milliseconds reach from before a message is taken to well into the remote work that it causes.
    """
    chance = random.Random(seed)
    drawn = [
        Kill(service, chance.randint(1, messages), chance.randint(0, 80), round(chance.uniform(0, 0.5), 2))
        for service in services
        for _ in range(each)
    ]
    return sorted(drawn, key=lambda kill: kill.after)


@dataclass
class Killing:
    """Carries kills out while a main job runs."""

    job: MainJob
    traffic: Traffic
    kills: Sequence[Kill]
    done: list[Kill] = field(default_factory=list)

    async def __call__(self) -> None:
        """Strike each at its moment. One whose moment never comes, since the run is over before, is not done."""
        begun = len(self.traffic)
        async with asyncio.TaskGroup() as restarts:
            for kill in self.kills:
                await self.traffic.reaches(begun + kill.after)
                await asyncio.sleep(kill.milliseconds / 1000)
                child = self.job.land.children[kill.service]
                if child.running:
                    child.kill()
                    self.done.append(kill)
                    restarts.create_task(self._restart(kill))

    async def _restart(self, kill: Kill) -> None:
        try:
            await asyncio.sleep(kill.away)
        finally:
            # Also when the run turned out to be over: what comes next needs the service.
            self.job.land.start_service(kill.service)
