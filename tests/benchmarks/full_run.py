"""Measures a full synchronization over real processes and RabbitMQ, each service with its own SQLite file."""

import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from libs.contracts.jobs import SynchJobView
from libs.contracts.vocabulary import Recommendation
from libs.testing.landscape import Landscape, landscape
from services.demo.client import Client
from services.demo.figures import Run
from services.demo.keyboard import Keyboard, open_keyboard

PAGE_SIZE = 2000
"""Records in one read, as the orchestrator asks for them when nothing else is set."""


@dataclass(frozen=True)
class Measured:
    """What one run cost. CPU and requests are those between its start and its end."""

    records: int
    """Records decided, over all mappings and directions."""
    seconds: float
    cpu: dict[str, float]
    """Service -> CPU seconds."""
    statistics: dict[str, Any]
    """The sandbox's own counts of requests and rows, by side."""
    pages: int = 0
    """Pages that were read, of 2000 records; a pass that found nothing has read one."""

    @property
    def cpu_per_1000(self) -> float:
        return 1000 * sum(self.cpu.values()) / self.records

    @property
    def per_second(self) -> float:
        return self.records / self.seconds

    @property
    def requests(self) -> int:
        return sum(int(self.statistics[side]["requests"]) for side in ("sales", "financials"))

    @property
    def rows_written(self) -> int:
        return sum(int(self.statistics[side]["rows_written"]) for side in ("sales", "financials"))


@dataclass
class System:
    """A running Tandem under measurement."""

    land: Landscape
    client: Client
    keyboard: Keyboard
    _before: dict[str, float] = field(default_factory=dict)

    async def prepare(self) -> None:
        """Connect and couple salespeople; neither is part of what is measured."""
        await self.client.connect()
        await self.client.couple_salespeople(_nobody)
        await self.client.generate_review()

    async def full_run(self) -> Measured:
        """Run the review that was generated."""
        await self._begin()
        return await self._end(await self.client.start_review(_nobody))

    async def once_more(self) -> Measured:
        """A full run over what is already in step: everything compared, nothing written."""
        await self.client.reset_review(Recommendation.FULL_SYNCHRONIZATION)
        return await self.full_run()

    async def modified_run(self) -> Measured:
        """A run over modified records when nothing was modified."""
        await self._begin()
        return await self._end(await self.client.synchronize_modified(_nobody))

    def peak_memory(self) -> dict[str, float]:
        """Service -> largest resident set so far, megabytes."""
        return {child.name: child.peak_memory_mb() for child in self.land.services()}

    async def _begin(self) -> None:
        await self.keyboard.forget_statistics()
        self._before = {child.name: child.cpu_seconds() for child in self.land.services()}

    async def _end(self, run: Run) -> Measured:
        return Measured(
            records=run.records,
            seconds=run.seconds,
            cpu={child.name: child.cpu_seconds() - self._before[child.name] for child in self.land.services()},
            statistics=await self.keyboard.statistics(),
            pages=sum(max(1, -(-part.read // PAGE_SIZE)) for job in run.jobs for part in job.passes),
        )


def _nobody(jobs: Sequence[SynchJobView]) -> None:
    """Progress that nobody watches."""


@asynccontextmanager
async def system(
    records: int, *, realistic: bool = False, settings: Mapping[str, str] | None = None
) -> AsyncIterator[System]:
    """A Tandem of real processes over a fresh make-believe company; ``realistic``: documented limits, service times."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        async with (
            landscape(Path(folder), records=records, environment=dict(settings or {})) as land,
            open_keyboard(land.details["control_url"], land.details["ca_file"]) as keyboard,
            land.asking() as requester,
        ):
            if realistic:
                await keyboard.use_realistic_limits()
            yield System(land, Client(requester, pause=0.25), keyboard)
