"""Compiles $filter and $orderby of one table into functions over its rows, cached by text."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.sandbox.odata.dialect import Dialect, ODataError
from services.sandbox.odata.options import parse_orderby
from services.sandbox.odata.parsing import parse_filter
from services.sandbox.odata.query_functions import loosened, query_function, utc_now
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
    Quantified,
    QueryFunction,
    paths,
)
from services.sandbox.odata.values import Getter, Predicate, Property, Resolver, Row, value_of

ANYTHING = "anything"
"""Kind of a property that is equal to every value."""

Members = Callable[[Row], Iterable[Row]]
"""Rows of a collection, of the row that has it."""

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "gt": lambda a, b: bool(a > b),
    "ge": lambda a, b: bool(a >= b),
    "lt": lambda a, b: bool(a < b),
    "le": lambda a, b: bool(a <= b),
}
_MIRRORED = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge", "eq": "eq", "ne": "ne"}


@dataclass
class Queries:
    """Compiled filters and orders of one table, cached by text."""

    resolve: Resolver
    dialect: Dialect
    capacity: int = 512
    now: Callable[[], datetime] = utc_now
    collections: "Callable[[str], tuple[Queries, Members]] | None" = None
    """Collection-valued navigation property -> how its rows are queried, and which they are; raises ``ODataError``."""
    _predicates: dict[Hashable, tuple[Predicate, Expression]] = field(default_factory=dict)
    _orders: dict[str, list[tuple[Getter, bool]]] = field(default_factory=dict)

    def predicate(self, text: str, aliases: Mapping[str, str] | None = None) -> Predicate:
        """Whether a row passes the $filter."""
        return self.compiled(text, aliases)[0]

    def compiled(self, text: str, aliases: Mapping[str, str] | None = None) -> tuple[Predicate, Expression]:
        """The predicate and the tree that it came from."""
        key: Hashable = (text, tuple((aliases or {}).items()))
        known = self._predicates.get(key)
        if known is None:
            expression = parse_filter(text, aliases)
            known = self.compile(expression), expression
            if len(self._predicates) >= self.capacity:
                self._predicates.clear()
            self._predicates[key] = known
        return known

    def sort(self, rows: list[Row], text: str) -> list[Row]:
        """Rows in the order of an $orderby; stable, nulls first."""
        for get, descending in reversed(self.order(text)):
            rows = sorted(rows, key=lambda row: _sortable(get(row)), reverse=descending)
        return rows

    def order(self, text: str) -> list[tuple[Getter, bool]]:
        """Getter and whether descending, for each part of an $orderby."""
        known = self._orders.get(text)
        if known is None:
            known = [(self._operand(Path(name)), descending) for name, descending in parse_orderby(text)]
            if len(self._orders) >= self.capacity:
                self._orders.clear()
            self._orders[text] = known
        return known

    def compile(self, expression: Expression) -> Predicate:
        """The predicate of a tree; raises ``ODataError``."""
        match expression:
            case Logical(operator, parts):
                return self._logical(operator, parts)
            case Negation(part):
                inner = self.compile(part)
                return lambda row: not inner(row)
            case Comparison():
                return self._comparison(expression)
            case Membership(left, values):
                return self._membership(left, values)
            case QueryFunction(_, left) if self.dialect.query_functions:
                found = Property(self._operand(left), self.resolve(left.name).kind)
                return query_function(expression, found, self.dialect, self.now)
            case Quantified(collection, quantifier, body) if self.collections is not None:
                return self._quantified(*self.collections(collection), quantifier, body)
            case Call("contains" | "startswith" | "endswith" as name, arguments):
                return self._text_test(name, arguments)
            case Path(name):
                found = self.resolve(name)
                if found.kind == "boolean":
                    get = found.get
                    return lambda row: bool(get(row))
            case Literal("boolean", text):
                truth = text == "true"
                return lambda row: truth
        raise ODataError("The $filter expression must be a condition.")

    def _quantified(self, queries: "Queries", members: Members, operator: str, body: Expression | None) -> Predicate:
        if body is None:
            return lambda row: any(True for _ in members(row))
        test = queries.compile(body)
        if operator == "any":
            return lambda row: any(map(test, members(row)))
        return lambda row: all(map(test, members(row)))

    def _logical(self, operator: str, parts: tuple[Expression, ...]) -> Predicate:
        if operator == "or" and self.dialect.or_on_one_field and len(set().union(*(paths(p) for p in parts))) > 1:
            raise ODataError("'OR' operator is not supported on distinct fields.", reason="or_on_distinct_fields")
        if operator == "or" and (listed := self._listed(parts)) is not None:
            return listed
        tests = [self.compile(part) for part in parts]
        if len(tests) == 2:
            first, second = tests
            if operator == "and":
                return lambda row: first(row) and second(row)
            return lambda row: first(row) or second(row)
        if operator == "and":
            return lambda row: all(test(row) for test in tests)
        return lambda row: any(test(row) for test in tests)

    def _listed(self, parts: tuple[Expression, ...]) -> Predicate | None:
        """``a eq 1 or a eq 2 or …``, which clients write for want of ``in``: one look-up, however long the list."""
        wanted: list[tuple[Path, Literal]] = []
        for part in parts:
            match part:
                case Comparison("eq", Path() as left, Literal() as right) if not wanted or left == wanted[0][0]:
                    wanted.append((left, right))
                case _:
                    return None
        path = wanted[0][0]
        if self.resolve(path.name).kind == ANYTHING:
            return None
        values = frozenset(self._value(path, literal) for _, literal in wanted)
        get = self._operand(path)
        return lambda row: get(row) in values

    def _comparison(self, node: Comparison) -> Predicate:
        operator, left, right = node.operator, node.left, node.right
        if isinstance(left, Literal):
            operator, left, right = _MIRRORED[operator], right, left
        if isinstance(left, Literal):
            raise ODataError("A comparison needs a property.")
        if isinstance(left, Call) and left.name in ("contains", "startswith", "endswith"):
            return self._test_equals(left, operator, right)
        get = self._operand(left)
        if not isinstance(right, Literal):
            self._check_comparable(left, right)
            return _compare_two(operator, get, self._operand(right))
        wanted = self._value(left, right)
        if operator == "eq":
            return lambda row: bool(get(row) == wanted)
        if operator == "ne":
            return lambda row: bool(get(row) != wanted)
        if wanted is None:
            return lambda row: False
        compare = _ORDER[operator]
        return lambda row: (value := get(row)) is not None and compare(value, wanted)

    def _check_comparable(self, left: Operand, right: Operand) -> None:
        if isinstance(left, Path) and isinstance(right, Path):
            kinds = {self.resolve(left.name).kind, self.resolve(right.name).kind}
            if len(kinds) == 2 and not kinds.isdisjoint({"number", "boolean"}) and ANYTHING not in kinds:
                raise ODataError(f"'{left.name}' and '{right.name}' cannot be compared.", reason="type")

    def _test_equals(self, call: Call, operator: str, right: Operand) -> Predicate:
        """``contains(name,'x') eq true``."""
        if operator not in ("eq", "ne") or not isinstance(right, Literal) or right.kind != "boolean":
            raise ODataError(f"'{call.name}' gives true or false.", reason="type")
        test = self._text_test(call.name, call.arguments)
        wanted = (right.text == "true") == (operator == "eq")
        return lambda row: test(row) == wanted

    def _membership(self, left: Path | Call, values: tuple[Literal, ...]) -> Predicate:
        get = self._operand(left)
        wanted = frozenset(self._loose_value(left, value) for value in values)
        return lambda row: get(row) in wanted

    def _loose_value(self, left: Path | Call, value: Literal) -> Any:
        if isinstance(left, Path) and self.dialect.query_functions:
            value = loosened(value, self.resolve(left.name).kind)
        return self._value(left, value)

    def _text_test(self, name: str, arguments: tuple[Operand, ...]) -> Predicate:
        if name not in self.dialect.functions:
            raise ODataError(f"The function '{name}' is not supported.", reason="unsupported", name=name)
        if len(arguments) != 2 or not isinstance(arguments[1], Literal) or arguments[1].kind != "text":
            raise ODataError(f"'{name}' needs a property and a text.")
        get = self._operand(arguments[0])
        wanted = arguments[1].text.casefold() if self.dialect.ignore_case else arguments[1].text
        if name == "contains":
            return lambda row: wanted in (get(row) or "")
        if name == "startswith":
            return lambda row: (get(row) or "").startswith(wanted)
        return lambda row: (get(row) or "").endswith(wanted)

    def _value(self, left: Path | Call, literal: Literal) -> Any:
        if isinstance(left, Call):
            kind = "number" if left.name == "length" else "text"
            return value_of(literal, kind, self.dialect)
        found = self.resolve(left.name)
        if found.convert is not None and literal.kind != "null":
            return found.convert(literal)
        return value_of(literal, found.kind, self.dialect)

    def _operand(self, operand: Operand) -> Getter:
        if isinstance(operand, Path):
            found = self.resolve(operand.name)
            get = found.get
            if found.kind == "text" and self.dialect.ignore_case:
                return lambda row: value.casefold() if (value := get(row)) is not None else None
            return get
        if isinstance(operand, Literal):
            text = operand.text
            return lambda row: text
        return self._value_function(operand)

    def _value_function(self, call: Call) -> Getter:
        if call.name not in self.dialect.functions:
            raise ODataError(f"The function '{call.name}' is not supported.", reason="unsupported", name=call.name)
        if not call.arguments:
            raise ODataError(f"'{call.name}' needs an argument.")
        get = self._operand(call.arguments[0])
        match call.name:
            case "tolower":
                return lambda row: (get(row) or "").lower()
            case "toupper":
                return lambda row: (get(row) or "").upper()
            case "trim":
                return lambda row: (get(row) or "").strip()
            case "length":
                return lambda row: len(get(row) or "")
            case "substring":
                bounds = [int(part.text) for part in call.arguments[1:] if isinstance(part, Literal)]
                if not 1 <= len(bounds) <= 2:
                    raise ODataError("'substring' needs a start.")
                start = bounds[0]
                end = start + bounds[1] if len(bounds) == 2 else None
                return lambda row: (get(row) or "")[start:end]
        raise ODataError(f"The function '{call.name}' is not supported.", reason="unsupported", name=call.name)


def _compare_two(operator: str, left: Getter, right: Getter) -> Predicate:
    if operator in ("eq", "ne"):
        same = operator == "eq"
        return lambda row: (left(row) == right(row)) == same
    compare = _ORDER[operator]
    return lambda row: (a := left(row)) is not None and (b := right(row)) is not None and compare(a, b)


def _sortable(value: Any) -> tuple[int, Any]:
    return (0, 0) if value is None else (1, value)
