"""Carries out a WritePage: compares, searches, creates, changes and deletes, then children, then final values.

Everything here may be repeated: a second delivery of the same message ends in the same state.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import date

from libs.contracts.failures import Failure
from libs.contracts.pages import ChildWrite, OutcomeData, WriteData
from libs.contracts.vocabulary import Operation, OutcomeStatus
from libs.dynamics.failures import Refusal
from libs.dynamics.outcomes import Numbered, Outcomes, fields_of_all, final
from libs.dynamics.parallel import together
from services.financials_connector.changing import delete, update, write_children, write_final_values
from services.financials_connector.creating import Creator
from services.financials_connector.derived import Codes
from services.financials_connector.outcomes import differs, facts_of, failed, of_search, refused, with_current
from services.financials_connector.remote import Remote
from services.financials_connector.table_access import TableAccess
from services.financials_connector.tenant import Tenant

_WRITING = (Operation.CREATE, Operation.UPDATE, Operation.DELETE)
_WRITTEN = (OutcomeStatus.CREATED, OutcomeStatus.UPDATED)
_ADDRESSING = (Operation.COMPARE, Operation.UPDATE, Operation.DELETE)
_SYSTEM_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ID_OF_ANOTHER_SURFACE = Failure(
    code="financials.id_of_another_surface",
    message="The record was coupled while its table was read another way (published pages know records by key, the "
    "companion extension and API v2.0 by id): uncouple it and couple it again.",
    setting="TANDEM_FINANCIALS_COMPANION",
)


class PageWriting:
    """Writes through one connection."""

    def __init__(self, remote: Remote, codes: Codes) -> None:
        self._remote = remote
        self._codes = codes
        self._numbering = asyncio.Lock()

    async def page(
        self, tenant: Tenant, table: str, writes: Sequence[WriteData], *, returns: Sequence[str], today: date
    ) -> list[OutcomeData]:
        """An outcome per write, in order."""
        access = TableAccess(self._remote, self._codes, tenant, table, today)
        outcomes: Outcomes = {}
        by_operation: dict[Operation, Numbered] = {}
        for index, write in enumerate(writes):
            operation = Operation(write["operation"])
            if operation in _ADDRESSING and not _known_id(access, write["id"]):
                outcomes[index] = failed(write, _ID_OF_ANOTHER_SURFACE)
            else:
                by_operation.setdefault(operation, []).append((index, write))
        if any(operation in _WRITING for operation in by_operation):
            access.require_writable()
        work = []
        for operation, some in by_operation.items():
            match operation:
                case Operation.COMPARE:
                    work.append(_compare(access, some, returns))
                case Operation.MATCH:
                    work.append(_match(access, some, returns))
                case Operation.CREATE:
                    work.append(Creator(access, returns, self._numbering).create(some))
                case Operation.UPDATE:
                    work.append(update(access, some, returns))
                case Operation.DELETE:
                    work.append(delete(access, some))
        for result in await together(work):
            outcomes.update(result)
        if any(_was_not_found(access, outcome) for outcome in outcomes.values()):
            await access.verify()
        await self._follow_up(access, writes, outcomes, today)
        return [outcomes[index] for index in range(len(writes))]

    async def _follow_up(
        self, access: TableAccess, writes: Sequence[WriteData], outcomes: Outcomes, today: date
    ) -> None:
        """Children, then final values, of the records that were written. A refusal here is the record's."""
        children: dict[str, list[tuple[int, ChildWrite]]] = {}
        for index, write in enumerate(writes):
            if outcomes[index]["status"] in _WRITTEN:
                for child in write.get("children", ()):
                    children.setdefault(child["table"], []).append((index, child))
        for table, some in children.items():
            belonging = TableAccess(self._remote, self._codes, access.tenant, table, today)
            belonging.require_writable()
            for index, refusal in (await write_children(belonging, some)).items():
                outcomes[index] = (
                    refused(writes[index], belonging.plan, refusal)
                    if isinstance(refusal, Refusal)
                    else failed(writes[index], refusal.failure())
                )
        last = [
            (index, write)
            for index, write in enumerate(writes)
            if write.get("final_values") and outcomes[index]["status"] in _WRITTEN
        ]
        if last:
            await write_final_values(access, last, outcomes)


async def _compare(access: TableAccess, writes: Numbered, returns: Sequence[str]) -> Outcomes:
    fields = fields_of_all((write for _, write in writes), returns)
    records = await access.lookups.by_ids([write["id"] for _, write in writes], fields)
    outcomes: Outcomes = {}
    for index, write in writes:
        record = records.get(write["id"])
        if record is None:
            outcomes[index] = final(write, OutcomeStatus.GONE)
            continue
        if differs(access.plan, write["values"], record["values"]):
            outcomes[index] = with_current(write, OutcomeStatus.DIFFERENT, record)
        else:
            outcomes[index] = final(write, OutcomeStatus.EQUAL, version=record["version"])
        if returns:
            outcomes[index]["facts"] = facts_of(record, returns)
    return outcomes


async def _match(access: TableAccess, writes: Numbered, returns: Sequence[str]) -> Outcomes:
    fields = fields_of_all((write for _, write in writes), returns)
    found = await access.lookups.by_match([write.get("match", {}) for _, write in writes], fields)
    outcomes: Outcomes = {}
    for (index, write), records in zip(writes, found, strict=True):
        outcomes[index] = of_search(write, records)
        if returns and len(records) == 1:
            outcomes[index]["facts"] = facts_of(records[0], returns)
    return outcomes


def _known_id(access: TableAccess, id: str) -> bool:
    """Whether an id is of the kind by which this surface knows records."""
    return (_SYSTEM_ID.fullmatch(id) is not None) is access.plan.has_ids


def _was_not_found(access: TableAccess, outcome: OutcomeData) -> bool:
    """Whether "gone" rests on an answer 404, which a table that is not there gives as well."""
    searched = outcome["write"]["operation"] == Operation.COMPARE and access.plan.has_ids
    return outcome["status"] == OutcomeStatus.GONE and not searched
