"""The sales quotes and orders of a company: kept, numbered, totalled, and told to the stock.

Everything a document's line says of stock is in table ``Sales Line`` too, under the same id, where the companion's
queries and the flow fields of items find it.
"""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from libs.dynamics.financials_fields import FinancialsTable
from services.sandbox.financials import refusals
from services.sandbox.financials.documents.amounts import settle
from services.sandbox.financials.documents.fields import KINDS, ORDER, QUOTE, DocumentKind
from services.sandbox.financials.documents.headers import (
    RECREATES_LINES,
    check_complete,
    new_header,
    validate_header,
)
from services.sandbox.financials.documents.lines import LineValidation, new_line
from services.sandbox.financials.rows import Row, TableRows, Values

if TYPE_CHECKING:
    from services.sandbox.financials.company import Company

LINE_STEP = 10_000

_NUMBER = re.compile(r"^(.*?)(\d+)$")
_STOCK_TYPES = {
    "Comment": " ",
    "Account": "G/L Account",
    "Item": "Item",
    "Resource": "Resource",
    "Fixed Asset": "Fixed Asset",
    "Charge": "Charge (Item)",
    "Allocation Account": "G/L Account",
}


@dataclass(frozen=True)
class Shelf:
    """Documents of one kind."""

    kind: DocumentKind
    headers: TableRows
    lines: TableRows

    def lines_of(self, header: Row) -> list[Row]:
        """In the order of their numbers."""
        return self.lines.starting_with(header.key)


class SalesDocuments:
    """Documents change through these methods alone, within a transaction of the world. All raise ``Refused``.

    ``values`` are in stored form by field name and are validated in their order.
    """

    def __init__(self, company: "Company") -> None:
        self._company = company
        self._validation = LineValidation(company)
        self._last: dict[str, str] = {}
        self.shelves = {kind.name: Shelf(kind, TableRows(kind.header), TableRows(kind.line)) for kind in KINDS}

    # --- drafts: documents that nobody stores ----------------------------------------------------------------------

    def draft(self, kind: DocumentKind, values: Values) -> Values:
        """A header as far as these fields make it."""
        header = new_header(kind, self._company.world.moment()[:10])
        for name, value in values.items():
            validate_header(self._company, kind, header, name, value)
        check_complete(header)
        return header

    def draft_line(self, kind: DocumentKind, header: Values, values: Values, line_number: int = LINE_STEP) -> Values:
        """A line of such a header, priced like any other."""
        line = new_line(kind, header["No."], line_number)
        for name, value in values.items():
            self._validation.validate(kind, header, line, name, value)
        return line

    # --- headers ---------------------------------------------------------------------------------------------------

    def create(self, kind: DocumentKind, values: Values) -> Row:
        """A new document without lines."""
        header = self.draft(kind, values)
        header["No."] = self._next_number(kind)
        return self._put(self.shelves[kind.name].headers, None, (header["No."],), header)

    def change(self, kind: DocumentKind, header: Row, values: Values) -> Row:
        """The document with other fields; its lines are made anew where they depend on what has changed."""
        shelf = self.shelves[kind.name]
        changed = dict(header.values)
        recreate = False
        for name, value in values.items():
            if changed[name] != value or name == "Invoice Discount Amount":
                validate_header(self._company, kind, changed, name, value)
                recreate = recreate or name in RECREATES_LINES
        check_complete(changed)
        lines = [dict(row.values) for row in shelf.lines_of(header)]
        if recreate:
            for line in lines:
                self._validation.recreate(kind, changed, line)
        return self._settle(shelf, header, changed, lines)

    def delete(self, kind: DocumentKind, header: Row) -> None:
        shelf = self.shelves[kind.name]
        for line in shelf.lines_of(header):
            self._remove_line(kind, shelf, line)
        self._remove(shelf.headers, header)

    # --- lines -----------------------------------------------------------------------------------------------------

    def add_line(self, kind: DocumentKind, header: Row, values: Values) -> Row:
        """A further line; without a ``Line No.`` it follows the last one."""
        [line] = self.add_lines(kind, header, [values])
        return line

    def add_lines(self, kind: DocumentKind, header: Row, lines: Sequence[Values]) -> list[Row]:
        """Further lines, in their order; the document is totalled once."""
        shelf = self.shelves[kind.name]
        rows = shelf.lines_of(header)
        last = rows[-1].values["Line No."] if rows else 0
        keys = []
        for values in lines:
            wanted = values.get("Line No.") or last + LINE_STEP
            key = (*header.key, wanted)
            if key in shelf.lines.by_key:
                raise refusals.same_key("Sales Line", f"{kind.name};{header.key[0]};{wanted}")
            given = {name: value for name, value in values.items() if name != "Line No."}
            self._put(shelf.lines, None, key, self.draft_line(kind, header.values, given, wanted))
            keys.append(key)
            last = max(last, wanted)
        self._settle(shelf, header, dict(header.values), [dict(row.values) for row in shelf.lines_of(header)])
        return [shelf.lines.by_key[key] for key in keys]

    def change_line(self, kind: DocumentKind, line: Row, values: Values) -> Row:
        shelf = self.shelves[kind.name]
        header = self.header_of(kind, line)
        lines = {row.key: dict(row.values) for row in shelf.lines_of(header)}
        for name, value in values.items():
            self._validation.validate(kind, header.values, lines[line.key], name, value)
        self._settle(shelf, header, dict(header.values), list(lines.values()), touched=line.key)
        return shelf.lines.by_key[line.key]

    def delete_line(self, kind: DocumentKind, line: Row) -> None:
        shelf = self.shelves[kind.name]
        header = self.header_of(kind, line)
        self._remove_line(kind, shelf, line)
        self._settle(shelf, header, dict(header.values), [dict(row.values) for row in shelf.lines_of(header)])

    def header_of(self, kind: DocumentKind, line: Row) -> Row:
        return self.shelves[kind.name].headers.by_key[line.key[:1]]

    # --- from quote to order ---------------------------------------------------------------------------------------

    def make_order(self, quote: Row) -> Row:
        """The order that a quote becomes, with the quote's prices; the quote is gone."""
        shelf = self.shelves[ORDER.name]
        header = new_header(ORDER, self._company.world.moment()[:10])
        header.update({name: value for name, value in quote.values.items() if name in header and name != "Status"})
        header["No."] = self._next_number(ORDER)
        order = self._put(shelf.headers, None, (header["No."],), header)
        lines = []
        for row in self.shelves[QUOTE.name].lines_of(quote):
            line = new_line(ORDER, header["No."], row.values["Line No."])
            line.update(
                {name: value for name, value in row.values.items() if name in line} | {"Document No.": header["No."]}
            )
            line["Qty. to Ship"] = line["Qty. to Invoice"] = line["Quantity"]
            self._put(shelf.lines, None, (header["No."], line["Line No."]), line)
            lines.append(dict(line))
        self.delete(QUOTE, quote)
        return self._settle(shelf, order, dict(header), lines)

    def renamed(self, table: str, old: str, new: str) -> None:
        """A record has another key now: documents name it by that."""
        for shelf in self.shelves.values():
            concerned = set()
            for line in list(shelf.lines.by_id.values()):
                values = _renamed(shelf.kind.line, line.values, table, old, new)
                if line.values["Type"] == table and line.values["No."] == old:
                    values["No."] = new
                if values != line.values:
                    self._put(shelf.lines, line, line.key, values)
                    concerned.add(line.key[:1])
            for header in list(shelf.headers.by_id.values()):
                values = _renamed(shelf.kind.header, header.values, table, old, new)
                if values != header.values:
                    self._put(shelf.headers, header, header.key, values)
                    concerned.add(header.key)
            for key in concerned:
                header = shelf.headers.by_key[key]
                for line in shelf.lines_of(header):
                    self._tell_stock(shelf.kind, header.values, line)

    # --- keeping ---------------------------------------------------------------------------------------------------

    def _settle(
        self,
        shelf: Shelf,
        header: Row,
        values: Values,
        lines: Sequence[Values],
        *,
        touched: tuple[object, ...] | None = None,
    ) -> Row:
        """Total the document and keep what has changed: header and lines."""
        settle(values, lines, self._validation.tables.precision(values["Currency Code"]).amount)
        for line in lines:
            key = (line["Document No."], line["Line No."])
            old = shelf.lines.by_key[key]
            if old.values != line or key == touched:
                self._put(shelf.lines, old, key, line)
            self._tell_stock(shelf.kind, values, shelf.lines.by_key[key])
        return self._put(shelf.headers, header, header.key, values)

    def _put(self, held: TableRows, old: Row | None, key: tuple[object, ...], values: Values) -> Row:
        world = self._company.world
        now = world.moment()
        row = Row(
            old.id if old else str(uuid.uuid4()),
            key,
            values,
            world.next_version(),
            now,
            old.created if old else now,
        )
        held.put(row, old)
        world.remember(lambda: held.put_back(old, row))
        return row

    def _remove(self, held: TableRows, row: Row) -> None:
        held.remove(row)
        self._company.world.next_version()
        self._company.world.remember(lambda: held.put_back(row, None))

    def _remove_line(self, kind: DocumentKind, shelf: Shelf, line: Row) -> None:
        self._remove(shelf.lines, line)
        told = self._company.tables["Sales Line"].by_id.get(line.id)
        if told is not None:
            self._company.delete("Sales Line", told)

    def _tell_stock(self, kind: DocumentKind, header: Values, line: Row) -> None:
        values = line.values
        shown: Values = {
            "Document Type": kind.name,
            "Document No.": values["Document No."],
            "Line No.": values["Line No."],
            "Sell-to Customer No.": header["Sell-to Customer No."],
            "Type": _STOCK_TYPES[values["Type"]],
            "No.": values["No."],
            "Variant Code": values["Variant Code"],
            "Location Code": values["Location Code"],
            "Unit of Measure Code": values["Unit of Measure Code"],
            "Quantity": values["Quantity"],
            "Outstanding Quantity": values["Quantity"],
            "Outstanding Qty. (Base)": values["Quantity (Base)"],
            "Shipment Date": values["Shipment Date"],
        }
        told = self._company.tables["Sales Line"].by_id.get(line.id)
        if told is None:
            self._company.insert("Sales Line", shown, line.id)
        elif told.values != shown:
            self._company.update("Sales Line", told, shown)

    def _next_number(self, kind: DocumentKind) -> str:
        taken = self.shelves[kind.name].headers.by_key
        others = self._company.tables["Sales Line"]
        place = others.table["Document Type"].options.index(kind.name)
        number = self._last.get(kind.name, "")
        while True:
            number = _next(number) if number else kind.first_number
            if (number,) not in taken and not others.starting_with((place, number)):
                self._last[kind.name] = number
                return number


def _renamed(fields: FinancialsTable, values: Values, table: str, old: str, new: str) -> Values:
    names = {item.name for item in fields if item.relation == table}
    return {name: new if name in names and value == old else value for name, value in values.items()}


def _next(number: str) -> str:
    found = _NUMBER.match(number)
    if found is None:
        raise ValueError(f"the number {number!r} does not end with digits")
    prefix, digits = found.groups()
    return f"{prefix}{int(digits) + 1:0{len(digits)}d}"
