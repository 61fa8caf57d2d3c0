"""Change tracking: a first load of everything, then what changed since, the deleted rows at the end."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.cookies import PageCookie, delta_token, read_delta_token, read_page_cookie
from services.sandbox.dataverse.exchange import Answer, Call, applied, encode
from services.sandbox.dataverse.paging import context, next_link, page_size, pages
from services.sandbox.dataverse.table import Table
from services.sandbox.dataverse.world import World
from services.sandbox.odata import Options

if TYPE_CHECKING:
    from services.sandbox.dataverse.query import Reader
    from services.sandbox.dataverse.rendering import Render


@dataclass(frozen=True)
class Reading:
    """One page that is asked for."""

    call: Call
    table: Table
    options: Options
    cookie: PageCookie | None
    size: int
    render: "Render"


class Tracking:
    def __init__(self, reader: "Reader", world: World, now: Callable[[], datetime]) -> None:
        self._reader = reader
        self._world = world
        self._now = now

    def answer(self, call: Call, table: Table, options: Options) -> Answer:
        """A page of the first load or of a delta; raises ``Refused``."""
        _check(table, options)
        size, paged = page_size(call.preferences)
        cookie = read_page_cookie(options.skiptoken) if options.skiptoken else None
        render = self._reader.render(table, options, call.annotations, pages(call))
        reading = Reading(call, table, options, cookie, size, render)
        delta = bool(options.deltatoken) or (cookie is not None and bool(cookie.since))
        document = self._delta(reading) if delta else self._first_load(reading)
        call.work.append(("read", len(document["value"])))
        return Answer(200, encode(document), applied("odata.track-changes", paged, annotations=call.annotations))

    def waiting(self, table: Table, options: Options) -> int:
        """How many changes a delta link would give."""
        since = self._since(options)
        gone = [row_id for row_id in table.deleted_since(since) if row_id not in table.rows]
        return len(table.changed_since(since)) + len(gone)

    def _first_load(self, reading: Reading) -> dict[str, Any]:
        """All rows; what changes while they are read comes with the first delta."""
        call, table = reading.call, reading.table
        at = reading.cookie or PageCookie(1, version=self._world.version)
        rows, more = self._reader.page(table, reading.options, at, reading.size)
        document: dict[str, Any] = {
            "@odata.context": context(call.root, table, reading.options),
            "value": [reading.render(row) for row in rows],
        }
        if more:
            after = PageCookie(at.page + 1, (rows[-1][table.id],), at.version)
            document["@odata.nextLink"] = next_link(call, table, after)
        else:
            document["@odata.deltaLink"] = self._delta_link(reading, at.version)
        return document

    def _delta(self, reading: Reading) -> dict[str, Any]:
        call, table, cookie = reading.call, reading.table, reading.cookie
        since, last = (cookie.since, cookie.version) if cookie else (self._since(reading.options), 0)
        changed = table.changed_since(max(since, last))
        rows = [table.rows[row_id] for row_id in changed[: reading.size]]
        values: list[dict[str, Any]] = [reading.render(row) for row in rows]
        document: dict[str, Any] = {
            "@odata.context": f"{context(call.root, table, reading.options)}/$delta",
            "value": values,
        }
        if len(changed) > reading.size:
            page = (cookie.page if cookie else 1) + 1
            document["@odata.nextLink"] = next_link(call, table, PageCookie(page, (), rows[-1]["versionnumber"], since))
            return document
        gone = f"{call.root}$metadata#{table.spec.entity_set}/$deletedEntity"
        values += [
            {"@odata.context": gone, "id": row_id, "reason": "deleted"}
            for row_id in table.deleted_since(since)
            if row_id not in table.rows
        ]
        document["@odata.deltaLink"] = self._delta_link(reading, self._world.version)
        return document

    def _since(self, options: Options) -> int:
        """Version of the delta token; raises ``Refused`` when it is too old."""
        version, moment = read_delta_token(options.deltatoken)
        organization = next(iter(self._world.tables["organization"].rows.values()), {})
        days = organization.get("expirechangetrackingindays") or 7
        if moment < self._now() - timedelta(days=days) or version > self._world.version:
            raise refusal.invalid("The delta token has expired; read everything again.", "0x80044352")
        return version

    def _delta_link(self, reading: Reading, version: int) -> str:
        select = reading.options.select
        query = f"$select={','.join(select)}&" if select else ""
        token = quote(delta_token(version, self._now()), safe="")
        return f"{reading.call.root}{reading.table.spec.entity_set}?{query}$deltatoken={token}"


def _check(table: Table, options: Options) -> None:
    if not table.spec.change_tracking:
        raise refusal.invalid(f"Change tracking is not enabled for entity '{table.name}'.")
    given = {
        "$filter": bool(options.filter),
        "$orderby": bool(options.orderby),
        "$expand": bool(options.expand),
        "$top": options.top is not None,
    }
    for name, present in given.items():
        if present:
            raise refusal.bad_uri(f"The {name} query parameter is not supported when change tracking is on.")
