"""How one table of a company looks on one surface: its properties, how rows are written out, what may be written."""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import msgspec

from libs.dynamics.financials_tables import FINANCIALS_TABLES, FinancialsField, FinancialsTable
from services.sandbox.financials import refusals
from services.sandbox.financials.company import FIELDS, Company
from services.sandbox.financials.extras import RELATED_IDS
from services.sandbox.financials.rows import Row, TableRows
from services.sandbox.financials.values import BLANK_DATE, EMPTY_GUID, decoded_member, encoded_member
from services.sandbox.odata import BUSINESS_CENTRAL, Literal, ODataError, Property, Queries, value_of

COMPANION = "companion"
API_V2 = "api_v2"
PAGE = "page_services"

Getter = Callable[[Row], Any]

_EDM = {
    "text": "Edm.String", "code": "Edm.String", "option": "Edm.String", "decimal": "Edm.Decimal",
    "integer": "Edm.Int32", "boolean": "Edm.Boolean", "date": "Edm.Date", "guid": "Edm.Guid",
}  # fmt: skip
_KINDS = {
    "text": "text", "code": "text", "option": "option", "decimal": "number", "integer": "number",
    "boolean": "boolean", "date": "date", "guid": "guid",
}  # fmt: skip
_VIEWS_PER_SHAPE = 16
_numbers = itertools.count()
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True)
class Shown:
    """One property of a shape."""

    name: str
    edm: str
    get: Getter
    """The value as it is written out."""
    query: Property
    field: FinancialsField | None = None
    """None: id, row version, modification time, or the id of a related record."""
    length: int = 0
    depends: tuple[str, ...] = ()
    """Tables that the value is computed from."""


class View:
    """A choice of properties; keeps every row's text until the row or what it is computed from changes."""

    def __init__(self, company: Company, properties: Iterable[Shown], *, passing: bool = False) -> None:
        """``passing``: used once, so that nothing is kept."""
        self._passing = passing
        self._number = next(_numbers)
        self._getters = [(item.name, item.get) for item in properties]
        self._depends = sorted({table for item in properties for table in item.depends})
        self._company = company

    def generation(self) -> Any:
        """Changes when anything that calculated properties come from has changed."""
        if not self._depends:
            return None
        stamps = tuple([self._company.tables[table].stamp for table in self._depends])
        # Exchange rates are today's.
        return stamps, self._company.world.moment()[:10] if "Currency Exchange Rate" in self._depends else ""

    def texts(self, rows: Iterable[Row]) -> list[bytes]:
        """JSON objects of the rows."""
        if self._passing:
            return [self._text(row) for row in rows]
        generation = self.generation()
        number = self._number
        found = []
        for row in rows:
            known = row.texts.get(number)
            if known is None or known[0] != generation:
                known = row.texts[number] = generation, self._text(row)
            found.append(known[1])
        return found

    def text(self, row: Row) -> bytes:
        return self.texts((row,))[0]

    def _text(self, row: Row) -> bytes:
        document = {"@odata.etag": row.etag}
        for name, get in self._getters:
            document[name] = get(row)
        return _encode(document)


@dataclass
class Shape:
    """A table of a company on one surface."""

    company: Company
    table: FinancialsTable
    surface: str
    set_name: str
    properties: dict[str, Shown]
    key: tuple[str, ...]
    """Names of the key properties: ``id``, or those of the primary key on a page."""
    read_only: bool
    passing: bool = False
    """Made for one query alone."""
    queries: Queries = field(init=False)
    _views: dict[tuple[str, ...], View] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.queries = Queries(self._resolve, BUSINESS_CENTRAL)

    @property
    def rows(self) -> TableRows:
        return self.company.tables[self.table.name]

    @property
    def entity(self) -> str:
        """Qualified name of its type."""
        return f"{namespace(self.surface)}.{entity_name(self.set_name)}"

    def view(self, select: tuple[str, ...]) -> View:
        """The view with the properties of a $select, or all of them; raises ``Refused``."""
        known = self._views.get(select)
        if known is None:
            for name in select:
                if name not in self.properties:
                    raise self._unknown(name)
            wanted = set(select)
            chosen = [item for item in self.properties.values() if not wanted or item.name in wanted]
            if len(self._views) >= _VIEWS_PER_SHAPE:
                self._views.clear()
            known = self._views[select] = View(self.company, chosen, passing=self.passing)
        return known

    def change_properties(self) -> tuple[str, str]:
        """Names of the row version and the modification time here; empty where the surface has none."""
        if self.surface == COMPANION:
            return "systemRowVersion", "systemModifiedAt"
        return "", "lastModifiedDateTime" if self.surface == API_V2 else ""

    def _resolve(self, name: str) -> Property:
        found = self.properties.get(name)
        if found is None:
            message = f"Could not find a property named '{name}' on type '{self.entity}'."
            raise ODataError(message, "unknown_property", name)
        return found.query

    def _unknown(self, name: str) -> Exception:
        return refusals.bad_request(f"Could not find a property named '{name}' on type '{self.entity}'.")


def namespace(surface: str) -> str:
    """Namespace of the types of a surface: published pages have their own."""
    return "NAV" if surface == PAGE else "Microsoft.NAV"


def entity_name(set_name: str) -> str:
    """Singular of an entity set, near enough: ``currencies`` -> ``currency``."""
    for ending, single in (("ies", "y"), ("sses", "ss"), ("s", "")):
        if set_name.endswith(ending) and set_name[:1].islower() and set_name not in {"paymentTerms"}:
            return set_name[: -len(ending)] + single
    return "paymentTerm" if set_name == "paymentTerms" else set_name


def shape_of(company: Company, table: FinancialsTable, surface: str, set_name: str, *, read_only: bool) -> Shape:
    """The shape of ``table`` on ``surface``."""
    shown: list[Shown] = []
    if surface != PAGE:
        shown.append(Shown("id", "Edm.Guid", attrgetter("id"), Property(attrgetter("id"), "guid")))
    for item in FIELDS[table.name].values():
        name = property_name(item, surface)
        if name:
            shown.append(shown_field(company, table, item, surface, name))
        related = RELATED_IDS.get((table.name, item.name)) if surface == API_V2 else None
        if related:
            shown.append(related_id(company, item, related))
    modified = Property(attrgetter("modified"), "moment")
    if surface == COMPANION:
        version = Property(attrgetter("version"), "number")
        shown.append(Shown("systemModifiedAt", "Edm.DateTimeOffset", modified.get, modified))
        shown.append(Shown("systemRowVersion", "Edm.Int64", version.get, version))
    elif surface == API_V2:
        shown.append(Shown("lastModifiedDateTime", "Edm.DateTimeOffset", modified.get, modified))
    key = tuple(table[name].page or "" for name in table.key) if surface == PAGE else ("id",)
    return Shape(company, table, surface, set_name, {item.name: item for item in shown}, key, read_only)


def property_name(item: FinancialsField, surface: str) -> str | None:
    """Name of a field on a surface, or nothing where it is not there."""
    return {COMPANION: item.companion, API_V2: item.api_v2, PAGE: item.page}[surface]


def shown_field(company: Company, table: FinancialsTable, item: FinancialsField, surface: str, name: str) -> Shown:
    """The property that shows a field of ``table``."""
    stored = _stored_getter(company, table, item)
    computed = company.calculate.fields.get((table.name, item.name))
    get: Getter = stored
    convert: Callable[[Literal], Any] | None = None
    if item.type == "option":
        convert = _option_converter(item)
        if surface != PAGE:
            members = {member: encoded_member(member) for member in item.options}
            get = _translated(stored, members)
    elif item.type == "date":
        get = _or_else(stored, BLANK_DATE)
        convert = _date_converter
    elif item.type == "code":
        convert = _code_converter
        if surface == API_V2 and name == "currencyCode" and table.name != "Currency Exchange Rate":
            get = stored = _or_else(stored, company.world.local_currency)
    kind = _KINDS[item.type]
    return Shown(
        name,
        _EDM[item.type],
        get,
        Property(stored, kind, convert),
        item,
        item.length,
        computed[1] if computed else (),
    )


def _stored_getter(company: Company, table: FinancialsTable, item: FinancialsField) -> Getter:
    computed = company.calculate.fields.get((table.name, item.name))
    if computed is not None:
        return computed[0]
    name = item.name
    if item.name in table:
        return lambda row: row.values[name]
    default = {"decimal": 0, "boolean": False, "option": item.options[0] if item.options else ""}.get(item.type, "")
    return lambda row: row.values.get(name, default)


def related_id(company: Company, item: FinancialsField, name: str) -> Shown:
    """The property that holds the SystemId of the record which a field names."""
    rows = company.tables[item.relation]
    code = item.name

    def get(row: Row) -> str:
        related = rows.by_key.get((row.values[code],))
        return EMPTY_GUID if related is None else related.id

    return Shown(name, "Edm.Guid", get, Property(get, "guid"), depends=(item.relation,))


def _translated(get: Getter, members: dict[str, str]) -> Getter:
    return lambda row: members[get(row)]


def _or_else(get: Getter, blank: str) -> Getter:
    return lambda row: get(row) or blank


def _option_converter(item: FinancialsField) -> Callable[[Literal], Any]:
    def convert(literal: Literal) -> Any:
        member = decoded_member(str(value_of(literal, "option", BUSINESS_CENTRAL)))
        member = " " if member == "" and item.options[0] == " " else member
        if member not in item.options:
            raise ODataError(f"The value '{literal.text}' is not an option of {item.name}.", "type")
        return member

    return convert


def _date_converter(literal: Literal) -> Any:
    day = str(value_of(literal, "date", BUSINESS_CENTRAL))
    return "" if day == BLANK_DATE else day


def _code_converter(literal: Literal) -> Any:
    return str(value_of(literal, "text", BUSINESS_CENTRAL)).upper()


def tables_by_set(surface: str) -> dict[str, FinancialsTable]:
    """Entity set or service name -> table."""
    found: dict[str, FinancialsTable] = {}
    for table in FINANCIALS_TABLES.values():
        name = {COMPANION: table.companion_set, API_V2: table.api_v2_set, PAGE: table.page_service}[surface]
        if name:
            found[name] = table
    return found
