"""Answers calls of API v2.0 about sales quotes and orders and their lines."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from services.sandbox.financials import paging, refusals, writing
from services.sandbox.financials.addresses import Segment
from services.sandbox.financials.answers import page_size, page_text, query_options, with_context
from services.sandbox.financials.calls import Answer, Call
from services.sandbox.financials.documents.fields import ORDER, QUOTE
from services.sandbox.financials.documents.shapes import (
    NAVIGATIONS,
    DocumentShape,
    document_shapes,
    header_values,
    line_values,
)
from services.sandbox.financials.entity_addresses import system_id
from services.sandbox.financials.expanding import related_text
from services.sandbox.financials.rows import Row, TableRows
from services.sandbox.financials.shapes import Shape
from services.sandbox.odata import Expansion, ODataError, Options, parse_filter, pinned

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

_RIGHTS = {"read": "Read", "create": "Insert", "write": "Modify", "delete": "Delete"}
_MAKE_ORDER = "Microsoft.NAV.makeOrder"

Denies = Callable[[str, str], bool]
RelatedShape = Callable[[str], Shape | None]


class _Place(NamedTuple):
    """What a call is about: a set, a record of it, lines below their document."""

    shape: DocumentShape
    row: Row | None = None
    header: Row | None = None
    """The document in the address of its lines."""


class DocumentAnswers:
    """``answer`` raises ``Refused``. ``related``: entity set -> shape, for what a document names."""

    def __init__(self, company: "Company", denies: Denies, related: RelatedShape) -> None:
        self._company = company
        self._documents = company.documents
        self._denies = denies
        self._related = related
        self.shapes = document_shapes(company)

    def answer(self, call: Call, parts: Sequence[Segment]) -> Answer:
        if len(parts) == 2 and parts[1].name == _MAKE_ORDER:
            return self._make_order(call, parts[0])
        if parts[-1].name == "$count" and call.method == "GET":
            place = self._place(parts[:-1])
            self._may(place.shape, "read")
            call.note("read", 1)
            return Answer(
                200, str(paging.count(self._listed(call, place), query_options(call))).encode(), {}, "text/plain"
            )
        if len(parts) == 2 and parts[0].key is not None and parts[1].name in NAVIGATIONS:
            return self._navigate(call, self._place(parts[:1]), parts[1].name)
        place = self._place(parts)
        if place.row is None:
            return self._collection(call, place)
        return self._entity(call, place, place.row)

    # --- which document, which line --------------------------------------------------------------------------------

    def _place(self, parts: Sequence[Segment]) -> _Place:
        shape = self.shapes[parts[0].name]
        row = self._find(shape, parts[0]) if parts[0].key is not None else None
        if len(parts) == 1:
            return _Place(shape, row)
        if len(parts) > 2 or shape.of_lines or row is None or parts[1].name != shape.kind.line_set:
            raise refusals.no_such_segment(parts[1].name)
        lines = self.shapes[shape.kind.line_set]
        line = self._find(lines, parts[1]) if parts[1].key is not None else None
        if line is not None and line.key[:1] != row.key:
            raise refusals.no_such_record("Sales Line", f"SystemId={line.id}")
        return _Place(lines, line, row)

    def _find(self, shape: DocumentShape, segment: Segment) -> Row:
        wanted = system_id(segment)
        row = shape.held.by_id.get(wanted)
        if row is None:
            raise refusals.no_such_record(shape.table.name, f"SystemId={wanted}")
        return row

    def _may(self, shape: Shape, right: str) -> None:
        if self._denies(shape.table.name, right):
            raise refusals.no_permission(shape.table.name, shape.table.number, _RIGHTS[right])

    # --- collections -----------------------------------------------------------------------------------------------

    def _collection(self, call: Call, place: _Place) -> Answer:
        if call.method == "GET":
            self._may(place.shape, "read")
            return self._page(call, self._listed(call, place))
        if call.method != "POST":
            raise refusals.method_not_allowed(call.method)
        self._may(place.shape, "create")
        body = call.document()
        with self._company.world.transaction():
            row = self._create_line(place, body) if place.shape.of_lines else self._create(place.shape, body)
        call.note("create", 1 + len(body.get(place.shape.kind.line_set, ())))
        address = f"{call.root}/companies({self._company.id})/{place.shape.set_name}({row.id})"
        return Answer(201, self._text(call, place.shape, row), {"Location": address})

    def _listed(self, call: Call, place: _Place) -> DocumentShape:
        """The shape with the rows that the call may list: lines only of documents that it names."""
        shape = place.shape
        if not shape.of_lines:
            return shape
        if place.header is not None:
            rows = self._documents.shelves[shape.kind.name].lines_of(place.header)
        else:
            rows = self._lines_named(shape, query_options(call))
        held = TableRows(shape.table)
        held.load(rows)
        return _holding(shape, held)

    def _lines_named(self, shape: DocumentShape, options: Options) -> list[Row]:
        try:
            found = pinned(parse_filter(options.filter, options.alias_values)) if options.filter else {}
        except ODataError as error:
            raise paging.refused(error) from error
        if "id" in found:
            rows = (shape.held.by_id.get(literal.text.lower()) for literal in found["id"])
            return list({row.id: row for row in rows if row is not None}.values())
        if "documentId" not in found:
            raise refusals.dialog("You must specify an Id or a Document Id to get the lines.")
        shelf = self._documents.shelves[shape.kind.name]
        headers = (shelf.headers.by_id.get(literal.text.lower()) for literal in found["documentId"])
        return [line for header in dict.fromkeys(headers) if header is not None for line in shelf.lines_of(header)]

    def _page(self, call: Call, shape: DocumentShape) -> Answer:
        options = query_options(call)
        limit, headers = page_size(call)
        page = paging.read(shape, options, limit)
        call.note("read", len(page.rows))
        texts = shape.view(options.select).texts(page.rows)
        texts = self._expanded(shape, page.rows, texts, options.expand)
        return Answer(200, page_text(call, self._context(call, shape, options.select), page, texts), headers)

    # --- single records --------------------------------------------------------------------------------------------

    def _entity(self, call: Call, place: _Place, row: Row) -> Answer:
        shape = place.shape
        if call.method == "GET":
            self._may(shape, "read")
            call.note("read", 1)
            return Answer(200, self._text(call, shape, row))
        if call.method == "POST":
            raise refusals.method_not_allowed(call.method)
        self._may(shape, "write" if call.method == "PATCH" else "delete")
        writing.check_version(row, call.header("if-match"))
        if call.method == "DELETE":
            with self._company.world.transaction():
                delete = self._documents.delete_line if shape.of_lines else self._documents.delete
                delete(shape.kind, row)
            call.note("delete", 1)
            return Answer(204)
        body = call.document()
        with self._company.world.transaction():
            row = self._change(shape, row, body)
        call.note("update", 1)
        return Answer(200, self._text(call, shape, row))

    def _change(self, shape: DocumentShape, row: Row, body: dict[str, Any]) -> Row:
        if shape.of_lines:
            return self._documents.change_line(shape.kind, row, line_values(shape, body, row))
        if shape.kind.line_set in body:
            raise refusals.bad_request(f"'{shape.kind.line_set}' cannot be part of a PATCH request.")
        if "id" in body and body["id"] != row.id:
            raise refusals.dialog('The value for "id" cannot be modified. "id" cannot be changed.')
        body = {name: value for name, value in body.items() if name != "id"}
        return self._documents.change(shape.kind, row, header_values(shape, body))

    def _create(self, shape: DocumentShape, body: dict[str, Any]) -> Row:
        """A header, with its lines where the body brings them along."""
        header = self._documents.create(shape.kind, header_values(shape, body))
        lines = body.get(shape.kind.line_set, [])
        if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
            raise refusals.wrong_type(shape.kind.line_set, f"Collection({shape.entity})")
        line_shape = self.shapes[shape.kind.line_set]
        headers = self._documents.shelves[shape.kind.name].headers
        if lines:
            self._documents.add_lines(shape.kind, header, [line_values(line_shape, line, None) for line in lines])
        return headers.by_id[header.id]

    def _create_line(self, place: _Place, body: dict[str, Any]) -> Row:
        shape = place.shape
        headers = self._documents.shelves[shape.kind.name].headers
        header = place.header
        if header is None:
            header = headers.by_id.get(str(body.get("documentId", "")).lower())
        elif "documentId" in body and body["documentId"] != header.id:
            header = None
        if header is None:
            raise refusals.dialog('A "documentId" of an existing document must be provided.')
        return self._documents.add_line(shape.kind, header, line_values(shape, body, None))

    def _make_order(self, call: Call, segment: Segment) -> Answer:
        if call.method != "POST" or segment.name != QUOTE.header_set:
            raise refusals.no_such_segment(_MAKE_ORDER)
        quotes, orders = self.shapes[QUOTE.header_set], self.shapes[ORDER.header_set]
        self._may(quotes, "delete")
        self._may(orders, "create")
        with self._company.world.transaction():
            order = self._documents.make_order(self._find(quotes, segment))
        call.note("create", 1)
        address = f"{call.root}/companies({self._company.id})/{ORDER.header_set}({order.id})"
        return Answer(204, headers={"Location": address})

    # --- writing answers -------------------------------------------------------------------------------------------

    def _text(self, call: Call, shape: DocumentShape, row: Row) -> bytes:
        options = query_options(call)
        texts = self._expanded(shape, [row], [shape.view(options.select).text(row)], options.expand)
        return with_context(texts[0], f"{self._context(call, shape, options.select)}/$entity")

    def _context(self, call: Call, shape: Shape, select: tuple[str, ...]) -> str:
        chosen = f"({','.join(select)})" if select else ""
        return f"{call.root}/$metadata#companies({self._company.id})/{shape.set_name}{chosen}"

    def _expanded(
        self, shape: DocumentShape, rows: Sequence[Row], texts: list[bytes], expansions: Sequence[Expansion]
    ) -> list[bytes]:
        for expansion in expansions:
            if expansion.name == shape.kind.line_set and not shape.of_lines:
                values = [self._lines_text(shape, row, expansion.options) for row in rows]
            elif expansion.name in NAVIGATIONS and not shape.of_lines:
                values = [self._related_text(row, expansion) for row in rows]
            else:
                raise refusals.bad_url(f"Could not find a property named '{expansion.name}' on type '{shape.entity}'.")
            name = msgspec.json.encode(expansion.name)
            texts = [b"%b,%b:%b}" % (text[:-1], name, value) for text, value in zip(texts, values, strict=True)]
        return texts

    def _lines_text(self, shape: DocumentShape, header: Row, options: Options) -> bytes:
        lines = self.shapes[shape.kind.line_set]
        held = TableRows(lines.table)
        held.load(self._documents.shelves[shape.kind.name].lines_of(header))
        page = paging.read(_holding(lines, held), options, paging.LARGEST_PAGE)
        texts = lines.view(options.select).texts(page.rows)
        return b"[%b]" % b",".join(self._expanded(lines, page.rows, texts, options.expand))

    def _related_text(self, header: Row, expansion: Expansion) -> bytes:
        shape, row = self._named(header, expansion.name)
        return related_text(shape, row, expansion.options, self._related)

    def _named(self, header: Row, navigation: str) -> tuple[Shape, Row | None]:
        """What a header's navigation property leads to."""
        field = NAVIGATIONS[navigation]
        table = self._company.tables[ORDER.header[field].relation].table
        shape = self._related(str(table.api_v2_set))
        if shape is None:
            raise refusals.no_such_segment(navigation)
        return shape, shape.rows.by_key.get((header.values[field],))

    def _navigate(self, call: Call, place: _Place, name: str) -> Answer:
        if call.method != "GET":
            raise refusals.method_not_allowed(call.method)
        if place.row is None or place.shape.of_lines:
            raise refusals.no_such_segment(name)
        self._may(place.shape, "read")
        shape, row = self._named(place.row, name)
        self._may(shape, "read")
        call.note("read", 1)
        if row is None:
            return Answer(204)
        options = query_options(call)
        text = related_text(shape, row, options, self._related)
        return Answer(200, with_context(text, f"{self._context(call, shape, options.select)}/$entity"))


def _holding(shape: DocumentShape, held: TableRows) -> DocumentShape:
    """The same properties over other rows; what it has rendered stays with the rows."""
    other = DocumentShape(
        shape.company, shape.table, shape.surface, shape.set_name, shape.properties, shape.key, False,
        kind=shape.kind, held=held,
    )  # fmt: skip
    other._views = shape._views
    return other
