"""The item list with its flow filters: conditions that restrict what a row's flow fields sum up, not the rows.

As in the product, ``Inventory`` follows location and variant alone; the date filter restricts orders, by the date of
their shipment or receipt.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from libs.dynamics.financials_tables import ITEM_FLOW_FIELDS, ITEM_FLOW_FILTERS, ITEM_LIST_SERVICE
from services.sandbox.financials import paging
from services.sandbox.financials.company import Company
from services.sandbox.financials.rows import Row
from services.sandbox.financials.shapes import Shape, Shown
from services.sandbox.financials.stock import LEDGER
from services.sandbox.financials.values import rounded
from services.sandbox.odata import (
    ANYTHING,
    BUSINESS_CENTRAL,
    Expression,
    Literal,
    ODataError,
    Options,
    Predicate,
    Property,
    Queries,
    conjuncts,
    parse_filter,
    paths,
)

_LOCATION, _VARIANT, _DATE = ITEM_FLOW_FILTERS
_PLACES = 5


@dataclass(frozen=True)
class _Flow:
    """Where a flow field's sum comes from."""

    table: str
    quantity: str
    restricted_by: dict[str, str]
    """Flow filter -> field of the table."""

    def rows(self, company: Company, item: str) -> Iterable[Row]:
        stock = company.stock
        return stock.entries(item) if self.table == LEDGER else stock.outstanding(self.table, item)


_PLACE = {_LOCATION: "Location Code", _VARIANT: "Variant Code"}
_FLOWS = dict(
    zip(
        ITEM_FLOW_FIELDS,
        (
            _Flow(LEDGER, "Quantity", _PLACE),
            _Flow("Sales Line", "Outstanding Qty. (Base)", {**_PLACE, _DATE: "Shipment Date"}),
            _Flow("Purchase Line", "Outstanding Qty. (Base)", {**_PLACE, _DATE: "Expected Receipt Date"}),
        ),
        strict=True,
    )
)


class _Anything:
    """The value of a flow filter in a row: equal to whatever it is compared with, so that it keeps every row."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return True

    def __gt__(self, other: object) -> bool:
        return True

    __ge__ = __lt__ = __le__ = __gt__


_WHATEVER = _Anything()


def with_flows(shape: Shape) -> Shape:
    """The item list with its flow fields and filters; any other shape as it is."""
    return _shape(shape, ()) if shape.set_name == ITEM_LIST_SERVICE else shape


def restricted(shape: Shape, options: Options) -> Shape:
    """The shape as the flow filters of a query restrict it; raises ``Refused``."""
    if shape.set_name != ITEM_LIST_SERVICE or not any(name in options.filter for name in ITEM_FLOW_FILTERS):
        return shape
    try:
        expression = parse_filter(options.filter, options.alias_values)
        conditions = tuple(part for part in conjuncts(expression) if paths(part) & set(ITEM_FLOW_FILTERS))
        return _shape(shape, conditions)
    except ODataError as error:
        raise paging.refused(error) from error


def _shape(shape: Shape, conditions: tuple[Expression, ...]) -> Shape:
    properties = dict(shape.properties)
    for name, flow in _FLOWS.items():
        get = _summing(shape.company, flow, conditions)
        known = properties.get(name)
        properties[name] = Shown(
            name, "Edm.Decimal", get, Property(get, "number"), known.field if known else None, depends=(flow.table,)
        )
    for name in ITEM_FLOW_FILTERS:
        kept = Property(lambda row: _WHATEVER, ANYTHING, _literal_text)
        properties[name] = Shown(name, "Edm.String", lambda row: "", kept)
    return Shape(
        shape.company,
        shape.table,
        shape.surface,
        shape.set_name,
        properties,
        shape.key,
        shape.read_only,
        passing=bool(conditions),
    )


def _summing(company: Company, flow: _Flow, conditions: tuple[Expression, ...]) -> Callable[[Row], Decimal]:
    queries = Queries(lambda name: _property(flow.restricted_by[name]), BUSINESS_CENTRAL)
    tests: list[Predicate] = [
        queries.compile(condition) for condition in conditions if paths(condition) <= set(flow.restricted_by)
    ]

    def get(item: Row) -> Decimal:
        rows = flow.rows(company, item.key[0])
        held = [row.values[flow.quantity] for row in rows if all(test(row) for test in tests)]
        return rounded(sum(held, Decimal(0)), _PLACES)

    return get


def _property(field: str) -> Property:
    return Property(lambda row: row.values[field], "text", _literal_text)


def _literal_text(literal: Literal) -> str:
    return literal.text.upper()
