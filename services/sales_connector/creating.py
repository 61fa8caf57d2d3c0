"""Creating records so that a repeat finds them: with the id that was drawn, in bulk messages where the table has them.

A bulk message is all or nothing. When one is refused, its records go through a batch instead, where each succeeds or
fails alone; where a limit that we know tells which of them are at fault, only those do. A record that exists under its
own drawn id is an earlier delivery's work and counts as created.
"""

from collections.abc import Sequence

from libs.contracts.pages import Values, WriteData
from libs.contracts.vocabulary import OutcomeStatus
from libs.dynamics.failures import Refusal
from libs.dynamics.outcomes import Numbered, Outcomes, fields_of, fields_of_all, final, raise_if_everybodys
from libs.dynamics.parallel import together
from libs.dynamics.sales_tables import SalesTable
from services.sales_connector.columns import Row, body_of, breaks_limit
from services.sales_connector.dataverse import Dataverse, chunks, version_of
from services.sales_connector.outcomes import found_again, lacks_owner, of_record, of_search, refused
from services.sales_connector.reading import read_by_ids, search

BULK_LIMIT = 100
"""Records in one bulk message. Several at the same time are faster than a large one, and few records are sent again one
by one, which costs the service twice the time, when one of them is at fault."""


class Creator:
    """Creates records of one table."""

    def __init__(self, dataverse: Dataverse, table: SalesTable, returns: Sequence[str]) -> None:
        self._dataverse = dataverse
        self._table = table
        self._returns = returns

    async def create(self, writes: Numbered) -> Outcomes:
        """An outcome per write: created, matched, ambiguous or refused."""
        outcomes = await self._found_first([item for item in writes if item[1].get("match_first")])
        fresh = [item for item in writes if item[0] not in outcomes]
        if self._table.create_multiple:
            results = await together(self._in_bulk(chunk) for chunk in chunks(fresh, BULK_LIMIT)) if fresh else []
        else:
            results = [await self._one_by_one(fresh)]
        for result in results:
            outcomes.update(result)
        return outcomes

    async def _found_first(self, writes: Numbered) -> Outcomes:
        outcomes: Outcomes = {}
        searched = await self._matches(writes)
        for index, outcome in searched.items():
            write = outcome["write"]
            if outcome["status"] == OutcomeStatus.UNMATCHED:
                continue
            ours = outcome["id"] == write["id"]
            outcomes[index] = found_again(write, outcome["current"]) if ours and "current" in outcome else outcome
        return outcomes

    async def _matches(self, writes: Numbered) -> Outcomes:
        if not writes:
            return {}
        fields = [*fields_of_all([write for _, write in writes]), *self._returns]
        found = await search(self._dataverse, self._table, [write.get("match", {}) for _, write in writes], fields)
        return {
            index: of_search(write, records, [*fields_of(write), *self._returns])
            for (index, write), records in zip(writes, found, strict=True)
        }

    async def _in_bulk(self, writes: Numbered) -> Outcomes:
        response = await self._dataverse.post_bulk(
            self._table, "CreateMultiple", (self._body(write) for _, write in writes)
        )
        if response.ok:
            return {index: final(write, OutcomeStatus.CREATED) for index, write in writes}
        refusal = self._dataverse.refusal(response)
        if refusal.is_outage:
            raise refusal.error()
        if not any(lacks_owner(write, refusal) for _, write in writes):
            raise_if_everybodys([refusal], 1)
        if refusal.is_duplicate:
            outcomes = await self._created_before(writes)
            rest = [item for item in writes if item[0] not in outcomes]
            if outcomes and rest:
                outcomes.update(await self._in_bulk(rest))
            if outcomes:
                return outcomes
        return await self._apart(writes)

    async def _apart(self, writes: Numbered) -> Outcomes:
        """After a refusal: those that break a limit we know of go one by one, so that the others may stay together."""
        suspects = [item for item in writes if breaks_limit(self._table, item[1]["values"])]
        if not suspects or len(suspects) == len(writes):
            return await self._one_by_one(writes)
        known = {index for index, _ in suspects}
        others = [item for item in writes if item[0] not in known]
        alone, bulk = await together([self._one_by_one(suspects), self._in_bulk(others)])
        return {**alone, **bulk}

    async def _one_by_one(self, writes: Numbered) -> Outcomes:
        if not writes:
            return {}
        dataverse, table = self._dataverse, self._table
        parts = await dataverse.batch([dataverse.create_operation(table, self._body(write)) for _, write in writes])
        outcomes: Outcomes = {}
        refusals: dict[int, Refusal] = {}
        for (index, write), part in zip(writes, parts, strict=True):
            if part.ok:
                outcomes[index] = final(write, OutcomeStatus.CREATED, version=version_of(part))
            else:
                refusals[index] = of_record(write, dataverse.refusal(part))
        raise_if_everybodys(list(refusals.values()), len(writes))
        duplicates = [item for item in writes if item[0] in refusals and refusals[item[0]].is_duplicate]
        outcomes.update(await self._created_before(duplicates))
        others = [item for item in duplicates if item[0] not in outcomes and item[1].get("match")]
        for index, outcome in (await self._matches(others)).items():
            if outcome["status"] != OutcomeStatus.UNMATCHED:
                outcomes[index] = outcome
        for index, write in writes:
            if index not in outcomes:
                outcomes[index] = refused(write, table, refusals[index])
        return outcomes

    async def _created_before(self, writes: Numbered) -> Outcomes:
        if not writes:
            return {}
        plain = [write for _, write in writes]
        records = await read_by_ids(
            self._dataverse, self._table, [write["id"] for write in plain], fields_of_all(plain)
        )
        return {index: found_again(write, records[write["id"]]) for index, write in writes if write["id"] in records}

    def _body(self, write: WriteData) -> Row:
        values: Values = write["values"]
        body = body_of(self._table, values, creating=True)
        body[self._table.id] = write["id"]
        return body
