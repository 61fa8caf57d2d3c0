"""The main job over real processes, as the kills, the soak and the faults drive it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libs.contracts.message import Request
from libs.contracts.vocabulary import Recommendation
from libs.messaging.connect import open_transport
from libs.messaging.ports import ReplyT, Requester
from libs.runtime.errors import Transient
from libs.testing.landscape import Landscape, landscape
from services.demo.audit import LeftBehind
from services.demo.client import Client
from services.demo.figures import Run
from services.demo.keyboard import Keyboard, open_keyboard
from services.demo.snapshot import Snapshot, take_snapshot
from services.sandbox.generator import generate
from tests.system.comparison import Picture, differences, everything_wrong, not_at_rest, picture

SMALL_PAGES = {"TANDEM_PAGE_SIZE": "30", "TANDEM_SPLIT_SIZE": "15", "TANDEM_WINDOW": "3"}
"""So that a small company has many messages under way. Deadlines stay as they are: no run may have to wait for one."""

SEED, RECORDS, PACE = 7, 400, 25.0
"""Of the company, and milliseconds that every request of both tenants takes while everything is synchronized."""


class Patient:
    """Asks again when an answer is lost with the broker or the service: every question here may be repeated."""

    def __init__(self, requester: Requester, *, patience: float = 4.0) -> None:
        self._requester = requester
        self._patience = patience

    async def ask(self, request: Request[ReplyT], *, deadline: float = 30.0) -> ReplyT:
        until = time.monotonic() + deadline
        while True:
            remaining = until - time.monotonic()
            try:
                return await self._requester.ask(request, deadline=min(self._patience, max(remaining, 0.1)))
            except Transient:
                if remaining <= 0:
                    raise
                await asyncio.sleep(0.05)


@dataclass
class MainJob:
    """One Tandem with its two tenants, connected and ready to synchronize everything."""

    land: Landscape
    client: Client
    keyboard: Keyboard
    left_behind: LeftBehind
    before: Snapshot | None = None
    seconds: float = 0.0
    """That the full synchronization took."""

    async def prepare(self, *, milliseconds: float = 0.0) -> None:
        """Everything up to the moment at which the review can be started."""
        connection = await self.client.connect()
        mappings = await self.client.mappings()
        self.before = await take_snapshot(self.client, self.keyboard, mappings, connection.context)
        await self.client.couple_salespeople(lambda jobs: None)
        await self.client.generate_review()
        await self.keyboard.take_time(milliseconds)

    async def synchronize(self) -> Run:
        """The full synchronization."""
        began = time.monotonic()
        run = await self.client.start_review(lambda jobs: None)
        self.seconds = time.monotonic() - began
        return run

    async def after(self) -> Snapshot:
        assert self.before is not None
        return await take_snapshot(self.client, self.keyboard, self.before.mappings, self.before.context)

    async def picture(self, run: Run) -> Picture:
        assert self.before is not None
        return picture(self.before, await self.after(), run, await self.keyboard.numbers_of_rows())

    async def problems(self, run: Run, undisturbed: Picture | None = None) -> list[str]:
        """Everything that is wrong now, also in comparison with the undisturbed run, and whether it stays as it is."""
        assert self.before is not None
        await self.keyboard.let_work()
        await self.keyboard.take_time(0)
        found = everything_wrong(self.before, await self.after(), run, self.left_behind)
        if undisturbed is not None:
            found += differences(undisturbed, await self.picture(run))
        await self.client.reset_review(Recommendation.FULL_SYNCHRONIZATION)
        await self.keyboard.forget_statistics()
        second = await self.client.start_review(lambda jobs: None)
        return found + not_at_rest(second, await self.keyboard.rows_written())


@asynccontextmanager
async def main_job(
    directory: Path,
    *,
    records: int,
    broker_url: str = "",
    ask_at: str = "",
    environment: dict[str, str] | None = None,
    **more: Any,
) -> AsyncIterator[MainJob]:
    """Bring a Tandem up. ``ask_at``: another way to the broker for the questions of the test."""
    made = landscape(
        directory, records=records, seed=SEED, broker_url=broker_url, environment=environment or SMALL_PAGES, **more
    )
    async with (
        made as land,
        open_transport(ask_at or land.broker_url).connect() as transport,
        open_keyboard(land.details["control_url"], land.details["ca_file"]) as keyboard,
    ):
        company = generate(records, SEED)
        left_behind = {"fail": company.failing, "skip": company.skipping}
        client = Client(Patient(transport.requester("test")), pause=0.05)
        yield MainJob(land, client, keyboard, left_behind)


async def while_running(job: MainJob, disturb: Callable[[], Awaitable[None]]) -> Run:
    """The full synchronization while something disturbs it. A disturbance that fails is not overlooked; one that is not
    through when everything is done is called off, and what it must put in order again it does."""
    running = asyncio.create_task(job.synchronize(), name="full synchronization")
    disturbing = asyncio.ensure_future(disturb())
    try:
        await asyncio.wait([running, disturbing], return_when=asyncio.FIRST_COMPLETED)
        if disturbing.done():
            disturbing.result()
        return await running
    finally:
        running.cancel()
        disturbing.cancel()
        await asyncio.gather(running, disturbing, return_exceptions=True)
