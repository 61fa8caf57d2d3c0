"""Changing and deleting records one by one in batches, each under its own condition; and what follows a record:
its children and the values that are written last."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from libs.contracts.pages import ChildWrite, Values
from libs.contracts.vocabulary import OutcomeStatus
from libs.dynamics.batch import Operation, Part
from libs.dynamics.failures import Refusal
from libs.dynamics.outcomes import Numbered, Outcomes, fields_of, fields_of_all, final, raise_if_everybodys
from libs.dynamics.parallel import together
from libs.dynamics.sales_tables import SalesTable
from services.sales_connector.columns import body_of, changeable, table_named
from services.sales_connector.creating import BULK_LIMIT
from services.sales_connector.dataverse import Dataverse, chunks, version_of
from services.sales_connector.outcomes import of_record, refused, with_current
from services.sales_connector.reading import read_by_ids, search


async def update(dataverse: Dataverse, table: SalesTable, writes: Numbered) -> Outcomes:
    """An outcome per write: updated, conflict, gone or refused. Never creates."""
    outcomes: Outcomes = {
        index: final(write, OutcomeStatus.UPDATED, version=write["version"] or "")
        for index, write in writes
        if not write["values"]  # only children or final values follow
    }
    changed = [item for item in writes if item[1]["values"]]
    parts = await dataverse.batch(
        [
            dataverse.change_operation(
                table, write["id"], body_of(table, write["values"], creating=False), write["version"] or "*"
            )
            for _, write in changed
        ]
    )
    refusals = _refusals(dataverse, changed, parts)
    for (index, write), part in zip(changed, parts, strict=True):
        if part.ok:
            outcomes[index] = final(write, OutcomeStatus.UPDATED, version=version_of(part))
    asked = [item for item in changed if item[0] in refusals and _needs_reading(refusals[item[0]])]
    writes_asked = [write for _, write in asked]
    records = await read_by_ids(dataverse, table, [write["id"] for write in writes_asked], fields_of_all(writes_asked))
    for index, write in changed:
        refusal = refusals.get(index)
        if refusal is None:
            continue
        record = records.get(write["id"])
        if _needs_reading(refusal) and record is None:
            outcomes[index] = final(write, OutcomeStatus.GONE)
        elif refusal.is_changed and record is not None:
            outcomes[index] = with_current(write, OutcomeStatus.CONFLICT, record, fields_of(write))
        else:
            outcomes[index] = refused(write, table, refusal)
    return outcomes


def _needs_reading(refusal: Refusal) -> bool:
    """404 may mean the row itself or one that it points to; only reading tells."""
    return refusal.is_changed or refusal.is_gone


async def delete(dataverse: Dataverse, table: SalesTable, writes: Numbered) -> Outcomes:
    """An outcome per write: deleted, gone, conflict or refused."""
    parts = await dataverse.batch(
        [dataverse.delete_operation(table, write["id"], write["version"] or "") for _, write in writes]
    )
    refusals = _refusals(dataverse, writes, parts)
    changed = [item for item in writes if item[0] in refusals and refusals[item[0]].is_changed]
    changed_writes = [write for _, write in changed]
    records = await read_by_ids(
        dataverse, table, [write["id"] for write in changed_writes], fields_of_all(changed_writes)
    )
    outcomes: Outcomes = {}
    for index, write in writes:
        refusal = refusals.get(index)
        record = records.get(write["id"])
        if refusal is None:
            outcomes[index] = final(write, OutcomeStatus.DELETED)
        elif refusal.is_gone or (refusal.is_changed and record is None):
            outcomes[index] = final(write, OutcomeStatus.GONE)
        elif refusal.is_changed and record is not None:
            outcomes[index] = with_current(write, OutcomeStatus.CONFLICT, record, fields_of(write))
        else:
            outcomes[index] = refused(write, table, refusal)
    return outcomes


def _refusals(dataverse: Dataverse, writes: Numbered, parts: Sequence[Part]) -> dict[int, Refusal]:
    refusals = {
        index: of_record(write, dataverse.refusal(part))
        for (index, write), part in zip(writes, parts, strict=True)
        if not part.ok
    }
    raise_if_everybodys(list(refusals.values()), len(writes))
    return refusals


@dataclass(frozen=True)
class _Child:
    index: int
    """Of the write that it belongs to."""
    data: ChildWrite
    only_new: bool
    """Created where it is missing, left alone where it is there."""


async def write_children(
    dataverse: Dataverse, writes: Numbered, only_new: Collection[int] = ()
) -> dict[int, tuple[SalesTable, Refusal]]:
    """Create or change the children of these records (``only_new``: of these by index nothing is changed); the refusals
    by the record's index."""
    by_table: dict[str, list[_Child]] = {}
    for index, write in writes:
        for child in write.get("children", []):
            by_table.setdefault(child["table"], []).append(_Child(index, child, index in only_new))
    refusals: dict[int, tuple[SalesTable, Refusal]] = {}
    for name, children in by_table.items():
        table = table_named(name)
        for position, refusal in (await _upsert(dataverse, table, children)).items():
            refusals.setdefault(children[position].index, (table, refusal))
    return refusals


async def _upsert(dataverse: Dataverse, table: SalesTable, children: list[_Child]) -> dict[int, Refusal]:
    """Refusals by position. A child that exists under another id is found by its match; one that exists already is
    changed without what may be given only at its creation."""
    parts = await dataverse.batch([_given(dataverse, table, child) for child in children])
    refusals = {position: dataverse.refusal(part) for position, part in enumerate(parts) if not part.ok}
    for position in [place for place, refusal in refusals.items() if refusal.is_duplicate and children[place].only_new]:
        del refusals[position]
    duplicates = [
        position for position, refusal in refusals.items() if refusal.is_duplicate and children[position].data["match"]
    ]
    found = await search(dataverse, table, [children[position].data["match"] for position in duplicates], [])
    again: dict[int, Operation] = {}
    for position, records in zip(duplicates, found, strict=True):
        if len(records) == 1:
            again[position] = _change(dataverse, table, records[0]["id"], children[position].data["values"])
    for position in refusals.keys() - again.keys():
        values = children[position].data["values"]
        if changeable(table, values) != values and not refusals[position].is_duplicate:
            again[position] = _change(dataverse, table, children[position].data["id"], values)
    for position, part in zip(again, await dataverse.batch(list(again.values())), strict=True):
        if part.ok:
            del refusals[position]
        elif position in duplicates:
            refusals[position] = dataverse.refusal(part)
    return refusals


def _given(dataverse: Dataverse, table: SalesTable, child: _Child) -> Operation:
    """Creates the child; where it is there already changes it, unless that is not wanted."""
    body = body_of(table, child.data["values"], creating=True)
    if child.only_new:
        return dataverse.create_operation(table, {**body, table.id: child.data["id"]}, versioned=False)
    return dataverse.change_operation(table, child.data["id"], body, versioned=False)


def _change(dataverse: Dataverse, table: SalesTable, id: str, values: Values) -> Operation:
    body = body_of(table, changeable(table, values), creating=False)
    return dataverse.change_operation(table, id, body, "*", versioned=False)


async def write_final_values(
    dataverse: Dataverse, table: SalesTable, writes: Numbered
) -> tuple[dict[int, str], dict[int, Refusal]]:
    """Write what comes last. Returns the new versions where they are known, and the refusals, by index."""
    if not writes:
        return {}, {}
    if not table.update_multiple:
        return await _finish_one_by_one(dataverse, table, writes)
    versions: dict[int, str] = {}
    refusals: dict[int, Refusal] = {}
    results = await together(_finish_in_bulk(dataverse, table, chunk) for chunk in chunks(writes, BULK_LIMIT))
    for some_versions, some_refusals in results:
        versions.update(some_versions)
        refusals.update(some_refusals)
    return versions, refusals


async def _finish_in_bulk(
    dataverse: Dataverse, table: SalesTable, writes: Numbered
) -> tuple[dict[int, str], dict[int, Refusal]]:
    targets = (
        {table.id: write["id"], **body_of(table, write.get("final_values", {}), creating=False)} for _, write in writes
    )
    response = await dataverse.post_bulk(table, "UpdateMultiple", targets)
    if response.ok:
        return {index: "" for index, _ in writes}, {}
    refusal = dataverse.refusal(response)
    if refusal.is_outage:
        raise refusal.error()
    return await _finish_one_by_one(dataverse, table, writes)


async def _finish_one_by_one(
    dataverse: Dataverse, table: SalesTable, writes: Numbered
) -> tuple[dict[int, str], dict[int, Refusal]]:
    parts = await dataverse.batch(
        [
            dataverse.change_operation(
                table, write["id"], body_of(table, write.get("final_values", {}), creating=False), "*"
            )
            for _, write in writes
        ]
    )
    versions = {index: version_of(part) for (index, _), part in zip(writes, parts, strict=True) if part.ok}
    return versions, _refusals(dataverse, writes, parts)
