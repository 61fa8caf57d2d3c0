"""One way into Financials: answers calls to API v2.0, to published pages or to the companion extension."""

from collections.abc import Callable
from urllib.parse import quote

from libs.dynamics.financials_tables import FinancialsTable
from services.sandbox.financials import listings, metadata, paging, refusals, writing
from services.sandbox.financials.addresses import Segment, segments
from services.sandbox.financials.answers import page_size, page_text, query_options, with_context
from services.sandbox.financials.calls import Answer, Call
from services.sandbox.financials.company import Company
from services.sandbox.financials.documents.answering import DocumentAnswers
from services.sandbox.financials.documents.fields import DOCUMENT_SETS
from services.sandbox.financials.documents.price_action import PRICE_ACTION, PRICE_SERVICE, answer_price_action
from services.sandbox.financials.entity_addresses import address_of, find_row
from services.sandbox.financials.expanding import collections, expanded, members, navigations, related_set
from services.sandbox.financials.flow_filters import restricted, with_flows
from services.sandbox.financials.listing_answers import answer_collection, answer_listing
from services.sandbox.financials.listings import Listing, entry_text
from services.sandbox.financials.rows import Row
from services.sandbox.financials.services import is_read_only, services_of
from services.sandbox.financials.shapes import API_V2, COMPANION, PAGE, Shape, shape_of, tables_by_set
from services.sandbox.financials.world import FinancialsWorld
from services.sandbox.odata import Options

_RIGHTS = {"read": "Read", "create": "Insert", "write": "Modify", "delete": "Delete"}
_NO_OPTIONS = Options()
_VERBS = frozenset({"GET", "POST", "PATCH", "DELETE"})

Denies = Callable[[str, str], bool]
"""(table, right) -> whether the caller lacks that right."""


class Api:
    """``answer`` raises ``Refused``; it neither waits nor knows of HTTP."""

    def __init__(
        self,
        world: FinancialsWorld,
        surface: str,
        denies: Denies,
        unpublished: set[str],
        extension: Callable[[], bool] = lambda: True,
    ) -> None:
        """``extension`` tells whether the companion is installed, which brings a web service of its own along."""
        self.world = world
        self.surface = surface
        self._denies = denies
        self._unpublished = unpublished
        self._extension = extension
        self._documents: dict[str, DocumentAnswers] = {}
        self._shapes: dict[tuple[str, str], Shape] = {}
        self._listings: dict[str, dict[str, Listing]] = {}
        self.companies = listings.page_companies(world) if surface == PAGE else listings.companies(world)
        if surface == PAGE:
            self._sets = services_of()
        else:
            self._sets = {
                name: (table, not table.writable if surface == COMPANION else is_read_only(table))
                for name, table in tables_by_set(surface).items()
            }

    def answer(self, call: Call) -> Answer:
        if call.method not in _VERBS:
            raise refusals.method_not_allowed(call.method)
        if call.method != "GET" and call.header("data-access-intent").lower() == "readonly":
            raise refusals.bad_request("Data-Access-Intent: ReadOnly cannot be combined with a request that writes.")
        parts = segments(call.path)
        if call.method != "GET" and (not parts or parts[0].name == "$metadata"):
            raise refusals.method_not_allowed(call.method)
        if not parts:
            return Answer(200, metadata.service_document(call.root, self.published()))
        if parts[0].name == "$metadata":
            return Answer(200, metadata.document(self), content_type="application/xml")
        company, rest = self._company(call, parts)
        if not rest:
            return self._companies_answer(call, parts)
        return self._in_company(call, company, rest)

    def published(self) -> list[str]:
        """Names of the entity sets that there are just now."""
        sets = [name for name in self._sets if not self._is_closed(self.world.company, name)]
        if self.surface == API_V2:
            sets += DOCUMENT_SETS
        return [self.companies.name, *sets, *listings.of_company(self.world.company, self.surface)]

    def shape(self, company: Company, name: str) -> Shape | None:
        """The table behind an entity set, or nothing when no table is."""
        if self.surface == API_V2 and name in DOCUMENT_SETS:
            return self.documents(company).shapes[name]
        found = self._sets.get(name)
        if found is None or self._is_closed(company, name):
            return None
        known = self._shapes.get((company.id, name))
        if known is None:
            table, read_only = found
            known = with_flows(shape_of(company, table, self.surface, name, read_only=read_only))
            self._shapes[company.id, name] = known
        return known

    def _is_closed(self, company: Company, name: str) -> bool:
        """Whether a page is not published just now, or belongs to the pricing that the company does not use."""
        if self.surface != PAGE:
            return False
        return name in self._unpublished or self._sets[name][0].name in company.closed_pages

    def listing(self, company: Company, name: str) -> Listing | None:
        """The read-only set of that name which is no table, or nothing."""
        known = self._listings.get(company.id)
        if known is None:
            known = self._listings[company.id] = listings.of_company(company, self.surface)
        return known.get(name)

    def documents(self, company: Company) -> DocumentAnswers:
        """What answers for the sales documents of a company."""
        known = self._documents.get(company.id)
        if known is None:
            known = self._documents[company.id] = DocumentAnswers(
                company, self._denies, lambda name: self.shape(company, name)
            )
        return known

    def offers_action(self, name: str) -> bool:
        """Whether a codeunit of the companion is published under that name; pages may be switched off meanwhile."""
        is_there = name == PRICE_ACTION and PRICE_SERVICE not in self._unpublished
        return self.surface == PAGE and is_there and self._extension()

    # --- which company ----------------------------------------------------------------------------------------------

    def _company(self, call: Call, parts: list[Segment]) -> tuple[Company, list[Segment]]:
        """The company of a call, and the rest of its path; no rest where it is about companies."""
        first = parts[0]
        if first.name in ("companies", "Company"):
            if first.key is None:
                return self.world.company, []
            if len(first.key) != 1 or first.key[0].name not in ("", "Id", "id", "Name"):
                raise refusals.bad_url(f"Bad Request - Error in query syntax: '{first.name}'.")
            return self.world.find_company(first.key[0].text), parts[1:]
        for name, value in call.query:
            if name == "company":
                return self.world.find_company(value.strip("'")), parts
        header = call.header("company")
        return (self.world.find_company(header) if header else self.world.company), parts

    def _companies_answer(self, call: Call, parts: list[Segment]) -> Answer:
        if call.method != "GET":
            raise refusals.method_not_allowed(call.method)
        first = parts[0]
        if first.key is None:
            context = f"{call.root}/$metadata#{self.companies.name}"
            return answer_collection(call, self.companies, parts, context)
        company = self.world.find_company(first.key[0].text)
        entry = next(entry for entry in self.companies.entries() if company.id in entry.values())
        context = f"{call.root}/$metadata#{self.companies.name}/$entity"
        return Answer(200, with_context(entry_text(entry, ()), context))

    # --- inside a company -------------------------------------------------------------------------------------------

    def _in_company(self, call: Call, company: Company, parts: list[Segment]) -> Answer:
        first = parts[0]
        if self.surface == API_V2 and first.name in DOCUMENT_SETS:
            return self.documents(company).answer(call, parts)
        if self.offers_action(first.name):
            if self._denies(PRICE_SERVICE, "execute"):
                raise refusals.no_permission(PRICE_SERVICE, 0, "Execute")
            return answer_price_action(company, call)
        listing = self.listing(company, first.name)
        if listing is not None:
            for table in listing.tables:
                self._may(company.tables[table].table, "read")
            return answer_listing(call, listing, parts, f"{call.root}/$metadata#companies({company.id})/{listing.name}")
        shape = self.shape(company, first.name)
        if shape is None:
            if self.surface == PAGE:
                raise refusals.not_published(first.name)
            raise refusals.no_such_segment(first.name)
        if len(parts) == 2 and parts[1].name == "$count" and first.key is None and call.method == "GET":
            self._may(shape.table, "read")
            call.note("read", 1)
            return Answer(200, str(paging.count(shape, query_options(call))).encode(), content_type="text/plain")
        if len(parts) == 2 and first.key is not None and parts[1].key is None:
            return self._related(call, shape, first, parts[1].name)
        if len(parts) > 1:
            raise refusals.no_such_segment(parts[1].name)
        if first.key is None:
            return self._collection(call, shape)
        return self._entity(call, shape, first)

    def _collection(self, call: Call, shape: Shape) -> Answer:
        if call.method == "GET":
            self._may(shape.table, "read")
            return self._page(call, shape)
        if call.method != "POST" or shape.read_only:
            raise refusals.method_not_allowed(call.method)
        self._may(shape.table, "create")
        body = call.document()
        with self.world.transaction():
            row = writing.create(shape, body)
        call.note("create", 1)
        text = self._entity_text(call, shape, row)
        address = f"{self._set_address(call, shape)}({address_of(shape, row)})"
        return Answer(201, text, {"Location": address})

    def _entity(self, call: Call, shape: Shape, segment: Segment) -> Answer:
        if call.method == "GET":
            self._may(shape.table, "read")
            row = find_row(shape, segment)
            call.note("read", 1)
            return Answer(200, self._entity_text(call, shape, row))
        if call.method == "POST" or shape.read_only:
            raise refusals.method_not_allowed(call.method)
        self._may(shape.table, "write" if call.method == "PATCH" else "delete")
        if_match = call.header("if-match")
        writing.check_if_match(if_match)
        row = find_row(shape, segment)
        writing.check_version(row, if_match)
        if call.method == "DELETE":
            with self.world.transaction():
                shape.company.delete(shape.table.name, row)
            call.note("delete", 1)
            return Answer(204)
        body = call.document()
        with self.world.transaction():
            row = writing.change(shape, row, body)
        call.note("update", 1)
        return Answer(200, self._entity_text(call, shape, row))

    def _related(self, call: Call, shape: Shape, segment: Segment, name: str) -> Answer:
        """The record behind a navigation property, nothing where the field is blank; or the records of a collection."""
        if name in collections(shape):
            return self._members(call, shape, segment, name)
        field = navigations(shape).get(name)
        related = self.shape(shape.company, related_set(shape, field)) if field else None
        if field is None or related is None:
            raise refusals.no_such_segment(name)
        if call.method != "GET":
            raise refusals.method_not_allowed(call.method)
        self._may(shape.table, "read")
        self._may(related.table, "read")
        row = related.rows.by_key.get((find_row(shape, segment).values[field],))
        call.note("read", 1)
        return Answer(204) if row is None else Answer(200, self._entity_text(call, related, row))

    def _members(self, call: Call, shape: Shape, segment: Segment, name: str) -> Answer:
        related = self.shape(shape.company, name)
        if related is None:
            raise refusals.no_such_segment(name)
        if call.method != "GET":
            raise refusals.method_not_allowed(call.method)
        self._may(shape.table, "read")
        self._may(related.table, "read")
        row = find_row(shape, segment)
        options = query_options(call)
        found = members(shape, row, related, name, options)
        call.note("read", len(found))
        texts = self._expanded(related, found, related.view(options.select).texts(found), options)
        context = f"{self._context(call, shape, ())}({row.id})/{name}"
        return Answer(200, page_text(call, context, paging.Page(found), texts))

    def _may(self, table: FinancialsTable, right: str) -> None:
        if self._denies(table.name, right):
            raise refusals.no_permission(table.name, table.number, _RIGHTS[right])

    # --- writing answers --------------------------------------------------------------------------------------------

    def _set_address(self, call: Call, shape: Shape) -> str:
        company = shape.company
        if self.surface == PAGE:
            name = quote(company.name.replace("'", "''"))
            return f"{call.root}/Company('{name}')/{shape.set_name}"
        return f"{call.root}/companies({company.id})/{shape.set_name}"

    def _entity_text(self, call: Call, shape: Shape, row: Row) -> bytes:
        options = query_options(call) if call.query else _NO_OPTIONS
        context = self._context(call, shape, options.select)
        [text] = self._expanded(shape, [row], [shape.view(options.select).text(row)], options)
        return with_context(text, f"{context}/$entity")

    def _context(self, call: Call, shape: Shape, select: tuple[str, ...]) -> str:
        address = self._set_address(call, shape)[len(call.root) + 1 :]
        chosen = f"({','.join(select)})" if select else ""
        return f"{call.root}/$metadata#{address}{chosen}"

    def _page(self, call: Call, shape: Shape) -> Answer:
        options = query_options(call)
        shape = restricted(shape, options)
        view = shape.view(options.select)
        limit, headers = page_size(call)
        page = paging.read(shape, options, limit)
        call.note("read", len(page.rows))
        texts = self._expanded(shape, page.rows, view.texts(page.rows), options)
        return Answer(200, page_text(call, self._context(call, shape, options.select), page, texts), headers)

    def _expanded(self, shape: Shape, rows: list[Row], texts: list[bytes], options: Options) -> list[bytes]:
        if not options.expand:
            return texts
        return expanded(shape, rows, texts, options.expand, lambda name: self.shape(shape.company, name))
