"""Records the outcomes of a page's writes on the couplings, and says what is still to be asked of the destination.

Every outcome may come twice, late, or for a write that has been overtaken: what belongs to the write in flight is
recorded, anything else is only counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from libs.contracts.failures import Failure
from libs.contracts.pages import OutcomeData, WriteData
from libs.contracts.vocabulary import (
    DeletionConflictResolution,
    OutcomeStatus,
    RunKind,
)
from libs.store.ports import Document
from libs.synch import failures
from services.coupling_registry.domain import coupling, standing, writes
from services.coupling_registry.domain.matching import Matching
from services.coupling_registry.domain.page import PageContext, Work
from services.coupling_registry.domain.reconcile import Reconciling
from services.coupling_registry.domain.stamping import Stamping
from services.coupling_registry.domain.synchronize import fail

_DONE: Mapping[str, str] = {
    OutcomeStatus.CREATED: "inserted",
    OutcomeStatus.UPDATED: "modified",
    OutcomeStatus.DELETED: "deleted",
    OutcomeStatus.EQUAL: "unchanged",
}


@dataclass(frozen=True)
class Settling:
    """The settling of one page: its circumstances, what is stored, and the work that it adds to."""

    context: PageContext
    by_id: Mapping[str, Document]
    """Couplings named by the writes."""
    work: Work
    stamping: Stamping
    reconciling: Reconciling
    matching: Matching

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
            self.matching.couple(document, outcome, write)
            return
        version = "" if flight["kept"] else outcome["version"]
        self.stamping.stamp(document, write["source"], outcome, version=version, action=flight["counts"])

    def equal(self, outcome: OutcomeData, write: WriteData) -> None:
        """compare: nothing differs; the coupling learns the versions."""
        document, source = self.by_id.get(write["coupling"]), write["source"]
        flight = None if document is None else document.data["in_flight"]
        if document is not None and flight is not None and standing.is_ours(self.context, flight, source["version"]):
            # Asked again while the update that followed the first asking had arrived but not settled.
            version = "" if flight["kept"] else outcome["version"]
            source = {**source, "fingerprint": flight["fingerprint"]}
            self.stamping.stamp(document, source, outcome, version=version, action=flight["counts"])
            return
        if document is not None and self.stamping.settled_before(document, write):
            return
        self.work.tally.count("unchanged")
        if document is not None and self._untouched(document, write):
            changed = coupling.learned(
                self.context,
                document,
                source,
                destination_version=outcome["version"],
                facts=self.stamping.facts_of(outcome),
            )
            if changed is not None:
                self.work.save(changed)

    def different(self, outcome: OutcomeData, write: WriteData) -> None:
        """compare: decide with both records known."""
        document = self.by_id.get(write["coupling"])
        if document is None:
            self.work.tally.count("unchanged")
            return
        ours = standing.under_way(self.context, document.data, write["source"]["version"])
        if not ours:
            if self.stamping.settled_before(document, write):
                return
            if not self._untouched(document, write):
                # Another write came in between: what we read is older than what is stored.
                self.work.tally.count("unchanged")
                return
        forced = self.context.run is RunKind.FULL and standing.fresh(document.data)
        self.reconciling.reconcile(document, outcome, write, write["values"], counts="modified", forced=forced)

    def conflict(self, outcome: OutcomeData, write: WriteData) -> None:
        """update: the version moved on; decide with both records known."""
        document = self.by_id.get(write["coupling"])
        if document is None or not standing.under_way(self.context, document.data, write["source"]["version"]):
            self._count_again(document, write, "modified")
            return
        counts = document.data["in_flight"]["counts"]
        self.reconciling.reconcile(document, outcome, write, write.get("wanted") or write["values"], counts=counts)

    def gone(self, outcome: OutcomeData, write: WriteData) -> None:
        """The coupled record was deleted: the mapping's deletion policy decides."""
        document = self.by_id.get(write["coupling"])
        if document is None or self.stamping.settled_before(document, write):
            if document is None:
                self.work.tally.count("unchanged")
            return
        ours = standing.under_way(self.context, document.data, write["source"]["version"])
        if not ours and standing.destination_id(self.context, document.data) != write["id"]:
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
            fail(self.context, self.work, document, write["source"], words)

    def refused(self, outcome: OutcomeData, write: WriteData) -> None:
        """The destination refuses: its own words travel with the error."""
        failure = Failure.model_validate(outcome.get("error", {"code": "remote.rejected", "message": "Refused."}))
        document = self.by_id.get(write["coupling"])
        flight = None if document is None else document.data["in_flight"]
        if document is not None and flight is None and self.stamping.settled_before(document, write):
            return
        newest = document is not None and document.data["number"] == write["number"]
        fail(self.context, self.work, document if newest or not write["number"] else None, write["source"], failure)

    # Steps that several statuses share

    def _untouched(self, document: Document, write: WriteData) -> bool:
        """Whether nothing was written for the record since it was asked about, and nothing newer was read."""
        data = document.data
        if standing.is_outdated(self.context, data, write["source"]["version"]):
            return False
        return data["in_flight"] is None and data["number"] == write.get("seen", data["number"])

    def _count_again(self, document: Document | None, write: WriteData, otherwise: str) -> None:
        if document is None or not self.stamping.settled_before(document, write):
            self.work.tally.count(otherwise)

    def _restore(self, document: Document, write: WriteData) -> None:
        """A new partner for a record whose partner was deleted, with an id of its own."""
        context, source = self.context, self.reconciling.with_fingerprint(document, write)
        drawn = standing.destination_id(context, document.data)
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


def _matched(settling: Settling, outcome: OutcomeData, write: WriteData) -> None:
    settling.matching.matched(outcome, write)


def _unmatched(settling: Settling, outcome: OutcomeData, write: WriteData) -> None:
    settling.matching.unmatched(outcome, write)


_HANDLERS: Mapping[str, Callable[[Settling, OutcomeData, WriteData], None]] = {
    OutcomeStatus.CREATED: Settling.done,
    OutcomeStatus.UPDATED: Settling.done,
    OutcomeStatus.DELETED: Settling.done,
    OutcomeStatus.EQUAL: Settling.equal,
    OutcomeStatus.DIFFERENT: Settling.different,
    OutcomeStatus.CONFLICT: Settling.conflict,
    OutcomeStatus.MATCHED: _matched,
    OutcomeStatus.UNMATCHED: _unmatched,
    OutcomeStatus.AMBIGUOUS: _unmatched,
    OutcomeStatus.GONE: Settling.gone,
    OutcomeStatus.REFUSED: Settling.refused,
}
