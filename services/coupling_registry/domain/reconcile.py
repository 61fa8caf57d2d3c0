"""Both records of a coupling are known: writes what differs, or records that nothing does."""

from dataclasses import dataclass

from libs.contracts.pages import OutcomeData, RecordData, SourceData, Values, WriteData
from libs.contracts.vocabulary import Operation, SynchAction
from libs.store.ports import Document
from libs.synch import failures, fingerprint
from libs.synch.conflict import resolve
from libs.synch.decisions import Decision, Seen
from libs.synch.lookups import Lookups
from libs.synch.transform import values_by_position
from services.coupling_registry.domain import coupling, standing, writes
from services.coupling_registry.domain.page import LAST_ROUND, PageContext, Work
from services.coupling_registry.domain.stamping import Stamping
from services.coupling_registry.domain.synchronize import refuse


def wanted_of(write: WriteData) -> Values:
    """Everything that the destination was to hold."""
    return write.get("wanted") or write["values"]


@dataclass(frozen=True)
class Reconciling:
    context: PageContext
    lookups: Lookups
    """Partners of the records that were read."""
    work: Work
    stamping: Stamping

    def reconcile(
        self,
        document: Document,
        outcome: OutcomeData,
        write: WriteData,
        wanted: Values,
        *,
        counts: str,
        forced: bool = False,
    ) -> None:
        """Both records are known: write what differs, or record that nothing does."""
        context, plan, source = self.context, self.context.plan, self.with_fingerprint(document, write)
        current = outcome["current"]
        hashes = fingerprint.decode(plan.tag, source["fingerprint"])
        known = standing.known(context, document.data)
        if hashes is None or known is None:
            # The mapping changed between asking and answering; the next run sees the record with the new one.
            self._give_up(document, source)
            return
        seen = self._seen(current)
        decision = resolve(plan, known, Seen(hashes, source["version"]), seen, forced=forced)
        if decision.failure is not None:
            refuse(context, self.work, document, source, action=decision.action, failure=decision.failure)
            return
        values = self._to_write(decision, seen, write, wanted, current)
        if decision.keep and known.hashes is not None:
            kept = fingerprint.merged(known.hashes, hashes, decision.keep)
            source = {**source, "fingerprint": fingerprint.encode(plan.tag, kept)}
        if not values:
            self._nothing_differs(document, source, outcome, decision, counts)
        elif context.round >= LAST_ROUND:
            self._give_up(document, source)
        else:
            self._update(document, source, outcome, values, wanted, counts=counts, kept=bool(decision.keep))

    def _to_write(
        self, decision: Decision, seen: Seen, write: WriteData, wanted: Values, current: RecordData
    ) -> Values:
        plan = self.context.plan
        values = values_by_position(plan, wanted, decision.changed)
        values |= {
            name: value for name, value in writes.differing_constants(plan, current["values"]).items() if name in wanted
        }
        if write["operation"] == Operation.UPDATE:
            # What the answer does not show is still to be written.
            shown = current["values"]
            values |= {name: value for name, value in write["values"].items() if name not in shown}
        return values

    def _nothing_differs(
        self, document: Document, source: SourceData, outcome: OutcomeData, decision: Decision, counts: str
    ) -> None:
        version = "" if decision.keep else outcome["current"]["version"]
        under_way = document.data["in_flight"] is not None
        if under_way or standing.fresh(document.data):
            # Our own write arrived although its answer did not, or a pair that was just coupled is equal already.
            found = outcome["write"]["operation"] in (Operation.CREATE, Operation.MATCH)
            arrived = under_way and not found and not decision.keep
            own = counts if counts in ("coupled", "inserted") or arrived else "unchanged"
            self.stamping.stamp(document, source, outcome, version=version, action=own)
            return
        self.work.tally.count("unchanged")
        changed = coupling.learned(self.context, document, source, destination_version=version)
        if changed is not None:
            self.work.save(changed)

    def _update(
        self,
        document: Document,
        source: SourceData,
        outcome: OutcomeData,
        values: Values,
        wanted: Values,
        *,
        counts: str,
        kept: bool = False,
    ) -> None:
        again = outcome["write"]["number"]
        document, number = coupling.reserve(self.context, document, source, counts=counts, again=again, kept_back=kept)
        self.work.save(document)
        self.work.writes.append(
            writes.update(
                self.context.plan,
                source,
                document.id,
                number,
                outcome["id"],
                version=outcome["current"]["version"] or None,
                values=values,
                wanted=wanted,
            )
        )

    def with_fingerprint(self, document: Document, write: WriteData) -> SourceData:
        """The write's source. Where its fingerprint is the coupling's, a look-up may lead to another partner by now
        although the record has not moved: what was to be written tells."""
        source, plan = write["source"], self.context.plan
        before = fingerprint.decode(plan.tag, document.data["fingerprint"])
        if source["fingerprint"] or before is None:
            return source
        now = plan.hashes_of(wanted_of(write), self.context.destination, self.lookups, self.context.hasher)
        return {**source, "fingerprint": fingerprint.encode(plan.tag, fingerprint.merged(before, now))}

    def _seen(self, current: RecordData) -> Seen:
        plan = self.context.plan
        hashes = plan.hashes_of(current["values"], self.context.destination, self.lookups, self.context.hasher)
        return Seen(hashes, current["version"])

    def _give_up(self, document: Document, source: SourceData) -> None:
        failure = failures.keeps_changing()
        refuse(self.context, self.work, document, source, action=SynchAction.FAIL, failure=failure)
