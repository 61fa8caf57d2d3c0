"""Changes and deletes records conditionally, writes records that belong to others, and writes final values."""

from collections.abc import Sequence

from libs.contracts.pages import ChildWrite
from libs.contracts.vocabulary import OutcomeStatus
from libs.dynamics.batch import JsonPart, Operation
from libs.dynamics.failures import CHANGED, GONE, Refusal
from libs.dynamics.outcomes import Numbered, Outcomes, fields_of_all, final, raise_if_everybodys
from libs.runtime.errors import Rejected
from services.financials_connector.outcomes import facts_of, failed, refused, with_current
from services.financials_connector.remote import refusal_of
from services.financials_connector.surfaces import ETAG
from services.financials_connector.table_access import TableAccess

ANY_VERSION = "*"


async def update(access: TableAccess, writes: Numbered, returns: Sequence[str]) -> Outcomes:
    """PATCH every record on the version that must still be there. What was changed by somebody else meanwhile comes
    back as a conflict, with what is there now."""
    selecting = await access.lookups.selecting(returns)
    bodies = await access.bodies([write["values"] for _, write in writes])
    outcomes: Outcomes = {}
    sent: Numbered = []
    operations = []
    for (index, write), body in zip(writes, bodies, strict=True):
        if isinstance(body, Rejected):
            outcomes[index] = failed(write, body.failure())
            continue
        sent.append((index, write))
        path = access.lookups.address(write["id"]) + selecting
        operations.append(Operation("PATCH", path, body, _condition(write["version"])))
    parts = await access.batch(operations)
    await _settle(access, sent, parts, outcomes, OutcomeStatus.UPDATED)
    written = [(index, write, part) for (index, write), part in zip(sent, parts, strict=True) if part.ok]
    if returns and written:
        records = await access.lookups.read([part.body for _, _, part in written], returns)
        for (index, _, _), record in zip(written, records, strict=True):
            outcomes[index]["facts"] = facts_of(record, returns)
    return outcomes


async def delete(access: TableAccess, writes: Numbered) -> Outcomes:
    """DELETE every record on its version. One that is gone already is ``gone``."""
    operations = [
        Operation("DELETE", access.lookups.address(write["id"]), headers=_condition(write["version"]))
        for _, write in writes
    ]
    outcomes: Outcomes = {}
    await _settle(access, writes, await access.batch(operations), outcomes, OutcomeStatus.DELETED)
    return outcomes


async def _settle(
    access: TableAccess, writes: Numbered, parts: Sequence[JsonPart], outcomes: Outcomes, done: OutcomeStatus
) -> None:
    """Outcomes of everything. Records that are said to have changed, or not to be there, are read: the words may be of
    another record that this one refers to."""
    unclear: dict[int, Refusal] = {}
    refusals: list[Refusal] = []
    for (index, write), part in zip(writes, parts, strict=True):
        if part.ok:
            outcomes[index] = final(write, done, version=version_in(part))
            continue
        refusal = refusal_of(part)
        refusals.append(refusal)
        if refusal.cause in (CHANGED, GONE):
            unclear[index] = refusal
        else:
            outcomes[index] = refused(write, access.plan, refusal)
    raise_if_everybodys(refusals, len(writes))
    read = [(index, write) for index, write in writes if index in unclear]
    if not read:
        return
    fields = fields_of_all(write for _, write in read)
    records = await access.lookups.by_ids([write["id"] for _, write in read], fields)
    for index, write in read:
        record = records.get(write["id"])
        if record is None:
            outcomes[index] = final(write, OutcomeStatus.GONE)
        elif unclear[index].cause is GONE:
            outcomes[index] = refused(write, access.plan, unclear[index])
        else:
            outcomes[index] = with_current(write, OutcomeStatus.CONFLICT, record)


async def write_final_values(access: TableAccess, writes: Numbered, outcomes: Outcomes) -> None:
    """What is written last, whatever the version: the record was just written by us."""
    bodies = await access.bodies([write["final_values"] for _, write in writes])
    sent: Numbered = []
    operations = []
    for (index, write), body in zip(writes, bodies, strict=True):
        if isinstance(body, Rejected):
            outcomes[index] = failed(write, body.failure())
            continue
        sent.append((index, write))
        path = access.lookups.address(outcomes[index]["id"])
        operations.append(Operation("PATCH", path, body, _condition(None)))
    for (index, write), part in zip(sent, await access.batch(operations), strict=True):
        if part.ok:
            outcomes[index]["version"] = version_in(part)
        else:
            outcomes[index] = refused(write, access.plan, refusal_of(part))


async def write_children(
    access: TableAccess, children: Sequence[tuple[int, ChildWrite]]
) -> dict[int, Refusal | Rejected]:
    """Create or change records of one table that belong to written records; returns refusals by the owner's index.

    A child is looked for by its match first, so that a repeat changes what the first time created.
    """
    found = await access.lookups.by_match([child["match"] for _, child in children], [])
    bodies = await access.bodies([child["values"] for _, child in children])
    fresh = await access.bodies(
        [{**child["match"], **child["values"]} for _, child in children],
        ids=[child["id"] if access.takes_ids else "" for _, child in children],
    )
    refusals: dict[int, Refusal | Rejected] = {}
    owners: list[int] = []
    operations = []
    for (owner, _), records, body, new in zip(children, found, bodies, fresh, strict=True):
        chosen = body if records else new
        if isinstance(chosen, Rejected):
            refusals[owner] = chosen
            continue
        owners.append(owner)
        if records:
            path = access.lookups.address(records[0]["id"])
            operations.append(Operation("PATCH", path, chosen, _condition(None)))
        else:
            operations.append(Operation("POST", access.path, chosen))
    for owner, part in zip(owners, await access.batch(operations), strict=True):
        # A duplicate is this very child, created by an earlier delivery between our looking and our writing.
        if not part.ok and not (refusal := refusal_of(part)).is_duplicate:
            refusals[owner] = refusal
    return refusals


def version_in(part: JsonPart) -> str:
    """The version that the answer to a write tells; empty where it does not."""
    return str(part.body.get(ETAG, "")) if isinstance(part.body, dict) else ""


def _condition(version: str | None) -> tuple[tuple[str, str], ...]:
    return (("If-Match", version or ANY_VERSION),)
