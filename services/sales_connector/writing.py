"""Carries out a WritePage: reads, creates, changes and deletes at the same time, then children, then final values.

Everything here may be repeated: a second delivery of the same message ends in the same state.
"""

from collections.abc import Sequence

from libs.contracts.pages import Condition, OutcomeData, Values, WriteData
from libs.contracts.vocabulary import Operation, OutcomeStatus
from libs.dynamics.outcomes import Numbered, Outcomes, fields_of, fields_of_all, final
from libs.dynamics.parallel import together
from libs.dynamics.sales_tables import SalesTable
from services.sales_connector.changing import delete, update, write_children, write_final_values
from services.sales_connector.columns import UNIT_FACTS, differs, table_named
from services.sales_connector.creating import Creator
from services.sales_connector.dataverse import Dataverse
from services.sales_connector.outcomes import of_search, refused, with_current
from services.sales_connector.reading import read_by_ids, search, unit_facts

_WRITTEN = (OutcomeStatus.CREATED.value, OutcomeStatus.UPDATED.value)


async def write_page(
    dataverse: Dataverse,
    table_name: str,
    writes: Sequence[WriteData],
    returns: Sequence[str],
    *,
    match_filter: Sequence[Condition] = (),
) -> list[OutcomeData]:
    """An outcome per write, in order."""
    table = table_named(table_name)
    by_operation: dict[str, Numbered] = {}
    for index, write in enumerate(writes):
        by_operation.setdefault(write["operation"], []).append((index, write))
    work = []
    for operation, some in by_operation.items():
        match Operation(operation):
            case Operation.COMPARE:
                work.append(_compare(dataverse, table, some, returns))
            case Operation.MATCH:
                work.append(_match(dataverse, table, some, returns, match_filter))
            case Operation.CREATE:
                work.append(Creator(dataverse, table, returns).create(some))
            case Operation.UPDATE:
                work.append(update(dataverse, table, some))
            case Operation.DELETE:
                work.append(delete(dataverse, table, some))
    outcomes: Outcomes = {}
    for result in await together(work) if work else []:
        outcomes.update(result)
    written = [(index, write) for index, write in enumerate(writes) if outcomes[index]["status"] in _WRITTEN]
    await _follow_up(dataverse, table, writes, outcomes)
    await _add_facts(dataverse, table, written, outcomes, returns)
    return [outcomes[index] for index in range(len(writes))]


async def _compare(dataverse: Dataverse, table: SalesTable, writes: Numbered, returns: Sequence[str]) -> Outcomes:
    plain = [write for _, write in writes]
    fields = [*fields_of_all(plain), *returns]
    records = await read_by_ids(dataverse, table, [write["id"] for write in plain], fields)
    outcomes: Outcomes = {}
    for index, write in writes:
        record = records.get(write["id"])
        if record is None:
            outcomes[index] = final(write, OutcomeStatus.GONE)
        elif differs(write["values"], record["values"]):
            outcomes[index] = with_current(write, OutcomeStatus.DIFFERENT, record, fields_of(write))
        else:
            outcomes[index] = final(write, OutcomeStatus.EQUAL, version=record["version"])
        if record is not None and returns:
            outcomes[index]["facts"] = {name: record["values"].get(name) for name in returns}
    return outcomes


async def _match(
    dataverse: Dataverse,
    table: SalesTable,
    writes: Numbered,
    returns: Sequence[str],
    match_filter: Sequence[Condition],
) -> Outcomes:
    plain = [write for _, write in writes]
    fields = [*fields_of_all(plain), *returns]
    found = await search(dataverse, table, [write.get("match", {}) for write in plain], fields, match_filter)
    return {
        index: of_search(write, records, [*fields_of(write), *returns])
        for (index, write), records in zip(writes, found, strict=True)
    }


async def _follow_up(dataverse: Dataverse, table: SalesTable, writes: Sequence[WriteData], outcomes: Outcomes) -> None:
    """Children, then final values, of the records that were written. A refusal here is the record's."""
    parents = [
        (index, write)
        for index, write in enumerate(writes)
        if write.get("children") and (outcomes[index]["status"] in _WRITTEN or _arrived_before(write, outcomes[index]))
    ]
    # A row that an earlier creation made, perhaps a newer one: what belongs to it already is left as it is.
    found = {index for index, _ in parents if "current" in outcomes[index] and outcomes[index]["status"] in _WRITTEN}
    for index, (child_table, refusal) in (await write_children(dataverse, parents, found)).items():
        outcomes[index] = refused(writes[index], child_table, refusal)
    last = [
        (index, write)
        for index, write in enumerate(writes)
        if write.get("final_values") and outcomes[index]["status"] in _WRITTEN
    ]
    versions, refusals = await write_final_values(dataverse, table, last)
    for index, version in versions.items():
        outcomes[index]["version"] = version
    for index, refusal in refusals.items():
        outcomes[index] = refused(writes[index], table, refusal)


def _arrived_before(write: WriteData, outcome: OutcomeData) -> bool:
    """Whether an update is refused because an earlier delivery of it was carried out, perhaps without what follows."""
    conflict = outcome["status"] == OutcomeStatus.CONFLICT and "current" in outcome
    return conflict and not differs(write["values"], outcome["current"]["values"])


async def _add_facts(
    dataverse: Dataverse, table: SalesTable, written: Numbered, outcomes: Outcomes, returns: Sequence[str]
) -> None:
    """The attributes that the registry asked for, of created, updated and matched records."""
    if not returns:
        return
    for outcome in outcomes.values():
        if outcome["status"] == OutcomeStatus.MATCHED.value and "current" in outcome:
            held = outcome["current"]["values"]
            outcome["facts"] = {name: held.get(name) for name in returns}
    facts: dict[int, Values] = {
        index: {name: write["values"][name] for name in returns if name in write["values"]}
        for index, write in written
        if outcomes[index]["status"] in _WRITTEN
    }
    ids = {index: outcomes[index]["id"] for index in facts}
    of_units = [name for name in returns if name in UNIT_FACTS]
    if of_units and table.name == "uomschedule":
        units = await unit_facts(dataverse, list(ids.values()))
        for index, values in facts.items():
            values.update({name: units[ids[index]][name] for name in of_units})
    unknown = [index for index, values in facts.items() if any(name not in values for name in returns)]
    records = await read_by_ids(dataverse, table, [ids[index] for index in unknown], returns)
    for index in unknown:
        record = records.get(ids[index])
        if record is not None:
            facts[index] = {name: record["values"].get(name) for name in returns}
    for index, values in facts.items():
        outcomes[index]["facts"] = values
