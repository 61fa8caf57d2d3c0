"""Runs the item availability job: what it handles and answers, and the ticker that has it run when it is due."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import structlog

from libs.contracts.couplings import ListCouplings
from libs.contracts.item_availability import (
    GetItemAvailability,
    ItemAvailabilityView,
    ItemLedgerRead,
    RunItemAvailability,
    SwitchItemAvailability,
)
from libs.contracts.message import Message
from libs.contracts.setup import ConnectionView, MappingView
from libs.messaging.handling import Answers, Handling, Routes
from libs.messaging.ports import Requester
from libs.messaging.posting import Sender
from libs.runtime.clock import Clock
from libs.runtime.errors import Unavailable
from services.orchestrator.counting import list_mappings
from services.orchestrator.documents import CONNECTION_ID, SCHEDULE_ID, Documents, change, state_of
from services.orchestrator.domain import item_availability as rules
from services.orchestrator.domain.connection import NOT_ENABLED
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.item_availability import ItemAvailability
from services.orchestrator.domain.schedule_document import nothing_scheduled
from services.orchestrator.domain.stages import Stage

ENTRY_ID = "item_availability"
COUPLED = "coupled"

log = structlog.get_logger()

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class ItemAvailabilityJob:
    """Every change is one write of the entry's document, which also holds the messages that follow from it. The entry
    itself tells whether a message came before, so that it may come twice and to any replica."""

    documents: Documents
    requester: Requester
    deadline: float
    pace: Pace

    def routes(self) -> Routes:
        return {RunItemAvailability: self.run, ItemLedgerRead: self.on_ledger_read}

    def answers(self) -> Answers:
        return {SwitchItemAvailability: self.switch, GetItemAvailability: self.get}

    async def switch(self, request: SwitchItemAvailability, handling: Handling) -> ItemAvailabilityView:
        """On or off."""

        def decide(entry: ItemAvailability) -> rules.Decision:
            return rules.switch(entry, request, handling.now)

        return rules.view(await self._change(decide, handling))

    async def get(self, request: GetItemAvailability, handling: Handling) -> ItemAvailabilityView:
        return rules.view(await self._entry())

    async def run(self, command: RunItemAvailability, handling: Handling) -> list[Message]:
        """Ask for the ledger when due."""
        state = await state_of(self.documents.setup, CONNECTION_ID) or {}
        connection = ConnectionView.model_validate(state)
        schedule = await state_of(self.documents.schedule, SCHEDULE_ID) or nothing_scheduled()
        jobs = await self.documents.jobs.get_many([sent["job_id"] for sent in (await self._entry())["jobs"]])
        stages = dict.fromkeys(schedule["recent"], Stage.READY)
        stages |= {job_id: Stage(job.data["stage"]) for job_id, job in jobs.items()}

        def decide(entry: ItemAvailability) -> rules.Decision:
            if not connection.enabled or connection.company is None:
                due = rules.is_due(entry, handling.now, self.pace)
                return (rules.failed(entry, NOT_ENABLED, handling.now), ()) if due else rules.NOTHING
            return rules.run(
                entry,
                command,
                company=connection.company.id,
                cause=handling.message_id,
                now=handling.now,
                pace=self.pace,
                stages=stages,
            )

        await self._change(decide, handling)
        return []

    async def on_ledger_read(self, event: ItemLedgerRead, handling: Handling) -> list[Message]:
        """Have the items that moved synchronized, as far as they are coupled."""
        entry = await self._entry()
        if not rules.awaits(entry, event):
            return []
        mapping, ids = None, []
        everything = entry["reading"] is not None and rules.concerns_all(entry["reading"], event)
        if not event.failures and (event.items or everything):
            mapping = await self._mapping()
            ids = await self._coupled(event.items)

        def decide(known: ItemAvailability) -> rules.Decision:
            return rules.ledger_read(known, event, mapping, ids, handling.now)

        await self._change(decide, handling)
        log.info("item_ledger.followed", items=len(event.items), coupled=len(ids), last_entry=event.last_entry)
        return []

    async def _mapping(self) -> MappingView | None:
        listed = await list_mappings(self.requester, self.deadline)
        if listed.failures:
            raise Unavailable(listed.failures[0].message, code=listed.failures[0].code)
        return next((mapping for mapping in listed.mappings if mapping.name == rules.MAPPING), None)

    async def _coupled(self, items: Sequence[str]) -> list[str]:
        """Ids of the items that are coupled and not skipped."""
        if not items:
            return []
        page = await self.requester.ask(
            ListCouplings(mapping=rules.MAPPING, financials_keys=list(items)), deadline=self.deadline
        )
        return [
            coupling.financials_id
            for coupling in page.couplings
            if coupling.state == COUPLED and not coupling.skipped and coupling.financials_id
        ]

    async def _entry(self) -> ItemAvailability:
        return entry_of(await state_of(self.documents.entries, ENTRY_ID))

    async def _change(
        self, decide: Callable[[ItemAvailability], rules.Decision], handling: Handling
    ) -> ItemAvailability:
        def changed(
            state: Mapping[str, Any] | None,
        ) -> tuple[Mapping[str, Any] | None, Sequence[Message], ItemAvailability]:
            entry = entry_of(state)
            new, messages = decide(entry)
            return cast("Mapping[str, Any] | None", new), messages, new or entry

        return await change(self.documents.entries, ENTRY_ID, changed, handling)


def entry_of(state: Mapping[str, Any] | None) -> ItemAvailability:
    """The entry as it was saved, maybe by a Tandem that knew less of it; off where nothing was."""
    entry = {**rules.switched_off(), **(state or {})}
    if entry["reading"] is not None:
        entry["reading"] = {"step": 0, "missing": [], **entry["reading"]}
    return cast("ItemAvailability", entry)


async def tick(documents: Documents, sender: Sender, clock: Clock, pace: Pace) -> None:
    """Have the job run when it is due. Several replicas may do so at once."""
    if rules.is_due(entry_of(await state_of(documents.entries, ENTRY_ID)), clock.now(), pace):
        await sender.send([RunItemAvailability()])
