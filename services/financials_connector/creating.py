"""Creates records so that a repeat finds them instead of creating them again.

Where the surface takes an id, the drawn id goes along: a repeat is refused as a duplicate, and a record that exists
under its drawn id is an earlier delivery's work. Where it does not, the record's own key is looked for first. A record
that has neither (its number would come from a number series) is not created at all: after an answer that never came,
nobody could tell whether it exists.
"""

import asyncio
from collections.abc import Sequence

import structlog

from libs.contracts.failures import Failure
from libs.contracts.pages import OutcomeData, RecordData, Values, WriteData
from libs.contracts.vocabulary import OutcomeStatus
from libs.dynamics.batch import JsonPart, Operation
from libs.dynamics.failures import Refusal
from libs.dynamics.outcomes import Numbered, Outcomes, fields_of_all, final, raise_if_everybodys
from libs.runtime.errors import Rejected
from services.financials_connector.changing import version_in
from services.financials_connector.code_series import next_codes
from services.financials_connector.outcomes import facts_of, failed, found_again, of_search, refused, with_current
from services.financials_connector.remote import refusal_of
from services.financials_connector.rows import key_id
from services.financials_connector.surfaces import ID, Surface
from services.financials_connector.table_access import TableAccess

log = structlog.get_logger(__name__)


_CODE_ATTEMPTS = 5
"""How often another code is tried when somebody else took the chosen one."""


class Creator:
    """Creates records of one table."""

    def __init__(self, access: TableAccess, returns: Sequence[str], numbering: asyncio.Lock) -> None:
        self._access = access
        self._plan = access.plan
        self._returns = returns
        self._numbering = numbering

    async def create(self, writes: Numbered) -> Outcomes:
        """An outcome per write: created, matched, ambiguous or refused."""
        outcomes = await self._found_first([item for item in writes if item[1].get("match_first")])
        left = [item for item in writes if item[0] not in outcomes]
        if not self._access.takes_ids:
            outcomes.update(self._uncreatable(left))
            left = [item for item in left if item[0] not in outcomes]
        if self._chooses_codes:
            blank = [item for item in left if not item[1]["values"].get(self._plan.table.key[0])]
            left = [item for item in left if item[1]["values"].get(self._plan.table.key[0])]
            outcomes.update(await self._with_chosen_codes(blank))
        if not self._access.takes_ids:
            outcomes.update(await self._found_by_key(left))
            left = [item for item in left if item[0] not in outcomes]
        outcomes.update(await self._post(left, [write["values"] for _, write in left]))
        return outcomes

    @property
    def _chooses_codes(self) -> bool:
        """Whether codes are chosen here, because the surface does not number the table although Tandem must."""
        table = self._plan.table
        return table.name == "Salesperson/Purchaser" and self._plan.surface is not Surface.COMPANION

    async def _with_chosen_codes(self, writes: Numbered) -> Outcomes:
        if not writes:
            return {}
        outcomes: Outcomes = {}
        key = self._plan.table.key[0]
        # Within this process one page at a time takes codes; another process may take the same one, which is
        # refused and tried with the next.
        async with self._numbering:
            for _ in range(_CODE_ATTEMPTS):
                codes = await next_codes(self._access, len(writes))
                values = [
                    {key: code, **_without(write["values"], key)}
                    for (_, write), code in zip(writes, codes, strict=True)
                ]
                taken: Outcomes = await self._post(writes, values)
                again = [item for item in writes if _is_duplicate(taken[item[0]])]
                outcomes.update(taken)
                if not again:
                    break
                writes = again
        return outcomes

    async def _found_first(self, writes: Numbered) -> Outcomes:
        """Records that exist already by their match; those whose own id it is were created by an earlier delivery."""
        outcomes: Outcomes = {}
        for index, outcome in (await self._matches(writes)).items():
            write = outcome["write"]
            if outcome["status"] == OutcomeStatus.UNMATCHED:
                continue
            ours = outcome["id"] == write["id"]
            if ours and "current" in outcome:
                outcomes[index] = self._told(found_again(write, self._plan, outcome["current"]), [outcome["current"]])
            else:
                outcomes[index] = outcome
        return outcomes

    async def _matches(self, writes: Numbered) -> Outcomes:
        if not writes:
            return {}
        fields = fields_of_all((write for _, write in writes), self._returns)
        found = await self._access.lookups.by_match([write.get("match", {}) for _, write in writes], fields)
        return {
            index: self._told(of_search(write, records), records)
            for (index, write), records in zip(writes, found, strict=True)
        }

    def _told(self, outcome: OutcomeData, records: Sequence[RecordData]) -> OutcomeData:
        if self._returns and len(records) == 1:
            outcome["facts"] = facts_of(records[0], self._returns)
        return outcome

    def _uncreatable(self, writes: Numbered) -> Outcomes:
        table = self._plan.table
        failure = Failure(
            code="financials.creation_needs_companion",
            message=f"New records of {table.name} get their number from Financials, and {self._plan.surface.described} "
            "takes no id for them, so a lost answer could create one twice: install the companion extension.",
            setting="TANDEM_FINANCIALS_COMPANION",
        )
        return {index: failed(write, failure) for index, write in writes if self._key_of(write["values"]) is None}

    def _key_of(self, values: Values) -> str | None:
        """The id that a record will have on a surface without ids; null where Financials is to number it."""
        names = self._plan.table.key
        if not all(name in values for name in names) or not values[names[0]]:
            return None
        return key_id([str(values[name] or "") for name in names])

    async def _found_by_key(self, writes: Numbered) -> Outcomes:
        """Records whose key exists already. Whether we created them or somebody else, they are the ones meant."""
        if not writes:
            return {}
        lookups, names = self._access.lookups, self._plan.table.key
        fields = fields_of_all((write for _, write in writes), self._returns)
        if self._plan.has_ids:
            keys = [{name: write["values"][name] for name in names} for _, write in writes]
            found = [records[:1] for records in await lookups.by_match(keys, fields)]
        else:
            ids = [self._key_of(write["values"]) or "" for _, write in writes]
            held = await lookups.by_ids(ids, fields)
            found = [[held[key]] if key in held else [] for key in ids]
        return {
            index: self._told(with_current(write, OutcomeStatus.MATCHED, records[0]), records)
            for (index, write), records in zip(writes, found, strict=True)
            if records
        }

    async def _post(self, writes: Numbered, values: Sequence[Values]) -> Outcomes:
        if not writes:
            return {}
        access = self._access
        ids = [write["id"] if access.takes_ids else "" for _, write in writes]
        bodies = await access.bodies(values, ids)
        outcomes: Outcomes = {}
        sent: Numbered = []
        operations = []
        path = access.path + await access.lookups.selecting(self._returns)
        for (index, write), body in zip(writes, bodies, strict=True):
            if isinstance(body, Rejected):
                outcomes[index] = failed(write, body.failure())
            else:
                sent.append((index, write))
                operations.append(Operation("POST", path, body))
        parts = await access.batch(operations)
        await self._created([(*item, part) for item, part in zip(sent, parts, strict=True) if part.ok], outcomes)
        duplicates: list[tuple[int, WriteData, Refusal]] = []
        refusals: list[Refusal] = []
        for (index, write), part in zip(sent, parts, strict=True):
            if part.ok:
                continue
            refusal = refusal_of(part)
            refusals.append(refusal)
            if refusal.is_duplicate:
                duplicates.append((index, write, refusal))
            else:
                outcomes[index] = refused(write, self._plan, refusal)
        raise_if_everybodys(refusals, len(sent))
        outcomes.update(await self._duplicates(duplicates))
        return outcomes

    async def _created(self, created: Sequence[tuple[int, WriteData, JsonPart]], outcomes: Outcomes) -> None:
        if not created:
            return
        records = await self._access.lookups.read([part.body for _, _, part in created], self._returns)
        ignored = 0
        for (index, write, part), record in zip(created, records, strict=True):
            outcomes[index] = final(write, OutcomeStatus.CREATED, record["id"], version_in(part))
            if self._returns:
                outcomes[index]["facts"] = facts_of(record, self._returns)
            ignored += self._access.takes_ids and part.body.get(ID, "").lower() != write["id"].lower()
        if ignored:
            # Nothing is lost, the answers told the real ids; but a repeat would no longer be noticed.
            self._access.tenant.ids_ignored.add(self._plan.table.name)
            log.warning("creation.id_ignored", table=self._plan.table.name, records=ignored)

    async def _duplicates(self, duplicates: Sequence[tuple[int, WriteData, Refusal]]) -> Outcomes:
        """Records that exist already: our own by their id, or others by their match."""
        outcomes: Outcomes = {}
        if not duplicates:
            return outcomes
        fields = fields_of_all((write for _, write, _ in duplicates), self._returns)
        ours = {}
        if self._access.takes_ids:
            ours = await self._access.lookups.by_ids([write["id"] for _, write, _ in duplicates], fields)
        strangers: Numbered = []
        for index, write, refusal in duplicates:
            record = ours.get(write["id"])
            if record is not None:
                outcomes[index] = self._told(found_again(write, self._plan, record), [record])
                continue
            outcomes[index] = refused(write, self._plan, refusal)
            if write.get("match"):
                strangers.append((index, write))
        for index, outcome in (await self._matches(strangers)).items():
            if outcome["status"] != OutcomeStatus.UNMATCHED:
                outcomes[index] = outcome
        if not self._access.takes_ids:
            raced = [
                (index, write) for index, write, _ in duplicates if outcomes[index]["status"] == OutcomeStatus.REFUSED
            ]
            outcomes.update(await self._found_by_key(raced))
        return outcomes


def _is_duplicate(outcome: OutcomeData) -> bool:
    return outcome["status"] == OutcomeStatus.REFUSED and outcome["error"]["code"] == "remote.duplicate"


def _without(values: Values, name: str) -> Values:
    return {other: value for other, value in values.items() if other != name}
