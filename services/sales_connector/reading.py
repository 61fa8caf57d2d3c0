"""Reading: one page of a table with its watermark, records by id, and searches by fields.

The watermark of a run is asked for before its first page, in the same request and of the same database, so that
nothing changed later is missed. Dataverse stamps a row when it is written but shows it when the transaction commits,
which may be two minutes later, so the next run starts that much before the watermark; what it sees twice is recognised
by its version or its fingerprint, and written no second time.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from libs.contracts.pages import Condition, RecordData, TableRead, Value, Values
from libs.dynamics.odata import chunks_by_length, escaped, in_function, literal
from libs.dynamics.parallel import together
from libs.dynamics.sales_tables import SalesTable
from services.sales_connector.columns import (
    BASE_UNIT,
    SOLE_UNIT_NAME,
    Reader,
    attribute_named,
    filter_of,
    is_polymorphic,
    match_key,
    reader,
    table_named,
)
from services.sales_connector.dataverse import IDS_PER_READ, PAGE_LIMIT, Dataverse, chunks, decode

LONGEST_TRANSACTION = timedelta(minutes=2)
"""After which Dataverse ends a request, and its transaction with it."""
OVERLAP = LONGEST_TRANSACTION + timedelta(seconds=10)
"""How far before the watermark a run starts; the seconds are for servers whose clocks differ."""
_SEARCH_LENGTH = 12_000
"""Characters of values in one search; percent-encoded they stay below Dataverse's 32 KB for a URL."""


@dataclass(frozen=True)
class Page:
    """One page as it was read."""

    records: list[RecordData]
    next_cursor: str
    watermark: str


async def read_page(dataverse: Dataverse, read: TableRead, cursor: str, size: int) -> Page:
    """The page at ``cursor``; the first page comes with the watermark."""
    form = reader(read.table, tuple(read.fields))
    preference = ",".join(filter(None, (f"odata.maxpagesize={min(size, PAGE_LIMIT)}", form.prefer)))
    watermark = ""
    if cursor:
        answer = await dataverse.get(cursor, preference)
    else:
        watermark, answer = await _first_page(dataverse, form, read, preference)
    rows = answer["value"]
    records = form.records(rows)
    if form.unit_facts:
        await add_unit_facts(dataverse, records, form.unit_facts)
    return Page(records, answer.get("@odata.nextLink", ""), watermark)


async def _first_page(dataverse: Dataverse, form: Reader, read: TableRead, preference: str) -> tuple[str, Any]:
    table = form.table
    conditions = filter_of(table, read.filter)
    if read.modified_after:
        changed = f"modifiedon ge {_begin(read.modified_after)}"
        if read.also:
            changed = f"({changed} or {in_function(table.id, read.also)})"
        conditions = f"{conditions} and {changed}" if conditions else changed
    path = f"{table.entity_set}?$select={form.select}&$orderby={table.id}"
    if conditions:
        path += f"&$filter={escaped(conditions)}"
    newest = f"{table.entity_set}?$select=modifiedon&$orderby=modifiedon desc&$top=1".replace(" ", "%20")
    parts = await dataverse.batch(
        [dataverse.read_operation(newest), dataverse.read_operation(path, preference)], repeatable=True
    )
    for part in parts:
        if not part.ok:
            raise dataverse.refusal(part).error()
    newest_rows = decode(parts[0].body)["value"]
    watermark = newest_rows[0]["modifiedon"] if newest_rows else read.modified_after
    return watermark, decode(parts[1].body)


def _begin(watermark: str) -> str:
    moment = datetime.fromisoformat(watermark).astimezone(UTC) - OVERLAP
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


async def read_by_ids(
    dataverse: Dataverse, table: SalesTable, ids: Sequence[str], fields: Sequence[str]
) -> dict[str, RecordData]:
    """The records that exist, by id, with these fields."""
    if not ids:
        return {}
    form = reader(table.name, tuple(dict.fromkeys(fields)))
    rows = await dataverse.rows_by_ids(table, ids, form.select, form.prefer)
    records = form.records(list(rows.values()))
    if form.unit_facts:
        await add_unit_facts(dataverse, records, form.unit_facts)
    return {record["id"]: record for record in records}


async def search(
    dataverse: Dataverse,
    table: SalesTable,
    wanted: Sequence[Values],
    fields: Sequence[str],
    within: Sequence[Condition] = (),
) -> list[list[RecordData]]:
    """For each set of values the records ``within`` that have them all, text compared without regard to case."""
    found: list[list[RecordData]] = [[] for _ in wanted]
    by_names: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, values in enumerate(wanted):
        by_names[tuple(sorted(values))].append(index)

    async def search_group(names: tuple[str, ...], indexes: list[int]) -> None:
        keys = {index: match_key(wanted[index], names) for index in indexes}
        pivot = _most_telling(table, names, [wanted[index] for index in indexes])
        form = reader(table.name, tuple(dict.fromkeys([*fields, *names])))
        rows = await _rows_with(dataverse, form, pivot, [wanted[index].get(pivot) for index in indexes], within)
        records = form.records(rows)
        if form.unit_facts:
            await add_unit_facts(dataverse, records, form.unit_facts)
        by_key: dict[tuple[Value, ...], list[RecordData]] = defaultdict(list)
        for record in records:
            by_key[match_key(record["values"], names)].append(record)
        for index in indexes:
            found[index] = by_key.get(keys[index], [])

    await together(search_group(names, indexes) for names, indexes in by_names.items() if names)
    return found


def _most_telling(table: SalesTable, names: Sequence[str], wanted: Sequence[Values]) -> str:
    """The field with the most different values, so that the search brings the fewest rows in vain."""

    def worth(name: str) -> tuple[int, bool]:
        return len({values.get(name) for values in wanted}), attribute_named(table, name).type == "text"

    return max(names, key=worth)


async def _rows_with(
    dataverse: Dataverse, form: Reader, name: str, values: Sequence[Value], within: Sequence[Condition]
) -> list[dict[str, Any]]:
    attribute = attribute_named(form.table, name)
    distinct = list(dict.fromkeys(values))
    present = [value for value in distinct if value not in (None, "")]
    base = f"{form.table.entity_set}?$select={form.select}&$filter="
    filters = []
    if len(present) < len(distinct):
        filters.append(f"{attribute.read_name} eq null")
    if is_polymorphic(attribute):
        present = [str(value).rpartition(":")[2] for value in present]
    for chunk in chunks_by_length(present, [len(str(value)) + 60 for value in present], _SEARCH_LENGTH):
        if attribute.type == "text" and len(chunk) > 1:
            filters.append(in_function(attribute.name, (str(value) for value in chunk)))
        else:
            filters.append(" or ".join(f"{attribute.read_name} eq {literal(attribute.type, value)}" for value in chunk))
    if narrow := filter_of(form.table, within):
        filters = [f"({condition}) and {narrow}" for condition in filters]
    answers = await together(dataverse.rows(base + escaped(condition), form.prefer) for condition in filters)
    rows = {row[form.table.id]: row for answer in answers for row in answer}
    return list(rows.values())


async def unit_facts(dataverse: Dataverse, groups: Sequence[str]) -> dict[str, Values]:
    """Unit group id -> what :data:`UNIT_FACTS` names, null where there is no such unit."""
    table = table_named("uom")

    async def read(chunk: Sequence[str]) -> list[dict[str, Any]]:
        condition = escaped(" or ".join(f"_uomscheduleid_value eq {group}" for group in chunk))
        select = "uomid,name,isschedulebaseuom,_uomscheduleid_value"
        return await dataverse.rows(f"{table.entity_set}?$select={select}&$filter={condition}")

    answers = await together(read(chunk) for chunk in chunks(list(dict.fromkeys(groups)), IDS_PER_READ // 2))
    units: dict[str, list[dict[str, Any]]] = {group: [] for group in groups}
    for row in (row for rows in answers for row in rows):
        units[row["_uomscheduleid_value"]].append(row)
    return {
        group: {
            BASE_UNIT: next((row["uomid"] for row in rows if row["isschedulebaseuom"]), None),
            SOLE_UNIT_NAME: rows[0]["name"] if len(rows) == 1 else None,
        }
        for group, rows in units.items()
    }


async def add_unit_facts(dataverse: Dataverse, records: Sequence[RecordData], names: Sequence[str]) -> None:
    """Complete records of unit groups by the attributes of these names, which Dataverse does not have."""
    facts = await unit_facts(dataverse, [record["id"] for record in records])
    for record in records:
        record["values"].update({name: facts[record["id"]][name] for name in names})
