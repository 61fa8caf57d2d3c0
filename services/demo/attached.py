"""The demo against services and a sandbox that are up already: it asks over the broker, and looks at both tenants by
way of the sandbox's control endpoint. This is all of the demo that its container holds: neither the sandbox nor what
starts services.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp

from libs.contracts.couplings import ListCouplings
from libs.contracts.jobs import ListSynchJobErrors, ListSynchJobs
from libs.contracts.message import Request
from libs.contracts.review import GetReview
from libs.contracts.setup import CheckConnection, ListMappings
from libs.contracts.vocabulary import System
from libs.messaging.connect import open_transport
from libs.messaging.ports import ReplyT, Requester
from libs.runtime.errors import TandemError, Unavailable
from libs.runtime.logging import configure_logging
from libs.runtime.settings import read_settings_or_exit
from services.demo.client import INTERRUPTED, PATIENCE, Client, DemoFailed, refuse
from services.demo.display import Display
from services.demo.figures import Outcome, write_figures
from services.demo.folders import file_problem
from services.demo.interrupts import Interrupted, run_until_interrupted
from services.demo.keyboard import Row, open_keyboard
from services.demo.order_form import open_order_form
from services.demo.settings import Settings
from services.demo.story import tell

ONE_ANSWER = 15.0
"""Seconds until a question that only looks is asked again."""

_ONLY_LOOKS: tuple[type[Request[Any]], ...] = (
    CheckConnection,
    GetReview,
    ListCouplings,
    ListMappings,
    ListSynchJobErrors,
    ListSynchJobs,
)


class Persistent:
    """A requester that asks again while somebody is away, as a person would who reloads a page.

    Only questions that change nothing are repeated, until the asker's deadline.
    """

    def __init__(self, requester: Requester, *, pause: float = 1.0) -> None:
        self._requester = requester
        self._pause = pause

    async def ask(self, request: Request[ReplyT], *, deadline: float = 30.0) -> ReplyT:
        if not isinstance(request, _ONLY_LOOKS):
            return await self._requester.ask(request, deadline=deadline)
        loop = asyncio.get_running_loop()
        until = loop.time() + deadline
        while True:
            try:
                return await self._requester.ask(request, deadline=min(ONE_ANSWER, until - loop.time()))
            except Unavailable:
                if loop.time() + self._pause >= until:
                    raise
            await asyncio.sleep(self._pause)


def main(arguments: Sequence[str]) -> int:
    """Run the demo; 0 when every figure agrees with what both tenants hold."""
    parser = argparse.ArgumentParser(prog="python -m services.demo", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="also write the figures to a file; - for the standard output")
    parser.add_argument("--verbose", action="store_true", help="name every record that failed or was skipped")
    options = parser.parse_args(arguments)
    if options.json and options.json != "-" and (problem := file_problem(Path(options.json))):
        parser.error(f"--json: {problem}")
    settings = read_settings_or_exit(Settings, shares_broker=True)
    configure_logging(settings.log_level, settings.log_format, service="demo")
    display = Display(aside=options.json == "-", verbose=options.verbose)
    try:
        outcome = run_until_interrupted(run(settings, display))
    except (DemoFailed, TandemError, RuntimeError, TimeoutError, aiohttp.ClientError) as error:
        sys.stderr.write(f"The demo could not be finished.\n{error}\n")
        return 1
    except (Interrupted, KeyboardInterrupt):
        sys.stderr.write("Interrupted; what was started in Tandem goes on, since the demo only watches.\n")
        return INTERRUPTED
    if options.json:
        write_figures(outcome, options.json)
    return 0 if outcome.ok else 1


async def run(settings: Settings, display: Display) -> Outcome:
    """Tell the story. Raises ``DemoFailed`` at a Tandem that is not the sandbox's, or has synchronized before."""
    key = settings.lookup_key.get_secret_value()
    async with (
        open_keyboard(settings.control_url, settings.ca_file) as keyboard,
        open_transport(settings.broker_url.get_secret_value()).connect() as transport,
        open_order_form(settings.lookup_url, key) as form,
    ):
        company = await keyboard.company()
        display.heading(f"Tandem: {company['records']} records, seed {company['seed']}")
        requester = Persistent(transport.requester("demo"))
        await refuse_other_tenants(requester, company)
        client = Client(requester)
        await _refuse_leftovers(client)
        return await tell(client, keyboard, company["expected"], display, form if key else None)


async def refuse_other_tenants(requester: Requester, company: Row) -> None:
    """Raises ``DemoFailed`` unless both connectors reach this sandbox: the demo writes, and changes records at will."""
    for system, name in ((System.SALES, "organization_id"), (System.FINANCIALS, "company_id")):
        report = await requester.ask(CheckConnection(system=system), deadline=PATIENCE)
        refuse(report.failures)
        reached = report.organization_id if system is System.SALES else report.company and report.company.id
        if str(reached).lower() != company[name].lower():
            raise DemoFailed(
                f"Tandem is connected to another {system} tenant than the sandbox; nothing was done. Start it with the "
                "sandbox's settings; with Compose: docker compose --env-file /dev/null --profile demo up --build"
            )


async def _refuse_leftovers(client: Client) -> None:
    for mapping in await client.mappings():
        if await client.couplings(mapping.name):
            raise DemoFailed(
                "This Tandem has synchronized before, and the demo begins with nothing coupled. Empty its store and "
                "the sandbox first; with Compose: docker compose --profile demo down --volumes"
            )
