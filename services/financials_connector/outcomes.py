"""Outcomes of writes, pure: what the connector answers for one record."""

from collections.abc import Iterable, Sequence

from libs.contracts.failures import Failure
from libs.contracts.pages import OutcomeData, RecordData, Values, WriteData
from libs.contracts.vocabulary import OutcomeStatus
from libs.dynamics.failures import PRIVILEGE, SIGNED_OUT, Refusal, cause_for_record, field_named
from libs.dynamics.redacting import without_values
from services.financials_connector.surfaces import TablePlan
from services.financials_connector.values import same


def final(write: WriteData, status: OutcomeStatus, id: str = "", version: str = "") -> OutcomeData:
    """Nothing is left to do for this record; its values need not travel back."""
    return {"write": {**write, "values": {}}, "status": status.value, "id": id or write["id"], "version": version}


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
    status = OutcomeStatus.AMBIGUOUS if found else OutcomeStatus.UNMATCHED
    return {"write": write, "status": status.value, "id": "", "version": ""}


def fields_of(write: WriteData) -> Values:
    """The fields that ``current`` must hold for this write, as keys."""
    return write.get("wanted") or write["values"]


def fields_of_all(writes: Iterable[WriteData], returns: Sequence[str] = ()) -> list[str]:
    """The fields of any of them, and those to return, once each."""
    names: dict[str, None] = {}
    last: Values | None = None
    for write in writes:
        fields = fields_of(write)
        if last is None or fields.keys() != last.keys():
            names.update(dict.fromkeys(fields))
            last = fields
    names.update(dict.fromkeys(returns))
    return list(names)


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


def raise_if_everybodys(refusals: Sequence[Refusal], tried: int) -> None:
    """A permission that all of the records lack is not their fault: the message fails, and a person must act."""
    if refusals and len(refusals) == tried and all(refusal.cause in (PRIVILEGE, SIGNED_OUT) for refusal in refusals):
        raise refusals[0].error()
