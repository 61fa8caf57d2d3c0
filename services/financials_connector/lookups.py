"""Finds records in bulk: by id, by key, or by the fields that identify them.

Always from the primary, never the replica, because a write is decided on what is found.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from libs.contracts.pages import RecordData, Values
from libs.contracts.vocabulary import System
from libs.dynamics.batch import JsonPart, Operation
from libs.dynamics.failures import GONE
from libs.dynamics.odata import BLANK_DATE, filter_text, literal
from libs.runtime.errors import MappingInvalid
from services.financials_connector.addresses import IDS_IN_ONE_FILTER, query, segment
from services.financials_connector.derived import Codes, computed_columns
from services.financials_connector.filters import term
from services.financials_connector.remote import Remote, refusal_of
from services.financials_connector.rows import PageReader, Row, key_parts
from services.financials_connector.surfaces import ID, TablePlan
from services.financials_connector.tenant import Tenant

_SEVERAL = "2"
"""Rows that are asked for where one is expected: the second tells that the search is ambiguous."""


class Lookups:
    """Searches of one table."""

    def __init__(self, remote: Remote, codes: Codes, tenant: Tenant, plan: TablePlan, today: date) -> None:
        self._remote = remote
        self._codes = codes
        self._tenant = tenant
        self._plan = plan
        self._today = today
        self._root = tenant.root(plan.surface)
        self._path = tenant.path(plan)

    def address(self, id: str) -> str:
        """Path of one record below the surface's root."""
        plan = self._plan
        if plan.has_ids:
            return f"{self._path}({id})"
        names = plan.table.key
        parts = key_parts(id, len(names))
        if len(names) == 1:
            return f"{self._path}({segment(self._key_literal(names[0], parts[0])).replace('/', '%2F')})"
        named = ",".join(
            f"{plan.properties[name]}={self._key_literal(name, part)}" for name, part in zip(names, parts, strict=True)
        )
        return f"{self._path}({segment(named).replace('/', '%2F')})"

    async def by_ids(self, ids: Sequence[str], fields: Sequence[str]) -> dict[str, RecordData]:
        """The records that exist, by id."""
        plan = self._plan
        wanted = list(dict.fromkeys(filter(None, ids)))
        reader = await self._reader(fields)
        select = ("$select", ",".join(reader.select))
        if plan.has_ids:
            operations = []
            for at in range(0, len(wanted), IDS_IN_ONE_FILTER):
                chosen = " or ".join(f"{ID} eq {each}" for each in wanted[at : at + IDS_IN_ONE_FILTER])
                operations.append(Operation("GET", self._path + query([("$filter", chosen), select])))
            lists = [part.body["value"] for part in await self._succeeding(operations)]
        else:
            operations = [Operation("GET", self.address(each) + query([select])) for each in wanted]
            lists = [[part.body] for part in await self._answers(operations) if part.ok]
        records = await self._records(reader, [row for rows in lists for row in rows])
        return {record["id"]: record for record in records}

    async def by_match(self, matches: Sequence[Values], fields: Sequence[str]) -> list[list[RecordData]]:
        """For every match up to two of the records whose fields equal it, in order."""
        reader = await self._reader(fields)
        operations = [
            Operation(
                "GET",
                self._path
                + query(
                    [("$filter", self._match_filter(match)), ("$select", ",".join(reader.select)), ("$top", _SEVERAL)]
                ),
            )
            for match in matches
        ]
        lists = [part.body["value"] for part in await self._succeeding(operations)]
        records = iter(await self._records(reader, [row for rows in lists for row in rows]))
        return [[next(records) for _ in rows] for rows in lists]

    async def read(self, rows: Sequence[Row], fields: Sequence[str]) -> list[RecordData]:
        """Rows that a write answered, as records with those ``fields`` that need no further reading."""
        reader = await self._reader([name for name in fields if name not in self._plan.computed])
        return reader.records(rows)

    async def selecting(self, fields: Sequence[str]) -> str:
        """``?$select=…`` that makes the answer to a write hold what :meth:`read` needs."""
        reader = await self._reader([name for name in fields if name not in self._plan.computed])
        return query([("$select", ",".join(reader.select))])

    async def _reader(self, fields: Sequence[str]) -> PageReader:
        surroundings = await self._codes.surroundings(self._tenant, self._plan, fields)
        return PageReader(self._plan, fields, surroundings)

    async def _records(self, reader: PageReader, rows: Sequence[Row]) -> list[RecordData]:
        columns = await computed_columns(self._remote, self._tenant, reader, rows, self._today)
        return reader.records(rows, columns)

    async def _answers(self, operations: Sequence[Operation]) -> list[JsonPart]:
        """Parts that are there, and those that say that there is nothing."""
        if not operations:
            return []
        parts = await self._remote.batch(self._root, operations)
        for part in parts:
            if not part.ok and (refusal := refusal_of(part)).cause is not GONE:
                raise refusal.error()
        return parts

    async def _succeeding(self, operations: Sequence[Operation]) -> list[JsonPart]:
        parts = await self._answers(operations)
        for part in parts:
            if not part.ok:
                raise refusal_of(part).error()
        return parts

    def _match_filter(self, match: Mapping[str, object]) -> str:
        plan = self._plan
        terms = []
        for name, value in match.items():
            field = plan.field(name)
            if name not in plan.properties:
                raise MappingInvalid(
                    f"{plan.table.name} cannot be matched by {name}, which {plan.surface.described} does not offer.",
                    code="mapping.match_impossible",
                    field=name,
                )
            terms.append(term(plan, field, "eq", value))  # type: ignore[arg-type]
        if not terms:
            raise MappingInvalid(f"A match of {plan.table.name} names no field.", code="mapping.match_impossible")
        return filter_text(terms, System.FINANCIALS)

    def _key_literal(self, name: str, part: str) -> str:
        field = self._plan.table[name]
        if field.type == "date":
            return part or BLANK_DATE
        return literal(field.type, part)
