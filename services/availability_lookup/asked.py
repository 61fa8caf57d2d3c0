"""What may be asked, in version 1 of the HTTP API, and how it is read; ``openapi.py`` describes it.

A field that is not known is refused, so that a misspelt one is noticed.
"""

import datetime
import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

MAX_LINES = 500
MAX_BYTES = 512 * 1024
"""The largest body; 500 lines take a fifth of it."""
LARGEST_QUANTITY = 999_999_999

_PRINTABLE = r"^[^\x00-\x1f\x7f]*(?![\x00-\x1f\x7f])$"
_GUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
QUANTITY_PATTERN = r"^(?!0*(\.0*)?$)[0-9]{1,9}(\.[0-9]{1,5})?(?!\n)$"
_QUANTITY = re.compile(r"[0-9]{1,9}(\.[0-9]{1,5})?", re.ASCII)
_FIVE = Decimal("0.00001")

Guid = Annotated[str, Meta(pattern=_GUID, min_length=36, max_length=36, description="row id in Sales")]
Number = Annotated[str, Meta(pattern=_PRINTABLE, min_length=1, max_length=20, description="number in Financials")]
Code = Annotated[str, Meta(pattern=_PRINTABLE, max_length=10)]
Quantity = Annotated[str | int | float, Meta(description="greater than 0; decimal text or a number")]


class Invalid(Exception):
    """A request that does not fit; ``pointer`` points into the body, ``parameter`` names a query or header."""

    def __init__(self, detail: str, *, pointer: str | None = None, parameter: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.parameter = parameter


class NotJson(Exception):
    """The body is no JSON at all."""


class CustomerAsked(Struct, forbid_unknown_fields=True, frozen=True):
    """Who buys: a row of Sales or a number in Financials, one of the two."""

    account_id: Guid | UnsetType = UNSET
    number: Number | UnsetType = UNSET


class LineAsked(Struct, forbid_unknown_fields=True, frozen=True):
    """One order line. The product is named by exactly one of ``product_id``, ``item`` and ``resource``."""

    id: Annotated[str, Meta(pattern=_PRINTABLE, min_length=1, max_length=64, description="comes back in the answer")]
    quantity: Quantity
    product_id: Guid | UnsetType = UNSET
    item: Number | UnsetType = UNSET
    resource: Number | UnsetType = UNSET
    variant: Code = ""
    unit: Annotated[Code, Meta(description="empty: the product's sales unit, else its base unit")] = ""
    unit_id: Guid | UnsetType = UNSET


class OrderAsked(Struct, forbid_unknown_fields=True, frozen=True):
    """A whole order. Without a customer prices are those that hold for everybody."""

    lines: Annotated[list[LineAsked], Meta(min_length=1, max_length=MAX_LINES)]
    customer: CustomerAsked | UnsetType = UNSET
    currency: Annotated[Code, Meta(description="empty: the customer's")] = ""
    currency_id: Guid | UnsetType = UNSET
    date: Annotated[datetime.date, Meta(description="of the order; missing: today")] | UnsetType = UNSET
    location: Annotated[Code, Meta(description="empty: all locations together")] = ""
    campaign: Annotated[str, Meta(pattern=_PRINTABLE, max_length=20)] = ""
    per_location: bool = False


class StockAsked(Struct, forbid_unknown_fields=True, frozen=True):
    """Query of a single product's availability."""

    unit: Code = ""
    variant: Code = ""
    location: Annotated[Code, Meta(description="empty: all locations together")] = ""
    per_location: Literal["true", "false"] = "false"
    quantity: Annotated[str, Meta(pattern=QUANTITY_PATTERN, max_length=15, description="greater than 0")] = "1"


class PriceAsked(Struct, forbid_unknown_fields=True, frozen=True):
    """Query of a single product's price."""

    customer: Annotated[Number, Meta(description="customer number in Financials")] | UnsetType = UNSET
    account: Annotated[Guid, Meta(description="account in Sales; counts before a customer number")] | UnsetType = UNSET
    currency: Annotated[Code, Meta(description="empty: the customer's")] = ""
    unit: Code = ""
    variant: Code = ""
    quantity: Annotated[str, Meta(pattern=QUANTITY_PATTERN, max_length=15, description="greater than 0")] = "1"
    date: Annotated[datetime.date, Meta(description="missing: today")] | UnsetType = UNSET


_order = msgspec.json.Decoder(OrderAsked)
T = TypeVar("T")


def decode_order(body: bytes) -> OrderAsked:
    """Raises :class:`NotJson` or :class:`Invalid`."""
    try:
        order = _order.decode(body)
    except msgspec.ValidationError as error:
        detail, pointer = _pointed(str(error))
        raise Invalid(detail, pointer=pointer) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson from error
    customer = order.customer
    if not isinstance(customer, UnsetType) and (customer.account_id is UNSET) == (customer.number is UNSET):
        raise Invalid("exactly one of account_id, number must be given", pointer="/customer")
    if order.currency:
        _at_most_one(order.currency_id is not UNSET, "currency", "currency_id", "")
    for place, line in enumerate(order.lines):
        if (line.product_id is UNSET) + (line.item is UNSET) + (line.resource is UNSET) != 2:
            raise Invalid("exactly one of product_id, item, resource must be given", pointer=f"/lines/{place}")
        if line.unit:
            _at_most_one(line.unit_id is not UNSET, "unit", "unit_id", f"/lines/{place}")
        try:
            quantity_of(line.quantity)
        except ValueError as error:
            raise Invalid(str(error), pointer=f"/lines/{place}/quantity") from None
    return order


def parsed(kind: Any, text: str, parameter: str) -> str:
    """A path segment that must fit ``kind``. Raises :class:`Invalid`."""
    try:
        return str(msgspec.convert(text, kind))
    except msgspec.ValidationError as error:
        raise Invalid(str(error).split(" - at ", 1)[0], parameter=parameter) from None


def decode_query(kind: type[T], query: Iterable[tuple[str, str]]) -> T:
    """Query parameters as ``kind``. Raises :class:`Invalid`, also for one that is given twice."""
    given: dict[str, str] = {}
    for name, value in query:
        if name in given:
            raise Invalid("given more than once", parameter=name)
        given[name] = value
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as error:
        detail, pointer = _pointed(str(error))
        raise Invalid(detail, parameter=pointer.removeprefix("/")) from None


@lru_cache(maxsize=1024, typed=True)
def quantity_of(value: str | int | float) -> Decimal:
    """Raises ``ValueError`` with words that say what is allowed."""
    words = f"a quantity is greater than 0, at most {LARGEST_QUANTITY}, and as text has at most 5 decimals"
    if isinstance(value, str):
        if not _QUANTITY.fullmatch(value):
            raise ValueError(words)
        quantity = Decimal(value)
    elif 0 < value <= LARGEST_QUANTITY:
        quantity = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if quantity != quantity.to_integral_value():
            # A number may be longer than Financials can hold.
            quantity = max(quantity.quantize(_FIVE), _FIVE)
    else:
        raise ValueError(words)
    if quantity <= 0:
        raise ValueError(words)
    return quantity


def _at_most_one(both: bool, one: str, other: str, where: str) -> None:
    if both:
        raise Invalid(f"{one} and {other} must not be given both", pointer=f"{where}/{other}")


def _pointed(words: str) -> tuple[str, str]:
    """msgspec's account, ``Expected `int`, got `str` - at `$.lines[0].quantity```, as words and JSON pointer."""
    detail, _, path = words.partition(" - at `")
    pointer = "".join(
        f"/{part.replace('~', '~0').replace('/', '~1')}" for part in re.split(r"[.\[\]]+", path.rstrip("`")[1:]) if part
    )
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", detail, re.DOTALL)
    if unknown:
        pointer += "/" + unknown[1].replace("~", "~0").replace("/", "~1")
    return detail, pointer
