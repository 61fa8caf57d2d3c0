"""Records the outcomes of a page's writes on the couplings, and says what is still to be asked of the destination.

Every outcome may come twice, late, or for a write that has been overtaken: what belongs to the write in flight is
recorded, anything else is only counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from libs.contracts.failures import Failure
from libs.contracts.pages import OutcomeData, SourceData, WriteData
from libs.contracts.vocabulary import (
    DeletionConflictResolution,
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
from services.coupling_registry.couplings import COUPLED
from services.coupling_registry.domain import coupling, writes
from services.coupling_registry.domain.page import PageContext, Work
from services.coupling_registry.domain.reconcile import Reconciling
from services.coupling_registry.domain.stamping import Stamping
from services.coupling_registry.domain.synchronize import refuse

_DONE: Mapping[str, str] = {
    OutcomeStatus.CREATED: "inserted",
    OutcomeStatus.UPDATED: "modified",
    OutcomeStatus.DELETED: "deleted",
    OutcomeStatus.EQUAL: "unchanged",
}


def with_news(outcomes: Sequence[OutcomeData], work: Work) -> list[OutcomeData]:
    """The outcomes that a coupling has something to learn from; the others, equal at a known version, are counted."""
    news: list[OutcomeData] = []
    for outcome in outcomes:
        settled_at = outcome["write"].get("settled_at")
        if settled_at and outcome["status"] == OutcomeStatus.EQUAL and outcome["version"] == settled_at:
            work.tally.count("unchanged")
        else:
            news.append(outcome)
    return news


@dataclass(frozen=True)
class Settling:
    """The settling of one page: its circumstances, what is stored, and the work that it adds to."""

    context: PageContext
    by_id: Mapping[str, Document]
    """Couplings named by the writes."""
    by_source: Mapping[str, Document]
    """Couplings of the sources of writes that name none yet."""
    by_destination: Mapping[str, Document]
    """Couplings of the records that were found (matched)."""
    work: Work
    stamping: Stamping
    reconciling: Reconciling

    def settle(self, outcomes: Sequence[OutcomeData]) -> None:
        """Raises ``WriteUnderWay`` when a record that needs another write is being written by another job."""
        for outcome in outcomes:
            _HANDLERS[outcome["status"]](self, outcome, outcome["write"])

    # What each status means

    def done(self, outcome: OutcomeData, write: WriteData) -> None:
        """created, updated: the write arrived."""
        document = self.by_id.get(write["coupling"])
        flight = None if document is None else document.data["in_flight"]
        if document is None or flight is None or flight["number"] != write["number"]:
            self._count_again(document, write, _DONE[outcome["status"]])
            return
        if "current" in outcome:
            # An earlier creation made the record, with other values.
            self._couple(document, outcome, write)
            return
        version = "" if flight["kept"] else outcome["version"]
        self.stamping.stamp(document, write["source"], outcome, version=version, action=flight["counts"])

    def equal(self, outcome: OutcomeData, write: WriteData) -> None:
        """compare: nothing differs; the coupling learns the versions."""
        document, source = self.by_id.get(write["coupling"]), write["source"]
        flight = None if document is None else document.data["in_flight"]
        if document is not None and flight is not None and coupling.is_ours(self.context, flight, source["version"]):
            # Asked again while the update that followed the first asking had arrived but not settled.
            version = "" if flight["kept"] else outcome["version"]
            self.stamping.stamp(document, source, outcome, version=version, action=flight["counts"])
            return
        if document is not None and self._settled_before(document, write):
            return
        self.work.tally.count("unchanged")
        if document is not None and self._untouched(document, write):
            changed = coupling.learned(self.context, document, source, destination_version=outcome["version"])
            if changed is not None:
                self.work.save(changed)

    def different(self, outcome: OutcomeData, write: WriteData) -> None:
        """compare: decide with both records known."""
        document = self.by_id.get(write["coupling"])
        if document is None:
            self.work.tally.count("unchanged")
            return
        ours = coupling.under_way(self.context, document.data, write["source"]["version"])
        if not ours:
            if self._settled_before(document, write):
                return
            if not self._untouched(document, write):
                # Another write came in between: what we read is older than what is stored.
                self.work.tally.count("unchanged")
                return
        forced = self.context.run is RunKind.FULL and coupling.fresh(document.data)
        self.reconciling.reconcile(document, outcome, write, write["values"], counts="modified", forced=forced)

    def conflict(self, outcome: OutcomeData, write: WriteData) -> None:
        """update: the version moved on; decide with both records known."""
        document = self.by_id.get(write["coupling"])
        if document is None or not coupling.under_way(self.context, document.data, write["source"]["version"]):
            self._count_again(document, write, "modified")
            return
        counts = document.data["in_flight"]["counts"]
        self.reconciling.reconcile(document, outcome, write, write.get("wanted") or write["values"], counts=counts)

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
            ours = coupling.under_way(self.context, document.data, write["source"]["version"])
            if not ours and self._moved_on(document, write):
                return
        holder = self.by_destination.get(outcome["id"])
        if holder is not None and (document is None or holder.id != document.id):
            self._taken(document, outcome, write)
            return
        if document is None:
            document = coupling.new(self.context, write["source"], outcome["id"])
        self._couple(document, outcome, write)

    def unmatched(self, outcome: OutcomeData, write: WriteData) -> None:
        """match: nothing fits; try the next priority, else create where the mapping says so."""
        if self._next_priority(write):
            return
        plan, source = self.context.plan, write["source"]
        if not plan.mapping.create_unmatched or outcome["status"] != OutcomeStatus.UNMATCHED:
            ambiguous = outcome["status"] == OutcomeStatus.AMBIGUOUS
            self._fail(None, source, failures.ambiguous_match() if ambiguous else failures.no_match())
            return
        document = self.by_source.get(source["id"])
        if document is not None:
            ours = coupling.under_way(self.context, document.data, source["version"])
            if not ours and self._moved_on(document, write):
                return
        if document is None:
            document = coupling.new(self.context, source, coupling.drawn_id(self.context))
        document, number = coupling.reserve(self.context, document, source, counts="inserted")
        self.work.save(document)
        drawn_id = coupling.destination_id(self.context, document.data)
        self.work.writes.append(
            writes.create(plan, source, coupling=document.id, number=number, id=drawn_id, values=write["values"])
        )

    def gone(self, outcome: OutcomeData, write: WriteData) -> None:
        """The coupled record was deleted: the mapping's deletion policy decides."""
        document = self.by_id.get(write["coupling"])
        if document is None or self._settled_before(document, write):
            if document is None:
                self.work.tally.count("unchanged")
            return
        ours = coupling.under_way(self.context, document.data, write["source"]["version"])
        if not ours and coupling.destination_id(self.context, document.data) != write["id"]:
            # The pair has another record by now.
            self.work.tally.count("unchanged")
            return
        resolution = self.context.plan.mapping.deletion_conflict
        if resolution is DeletionConflictResolution.REMOVE_COUPLING:
            self.work.deletes.append(document.id)
            self.work.tally.count("unchanged")
        elif resolution is DeletionConflictResolution.RESTORE_RECORDS and write.get("wanted"):
            self._restore(document, write)
        else:
            words = failures.partner_deleted(self.context.destination.value)
            self._fail(document, write["source"], words)

    def refused(self, outcome: OutcomeData, write: WriteData) -> None:
        """The destination refuses: its own words travel with the error."""
        failure = Failure.model_validate(outcome.get("error", {"code": "remote.rejected", "message": "Refused."}))
        document = self.by_id.get(write["coupling"])
        flight = None if document is None else document.data["in_flight"]
        if document is not None and flight is None and self._settled_before(document, write):
            return
        newest = document is not None and document.data["number"] == write["number"]
        self._fail(document if newest or not write["number"] else None, write["source"], failure)

    # Steps that several statuses share

    def _untouched(self, document: Document, write: WriteData) -> bool:
        """Whether nothing was written for the record since it was asked about, and nothing newer was read."""
        data = document.data
        if coupling.is_outdated(self.context, data, write["source"]["version"]):
            return False
        return data["in_flight"] is None and data["number"] == write.get("seen", data["number"])

    def _settled_before(self, document: Document, write: WriteData) -> bool:
        """A repeat of what this job has settled already: it is counted as it was then.

        What waited for the record is looked for again, since the first handling may have died before it was asked for.
        """
        before = coupling.settled_here(self.context, document.data, write["source"]["version"])
        if before:
            self.work.tally.count(before)
            self.stamping.newly_coupled(document)
        return bool(before)

    def _moved_on(self, document: Document, write: WriteData) -> bool:
        """Whether a record that was searched for was settled since, by this job or another; then it is counted."""
        if self._settled_before(document, write):
            return True
        if document.data["state"] == COUPLED:
            self.work.tally.count("unchanged")
        return bool(document.data["state"] == COUPLED)

    def _count_again(self, document: Document | None, write: WriteData, otherwise: str) -> None:
        if document is None or not self._settled_before(document, write):
            self.work.tally.count(otherwise)

    def _couple(self, document: Document, outcome: OutcomeData, write: WriteData) -> None:
        context, plan = self.context, self.context.plan
        flight = document.data["in_flight"]
        own = flight is not None and coupling.destination_id(context, document.data) == outcome["id"]
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
        if own and coupling.is_ours(context, flight, write["source"]["version"]):
            # A repeated question found what the answer to the first one has led to.
            counts = flight["counts"]
        wanted = {
            column.target: write["values"][column.target]
            for column in plan.columns
            if column.on_update and column.target in write["values"]
        } | {name: value for name, value in plan.update_constants.items() if name in write["values"]}
        self.reconciling.reconcile(coupled, outcome, write, wanted, counts=counts, forced=True)

    def _synchronizes_after(self) -> bool:
        """Whether a pair just matched is written to Sales at once: only where nothing could be lost by it."""
        mapping = self.context.plan.mapping
        return mapping.synch_after and (
            mapping.direction is Direction.TO_SALES or mapping.update_conflict is UpdateConflictResolution.SEND_TO_SALES
        )

    def _taken(self, document: Document | None, outcome: OutcomeData, write: WriteData) -> None:
        if write["operation"] == Operation.MATCH:
            self.unmatched(outcome, write) if write.get("then_match") else self._fail(
                document, write["source"], failures.match_taken()
            )
        elif self.context.plan.mapping.exclusive:
            refuse(
                self.context,
                self.work,
                document,
                write["source"],
                action=SynchAction.SKIP,
                failure=failures.second_price(),
            )
        else:
            self._fail(document, write["source"], failures.match_taken())

    def _next_priority(self, write: WriteData) -> bool:
        rest = write.get("then_match")
        if rest:
            self.work.writes.append(writes.match(write["source"], rest, write["values"]))
        return bool(rest)

    def _restore(self, document: Document, write: WriteData) -> None:
        """A new partner for a record whose partner was deleted, with an id of its own."""
        context, source = self.context, write["source"]
        drawn = coupling.destination_id(context, document.data)
        if drawn == write["id"]:
            # Otherwise this is settled for the second time, and the new partner has its id already.
            drawn = coupling.drawn_id(context)
            document = coupling.orphaned(context, document, drawn)
        document, number = coupling.reserve(context, document, source, counts="inserted")
        self.work.save(document)
        self.work.writes.append(
            writes.create(
                context.plan,
                source,
                coupling=document.id,
                number=number,
                id=drawn,
                values=write.get("wanted", {}),
            )
        )

    def _fail(self, document: Document | None, source: SourceData, failure: Failure) -> None:
        refuse(self.context, self.work, document, source, action=SynchAction.FAIL, failure=failure)


_HANDLERS: Mapping[str, Callable[[Settling, OutcomeData, WriteData], None]] = {
    OutcomeStatus.CREATED: Settling.done,
    OutcomeStatus.UPDATED: Settling.done,
    OutcomeStatus.DELETED: Settling.done,
    OutcomeStatus.EQUAL: Settling.equal,
    OutcomeStatus.DIFFERENT: Settling.different,
    OutcomeStatus.CONFLICT: Settling.conflict,
    OutcomeStatus.MATCHED: Settling.matched,
    OutcomeStatus.UNMATCHED: Settling.unmatched,
    OutcomeStatus.AMBIGUOUS: Settling.unmatched,
    OutcomeStatus.GONE: Settling.gone,
    OutcomeStatus.REFUSED: Settling.refused,
}
