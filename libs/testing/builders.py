"""Builders with good defaults, so that a test shows only what matters to it."""

from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from libs.contracts.pages import PageKey, RecordData, SynchronizePage, Value, Values
from libs.contracts.setup import MappingContext
from libs.contracts.vocabulary import Direction, RunKind
from libs.messaging.handling import Handling
from libs.testing.clock import FrozenClock


def an_id(name: str) -> str:
    """The same made-up row id for the same name."""
    return str(uuid5(NAMESPACE_URL, f"https://tandem.test/{name}"))


def a_context(**changes: Any) -> MappingContext:
    """A company in euro, in a Sales organization in US dollars (0.8 euro each)."""
    defaults: dict[str, Any] = {
        "company_id": an_id("company"),
        "company_row_id": an_id("company row"),
        "owner_team_id": an_id("owner team"),
        "local_currency_code": "EUR",
        "local_currency_id": an_id("EUR"),
        "base_currency_code": "USD",
        "base_currency_rate": "0.8",
        "default_price_list_id": an_id("default price list"),
        "currency_precision": 2,
    }
    return MappingContext(**{**defaults, **changes})


def a_handling(now: datetime | None = None, message_id: UUID | None = None, **changes: Any) -> Handling:
    moment = now or FrozenClock().now()
    return Handling(message_id=message_id or uuid4(), correlation_id="test", now=moment, **changes)


def a_record(key: str = "", values: Values | None = None, *, id: str = "", version: str = "1") -> RecordData:
    """One record as a connector reads it; a record of Financials has a key, which also makes its id."""
    return {
        "id": id or an_id(f"record {key}"),
        "key": key,
        "version": version,
        "modified_on": "2026-03-01T10:00:00Z",
        "values": dict(values or {}),
    }


_CUSTOMER: Values = {
    "Name": "Adatum Corporation",
    "Contact": "Robert Townes",
    "Address": "192 Market Square",
    "Address 2": "",
    "Post Code": "31772",
    "City": "Atlanta",
    "Country/Region Code": "US",
    "County": "GA",
    "Currency Code": "",
    "E-Mail": "robert.townes@contoso.test",
    "Fax No.": "",
    "Home Page": "",
    "Phone No.": "",
    "Salesperson Code": "",
    "Shipment Method Code": "",
    "Shipping Agent Code": "",
    "Payment Terms Code": "",
    "Credit Limit (LCY)": "0",
    "Primary Contact No.": "",
}


def a_customer(number: str = "C00010", *, id: str = "", version: str = "1", **fields: Value) -> RecordData:
    """A customer of Financials; ``fields`` in snake case: ``primary_contact_no=…``."""
    return a_record(number, {**_CUSTOMER, **_named(_CUSTOMER, fields)}, id=id, version=version)


_CONTACT: Values = {
    "Salesperson Code": "",
    "Currency Code": "",
    "Address": "",
    "Address 2": "",
    "Post Code": "",
    "City": "",
    "Country/Region Code": "",
    "County": "",
    "E-Mail": "",
    "Fax No.": "",
    "First Name": "Robert",
    "Middle Name": "",
    "Surname": "Townes",
    "Home Page": "",
    "Mobile Phone No.": "",
    "Pager": "",
    "Phone No.": "",
    "Customer No.": "C00010",
}


def a_contact(number: str = "CT000001", *, id: str = "", version: str = "1", **fields: Value) -> RecordData:
    """A person of a customer's company."""
    return a_record(number, {**_CONTACT, **_named(_CONTACT, fields)}, id=id, version=version)


_ITEM: Values = {
    "No.": "1000",
    "Description": "Bicycle",
    "Unit Price": "4000",
    "Unit Cost": "350.594",
    "Unit Volume": "0",
    "Gross Weight": "15.2",
    "Vendor No.": "",
    "Vendor Item No.": "",
    "Inventory": "32",
    "Base Unit of Measure": "PCS",
    "Blocked": False,
}


def an_item(number: str = "1000", *, id: str = "", version: str = "1", **fields: Value) -> RecordData:
    return a_record(number, {**_ITEM, "No.": number, **_named(_ITEM, fields)}, id=id, version=version)


_RESOURCE: Values = {
    "No.": "LINDA",
    "Name": "Linda Mitchell",
    "Unit Price": "98",
    "Unit Cost": "50",
    "Vendor No.": "",
    "Capacity": "0",
    "Base Unit of Measure": "HOUR",
    "Blocked": False,
}


def a_resource(number: str = "LINDA", *, id: str = "", version: str = "1", **fields: Value) -> RecordData:
    return a_record(number, {**_RESOURCE, "No.": number, **_named(_RESOURCE, fields)}, id=id, version=version)


_PRICE: Values = {
    "Item No.": "1000",
    "Sales Code": "RETAIL",
    "Starting Date": None,
    "Ending Date": None,
    "Currency Code": "",
    "Variant Code": "",
    "Unit of Measure Code": "",
    "Minimum Quantity": "0",
    "Unit Price": "3900",
}


def a_sales_price(name: str = "1", *, version: str = "1", **fields: Value) -> RecordData:
    """A price of a customer price group; ``name`` tells prices apart."""
    values = {**_PRICE, **_named(_PRICE, fields)}
    return a_record(f"{values['Item No.']};1;{values['Sales Code']};{name}", values, version=version)


def a_page_key(
    mapping: str, direction: Direction = Direction.TO_SALES, *, job: str = "job-1", page: int = 0, **changes: Any
) -> PageKey:
    return PageKey(job_id=job, mapping=mapping, direction=direction, page=page, attempt="a", **changes)


def a_synchronize_page(
    page: PageKey, records: list[RecordData], run: RunKind = RunKind.FULL, *, match_by: str = ""
) -> SynchronizePage:
    return SynchronizePage(page=page, run=run, records=records, match_by=match_by)


def _named(known: Values, fields: dict[str, Value]) -> Values:
    """Field names from their snake case; raises ``KeyError`` for one that the record does not have."""
    names = {_snake(name): name for name in known}
    return {names[name]: value for name, value in fields.items()}


def _snake(name: str) -> str:
    plain = "".join(letter if letter.isalnum() else " " for letter in name.lower())
    return "_".join(plain.split())
