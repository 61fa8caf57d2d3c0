"""Read-only entity sets that are no tables: companies, setup, the companion's own feeds and its stock queries."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import msgspec

from libs.dynamics.financials_tables import (
    DELETIONS_SET,
    FEED_POSITIONS_SET,
    FINANCIALS_QUERIES,
    PRICING_SETUP_SET,
    FinancialsQuery,
)
from services.sandbox.financials.company import Company
from services.sandbox.financials.shapes import API_V2, COMPANION
from services.sandbox.financials.values import BLANK_DATE, EMPTY_GUID
from services.sandbox.financials.world import FinancialsWorld
from services.sandbox.odata import BUSINESS_CENTRAL, ODataError, Property, Queries

Entry = dict[str, Any]

_EDM: dict[type, tuple[str, str]] = {
    bool: ("Edm.Boolean", "boolean"),
    int: ("Edm.Int64", "number"),
    str: ("Edm.String", "text"),
    Decimal: ("Edm.Decimal", "number"),
}
SYSTEM_VERSION = "27.0.38460.0"
_CREATED = "2024-01-01T00:00:00.000Z"
_encode = msgspec.json.Encoder(decimal_format="number").encode


class Listing:
    """Entries of one set, in the order of their key."""

    def __init__(self, name: str, key: str, example: Entry, entries: Callable[[], list[Entry]]) -> None:
        self.name = name
        self.key = key
        self.types = {each: _kind(each, value) for each, value in example.items()}
        """Property -> its type in the metadata, its kind in a query."""
        self.entries = entries
        self.keys: tuple[str, ...] = (key,)
        """Key properties of its type in the metadata."""
        self.tables: tuple[str, ...] = ()
        """Tables whose data it shows, as far as reading them takes a right."""
        self.queries = Queries(self._resolve, BUSINESS_CENTRAL)

    def candidates(self, wanted: dict[str, list[str]]) -> list[Entry]:
        """Entries among which are all that have one of the values ``wanted`` of each property."""
        return self.entries()

    def _resolve(self, name: str) -> Property:
        if name not in self.types:
            raise ODataError(f"Could not find a property named '{name}' in '{self.name}'.", "unknown_property", name)
        return Property(lambda entry: entry[name], self.types[name][1])


class QueryListing(Listing):
    """What an API query of the companion answers; sums over the items asked for are made when asked for."""

    def __init__(self, company: Company, query: FinancialsQuery) -> None:
        example: Entry = dict.fromkeys(query.properties, "") | {query.total[0]: Decimal(0)}
        super().__init__(query.name, query.columns[0][0], example, self._all)
        self.keys = tuple(name for name, _ in query.columns)
        self.tables = (query.table,)
        self._company = company
        self._query = query
        self._known: tuple[int, list[Entry]] = (-1, [])

    def candidates(self, wanted: dict[str, list[str]]) -> list[Entry]:
        items = wanted.get(self.key)
        return self._all() if items is None else self._sums(dict.fromkeys(item.upper() for item in items))

    def _all(self) -> list[Entry]:
        stamp = self._company.tables[self._query.table].stamp
        if self._known[0] != stamp:
            self._known = stamp, self._sums(None)
        return self._known[1]

    def _sums(self, items: Iterable[str] | None) -> list[Entry]:
        return self._company.stock.sums(self._query, items)


def _kind(name: str, value: Any) -> tuple[str, str]:
    if name == "id" or (name.endswith("Id") and name != "businessProfileId"):
        return "Edm.Guid", "guid"
    if name.endswith(("At", "DateTime")):
        return "Edm.DateTimeOffset", "moment"
    if name.endswith(("Date", "From", "To")):
        return "Edm.Date", "date"
    return _EDM[type(value)]


def entry_text(entry: Entry, select: tuple[str, ...]) -> bytes:
    return _encode({name: entry[name] for name in entry if not select or name in select})


def companies(world: FinancialsWorld) -> Listing:
    def entries() -> list[Entry]:
        return [_company(company) for _, company in sorted(world.companies.items())]

    return Listing("companies", "id", _company(world.company), entries)


def _company(company: Company) -> Entry:
    return {
        "id": company.id,
        "systemVersion": SYSTEM_VERSION,
        "timestamp": 1,
        "name": company.name,
        "displayName": company.display_name,
        "businessProfileId": "",
        "systemCreatedAt": _CREATED,
        "systemCreatedBy": EMPTY_GUID,
        "systemModifiedAt": _CREATED,
        "systemModifiedBy": EMPTY_GUID,
    }


def page_companies(world: FinancialsWorld) -> Listing:
    """``ODataV4/Company``."""

    def entries() -> list[Entry]:
        return [
            {"Name": company.name, "Evaluation_Company": False, "Display_Name": company.display_name, "Id": company.id}
            for _, company in sorted(world.companies.items())
        ]

    return Listing("Company", "Name", entries()[0], entries)


def of_company(company: Company, surface: str) -> dict[str, Listing]:
    """The listings of a company on a surface, by set name."""
    found: list[Listing] = []
    if surface == API_V2:
        found = [_single("companyInformation", _information(company)), _single("generalLedgerSetup", _setup(company))]
    elif surface == COMPANION:
        example: Entry = {
            "id": "",
            "entryNumber": 0,
            "tableNumber": 0,
            "recordId": "",
            "recordKey": "",
            "deletedAt": "",
            "systemRowVersion": 0,
        }
        found = [
            Listing(DELETIONS_SET, "id", example, lambda: company.deletions),
            Listing(FEED_POSITIONS_SET, "primaryKey", _position(company), lambda: [_position(company)]),
            Listing(PRICING_SETUP_SET, "primaryKey", _pricing(company), lambda: [_pricing(company)]),
            *(QueryListing(company, query) for query in FINANCIALS_QUERIES.values()),
        ]
    return {listing.name: listing for listing in found}


def _single(name: str, entry: Entry) -> Listing:
    return Listing(name, "id", entry, lambda: [entry])


def _position(company: Company) -> Entry:
    return {"primaryKey": "", "minimumActiveRowVersion": company.world.version + 1}


def _pricing(company: Company) -> Entry:
    return {"primaryKey": "", "usesPriceLists": company.pricing.uses_price_lists}


def _information(company: Company) -> Entry:
    return {
        "id": company.id,
        "displayName": company.display_name,
        "addressLine1": "7122 South Ashford Street",
        "addressLine2": "Westminster",
        "city": "London",
        "state": "",
        "country": "GB",
        "postalCode": "W2 8HG",
        "phoneNumber": "+44 20 7946 0100",
        "email": "",
        "website": "",
        "taxRegistrationNumber": "GB777777777",
        "currencyCode": company.world.local_currency,
        "currentFiscalYearStartDate": BLANK_DATE,
        "industry": "",
        "lastModifiedDateTime": _CREATED,
    }


def _setup(company: Company) -> Entry:
    return {
        "id": company.id,
        "allowPostingFrom": BLANK_DATE,
        "allowPostingTo": BLANK_DATE,
        "additionalReportingCurrency": "",
        "localCurrencyCode": company.world.local_currency,
        "localCurrencySymbol": company.world.local_currency_symbol,
        "shortcutDimension1Code": "DEPARTMENT",
        "shortcutDimension2Code": "CUSTOMERGROUP",
        "lastModifiedDateTime": _CREATED,
    }
