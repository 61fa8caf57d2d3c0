"""What Business Central refuses in a $filter although its grammar would allow it."""

from services.sandbox.odata import (
    Call,
    Comparison,
    Expression,
    Literal,
    Logical,
    Membership,
    Negation,
    ODataError,
    Operand,
    Options,
    Path,
    Queries,
)

_NEWEST = ("$schemaversion", "2.1")
_OF_TEXTS = frozenset({"text", "option"})


def check_filter(expression: Expression, queries: Queries, options: Options) -> None:
    """Raises ``ODataError`` for a filter that Business Central would not answer."""
    _Check(queries, newest=_NEWEST in options.others).condition(expression)


class _Check:
    def __init__(self, queries: Queries, *, newest: bool) -> None:
        self._queries = queries
        self._newest = newest
        """Whether the newest schema version is asked for, which alone has ``in`` and nested functions."""

    def condition(self, expression: Expression) -> None:
        match expression:
            case Logical(_, parts):
                for part in parts:
                    if isinstance(part, Comparison):  # by far the most, in lists of ids and numbers
                        self._comparison(part.left, part.right)
                    else:
                        self.condition(part)
            case Comparison(_, left, right):
                self._comparison(left, right)
            case Membership(left, values):
                if not self._newest:
                    raise ODataError("The 'in' operator is supported from $schemaversion=2.1.", "unsupported")
                for value in values:
                    self._comparison(left, value)
            case Negation():
                raise ODataError("The 'not' operator is not supported.", "unsupported")
            case Call():
                self._call(expression)

    def _comparison(self, left: Operand, right: Operand) -> None:
        if isinstance(left, Path) and isinstance(right, Literal):
            self._literal(left, right)
        elif isinstance(right, Path) and isinstance(left, Literal):
            self._literal(right, left)
        else:
            for each in (left, right):
                if isinstance(each, Call):
                    self._call(each)

    def _literal(self, path: Path, literal: Literal) -> None:
        if literal.kind == "text" and self._queries.resolve(path.name).kind == "guid":
            raise ODataError(
                f"A binary operator with incompatible types was detected: a guid property and '{literal.text}', which "
                "is text. A GUID stands without quotes.",
                "type",
            )

    def _call(self, call: Call) -> None:
        """Functions take a text property first, or from the newest schema version on another function."""
        first = call.arguments[0] if call.arguments else None
        if isinstance(first, Call):
            if not self._newest:
                raise ODataError("Nested functions are supported from $schemaversion=2.1.", "unsupported")
            self._call(first)
        elif isinstance(first, Path) and self._queries.resolve(first.name).kind not in _OF_TEXTS:
            raise ODataError(f"'{call.name}' takes text, which '{first.name}' is not.", "type")
        if call.name == "substring" and not all(_is_place(argument) for argument in call.arguments[1:]):
            raise ODataError("'substring' takes a property, a start and a length.", "type")


def _is_place(argument: Operand) -> bool:
    return isinstance(argument, Literal) and argument.kind == "number" and argument.text.isdigit()
