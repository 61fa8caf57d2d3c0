"""Fills what a page's newly coupled records make possible: look-ups that waited for them, and the company of rows of
Sales that became records of Financials.

It is written last, as updates of other records. They are no records of the page, so they are not counted; one that is
refused is reported and stays to be tried by the next full run.
"""

from collections.abc import Iterable, Mapping, Sequence

from libs.contracts.failures import Failure
from libs.contracts.pages import OutcomeData, SourceData, Values, WriteData
from libs.contracts.vocabulary import Direction, Operation, OutcomeStatus, SynchAction, System
from libs.store.ports import Document
from libs.synch import fingerprint
from libs.synch.lookups import Lookups
from libs.synch.plan import Column
from services.coupling_registry.domain import coupling, standing, writes
from services.coupling_registry.domain.page import PageContext, Work, WriteUnderWay
from services.coupling_registry.domain.standing import COUPLED

_NOW = "now"
_COMPANY = "company"


def waiting_entries(mapping: str, data: standing.Data) -> list[str]:
    """Entries of ``Carried.coupled`` for a coupled record: what records of either system may wait for."""
    return [
        f"{System.SALES}|{mapping}:{data['financials_key']}",
        f"{System.FINANCIALS}|{mapping}:{data['sales_id']}",
    ]


def company_entry(coupling_id: str) -> str:
    """Entry for a row of Sales that is to be stamped with the company."""
    return f"{_COMPANY}|{coupling_id}"


def under_filling(direction: Direction, entries: Sequence[str]) -> list[str]:
    """The entries, marked: the writes now under way are fillings in this direction."""
    return [f"{_NOW}|{direction}", *entries]


def filling_direction(entries: Iterable[str]) -> Direction | None:
    """Which way the writes under way fill; null when they are the page's own."""
    found, _ = _split(_NOW, entries)
    return Direction(found[0]) if found else None


def without_mark(entries: Iterable[str]) -> list[str]:
    return _split(_NOW, entries)[1]


def targets_for(system: System, entries: Iterable[str]) -> tuple[list[str], list[str]]:
    """The targets (``MAPPING:key``) that records of this system wait for, and the other entries."""
    return _split(system.value, entries)


def companies(entries: Iterable[str]) -> list[str]:
    """Couplings whose rows of Sales are to be stamped."""
    return _split(_COMPANY, entries)[0]


def _split(prefix: str, entries: Iterable[str]) -> tuple[list[str], list[str]]:
    mine: list[str] = []
    rest: list[str] = []
    for entry in entries:
        if entry.startswith(f"{prefix}|"):
            mine.append(entry.removeprefix(f"{prefix}|"))
        else:
            rest.append(entry)
    return mine, rest


def stamp_company(context: PageContext, documents: Iterable[Document], work: Work) -> None:
    """Writes that make rows of Sales the company's; ``context.plan`` goes to Sales."""
    attribute = context.plan.mapping.company_attribute
    values = {name: value for name, value in context.plan.update_constants.items() if name == attribute}
    for document in documents:
        data = document.data
        if not values or data["state"] != COUPLED or not _free(context, data):
            continue
        source: SourceData = {
            "id": standing.source_id(context, data),
            "key": data["financials_key"],
            "version": _version(context, data),
            "fingerprint": data["fingerprint"],
            "waiting": {},
        }
        _update(context, document, source, values, work)


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
        if not _free(context, data):
            continue
        _fill_one(context, document, ready, lookups, work)


def _fill_one(
    context: PageContext, document: Document, ready: Mapping[str, Column], lookups: Lookups, work: Work
) -> None:
    plan, data = context.plan, document.data
    old = fingerprint.decode(plan.tag, data["fingerprint"])
    hashes = bytearray(old or fingerprint.UNKNOWN * len(plan.hashed))
    values: Values = {}
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
        "id": standing.source_id(context, data),
        "key": data["financials_key"],
        "version": _version(context, data),
        "fingerprint": fingerprint.encode(plan.tag, bytes(hashes)) if old is not None else "",
        "waiting": {},
    }
    _update(context, document, source, values, work)


def _update(context: PageContext, document: Document, source: SourceData, values: Values, work: Work) -> None:
    known = document.data[context.destination_version]
    document, number = coupling.reserve(context, document, source, counts="filled")
    work.save(document)
    record = standing.destination_id(context, document.data)
    write = writes.update(
        context.plan, source, document.id, number, record, version=known or None, values=values, wanted=values
    )
    if not known:
        # Somebody may have chosen a partner in the meantime.
        write["operation"] = Operation.COMPARE.value
    work.writes.append(write)


def _free(context: PageContext, data: standing.Data) -> bool:
    """Whether no other job writes the record now; if one does, the next full run fills what is missing."""
    try:
        standing.under_way(context, data, _version(context, data))
    except WriteUnderWay:
        return False
    return True


def _version(context: PageContext, data: standing.Data) -> str:
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
        if status in (OutcomeStatus.CONFLICT, OutcomeStatus.DIFFERENT):
            _try_again(context, document, outcome, write, work)
        elif flight["number"] != write["number"]:
            continue
        elif status in (OutcomeStatus.UPDATED, OutcomeStatus.EQUAL):
            # Under any other version than the known one somebody's change may be hiding; it must be found later.
            version = "" if flight["kept"] or not write["version"] else outcome["version"]
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
    return coupling.changed(document, changes)


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
    record = standing.destination_id(context, document.data)
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
