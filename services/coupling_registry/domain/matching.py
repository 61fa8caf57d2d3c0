"""Couples the records of a page with the partners that were found for them, and goes on where none was found."""

from collections.abc import Mapping
from dataclasses import dataclass

from libs.contracts.pages import OutcomeData, WriteData
from libs.contracts.vocabulary import (
    Direction,
    Operation,
    OutcomeStatus,
    RunKind,
    SynchAction,
    UpdateConflictResolution,
)
from libs.store.ports import Document
from libs.synch import failures
from libs.synch.matching import fits
from services.coupling_registry.domain import coupling, standing, writes
from services.coupling_registry.domain.page import PageContext, Work
from services.coupling_registry.domain.reconcile import Reconciling
from services.coupling_registry.domain.stamping import Stamping
from services.coupling_registry.domain.standing import COUPLED
from services.coupling_registry.domain.synchronize import fail, refuse


@dataclass(frozen=True)
class Matching:
    """The matching of one page: its circumstances, what is stored, and the work that it adds to."""

    context: PageContext
    by_id: Mapping[str, Document]
    """Couplings named by the writes."""
    by_source: Mapping[str, Document]
    """Couplings of the sources of writes that name none yet."""
    by_destination: Mapping[str, Document]
    """Couplings of the records that were found."""
    work: Work
    stamping: Stamping
    reconciling: Reconciling

    def matched(self, outcome: OutcomeData, write: WriteData) -> None:
        """match, or create that met an existing record: couple with it unless somebody else has it."""
        operation = write["operation"]
        if operation == Operation.MATCH and not fits(
            self.context.plan.mapping, write.get("match", {}), outcome["current"]["values"]
        ):
            self.unmatched(outcome, write)
            return
        document = self.by_id.get(write["coupling"]) or self.by_source.get(write["source"]["id"])
        if document is not None:
            ours = standing.under_way(self.context, document.data, write["source"]["version"])
            if not ours and self._moved_on(document, write):
                return
        holder = self.by_destination.get(outcome["id"])
        if holder is not None and (document is None or holder.id != document.id):
            self._taken(document, outcome, write)
            return
        if document is None:
            document = coupling.new(self.context, write["source"], outcome["id"])
        self.couple(document, outcome, write)

    def unmatched(self, outcome: OutcomeData, write: WriteData) -> None:
        """match: nothing fits; try the next priority, else create where the mapping says so."""
        if self._next_priority(write):
            return
        plan, source = self.context.plan, write["source"]
        if not plan.mapping.create_unmatched or outcome["status"] != OutcomeStatus.UNMATCHED:
            ambiguous = outcome["status"] == OutcomeStatus.AMBIGUOUS
            reason = failures.ambiguous_match() if ambiguous else failures.no_match()
            # A creation that found several is over: its reservation must not keep the record occupied.
            reserved = self.by_id.get(write["coupling"])
            ours = reserved is not None and reserved.data["number"] == write["number"]
            fail(self.context, self.work, reserved if ours else None, source, reason)
            return
        document = self.by_source.get(source["id"])
        if document is not None:
            ours = standing.under_way(self.context, document.data, source["version"])
            if not ours and self._moved_on(document, write):
                return
        if document is None:
            document = coupling.new(self.context, source, coupling.drawn_id(self.context))
        document, number = coupling.reserve(self.context, document, source, counts="inserted")
        self.work.save(document)
        drawn_id = standing.destination_id(self.context, document.data)
        self.work.writes.append(
            writes.create(plan, source, coupling=document.id, number=number, id=drawn_id, values=write["values"])
        )

    def couple(self, document: Document, outcome: OutcomeData, write: WriteData) -> None:
        """Couple with the record that was found, and see what is to be written of either."""
        context, plan = self.context, self.context.plan
        flight = document.data["in_flight"]
        own = flight is not None and standing.destination_id(context, document.data) == outcome["id"]
        coupling_run = context.run is RunKind.COUPLING and not own
        coupled = coupling.coupled(
            context,
            document,
            write["source"],
            destination=outcome["id"],
            key=self.stamping.key_of(write["source"], outcome),
            facts=self.stamping.facts_of(outcome),
        )
        self.stamping.newly_coupled(coupled)
        if coupling_run and not self._synchronizes_after():
            self.work.save(coupling.remembered(context, coupled, write["source"], "coupled"))
            self.work.tally.count("coupled")
            return
        counts = "coupled" if coupling_run else "modified"
        if own and standing.is_ours(context, flight, write["source"]["version"]):
            # A repeated question found what the answer to the first one has led to.
            counts = flight["counts"]
        wanted = {
            column.target: write["values"][column.target]
            for column in plan.columns
            if column.on_update and column.target in write["values"]
        } | {name: value for name, value in plan.update_constants.items() if name in write["values"]}
        self.reconciling.reconcile(coupled, outcome, write, wanted, counts=counts, forced=True)

    def _moved_on(self, document: Document, write: WriteData) -> bool:
        """Whether a record that was searched for was settled since, by this job or another; then it is counted."""
        if self.stamping.settled_before(document, write):
            return True
        if document.data["state"] == COUPLED:
            self.work.tally.count("unchanged")
        return bool(document.data["state"] == COUPLED)

    def _synchronizes_after(self) -> bool:
        """Whether a pair just matched is written to Sales at once: only where nothing could be lost by it."""
        mapping = self.context.plan.mapping
        return mapping.synch_after and (
            mapping.direction is Direction.TO_SALES or mapping.update_conflict is UpdateConflictResolution.SEND_TO_SALES
        )

    def _taken(self, document: Document | None, outcome: OutcomeData, write: WriteData) -> None:
        """Somebody else has the record that was found."""
        context, work, source = self.context, self.work, write["source"]
        searched = write["operation"] == Operation.MATCH
        if searched and write.get("then_match"):
            self.unmatched(outcome, write)
        elif not searched and context.plan.mapping.exclusive:
            refuse(context, work, document, source, action=SynchAction.SKIP, failure=failures.second_price())
        else:
            fail(context, work, document, source, failures.match_taken())

    def _next_priority(self, write: WriteData) -> bool:
        """Search by the criteria of the next priority, where there are any."""
        rest = write.get("then_match")
        if rest:
            self.work.writes.append(writes.match(write["source"], rest, write["values"]))
        return bool(rest)
