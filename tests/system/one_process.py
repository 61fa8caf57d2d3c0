"""A whole Tandem in this process with its sandbox, for tests that look at both sides."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libs.contracts.setup import MappingContext, MappingView
from libs.testing.landscape import settings_from_sandbox
from services.demo.audit import LeftBehind
from services.demo.client import Client
from services.demo.keyboard import Keyboard, open_keyboard
from services.demo.snapshot import Snapshot, take_snapshot
from services.embedded import embedded
from services.sandbox.app import RunningSandbox, Sandbox
from services.sandbox.settings import SandboxSettings


@dataclass
class Tandem:
    sandbox: RunningSandbox
    client: Client
    keyboard: Keyboard
    ask: Any

    @property
    def left_behind(self) -> LeftBehind:
        company = self.sandbox.tenants.generated
        return {"fail": company.failing, "skip": company.skipping}

    async def connected(self) -> tuple[list[MappingView], MappingContext]:
        context = (await self.client.connect()).context
        return await self.client.mappings(), context

    async def snapshot(self, mappings: list[MappingView], context: MappingContext) -> Snapshot:
        return await take_snapshot(self.client, self.keyboard, mappings, context)


@asynccontextmanager
async def a_tandem(
    data: Path, *, records: int = 120, environment: dict[str, str] | None = None, **sandbox: Any
) -> AsyncIterator[Tandem]:
    async with Sandbox(SandboxSettings(records=records, seed=11, **sandbox)).running() as running:
        details = running.details.as_dict()
        settings = {
            **settings_from_sandbox(details, on_premises=bool(sandbox.get("on_premises"))),
            **(environment or {}),
        }
        async with (
            embedded(data, settings) as transport,
            open_keyboard(details["control_url"], details["ca_file"]) as keyboard,
        ):
            requester = transport.requester("test")
            yield Tandem(running, Client(requester, pause=0.05), keyboard, requester.ask)
