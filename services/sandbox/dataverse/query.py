"""Reads of collections: filter, order, pages, counts, expansions and change tracking."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cmp_to_key
from itertools import islice
from operator import itemgetter
from typing import Any

from services.sandbox.dataverse import refusal
from services.sandbox.dataverse.aggregating import aggregated
from services.sandbox.dataverse.collections import COLLECTIONS
from services.sandbox.dataverse.cookies import PageCookie, read_page_cookie
from services.sandbox.dataverse.exchange import Answer, Call, applied, encode
from services.sandbox.dataverse.expanding import Expanding, expander
from services.sandbox.dataverse.paging import (
    LARGEST_PAGE,
    Pages,
    comparing,
    context,
    next_link,
    page_size,
    pages,
    plain,
    wanted_rows,
)
from services.sandbox.dataverse.rendering import COUNT, COUNT_CAPPED, METADATA_VERSION, Render, renderer, wants
from services.sandbox.dataverse.table import Row, Table
from services.sandbox.dataverse.tracking import Tracking
from services.sandbox.dataverse.world import World
from services.sandbox.odata import (
    DATAVERSE,
    Expression,
    Members,
    ODataError,
    Options,
    Predicate,
    Property,
    Queries,
    pinned,
    value_of,
)

LARGEST_COUNT = 5000
_KINDS = {
    "text": "text",
    "decimal": "number",
    "money": "number",
    "integer": "number",
    "choice": "number",
    "boolean": "boolean",
    "guid": "guid",
    "lookup": "guid",
    "date": "date",
    "moment": "moment",
}


@dataclass
class Sorted:
    """A filtered and sorted table, kept until it changes."""

    mutations: int
    rows: list[Row]


class Reader:
    """Answers reads of whole tables."""

    def __init__(self, world: World, now: Callable[[], datetime]) -> None:
        self.world = world
        self._queries = {
            name: Queries(self._resolver(table), DATAVERSE, now=now, collections=self._collections(table))
            for name, table in world.tables.items()
        }
        self._renders: dict[tuple[str, tuple[str, ...], str], Render] = {}
        self._sorted: dict[tuple[str, str, str], Sorted] = {}
        self.tracking = Tracking(self, world, now)

    def render(self, table: Table, options: Options, annotations: str, pages: Pages) -> Render:
        """How rows are shown; raises ``Refused``."""
        key = (table.name, options.select, annotations)
        render = self._renders.get(key)
        if render is None:
            if len(self._renders) > 500:
                self._renders.clear()
            render = self._renders[key] = renderer(self.world, table, options.select, annotations)
        if options.expand:
            return expander(Expanding(self, annotations, pages), table, options.expand, render)
        return render

    # --- filters ---------------------------------------------------------------------------------------------------

    def _resolver(self, table: Table) -> Callable[[str], Property]:
        by_property = {item.read_name: item for item in table.attributes.values()}

        def resolve(name: str) -> Property:
            if name == table.id:
                return Property(itemgetter(name), "guid")
            attribute = by_property.get(name)
            if attribute is not None:
                return Property(itemgetter(name), _KINDS[attribute.type])
            navigation, slash, rest = name.partition("/")
            if slash and navigation in table.navigations:
                return self._through(table, navigation, rest)
            raise ODataError(
                f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table.name}'.",
                "unknown_property",
                name,
            )

        return resolve

    def _through(self, table: Table, navigation: str, rest: str) -> Property:
        _, target = table.navigations[navigation]
        other = self.world.tables[target]
        inner = self._queries[target].resolve(rest)

        def get(row: Row) -> Any:
            found = table.leads_to(navigation, row)
            there = other.rows.get(found[1]) if found is not None and found[0] == target else None
            return inner.get(there) if there is not None else None

        return Property(get, inner.kind)

    def _collections(self, table: Table) -> Callable[[str], tuple[Queries, Members]]:
        def find(name: str) -> tuple[Queries, Members]:
            if name not in COLLECTIONS.get(table.name, {}):
                raise ODataError(f"'{name}' is no collection of '{table.name}'.", "unknown_property", name)
            collection = COLLECTIONS[table.name][name]
            return self._queries[collection.table], lambda row: collection.rows(self.world, table, row)

        return find

    def filtered(self, table: Table, options: Options) -> list[Row] | None:
        """The rows that pass the filter, by an index where one helps; None: the table must be gone through."""
        if not options.filter:
            return None
        predicate, tree = self._compiled(table, options)
        found = self._by_index(table, tree)
        return None if found is None else [row for row in found if predicate(row)]

    def _compiled(self, table: Table, options: Options) -> tuple[Predicate, Expression]:
        try:
            return self._queries[table.name].compiled(options.filter, options.alias_values)
        except ODataError as error:
            raise refusal.bad_uri(error.message) from error

    def _by_index(self, table: Table, tree: Expression) -> list[Row] | None:
        resolve = self._queries[table.name].resolve
        best: tuple[int, str, list[Any]] | None = None
        for name, literals in pinned(tree).items():
            if "/" in name:
                continue
            kind = resolve(name).kind
            if kind not in ("guid", "text"):
                continue
            values = [value_of(literal, kind, DATAVERSE) for literal in literals]
            rank = 0 if name == table.id else 1 if kind == "guid" else 2
            if best is None or rank < best[0]:
                best = rank, name, values
        return table.with_value(best[1], best[2]) if best else None

    def _matching(self, table: Table, options: Options) -> Iterable[Row]:
        """Rows that pass, by primary key."""
        found = self.filtered(table, options)
        if found is not None:
            return found
        rows = table.rows
        everything = (rows[row_id] for row_id in table.sorted_ids())
        if not options.filter:
            return everything
        return filter(self._compiled(table, options)[0], everything)

    def _in_order(self, table: Table, options: Options) -> list[Row]:
        key = (table.name, options.filter + repr(options.aliases), options.orderby)
        known = self._sorted.get(key)
        if known is None or known.mutations != table.mutations:
            try:
                rows = self._queries[table.name].sort(list(self._matching(table, options)), options.orderby)
            except ODataError as error:
                raise refusal.bad_uri(error.message) from error
            if len(self._sorted) >= 8:
                self._sorted.clear()
            known = self._sorted[key] = Sorted(table.mutations, rows)
        return known.rows

    def narrowing(self, table: Table, options: Options) -> Callable[[list[Row]], list[Row]]:
        """Filter, order and top of an expansion, over rows at hand; raises ``Refused``."""
        predicate = self._compiled(table, options)[0] if options.filter else None
        queries = self._queries[table.name]
        try:
            order = options.orderby and queries.order(options.orderby)
        except ODataError as error:
            raise refusal.bad_uri(error.message) from error

        def narrow(rows: list[Row]) -> list[Row]:
            if predicate is not None:
                rows = list(filter(predicate, rows))
            if order:
                rows = queries.sort(rows, options.orderby)
            return rows[: options.top] if options.top is not None else rows

        return narrow

    # --- pages -----------------------------------------------------------------------------------------------------

    def collection(self, call: Call, table: Table) -> Answer:
        """GET of a set; raises ``Refused``."""
        options = call.options
        _refuse_unsupported(options)
        if any(name == "$apply" for name, _ in options.others):
            return aggregated(call, table, self._queries[table.name])
        if options.deltatoken or "odata.track-changes" in call.preferences or _is_tracking(options):
            return self.tracking.answer(call, table, options)
        cookie = read_page_cookie(options.skiptoken) if options.skiptoken else PageCookie(1)
        wanted, limited = wanted_rows(call)
        if options.orderby:
            rows, more = self._part(table, options, self._in_order(table, options), cookie, wanted)
        else:
            rows, more = self.page(table, options, cookie, wanted)
        total = self.count(table, options) if options.count else None
        return self._listed(call, table, rows, cookie if more and not limited else None, total)

    def members(self, call: Call, table: Table, rows: list[Row]) -> Answer:
        """GET of a collection-valued navigation property, whose rows are these; raises ``Refused``."""
        options = call.options
        _refuse_unsupported(options)
        rows = self.narrowing(table, replace(options, top=None))(rows)
        cookie = read_page_cookie(options.skiptoken) if options.skiptoken else PageCookie(1)
        wanted, limited = wanted_rows(call)
        shown, more = self._part(table, options, rows, cookie, wanted)
        return self._listed(call, table, shown, cookie if more and not limited else None, len(rows))

    def _listed(
        self, call: Call, table: Table, rows: list[Row], continued: PageCookie | None, total: int | None
    ) -> Answer:
        """The answer with a page of rows; ``continued``: the cookie of this page, where another follows."""
        options, annotations = call.options, call.annotations
        render = self.render(table, options, annotations, pages(call))
        document: dict[str, Any] = {"@odata.context": context(call.root, table, options)}
        if options.count and total is not None:
            document["@odata.count"] = min(total, LARGEST_COUNT)
            if wants(annotations, COUNT):
                document[f"@{COUNT}"] = min(total, LARGEST_COUNT)
                document[f"@{COUNT_CAPPED}"] = total > LARGEST_COUNT
        if wants(annotations, METADATA_VERSION):
            document[f"@{METADATA_VERSION}"] = str(self.world.metadata_version)
        document["value"] = [render(row) for row in rows]
        if continued is not None:
            after = PageCookie(continued.page + 1, self.position(table, options, rows[-1]))
            document["@odata.nextLink"] = next_link(call, table, after)
        call.work.append(("read", len(rows)))
        return Answer(200, encode(document), applied(page_size(call.preferences)[1], annotations=annotations))

    def page(self, table: Table, options: Options, cookie: PageCookie, wanted: int) -> tuple[list[Row], bool]:
        last = str(cookie.last[-1]) if cookie.last else ""
        rows: Iterable[Row] | None = self.filtered(table, options)
        if rows is not None:
            rows = (row for row in rows if row[table.id] > last)
        else:
            there = table.rows
            rows = (there[row_id] for row_id in table.after(last))
            if options.filter:
                rows = filter(self._compiled(table, options)[0], rows)
        found = list(islice(rows, wanted + 1))
        return found[:wanted], len(found) > wanted

    def _part(
        self, table: Table, options: Options, rows: list[Row], cookie: PageCookie, wanted: int
    ) -> tuple[list[Row], bool]:
        """The page behind the cookie, of rows in their order."""
        start = 0
        if cookie.last:
            orders = self._queries[table.name].order(options.orderby) if options.orderby else []
            compare = cmp_to_key(comparing([*(descending for _, descending in orders), False]))
            last = compare(cookie.last)
            start = next(
                (at for at, row in enumerate(rows) if compare(self.position(table, options, row)) > last), len(rows)
            )
        return rows[start : start + wanted], start + wanted < len(rows)

    def position(self, table: Table, options: Options, row: Row) -> tuple[Any, ...]:
        """Where a row stands in the order, for the next link."""
        if not options.orderby:
            return (row[table.id],)
        values = (get(row) for get, _ in self._queries[table.name].order(options.orderby))
        return (*(plain(value) for value in values), row[table.id])

    def count(self, table: Table, options: Options) -> int:
        """Rows that pass the filter."""
        return len(table.rows) if not options.filter else sum(1 for _ in self._matching(table, options))


def _is_tracking(options: Options) -> bool:
    return bool(options.skiptoken) and 'istracking="True"' in options.skiptoken


def _refuse_unsupported(options: Options) -> None:
    if options.skip is not None:
        raise refusal.bad_uri("The query parameter $skip is not supported.")
    for name, _ in options.others:
        if (name.startswith("$") and name != "$apply") or name in ("fetchXml", "sql"):
            raise refusal.bad_uri(f"The query parameter {name} is not supported.")
    if options.top is not None and options.top > LARGEST_PAGE:
        raise refusal.bad_uri(f"The value of $top must not be greater than {LARGEST_PAGE}.")
