"""Reads OData query options and turns $filter and $orderby into functions over a row; both products use it.

``parse_filter`` gives a tree, cached by text; ``Queries`` compiles trees against one table, through a resolver that
says how a property is read from a row and what kind of value it holds, and caches the compiled functions by text.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

Row = Any
Predicate = Callable[[Row], bool]
Getter = Callable[[Row], Any]


class ODataError(Exception):
    """A query that is refused; ``reason`` is syntax, unknown_property, unsupported, type or or_on_distinct_fields."""

    def __init__(self, message: str, reason: str = "syntax", name: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.name = name


@dataclass(frozen=True)
class Dialect:
    """What differs between the two products."""

    ignore_case: bool = False
    """Compare text without regard to case, in operators, functions and sorting."""
    in_operator: bool = True
    functions: frozenset[str] = frozenset({"contains", "startswith", "endswith"})
    """Allowed besides the operators; the value functions are tolower, toupper, trim, length and substring."""
    or_on_one_field: bool = False
    """Refuse ``or`` between conditions on distinct fields, as Business Central does."""
    moment_digits: int = 0
    """Digits after the second in stored moments; literals are brought to the same."""


DATAVERSE = Dialect(ignore_case=True, in_operator=True)
BUSINESS_CENTRAL = Dialect(
    in_operator=False,
    functions=frozenset({"contains", "startswith", "endswith", "tolower", "toupper", "trim", "substring"}),
    or_on_one_field=True,
    moment_digits=3,
)


# --- the tree -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Path:
    """A property, or one reached through a navigation property: ``sdkmessageid/name``."""

    name: str


@dataclass(frozen=True)
class Literal:
    kind: str
    """text, number, boolean, null, guid, date, moment or member (a bare or typed enumeration member)."""
    text: str


@dataclass(frozen=True)
class Call:
    name: str
    arguments: "tuple[Path | Literal | Call, ...]"


@dataclass(frozen=True)
class Comparison:
    operator: str
    left: "Path | Literal | Call"
    right: "Path | Literal | Call"


@dataclass(frozen=True)
class Membership:
    left: "Path | Call"
    values: tuple[Literal, ...]


@dataclass(frozen=True)
class Logical:
    operator: str
    """and, or."""
    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Negation:
    part: "Expression"


Operand = Path | Literal | Call
Expression = Path | Literal | Call | Comparison | Membership | Logical | Negation

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")
    | (?P<guid>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})
    | (?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)
    | (?P<date>\d{4}-\d\d-\d\d)
    | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    | (?P<alias>@\w+)
    | (?P<member>[A-Za-z_][\w.]*'(?:[^']|'')*')
    | (?P<name>[^\W\d][\w.]*(?:/[^\W\d][\w.]*)*)
    | (?P<mark>[(),=\[\]])
    )""",
    re.VERBOSE,
)
_WORDS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})


def _tokens(text: str, aliases: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            raise ODataError(f"Syntax error at position {at} in '{text}'.")
        at = found.end()
        kind = found.lastgroup or ""
        value = found.group(kind)
        if kind == "alias":
            if value not in aliases:
                raise ODataError(f"The parameter alias '{value}' has no value.")
            yield from _tokens(aliases[value], {})
        else:
            yield kind, value
    return


class _Parser:
    def __init__(self, text: str, aliases: Mapping[str, str]) -> None:
        self.text = text
        self.tokens = [*_tokens(text, aliases), ("end", "")]
        self.at = 0

    def take(self, value: str = "") -> tuple[str, str]:
        token = self.tokens[self.at]
        if value and token[1] != value:
            raise ODataError(f"Syntax error: '{value}' expected in '{self.text}'.")
        self.at += 1
        return token

    def next_is(self, value: str) -> bool:
        kind, text = self.tokens[self.at]
        return text == value and kind in ("name", "mark")

    def whole(self) -> Expression:
        expression = self.disjunction()
        if self.tokens[self.at][0] != "end":
            raise ODataError(f"Syntax error: '{self.tokens[self.at][1]}' is not expected in '{self.text}'.")
        return expression

    def disjunction(self) -> Expression:
        return self._chain("or", self.conjunction)

    def conjunction(self) -> Expression:
        return self._chain("and", self.negation)

    def _chain(self, operator: str, part: Callable[[], Expression]) -> Expression:
        parts = [part()]
        while self.next_is(operator):
            self.take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else Logical(operator, tuple(parts))

    def negation(self) -> Expression:
        if self.next_is("not"):
            self.take()
            return Negation(self.negation())
        return self.condition()

    def condition(self) -> Expression:
        if self.next_is("("):
            self.take()
            inner = self.disjunction()
            self.take(")")
            return inner
        left = self.operand()
        kind, word = self.tokens[self.at]
        if kind == "name" and word in _WORDS:
            self.take()
            return Comparison(word, left, self.operand())
        if kind == "name" and word == "in":
            self.take()
            if isinstance(left, Literal):
                raise ODataError("'in' needs a property on its left.")
            return Membership(left, self.literals("(", ")"))
        return left

    def operand(self) -> Operand:
        kind, value = self.take()
        if kind == "name":
            if self.next_is("("):
                return self.call(value)
            if value in ("true", "false"):
                return Literal("boolean", value)
            if value == "null":
                return Literal("null", "")
            return Path(value)
        return self._literal(kind, value)

    def _literal(self, kind: str, value: str) -> Literal:
        if kind == "text":
            quote = value[0]
            inner = value[1:-1]
            return Literal("text", inner.replace("''", "'") if quote == "'" else inner.replace('\\"', '"'))
        if kind == "member":
            return Literal("member", value.split("'", 1)[1][:-1].replace("''", "'"))
        if kind in ("guid", "moment", "date", "number"):
            return Literal(kind, value)
        raise ODataError(f"Syntax error near '{value or 'the end'}' in '{self.text}'.")

    def literals(self, opening: str, closing: str) -> tuple[Literal, ...]:
        self.take(opening)
        values: list[Literal] = []
        while not self.next_is(closing):
            value = self.operand()
            if not isinstance(value, Literal):
                raise ODataError(f"A list of values is expected in '{self.text}'.")
            values.append(value)
            if self.next_is(","):
                self.take()
        self.take(closing)
        return tuple(values)

    def call(self, name: str) -> Operand:
        if name == "Microsoft.Dynamics.CRM.In":
            return self._in_function()  # type: ignore[return-value]
        self.take("(")
        arguments: list[Operand] = []
        while not self.next_is(")"):
            arguments.append(self.operand())
            if self.next_is(","):
                self.take()
        self.take(")")
        return Call(name, tuple(arguments))

    def _in_function(self) -> Membership:
        self.take("(")
        self.take("PropertyName")
        self.take("=")
        kind, quoted = self.take()
        if kind != "text":
            raise ODataError("Microsoft.Dynamics.CRM.In needs PropertyName as text.")
        self.take(",")
        self.take("PropertyValues")
        self.take("=")
        values = self.literals("[", "]") if self.next_is("[") else self.literals("(", ")")
        self.take(")")
        return Membership(Path(quoted[1:-1]), values)


@lru_cache(maxsize=2048)
def _parse(text: str, aliases: tuple[tuple[str, str], ...]) -> Expression:
    return _Parser(text, dict(aliases)).whole()


def parse_filter(text: str, aliases: Mapping[str, str] | None = None) -> Expression:
    """The tree of a $filter; raises ``ODataError``."""
    return _parse(text, tuple((aliases or {}).items()))


def paths(expression: Expression) -> set[str]:
    """Names of all properties that an expression mentions."""
    match expression:
        case Path(name):
            return {name}
        case Literal():
            return set()
        case Call(_, arguments):
            return set().union(*(paths(part) for part in arguments))
        case Comparison(_, left, right):
            return paths(left) | paths(right)
        case Membership(left, _):
            return paths(left)
        case Logical(_, parts):
            return set().union(*(paths(part) for part in parts))
        case Negation(part):
            return paths(part)


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """The conditions that must all hold; one where there is no ``and`` at the top."""
    if isinstance(expression, Logical) and expression.operator == "and":
        return tuple(inner for part in expression.parts for inner in conjuncts(part))
    return (expression,)


def pinned(expression: Expression) -> dict[str, tuple[Literal, ...]]:
    """Properties that a row must have one of the given values in: what an index can answer.

    From ``a eq 1 and (b eq 2 or b eq 3) and c in (4)`` it gives a, b and c.
    """
    found: dict[str, tuple[Literal, ...]] = {}
    for part in conjuncts(expression):
        pair = _pinned(part)
        if pair is not None:
            found.setdefault(*pair)
    return found


def _pinned(part: Expression) -> tuple[str, tuple[Literal, ...]] | None:
    match part:
        case Comparison("eq", Path(name), Literal() as value) | Comparison("eq", Literal() as value, Path(name)):
            return name, (value,)
        case Membership(Path(name), values):
            return name, values
        case Logical("or", parts):
            pairs = [_pinned(inner) for inner in parts]
            names = {pair[0] if pair else "" for pair in pairs}
            if len(names) == 1 and "" not in names:
                return names.pop(), tuple(value for pair in pairs if pair for value in pair[1])
    return None


# --- compiling ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Property:
    """How a property is read from a row. Values: text, int/Decimal, bool, lower-case GUID text, ISO date or moment."""

    get: Getter
    kind: str
    """text, number, boolean, guid, date, moment or option."""
    convert: Callable[[Literal], Any] | None = None
    """Literal to a value as ``get`` gives it, where the usual conversion does not do."""


Resolver = Callable[[str], Property]
"""Property by name as in the URL; raises ``ODataError`` with reason unknown_property."""


def _moment(text: str, digits: int) -> str:
    """A moment in UTC with that many digits after the second, so that texts compare as moments do."""
    if text[-1] != "Z" and len(text) > 16 and text[-6] in "+-":
        text = datetime.fromisoformat(text).astimezone(UTC).isoformat().removesuffix("+00:00")
    whole, _, fraction = text.removesuffix("Z").partition(".")
    if len(whole) == 16:
        whole += ":00"
    return f"{whole}.{fraction[:digits].ljust(digits, '0')}Z" if digits else f"{whole}Z"


def value_of(literal: Literal, kind: str, dialect: Dialect) -> Any:
    """A literal as a row of that kind holds it; raises ``ODataError`` where types do not fit."""
    if literal.kind == "null":
        return None
    text = literal.text
    try:
        match kind:
            case "number" if literal.kind == "number":
                return Decimal(text) if not text.lstrip("-").isdigit() else int(text)
            case "boolean" if literal.kind == "boolean":
                return text == "true"
            case "guid" if literal.kind in ("guid", "text"):
                return text.lower()
            case "date" if literal.kind in ("date", "moment"):
                return text[:10]
            case "moment" if literal.kind in ("moment", "date"):
                return _moment(text if literal.kind == "moment" else f"{text}T00:00:00Z", dialect.moment_digits)
            case "option" if literal.kind in ("text", "member", "number"):
                return text
            case "text" if literal.kind in ("text", "member"):
                return text.casefold() if dialect.ignore_case else text
    except InvalidOperation:
        pass
    raise ODataError(
        f"A binary operator with incompatible types was detected: a {kind} property and '{text}'.", reason="type"
    )


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

    def _logical(self, operator: str, parts: tuple[Expression, ...]) -> Predicate:
        if operator == "or" and self.dialect.or_on_one_field and len(set().union(*(paths(p) for p in parts))) > 1:
            raise ODataError("'OR' operator is not supported on distinct fields.", reason="or_on_distinct_fields")
        tests = [self.compile(part) for part in parts]
        if len(tests) == 2:
            first, second = tests
            if operator == "and":
                return lambda row: first(row) and second(row)
            return lambda row: first(row) or second(row)
        if operator == "and":
            return lambda row: all(test(row) for test in tests)
        return lambda row: any(test(row) for test in tests)

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
        """Microsoft.Dynamics.CRM.In takes all its values as text, numbers too."""
        if value.kind == "text" and isinstance(left, Path) and self.resolve(left.name).kind == "number":
            return self._value(left, Literal("number", value.text))
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


# --- the other options ----------------------------------------------------------------------------------------------


def parse_orderby(text: str) -> list[tuple[str, bool]]:
    """Property and whether descending, in order; raises ``ODataError``."""
    parts: list[tuple[str, bool]] = []
    for part in text.split(","):
        words = part.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1] not in ("asc", "desc")):
            raise ODataError(f"Syntax error in $orderby: '{part.strip()}'.")
        parts.append((words[0], len(words) == 2 and words[1] == "desc"))
    return parts


@dataclass(frozen=True)
class Expansion:
    """One navigation property of an $expand, with the options in its parentheses."""

    name: str
    options: "Options"


@dataclass(frozen=True)
class Options:
    """The system query options of a request, by meaning."""

    select: tuple[str, ...] = ()
    """Empty: all."""
    filter: str = ""
    orderby: str = ""
    expand: tuple[Expansion, ...] = ()
    top: int | None = None
    skip: int | None = None
    count: bool = False
    skiptoken: str = ""
    deltatoken: str = ""
    aliases: tuple[tuple[str, str], ...] = ()
    others: tuple[tuple[str, str], ...] = ()
    """What is none of the above, ``$apply`` and ``$search`` included."""

    @property
    def alias_values(self) -> dict[str, str]:
        return dict(self.aliases)


_NAMED = {"$filter": "filter", "$orderby": "orderby", "$skiptoken": "skiptoken", "$deltatoken": "deltatoken"}


def read_options(pairs: Mapping[str, str] | tuple[tuple[str, str], ...] | list[tuple[str, str]]) -> Options:
    """Query parameters, already percent-decoded, by meaning; raises ``ODataError``."""
    known: dict[str, Any] = {}
    aliases: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for name, value in pairs.items() if isinstance(pairs, Mapping) else pairs:
        if name in _NAMED:
            known[_NAMED[name]] = value
        elif name == "$select":
            known["select"] = tuple(part.strip() for part in value.split(",") if part.strip() and part.strip() != "*")
        elif name == "$expand":
            known["expand"] = parse_expand(value)
        elif name in ("$top", "$skip"):
            known[name[1:]] = _whole_number(name, value)
        elif name == "$count":
            if value not in ("true", "false"):
                raise ODataError(f"Invalid value '{value}' for $count.")
            known["count"] = value == "true"
        elif name.startswith("@"):
            aliases.append((name, value))
        else:
            others.append((name, value))
    return Options(**known, aliases=tuple(aliases), others=tuple(others))


def _whole_number(name: str, value: str) -> int:
    if not value.isdigit():
        raise ODataError(f"Invalid value '{value}' for {name} query option found.")
    return int(value)


def parse_expand(text: str) -> tuple[Expansion, ...]:
    """``nav,other($select=a,b;$expand=c($top=1))`` as a tree; raises ``ODataError``."""
    expansions: list[Expansion] = []
    for part in _split(text, ","):
        name, opening, rest = part.strip().partition("(")
        options = Options()
        if opening:
            if not rest.endswith(")"):
                raise ODataError(f"Syntax error in $expand: '{part}'.")
            pairs = [piece.strip().split("=", 1) for piece in _split(rest[:-1], ";")]
            if any(len(pair) != 2 for pair in pairs):
                raise ODataError(f"Syntax error in $expand: '{part}'.")
            options = read_options([(pair[0], pair[1]) for pair in pairs])
        if not name:
            raise ODataError(f"Syntax error in $expand: '{text}'.")
        expansions.append(Expansion(name.strip(), options))
    return tuple(expansions)


def _split(text: str, separator: str) -> list[str]:
    """Split outside of parentheses and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, mark in enumerate(text):
        if mark == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
        elif mark == separator and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]]
