"""Fills look-ups that were left empty because their partner was not coupled yet, now that it is.

The page that coupled the partner writes them last, as updates of the records that wait. They are no records of the
page, so they are not counted; one that is refused is reported and stays to be tried by the next full run.
"""

from collections.abc import Iterable, Mapping, Sequence

from libs.contracts.failures import Failure
from libs.contracts.pages import OutcomeData, SourceData, WriteData
from libs.contracts.vocabulary import OutcomeStatus, SynchAction, System
from libs.store.ports import Document
from libs.synch import fingerprint
from libs.synch.lookups import Lookups
from libs.synch.plan import Column
from services.coupling_registry.couplings import COUPLED, with_data
from services.coupling_registry.domain import coupling, writes
from services.coupling_registry.domain.page import PageContext, Work, WriteUnderWay


def targets_for(system: System, coupled: Iterable[str]) -> tuple[list[str], list[str]]:
    """Of ``<system>|MAPPING:key``: the targets that records of this system wait for, and the other entries."""
    prefix = f"{system}|"
    mine: list[str] = []
    rest: list[str] = []
    for entry in coupled:
        mine.append(entry.removeprefix(prefix)) if entry.startswith(prefix) else rest.append(entry)
    return mine, rest


def fill(
    context: PageContext, waiting: Sequence[Document], targets: Sequence[str], lookups: Lookups, work: Work
) -> None:
    """Writes that fill what waits for ``targets``; ``context.plan`` is that of the waiting records."""
    for document in waiting:
        data = document.data
        columns = {column.target: column for column in context.plan.columns}
        ready = {
            name: columns[name] for name, target in data["waiting"].items() if target in targets and name in columns
        }
        if not ready or data["state"] != COUPLED or data["skipped"]:
            continue
        try:
            coupling.under_way(context, data, _version(context, data))
        except WriteUnderWay:
            # Whoever writes it now leaves it waiting; the next run fills it.
            continue
        _fill_one(context, document, ready, lookups, work)


def _fill_one(
    context: PageContext, document: Document, ready: Mapping[str, Column], lookups: Lookups, work: Work
) -> None:
    plan, data = context.plan, document.data
    old = fingerprint.decode(plan.tag, data["fingerprint"])
    hashes = bytearray(old or fingerprint.UNKNOWN * len(plan.hashed))
    values = {}
    for name, column in ready.items():
        key = data["waiting"][name].partition(":")[2]
        convert = column.conversion.to_sales if plan.to_sales else column.conversion.from_sales
        cell = convert(key, lookups)
        if cell.waiting or cell.problem is not None:
            continue
        values[name] = cell.wanted
        start = column.position * fingerprint.WIDTH
        hashes[start : start + fingerprint.WIDTH] = context.hasher(cell.common)
    if not values:
        return
    source: SourceData = {
        "id": coupling.source_id(context, data),
        "key": data["financials_key"],
        "version": _version(context, data),
        "fingerprint": fingerprint.encode(plan.tag, bytes(hashes)) if old is not None else "",
        "waiting": {},
    }
    document, number = coupling.reserve(context, document, source, counts="filled")
    work.save(document)
    known = data[context.destination_version] or None
    record = coupling.destination_id(context, data)
    work.writes.append(
        writes.update(plan, source, document.id, number, record, version=known, values=values, wanted=values)
    )


def _version(context: PageContext, data: coupling.Data) -> str:
    return str(data[context.source_version])


def filled(
    context: PageContext, documents: Mapping[str, Document], outcomes: Sequence[OutcomeData], work: Work
) -> None:
    """Records the outcomes of filling."""
    for outcome in outcomes:
        write = outcome["write"]
        document = documents.get(write["coupling"])
        flight = None if document is None else document.data["in_flight"]
        if document is None or flight is None or flight["counts"] != "filled":
            continue
        status = OutcomeStatus(outcome["status"])
        if status is OutcomeStatus.CONFLICT:
            _try_again(context, document, outcome, write, work)
        elif flight["number"] != write["number"]:
            continue
        elif status is OutcomeStatus.UPDATED:
            # Under any other version than the known one somebody's change may be hiding; it must be found later.
            version = "" if flight["kept"] or write["version"] is None else outcome["version"]
            work.save(_settled(context, document, write, version))
        else:
            work.save(coupling.released(document))
            if status is OutcomeStatus.REFUSED:
                failure = Failure.model_validate(outcome.get("error", {}))
                work.tally.error(SynchAction.FAIL, write["source"], failure, mapping=context.plan.mapping.name)


def _settled(context: PageContext, document: Document, write: WriteData, version: str) -> Document:
    data = document.data
    position = {column.target for column in context.plan.columns}
    done = {name for name in data["waiting"] if name in position and _is_filled(write, name)}
    left = {name: target for name, target in data["waiting"].items() if name not in done}
    changes = {
        "in_flight": None,
        context.destination_version: version,
        "waiting": left,
        "waiting_for": sorted(set(left.values())) or None,
    }
    if write["source"]["fingerprint"]:
        changes["fingerprint"] = write["source"]["fingerprint"]
    return with_data(document, changes)


def _is_filled(write: WriteData, name: str) -> bool:
    # Final outcomes come without values, so the wanted ones tell which fields were written.
    return name in (write.get("wanted") or write["values"])


def _try_again(context: PageContext, document: Document, outcome: OutcomeData, write: WriteData, work: Work) -> None:
    """The record changed meanwhile: fill what is still empty, under its new version."""
    wanted = write.get("wanted") or write["values"]
    current = outcome["current"]["values"]
    if all(current.get(name) == value for name, value in wanted.items()):
        # Our own write arrived, and this is a repeat of it.
        work.save(_settled(context, document, write, ""))
        return
    values = {name: value for name, value in wanted.items() if not current.get(name)}
    if not values:
        # Somebody chose a partner in the meantime; it flows the ordinary way.
        work.save(coupling.released(document))
        return
    again = write["number"]
    document, number = coupling.reserve(
        context, document, write["source"], counts="filled", again=again, kept_back=True
    )
    work.save(document)
    version = outcome["current"]["version"] or None
    record = coupling.destination_id(context, document.data)
    work.writes.append(
        writes.update(
            context.plan,
            write["source"],
            document.id,
            number,
            record,
            version=version,
            values=values,
            wanted=values,
        )
    )
