"""Reads OData query options and turns $filter and $orderby into functions over a row; both products use it.

``parse_filter`` gives a tree, cached by text; ``Queries`` compiles trees against one table, through a resolver that
says how a property is read from a row and what kind of value it holds, and caches the compiled functions by text.
"""

from services.sandbox.odata.dialect import BUSINESS_CENTRAL, DATAVERSE, Dialect, ODataError
from services.sandbox.odata.options import Expansion, Options, parse_expand, parse_orderby, read_options, split_outside
from services.sandbox.odata.parsing import parse_filter
from services.sandbox.odata.queries import ANYTHING, Members, Queries
from services.sandbox.odata.tree import (
    Call,
    Comparison,
    Expression,
    Literal,
    Logical,
    Membership,
    Negation,
    Operand,
    Path,
    conjuncts,
    paths,
    pinned,
)
from services.sandbox.odata.values import Getter, Predicate, Property, Resolver, Row, value_of

__all__ = [
    "ANYTHING",
    "BUSINESS_CENTRAL",
    "DATAVERSE",
    "Call",
    "Comparison",
    "Dialect",
    "Expansion",
    "Expression",
    "Getter",
    "Literal",
    "Logical",
    "Members",
    "Membership",
    "Negation",
    "ODataError",
    "Operand",
    "Options",
    "Path",
    "Predicate",
    "Property",
    "Queries",
    "Resolver",
    "Row",
    "conjuncts",
    "parse_expand",
    "parse_filter",
    "parse_orderby",
    "paths",
    "pinned",
    "read_options",
    "split_outside",
    "value_of",
]
