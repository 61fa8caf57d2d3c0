"""A Tandem of which only the orchestrator is real: connectors and registry do as a script says, over the in-memory
transport and a real store.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from libs.contracts.couplings import CouplingPage, CouplingView, ListCouplings
from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.item_availability import EntryRange, ItemLedgerRead, ReadItemLedger
from libs.contracts.jobs import ListSynchJobs, SynchJobView
from libs.contracts.pages import Counters, PageRead, PageSynchronized, ReadPage
from libs.contracts.review import GetReview, ReviewView
from libs.contracts.setup import (
    CheckConnection,
    CompanyPrepared,
    ConfigureRegistry,
    ConnectionReport,
    CountRecords,
    ExchangeRates,
    FinancialsCompany,
    GetExchangeRates,
    ListMappings,
    MappingList,
    MappingView,
    PrepareCompany,
    RecordCount,
    RegistryConfigured,
)
from libs.contracts.vocabulary import JobStatus, System
from libs.messaging.broker import MemoryBroker
from libs.messaging.handling import Answers, Handling, Routes
from libs.messaging.memory import MemoryTransport
from libs.messaging.ports import Outgoing, Requester
from libs.messaging.posting import Sender
from libs.runtime.clock import SystemClock
from libs.runtime.errors import Rejected
from libs.runtime.run import run_services
from libs.runtime.service import Opened, Platform, Service
from libs.store.sqlite import SqliteStore
from libs.testing.eventually import eventually
from services.orchestrator.app import build
from services.orchestrator.settings import Settings

COMPANY = FinancialsCompany(id="company", name="CRONUS", local_currency_code="GBP")
PREPARED = CompanyPrepared(
    company_row_id="row", owner_team_id="team", base_currency_code="EUR", default_price_list_id="list"
)


@dataclass
class Script:
    """What the scripted services know and how they behave; tests change it as they go."""

    mappings: list[MappingView] = field(default_factory=list)
    records: dict[str, int] = field(default_factory=dict)
    """Table -> records on that side; tables that are not named are empty."""
    failing: set[str] = field(default_factory=set)
    """Mappings whose records are all refused."""
    unreadable: set[str] = field(default_factory=set)
    """Mappings whose pages cannot be read."""
    silent: set[str] = field(default_factory=set)
    """Mappings whose reads are swallowed."""
    connection_failures: dict[System, list[Failure]] = field(default_factory=dict)
    company: FinancialsCompany = COMPANY
    rates: dict[str, str] = field(default_factory=lambda: {"EUR": "0.86"})
    deaf: bool = False
    """Whether the registry refuses to be configured."""
    mute: bool = False
    """Whether the registry refuses to list its mappings."""
    organization_id: str = "org"
    rate_in_sales: str = ""
    """That of the local currency."""
    prepare_failures: list[Failure] = field(default_factory=list)
    count_failures: list[Failure] = field(default_factory=list)
    duplicates: bool = False
    """Every page is read twice and every event sent twice."""
    ledger: list[str] = field(default_factory=list)
    """Item of every ledger entry, oldest first; the entries' numbers count from one. Blank: not committed yet."""
    ledger_failures: list[Failure] = field(default_factory=list)
    silent_ledger: int = 0
    """Readings of the ledger that are still to be swallowed."""
    uncoupled: set[str] = field(default_factory=set)
    """Items that are not coupled, or only reserved, or skipped."""
    skipped: list[CouplingView] = field(default_factory=list)
    """Couplings that runs leave out."""
    reads: list[ReadPage] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    def check(self, request: CheckConnection) -> ConnectionReport:
        company = self.company if request.system is System.FINANCIALS else None
        return ConnectionReport(
            system=request.system,
            failures=self.connection_failures.get(request.system, []),
            company=company,
            organization_id="" if company else self.organization_id,
        )

    def count(self, request: CountRecords) -> RecordCount:
        if self.count_failures:
            return RecordCount(failures=self.count_failures)
        return RecordCount(count=self.records.get(request.table, 0))

    def read(self, command: ReadPage) -> Sequence[Outgoing]:
        """A page as the connector and the registry together would carry it out."""
        self.reads.append(command)
        if command.page.mapping in self.silent:
            return []
        if command.page.mapping in self.unreadable:
            raise Rejected(f"There is no table {command.read.table}.")
        start = int(command.cursor or 0)
        total = self.records.get(command.read.table, 0)
        count = max(0, min(command.page_size, total - start))
        splits = -(-count // command.split_size)
        attempt = uuid4().hex
        key = command.page.model_copy(update={"attempt": attempt, "splits": splits})
        ended = start + count >= total
        page_read = PageRead(
            system=command.system,
            page=key,
            count=count,
            next_cursor="" if ended else str(start + count),
            watermark=f"{command.system}-mark" if command.page.page == 0 else "",
        )
        settled = []
        for split in range(splits):
            size = min(command.split_size, count - split * command.split_size)
            failed = command.page.mapping in self.failing
            settled.append(
                PageSynchronized(
                    page=key.model_copy(update={"split": split}),
                    counters=Counters(failed=size) if failed else Counters(inserted=size),
                    errors=[self._error(command, start + split * command.split_size + i) for i in range(size)]
                    if failed
                    else [],
                )
            )
        # The registry may well be quicker than the connector's own event.
        events = [*settled, page_read] if command.page.page % 2 else [page_read, *settled]
        return [Outgoing(event, attempt) for event in events]

    def read_ledger(self, command: ReadItemLedger) -> list[ItemLedgerRead]:
        """What the connector tells, at most two entries at a time."""
        if self.silent_ledger:
            self.silent_ledger -= 1
            return []
        last = len(self.ledger)
        told: dict[str, Any] = {"run_id": command.run_id, "step": command.step}
        if command.after is None or self.ledger_failures:
            after = last if command.after is None else command.after
            missing = self._uncommitted(range(1, after + 1))
            return [
                ItemLedgerRead(**told, after=after, last_entry=after, missing=missing, failures=self.ledger_failures)
            ]
        until = min(last, command.after + 2)
        awaited = [number for first, after in command.missing for number in range(first, after + 1)]
        asked = [*awaited, *range(command.after + 1, until + 1)]
        return [
            ItemLedgerRead(
                **told,
                after=command.after,
                last_entry=until,
                items=list(dict.fromkeys(item for number in asked if (item := self.ledger[number - 1]))),
                more=until < last,
                missing=self._uncommitted(asked),
            )
        ]

    def _uncommitted(self, numbers: Iterable[int]) -> list[EntryRange]:
        return [(number, number) for number in numbers if not self.ledger[number - 1]]

    def list_couplings(self, request: ListCouplings) -> CouplingPage:
        if request.skipped:
            left_out = [view for view in self.skipped if view.mapping == request.mapping and view.id > request.after]
            page = left_out[: min(request.limit, 2)]
            more = len(left_out) > len(page)
            return CouplingPage(couplings=page, next_after=page[-1].id if more else "", total=len(self.skipped))
        found = []
        for number in request.financials_keys:
            view = CouplingView(
                id=f"c-{number}",
                mapping=request.mapping,
                financials_id=f"id-{number}",
                financials_key=number,
                sales_id=f"s-{number}",
                state="coupled",
                skipped=False,
            )
            if number in self.uncoupled:
                lacking = [None, {"state": "reserved"}, {"skipped": True}][len(number) % 3]
                if lacking is None:
                    continue
                view = view.model_copy(update=lacking)
            found.append(view)
        return CouplingPage(couplings=found, total=len(found))

    def _error(self, command: ReadPage, number: int) -> SynchJobError:
        failure = Failure(code="remote.rejected", message="refused")
        return SynchJobError(
            action="fail",
            mapping=command.page.mapping,
            direction=command.page.direction,
            source_id=f"{number:05}",
            failure=failure,
        )


def scripted_services(script: Script) -> list[tuple[str, Routes, Answers]]:
    """The other services, by name."""

    async def read_page(command: ReadPage, handling: Handling) -> Sequence[Outgoing]:
        await asyncio.sleep(0)
        results = list(script.read(command))
        if script.duplicates:
            results.extend([*script.read(command), *results])
        return results

    async def read_ledger(command: ReadItemLedger, handling: Handling) -> Sequence[ItemLedgerRead]:
        told = script.read_ledger(command)
        return [*told, *told] if script.duplicates else told

    def answer(reply: Callable[[Any], Any]) -> Any:
        async def answered(request: Any, handling: Handling) -> Any:
            script.asked.append(request)
            return reply(request)

        return answered

    def prepared(_: PrepareCompany) -> CompanyPrepared:
        update = {"failures": script.prepare_failures, "local_currency_rate": script.rate_in_sales}
        return PREPARED.model_copy(update=update)

    def listed(_: ListMappings) -> MappingList:
        if script.mute:
            raise Rejected("not now", code="registry.busy")
        return MappingList(mappings=script.mappings)

    def configured(_: ConfigureRegistry) -> RegistryConfigured:
        if script.deaf:
            raise Rejected("not now", code="registry.busy")
        return RegistryConfigured()

    connector: Answers = {
        CheckConnection: answer(script.check),
        CountRecords: answer(script.count),
        PrepareCompany: answer(prepared),
        GetExchangeRates: answer(lambda _: ExchangeRates(rates=script.rates)),
    }
    registry: Answers = {
        ListMappings: answer(listed),
        ConfigureRegistry: answer(configured),
        ListCouplings: answer(script.list_couplings),
    }
    return [
        ("sales_connector", {ReadPage: read_page}, connector),
        ("financials_connector", {ReadPage: read_page, ReadItemLedger: read_ledger}, connector),
        ("coupling_registry", {}, registry),
    ]


@dataclass
class Running:
    """The orchestrator at work, and a client."""

    script: Script
    client: Requester
    sender: Sender
    broker: MemoryBroker

    async def jobs(self, *job_ids: str) -> list[SynchJobView]:
        return (await self.client.ask(ListSynchJobs(job_ids=list(job_ids)))).jobs

    async def over(self, job_id: str, patience: float = 10.0) -> SynchJobView:
        """The job, once it is over."""

        async def job_over() -> SynchJobView | None:
            found = await self.jobs(job_id)
            return found[0] if found and found[0].status.over else None

        job = await eventually(job_over, timeout=patience)
        assert job is not None
        return job


@asynccontextmanager
async def running(directory: Path, script: Script, *, replicas: int = 1, **settings: Any) -> AsyncIterator[Running]:
    """Everything up; replicas of the orchestrator share its store."""
    broker, clock = MemoryBroker(), SystemClock()
    store = SqliteStore(directory / "orchestrator.db")
    services = []
    for _ in range(replicas):
        platform = Platform(MemoryTransport(broker), store, clock)
        services.append((build(Settings(**settings), platform), platform))
    for name, routes, answers in scripted_services(script):
        platform = Platform(MemoryTransport(broker), SqliteStore(directory / f"{name}.db"), clock)
        services.append((_service(name, routes, answers), platform))
    stop, ready = asyncio.Event(), asyncio.Event()
    transport = MemoryTransport(broker)
    task = asyncio.create_task(run_services(services, stop, ready=ready))
    try:
        async with transport.connect():
            await eventually(lambda: ready.is_set() or task.done())
            sender = Sender("test", transport, clock)
            yield Running(script, transport.requester("test"), sender, broker)
    finally:
        stop.set()
        await task


def _service(name: str, routes: Routes, answers: Answers) -> Service:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        yield Opened(routes=routes, answers=answers)

    return Service(name, opened)


async def at_rest(tandem: Running) -> ReviewView:
    """The review, once it is at rest."""

    async def finished() -> ReviewView | None:
        view = await tandem.client.ask(GetReview())
        return view if view.finished_at else None

    view = await eventually(finished, timeout=10.0)
    assert view is not None
    return view


def statuses(view: ReviewView) -> dict[str, JobStatus | None]:
    return {line.name: line.job_status for line in view.lines}
