"""The tree of a $filter, and what can be read off it without a table."""

from dataclasses import dataclass


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


@dataclass(frozen=True)
class QueryFunction:
    """``Microsoft.Dynamics.CRM.Between(PropertyName=…,PropertyValues=…)`` and its like, by the short name."""

    name: str
    left: Path
    values: tuple[Literal, ...]


@dataclass(frozen=True)
class Quantified:
    """``contacts/any(c:c/lastname eq 'X')``: a condition on the rows of a collection."""

    collection: str
    operator: str
    """any, all."""
    body: "Expression | None"
    """None: ``any()``, whether there is one at all."""


Operand = Path | Literal | Call
Expression = Path | Literal | Call | Comparison | Membership | Logical | Negation | QueryFunction | Quantified


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
        case QueryFunction(_, left):
            return paths(left)
        case Quantified(collection):
            return {collection}


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
