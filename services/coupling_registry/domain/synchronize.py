"""Decides a page of source records: what needs no more, what is refused here, and what the destination is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from libs.contracts.failures import Failure
from libs.contracts.pages import RecordData, SourceData
from libs.contracts.vocabulary import DeletionConflictResolution, RunKind, SynchAction
from libs.store.ports import Document
from libs.synch import failures, fingerprint
from libs.synch.decide import decide, decide_unchanged, screen
from libs.synch.decisions import Decision, Known, Seen
from libs.synch.matching import criteria, finds_by_identity
from libs.synch.transform import Transformed, values_by_position
from services.coupling_registry.domain import coupling, standing, writes
from services.coupling_registry.domain.page import PageContext, Work
from services.coupling_registry.domain.standing import COUPLED
from services.coupling_registry.domain.tally import Tally


def screened(
    context: PageContext, records: Sequence[RecordData], documents: Mapping[str, Document], work: Work
) -> list[RecordData]:
    """Settles what needs no values; returns the records that must be transformed.

    Raises ``WriteUnderWay`` when another write of one of them has not settled yet.
    """
    left: list[RecordData] = []
    for record in records:
        document = documents.get(record["id"])
        known: Known | None = None
        if document is not None:
            ours = standing.under_way(context, document.data, record["version"])
            before = "" if ours else standing.settled_here(context, document.data, record["version"])
            if before:
                work.tally.count(before)
                continue
            if not ours and standing.is_outdated(context, document.data, record["version"]):
                work.tally.count("unchanged")
                continue
            if document.data["skipped"] or context.run is not RunKind.FULL:
                known = standing.known(context, document.data)
            elif context.plan.fully_compared and standing.in_step(context, document.data, record["version"]):
                work.tally.count("unchanged")
                continue
            else:
                left.append(record)
                continue
        if context.run is RunKind.COUPLING:
            if known is None:
                left.append(record)
            else:
                work.tally.count("unchanged")
            continue
        decision = screen(context.plan, context.run, known, record["version"])
        if decision is None:
            left.append(record)
        elif decision.action is SynchAction.SKIP:
            work.tally.count("skipped")
            if decision.failure is not None and document is not None:
                words = failures.marked_skipped(standing.last_error(document.data))
                partner, number = standing.destination_id(context, document.data), standing.number_of(document)
                source = _bare_source(record)
                work.tally.error(SynchAction.SKIP, source, words, destination=partner, coupled=True, number=number)
        else:
            work.tally.count("unchanged")
    return left


def to_be_hashed(
    context: PageContext, records: Sequence[RecordData], documents: Mapping[str, Document]
) -> Sequence[int]:
    """Places of the records whose fingerprint the coupling cannot tell: all but those of the version that it knows."""
    if context.run is not RunKind.FULL:
        return range(len(records))
    found = ((index, record, documents.get(record["id"])) for index, record in enumerate(records))
    return [
        index
        for index, record, document in found
        if document is None or not standing.in_step(context, document.data, record["version"])
    ]


@dataclass(frozen=True)
class Deciding:
    """The deciding of transformed records, and the work that it adds to."""

    context: PageContext
    documents: Mapping[str, Document]
    page: Transformed
    holders: Mapping[str, Document]
    """Who has a place that several records may want."""
    work: Work
    taken: dict[str, str] = field(default_factory=dict)
    """Places that earlier records of this page take."""

    def decide(self, records: Sequence[RecordData]) -> None:
        """``records`` in the order in which they were transformed."""
        for index, record in enumerate(records):
            document = self.documents.get(record["id"])
            hashes = self._news(document, index)
            source = _source(self.context, record, self.page, index, hashes)
            new = document is None or document.data["state"] != COUPLED
            problem = self.page.problem(index, new=new)
            failure = problem.failure if problem is not None else _frozen(self.context, document, source)
            if failure is not None:
                action = problem.action if problem is not None else SynchAction.FAIL
                refuse(self.context, self.work, document, source, action=action, failure=failure)
            elif self.context.run is RunKind.COUPLING:
                self._match(source, record, index)
            else:
                self._decide(document, source, index, hashes)

    def _news(self, document: Document | None, index: int) -> bytes | None:
        """The record's hashes; null where they are those of its coupling, looked at or told by the version."""
        hashes = self.page.fingerprints.get(index)
        if hashes is None or document is None or self.context.run is not RunKind.FULL:
            return hashes
        return None if standing.has_fingerprint(self.context, document.data, hashes) else hashes

    def _decide(self, document: Document | None, source: SourceData, index: int, hashes: bytes | None) -> None:
        if hashes is None:
            decision = decide_unchanged(self.context.plan)
        else:
            known = None if document is None else standing.known(self.context, document.data)
            decision = decide(self.context.plan, self.context.run, known, Seen(hashes, source["version"]))
        if decision.action is SynchAction.INSERT:
            self._insert(document, source, index)
        elif document is not None:
            self._existing(document, source, index, decision)

    def _insert(self, document: Document | None, source: SourceData, index: int) -> None:
        context, plan = self.context, self.context.plan
        values = self.page.create_values(index)
        place = writes.place_of(plan, values)
        if place is not None:
            if self._holder(place) not in ("", source["id"]):
                failure = failures.second_price()
                refuse(context, self.work, document, source, action=SynchAction.SKIP, failure=failure)
                return
            self.taken[place] = source["id"]
        if document is None:
            document = coupling.new(context, source, coupling.drawn_id(context))
        document, number = coupling.reserve(context, document, source, counts="inserted", place=place)
        self.work.save(document)
        record_id = standing.destination_id(context, document.data)
        self.work.writes.append(
            writes.create(plan, source, coupling=document.id, number=number, id=record_id, values=values)
        )

    def _holder(self, place: str) -> str:
        """The source record that has this place, stored or on this page."""
        holder = self.holders.get(place)
        return self.taken.get(place) or ("" if holder is None else standing.source_id(self.context, holder.data))

    def _existing(self, document: Document, source: SourceData, index: int, decision: Decision) -> None:
        context, data = self.context, document.data
        record_id = standing.destination_id(context, data)
        if decision.action is SynchAction.IGNORE_UNCHANGED:
            changed = coupling.learned(context, document, source)
            if changed is not None:
                self.work.save(changed)
            self.work.tally.count("unchanged")
        elif decision.compare:
            values = self.page.update_values(index)
            news = coupling.learned(context, document, source)
            write = writes.compare(
                source,
                coupling=document.id,
                seen=data["number"],
                id=record_id,
                values=values,
                settled_at=data[context.destination_version] if news is None and not context.asks_for_facts else "",
            )
            if self._restores:
                write["wanted"] = self.page.create_values(index) | values
            self.work.writes.append(write)
        else:
            wanted = self.page.update_values(index)
            values = values_by_position(context.plan, wanted, decision.changed)
            document, number = coupling.reserve(context, document, source, counts="modified")
            self.work.save(document)
            version = data[context.destination_version]
            if self._restores:
                wanted = self.page.create_values(index) | wanted
            self.work.writes.append(
                writes.update(
                    context.plan, source, document.id, number, record_id, version=version, values=values, wanted=wanted
                )
            )

    @property
    def _restores(self) -> bool:
        """Whether a deleted partner is created again, which takes all values of a new record."""
        return self.context.plan.mapping.deletion_conflict is DeletionConflictResolution.RESTORE_RECORDS

    def _match(self, source: SourceData, record: RecordData, index: int) -> None:
        plan, values = self.context.plan, self.page.create_values(index)
        terms = criteria(plan.mapping, record["values"], self.context.match_by)
        if not terms and finds_by_identity(plan.mapping):
            terms = [identity] if (identity := writes.identity_of(plan, values)) else []
        if terms:
            self.work.writes.append(writes.match(source, terms, values))
        else:
            failure = failures.no_match()
            refuse(self.context, self.work, None, source, action=SynchAction.FAIL, failure=failure)


def refuse(
    context: PageContext,
    work: Work,
    document: Document | None,
    source: SourceData,
    *,
    action: SynchAction,
    failure: Failure,
) -> None:
    """Counts and explains a record that goes no further, and marks its coupling."""
    destination = "" if document is None else standing.destination_id(context, document.data)
    coupled = document is not None and document.data["state"] == COUPLED
    if action is SynchAction.FAIL and document is not None:
        document = coupling.failed(context, document, failure)
        work.save(document)
        if document.data["skipped"]:
            action = SynchAction.SKIP
    elif document is not None and document.data["in_flight"] is not None:
        work.save(coupling.released(document))
    work.tally.count("skipped" if action is SynchAction.SKIP else "failed")
    number = standing.number_of(document)
    work.tally.error(action, source, failure, destination=destination, coupled=coupled, number=number)


def fail(context: PageContext, work: Work, document: Document | None, source: SourceData, failure: Failure) -> None:
    """The record fails: counted, explained, and remembered on its coupling."""
    refuse(context, work, document, source, action=SynchAction.FAIL, failure=failure)


def _bare_source(record: RecordData) -> SourceData:
    return {
        "id": record["id"],
        "key": record["key"],
        "version": record["version"],
        "fingerprint": "",
        "waiting": {},
    }


def _source(
    context: PageContext, record: RecordData, page: Transformed, index: int, hashes: bytes | None
) -> SourceData:
    source: SourceData = {
        "id": record["id"],
        "key": record["key"],
        "version": record["version"],
        "fingerprint": "" if hashes is None else fingerprint.encode(context.plan.tag, hashes),
        "waiting": page.waiting.get(index, {}),
    }
    if context.plan.facts:
        source["facts"] = page.facts(index)
    return source


def _frozen(context: PageContext, document: Document | None, source: SourceData) -> Failure | None:
    """A fact changed that Sales does not let change."""
    if not context.plan.mapping.frozen_facts or document is None or standing.known(context, document.data) is None:
        return None
    old, new = document.data["facts"], source.get("facts", {})
    for name in context.plan.mapping.frozen_facts:
        if name in old and name in new and (old[name] or "") != (new[name] or ""):
            return failures.frozen_fact(name, str(old[name] or ""), str(new[name] or ""))
    return None


def new_work(context: PageContext) -> Work:
    return Work(Tally(context.page))
