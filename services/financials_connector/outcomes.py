"""Outcomes of writes to Financials, pure; what both products have in common is in ``libs/dynamics/outcomes.py``."""

from collections.abc import Sequence

from libs.contracts.failures import Failure
from libs.contracts.pages import OutcomeData, RecordData, Values, WriteData
from libs.contracts.vocabulary import OutcomeStatus
from libs.dynamics.failures import Refusal, cause_for_record, field_named
from libs.dynamics.outcomes import fields_of, final, undecided
from libs.dynamics.redacting import without_values
from services.financials_connector.surfaces import TablePlan
from services.financials_connector.values import same


def failed(write: WriteData, failure: Failure) -> OutcomeData:
    """The record fails alone."""
    outcome = final(write, OutcomeStatus.REFUSED)
    outcome["error"] = failure.model_dump(mode="json")
    return outcome


def refused(write: WriteData, plan: TablePlan, refusal: Refusal) -> OutcomeData:
    """The record fails alone, in the remote's words but without the values that we sent, codes excepted; the field is
    named by its name in Business Central."""
    cause = cause_for_record(refusal)
    sent = (value for name, value in write["values"].items() if name in plan.table and plan.table[name].type != "code")
    known = Refusal(refusal.status, refusal.code, without_values(refusal.words, sent), cause)
    return failed(write, known.failure(field=field_in(plan, refusal.words)))


def field_in(plan: TablePlan, words: str) -> str:
    """The field that the remote's words name, by property or by name; empty where they name none."""
    names = {wire: name for name, wire in (*plan.properties.items(), *plan.referred.items())}
    names.update({field.name: field.name for field in plan.table})
    return field_named(words, names)


def with_current(write: WriteData, status: OutcomeStatus, record: RecordData) -> OutcomeData:
    """The registry decides again, knowing what is there now."""
    asked = fields_of(write)
    held = record["values"]
    if len(held) != len(asked):
        record = {**record, "values": {name: held[name] for name in asked if name in held}}
    return {
        "write": write,
        "status": status.value,
        "id": record["id"],
        "version": record["version"],
        "current": record,
    }


def found_again(write: WriteData, plan: TablePlan, record: RecordData) -> OutcomeData:
    """A creation met the record that an earlier one of the same id has made. That one may have been sent with other
    values: then what the record holds is told, for the registry to write the difference."""
    if differs(plan, write["values"], record["values"]):
        return with_current(write, OutcomeStatus.CREATED, record)
    return final(write, OutcomeStatus.CREATED, record["id"], record["version"])


def of_search(write: WriteData, found: Sequence[RecordData]) -> OutcomeData:
    """What a search for this record's match brought."""
    if len(found) == 1:
        return with_current(write, OutcomeStatus.MATCHED, found[0])
    return undecided(write, OutcomeStatus.AMBIGUOUS if found else OutcomeStatus.UNMATCHED)


def facts_of(record: RecordData, returns: Sequence[str]) -> Values:
    return {name: record["values"][name] for name in returns if name in record["values"]}


def differs(plan: TablePlan, wanted: Values, held: Values) -> bool:
    """Whether a record holds something else than wanted in a field that this surface can write."""
    table = plan.table
    for name, value in wanted.items():
        if name not in held or value == held[name]:
            continue
        field = table[name]
        if not field.calculated and not same(field, value, held[name]):
            return True
    return False
