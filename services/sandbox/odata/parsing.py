"""Reads the text of a $filter into its tree."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from services.sandbox.odata.dialect import ODataError
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
)

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
    | (?P<mark>[(),=:\[\]])
    )""",
    re.VERBOSE,
)
_QUERY_FUNCTIONS = "Microsoft.Dynamics.CRM."
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
        self.variable = ""
        """Name of a collection's row, where a condition on one is read."""

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
            return self._path(value)
        return self._literal(kind, value)

    def _path(self, name: str) -> Path:
        if not self.variable:
            return Path(name)
        variable, _, rest = name.partition("/")
        if variable != self.variable or not rest:
            raise ODataError(f"A property of '{self.variable}' is expected instead of '{name}' in '{self.text}'.")
        return Path(rest)

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
        if name.startswith(_QUERY_FUNCTIONS):
            return self._query_function(name.removeprefix(_QUERY_FUNCTIONS))  # type: ignore[return-value]
        collection, _, operator = name.rpartition("/")
        if collection and operator in ("any", "all"):
            return self._quantified(collection, operator)  # type: ignore[return-value]
        self.take("(")
        arguments: list[Operand] = []
        while not self.next_is(")"):
            arguments.append(self.operand())
            if self.next_is(","):
                self.take()
        self.take(")")
        return Call(name, tuple(arguments))

    def _query_function(self, name: str) -> Expression:
        self.take("(")
        self.take("PropertyName")
        self.take("=")
        kind, quoted = self.take()
        if kind != "text":
            raise ODataError(f"{_QUERY_FUNCTIONS}{name} needs PropertyName as text.")
        values: tuple[Literal, ...] = ()
        if self.next_is(","):
            self.take()
            if self.take()[1] not in ("PropertyValue", "PropertyValues"):
                raise ODataError(f"{_QUERY_FUNCTIONS}{name} needs PropertyValue or PropertyValues.")
            self.take("=")
            values = self._values()
        self.take(")")
        left = self._path(quoted[1:-1])
        match name:
            case "In":
                return Membership(left, values)
            case "NotIn":
                return Negation(Membership(left, values))
        return QueryFunction(name, left, values)

    def _values(self) -> tuple[Literal, ...]:
        """A list in brackets, or one value."""
        if self.next_is("[") or self.next_is("("):
            return self.literals("[", "]") if self.next_is("[") else self.literals("(", ")")
        value = self.operand()
        if not isinstance(value, Literal):
            raise ODataError(f"A value is expected in '{self.text}'.")
        return (value,)

    def _quantified(self, collection: str, operator: str) -> Quantified:
        self.take("(")
        if operator == "any" and self.next_is(")"):
            self.take()
            return Quantified(self._path(collection).name, operator, None)
        kind, variable = self.take()
        if kind != "name" or "/" in variable:
            raise ODataError(f"'{operator}' needs the name of a variable in '{self.text}'.")
        self.take(":")
        collection = self._path(collection).name
        outer, self.variable = self.variable, variable
        body = self.disjunction()
        self.variable = outer
        self.take(")")
        return Quantified(collection, operator, body)


@lru_cache(maxsize=2048)
def _parse(text: str, aliases: tuple[tuple[str, str], ...]) -> Expression:
    return _Parser(text, dict(aliases)).whole()


def parse_filter(text: str, aliases: Mapping[str, str] | None = None) -> Expression:
    """The tree of a $filter; raises ``ODataError``."""
    try:
        return _parse(text, tuple((aliases or {}).items()))
    except RecursionError as error:
        raise ODataError("The $filter is nested too deeply.") from error
