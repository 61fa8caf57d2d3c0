"""Outcomes of writes to Sales, pure; what both products have in common is in ``libs/dynamics/outcomes.py``."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from libs.contracts.pages import OutcomeData, RecordData, WriteData
from libs.contracts.vocabulary import OutcomeStatus
from libs.dynamics.failures import LOOKUP_MISSING, OWNER, PRIVILEGE, Refusal, cause_for_record, field_named
from libs.dynamics.outcomes import final, undecided
from libs.dynamics.redacting import without_values
from libs.dynamics.sales_tables import SalesTable
from services.sales_connector.columns import differs, wire_names


def refused(write: WriteData, table: SalesTable, refusal: Refusal) -> OutcomeData:
    """The record fails alone, in the remote's words but without the values that we sent."""
    outcome = final(write, OutcomeStatus.REFUSED)
    cause = cause_for_record(refusal)
    known = Refusal(refusal.status, refusal.code, without_values(refusal.words, _sent(write)), cause)
    field = field_named(refusal.words, wire_names(table.name)) or _field_behind(known, table, write)
    outcome["error"] = known.failure(field=field).model_dump(mode="json")
    return outcome


def of_record(write: WriteData, refusal: Refusal) -> Refusal:
    """What a refusal means where it was told of this record: a permission that its owner lacks is not everybody's."""
    return replace(refusal, cause=OWNER) if lacks_owner(write, refusal) else refusal


def lacks_owner(write: WriteData, refusal: Refusal) -> bool:
    """Whether it is the record's owner, and not the application, who lacks a permission: the words name him by id."""
    owner = str(write["values"].get("ownerid") or "").rpartition(":")[2]
    return refusal.cause is PRIVILEGE and bool(owner) and owner.lower() in refusal.words.lower()


def _field_behind(refusal: Refusal, table: SalesTable, write: WriteData) -> str:
    """The column at fault where the words name none: the lookup to the table whose row is not there, or the key that
    another row has."""
    values = write["values"]
    if refusal.cause is OWNER:
        return "ownerid"
    if refusal.is_duplicate:
        return next((name for columns in table.unique for name in columns if name in values), "")
    if refusal.cause is LOOKUP_MISSING:
        missing = refusal.words.partition(" With Id")[0]
        return next((name for name in values if missing in (target for target, _ in table[name].targets)), "")
    return ""


def _sent(write: WriteData) -> Iterator[object]:
    yield from write["values"].values()
    for child in write.get("children", ()):
        yield from child["values"].values()


def with_current(write: WriteData, status: OutcomeStatus, record: RecordData, fields: Iterable[str]) -> OutcomeData:
    """The registry decides again, knowing what is there now."""
    current: RecordData = {**record, "values": {name: record["values"].get(name) for name in fields}}
    return {
        "write": write,
        "status": status.value,
        "id": record["id"],
        "version": record["version"],
        "current": current,
    }


def found_again(write: WriteData, record: RecordData) -> OutcomeData:
    """A creation met the row that an earlier one of the same id has made. That one may have been sent with other
    values: then what the row holds is told, for the registry to write the difference."""
    if differs(write["values"], record["values"]):
        return with_current(write, OutcomeStatus.CREATED, record, write["values"])
    return final(write, OutcomeStatus.CREATED, version=record["version"])


def of_search(write: WriteData, found: Sequence[RecordData], fields: Sequence[str]) -> OutcomeData:
    """What a search for this record's match brought."""
    if len(found) == 1:
        return with_current(write, OutcomeStatus.MATCHED, found[0], fields)
    return undecided(write, OutcomeStatus.AMBIGUOUS if found else OutcomeStatus.UNMATCHED)
