"""Reads pages of records and counts them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from libs.contracts.pages import Condition, RecordData, TableRead
from libs.contracts.vocabulary import RunKind, System
from libs.dynamics.batch import Operation
from libs.dynamics.odata import Term, filter_text
from libs.runtime.errors import ContractBroken
from services.financials_connector.addresses import IDS_IN_ONE_FILTER, query
from services.financials_connector.derived import Codes, computed_columns
from services.financials_connector.filters import passing, split_filter
from services.financials_connector.remote import READ_REPLICA, Remote, refusal_of
from services.financials_connector.rows import PageReader
from services.financials_connector.surfaces import ID, Surface, TablePlan
from services.financials_connector.tenant import Tenant
from services.financials_connector.watermarks import changed_since, row_watermark, unchanged_since

_COUNT_PAGE = 10_000


class PageOfRecords(NamedTuple):
    records: list[RecordData]
    next_cursor: str
    watermark: str
    """First page only; empty where the surface has no change feed."""


class PageReading:
    """Reads through one connection."""

    def __init__(self, remote: Remote, codes: Codes) -> None:
        self._remote = remote
        self._codes = codes

    async def page(
        self, tenant: Tenant, read: TableRead, *, run: RunKind, cursor: str, page_size: int, today: date
    ) -> PageOfRecords:
        """One page. Everything is read from the replica, except what changed since, which is little and wanted soon,
        and tables that Tandem writes: an older row would look like a newer change, and undo what was just written."""
        plan = tenant.plan(read.table)
        where, checked_here = split_filter(plan, read.filter)
        fields = list(dict.fromkeys([*read.fields, *(condition.field for condition in checked_here)]))
        reader = PageReader(plan, fields, await self._codes.surroundings(tenant, plan, fields))
        replica = READ_REPLICA if run is not RunKind.MODIFIED and not read.newest else {}
        headers = {**replica, "Prefer": f"odata.maxpagesize={page_size}"}
        watermark = ""
        if read.only:
            document = await self._chosen(tenant, plan, reader, read.only, where, cursor=cursor, page_size=page_size)
        elif cursor:
            document = await self._remote.follow(cursor, headers)
        else:
            since = changed_since(plan, read.modified_after) if read.modified_after else ""
            filters = " and ".join(each for each in (where, since) if each)
            path = tenant.path(plan) + query([("$select", ",".join(reader.select)), ("$filter", filters)])
            besides = _besides(tenant, plan, reader, read, where) if since else []
            document, watermark = await self._first_page(
                tenant, plan, path, headers, besides, at_once=bool(since) or run is RunKind.MODIFIED
            )
        rows = document.get("value")
        if not isinstance(rows, list):
            raise ContractBroken("Financials answered a page without records.", detail=str(sorted(document)))
        if reader.meets_new_codes(rows):
            reader = PageReader(plan, fields, await self._codes.surroundings(tenant, plan, fields, fresh=True))
        columns = await computed_columns(self._remote, tenant, reader, rows, today)
        records = passing(plan, reader.records(rows, columns), checked_here)
        if len(fields) > len(read.fields):
            asked = set(read.fields)
            for record in records:
                record["values"] = {name: value for name, value in record["values"].items() if name in asked}
        return PageOfRecords(records, str(document.get("@odata.nextLink", "")), watermark)

    async def _chosen(
        self,
        tenant: Tenant,
        plan: TablePlan,
        reader: PageReader,
        ids: Sequence[str],
        where: str,
        *,
        cursor: str,
        page_size: int,
    ) -> dict[str, Any]:
        """A page of the records with these ids. Its cursor is the place of the next id."""
        at = int(cursor or 0)
        asked = ids[at : at + page_size]
        name = ID if plan.has_ids else plan.properties[plan.table.key[0]]
        select = ("$select", ",".join(reader.select))
        operations = []
        for start in range(0, len(asked), IDS_IN_ONE_FILTER):
            some = asked[start : start + IDS_IN_ONE_FILTER]
            by_id = filter_text([Term(name, "guid" if plan.has_ids else "code", "in", list(some))], System.FINANCIALS)
            filters = " and ".join(each for each in (where, by_id) if each)
            operations.append(Operation("GET", tenant.path(plan) + query([select, ("$filter", filters)])))
        parts = await self._remote.batch(tenant.root(plan.surface), operations)
        for part in parts:
            if not part.ok:
                raise refusal_of(part).error()
        following = {"@odata.nextLink": str(at + len(asked))} if at + len(asked) < len(ids) else {}
        return {"value": [row for part in parts for row in part.body["value"]], **following}

    async def count(self, tenant: Tenant, table: str, conditions: Sequence[Condition], today: date) -> int:
        """How many records fit; read and checked one by one only where the surface cannot evaluate the filter."""
        plan = tenant.plan(table)
        where, checked_here = split_filter(plan, conditions)
        if not checked_here:
            path = f"{tenant.path(plan)}/$count{query([('$filter', where)])}"
            return await self._remote.count(tenant.root(plan.surface), path)
        read = TableRead(
            system=System.FINANCIALS,
            table=table,
            fields=[condition.field for condition in checked_here],
            filter=list(conditions),
        )
        count, cursor = 0, ""
        while True:
            page = await self.page(tenant, read, run=RunKind.FULL, cursor=cursor, page_size=_COUNT_PAGE, today=today)
            count += len(page.records)
            cursor = page.next_cursor
            if not cursor:
                return count

    async def _first_page(
        self,
        tenant: Tenant,
        plan: TablePlan,
        path: str,
        headers: dict[str, str],
        besides: Sequence[str],
        *,
        at_once: bool,
    ) -> tuple[dict[str, Any], str]:
        """The first page together with what is found ``besides`` it, and the watermark, which is taken before it and
        from the same database.

        ``at_once`` asks for both in one batch, so that a run in which nothing changed costs one request. Only where the
        replica is not read, since whether an operation of a batch may choose it is not documented.
        """
        root = tenant.root(plan.surface)
        position = _position_path(tenant, plan)
        if not position:
            return await self._remote.document(root, path, headers), ""
        if not at_once:
            before = await self._remote.document(root, position, {k: v for k, v in headers.items() if k != "Prefer"})
            return await self._remote.document(root, path, headers), _watermark(plan, before)
        operations = [Operation("GET", each, headers=tuple(headers.items())) for each in (path, *besides)]
        operations.insert(0, Operation("GET", position))
        parts = await self._remote.batch(root, operations)
        for part in parts:
            if not part.ok:
                raise refusal_of(part).error()
        page = parts[1].body
        if besides:
            page = {**page, "value": [row for part in parts[1:] for row in part.body["value"]]}
        return page, _watermark(plan, parts[0].body)


def _besides(tenant: Tenant, plan: TablePlan, reader: PageReader, read: TableRead, where: str) -> list[str]:
    """Paths of records that are read although they have not changed."""
    unchanged = unchanged_since(plan, read.modified_after)
    paths = []
    for at in range(0, len(read.also), IDS_IN_ONE_FILTER):
        chosen = " or ".join(f"{ID} eq {each}" for each in read.also[at : at + IDS_IN_ONE_FILTER])
        filters = " and ".join(each for each in (where, unchanged, f"({chosen})") if each)
        paths.append(tenant.path(plan) + query([("$select", ",".join(reader.select)), ("$filter", filters)]))
    return paths


def _position_path(tenant: Tenant, plan: TablePlan) -> str:
    """Where the watermark of the table is read; empty where there is none."""
    if plan.surface is Surface.COMPANION and tenant.feed_positions:
        return tenant.feed_positions_path() + query([("$select", "minimumActiveRowVersion"), ("$top", "1")])
    if not plan.modified:
        return ""
    newest = [("$select", plan.modified), ("$orderby", f"{plan.modified} desc"), ("$top", "1")]
    return tenant.path(plan) + query(newest)


def _watermark(plan: TablePlan, document: dict[str, Any]) -> str:
    rows = document.get("value") or [{}]
    if "minimumActiveRowVersion" in rows[0]:
        return row_watermark(int(rows[0]["minimumActiveRowVersion"]))
    return str(rows[0].get(plan.modified, ""))
