"""OData text, pure: filters in both products' dialects, literals, and decimal numbers as text.

Dataverse and Business Central disagree about blanks, ``in`` and option values; a :class:`Term` says what is meant and
``filter_text`` writes it for one of them.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from libs.contracts.pages import Value
from libs.contracts.vocabulary import System
from libs.runtime.errors import MappingInvalid

ItemT = TypeVar("ItemT")

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
BLANK_DATE = "0001-01-01"
BLANK_MOMENT = "0001-01-01T00:00:00Z"
QUOTED = frozenset({"text", "code", "option"})
"""Types whose literals stand in quotes; all others stand bare."""

_UNRESERVED = "!$'()*,;:@/="
"""What need not be encoded in a query besides letters, digits and ``_.-~``."""
_PLAIN = re.compile(rf"[A-Za-z0-9_.~ {re.escape(_UNRESERVED)}-]*")

_OPERATORS = frozenset({"eq", "ne", "gt", "ge", "lt", "le", "in"})
_BLANKS = {
    "text": "''",
    "code": "''",
    "option": "' '",
    "date": BLANK_DATE,
    "moment": BLANK_MOMENT,
    "guid": EMPTY_GUID,
    "decimal": "0",
    "integer": "0",
    "boolean": "false",
}
"""What Business Central holds where nothing was entered; it knows no null."""


@dataclass(frozen=True)
class Term:
    """One condition on one property as it is called on the wire; ``type`` is a catalogue type."""

    property: str
    type: str
    operator: str
    value: Value | list[Value]
    in_name: str = ""
    """Dataverse: name for the query function ``In``; empty writes an or-chain instead (lookups)."""


def filter_text(terms: Iterable[Term], system: System) -> str:
    """The ``$filter``, not yet percent-encoded. Terms are joined by ``and``. Raises ``MappingInvalid``."""
    write = _dataverse_term if system is System.SALES else _business_central_term
    return " and ".join(write(term) for term in terms)


def literal(type: str, value: Value) -> str:
    """A value as it stands in a filter or key."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if type in QUOTED:
        return "'" + str(value).replace("'", "''") + "'"
    text = str(value)
    if any(character in text for character in " '()"):
        raise MappingInvalid(f"A filter compares a {type} with something that is none: correct the mapping's filter.")
    return text


def escaped(text: str) -> str:
    """Percent-encoded for the query part of a URL."""
    # A filter of a hundred values has nothing to encode but its spaces, and ``quote`` goes byte by byte.
    if _PLAIN.fullmatch(text):
        return text.replace(" ", "%20")
    return quote(text, safe=_UNRESERVED)


def same_host(link: str, root: str) -> bool:
    """Whether a next link leads to the service that it came from."""
    there, here = urlsplit(link), urlsplit(root)
    return (there.scheme, there.netloc.lower()) == (here.scheme, here.netloc.lower())


def decimal_text(value: Any) -> str | None:
    """A JSON number (whole number, or text kept by the decoder) as canonical decimal text: plain, no trailing zeros."""
    if value is None:
        return None
    text = str(value)
    if text.isdigit():
        return text
    if "e" in text or "E" in text:
        try:
            text = format(Decimal(text), "f")
        except InvalidOperation:
            return text
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def json_number(text: Value) -> Any:
    """Decimal text as a JSON number with every digit kept; null stays null."""
    return None if text is None else msgspec.Raw(str(text).encode())


def chunks_by_length(values: Iterable[ItemT], length: Sequence[int] | None, limit: int) -> Iterator[list[ItemT]]:
    """Cut values into lists whose lengths (by default of their text) add up to at most ``limit``."""
    chunk: list[ItemT] = []
    used = 0
    for index, value in enumerate(values):
        size = length[index] if length is not None else len(str(value))
        if chunk and used + size > limit:
            yield chunk
            chunk, used = [], 0
        chunk.append(value)
        used += size
    if chunk:
        yield chunk


def in_function(name: str, values: Iterable[str]) -> str:
    """Dataverse's query function for a list of values."""
    listed = ",".join(msgspec.json.encode(value).decode() for value in values)
    return f"Microsoft.Dynamics.CRM.In(PropertyName='{name}',PropertyValues=[{listed}])"


def _dataverse_term(term: Term) -> str:
    _check(term)
    if term.operator != "in":
        return f"{term.property} {term.operator} {literal(term.type, _single(term))}"
    values = _list(term)
    present = [value for value in values if value is not None]
    alternatives = [f"{term.property} eq null"] if len(present) < len(values) else []
    if len(present) > 2 and term.in_name:
        alternatives.append(in_function(term.in_name, (_in_value(value) for value in present)))
    else:
        alternatives += [f"{term.property} eq {literal(term.type, value)}" for value in present]
    return _either(alternatives, f"{term.property} eq null and {term.property} ne null")


def _in_value(value: Value) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _business_central_term(term: Term) -> str:
    _check(term)
    if term.operator != "in":
        return f"{term.property} {term.operator} {_or_blank(term.type, _single(term))}"
    # "or" is allowed between conditions on one field, which is all that is needed.
    alternatives = [f"{term.property} eq {_or_blank(term.type, value)}" for value in _list(term)]
    nothing = _or_blank(term.type, None)
    return _either(list(dict.fromkeys(alternatives)), f"{term.property} eq {nothing} and {term.property} ne {nothing}")


def _or_blank(type: str, value: Value) -> str:
    return _BLANKS.get(type, "''") if value is None else literal(type, value)


def _either(alternatives: list[str], never: str) -> str:
    if not alternatives:
        return never
    return alternatives[0] if len(alternatives) == 1 else "(" + " or ".join(alternatives) + ")"


def _check(term: Term) -> None:
    if term.operator not in _OPERATORS:
        raise MappingInvalid(f"A filter has an operator that is not known ({term.operator}): correct the mapping.")


def _single(term: Term) -> Value:
    if isinstance(term.value, list):
        raise MappingInvalid(f"A filter gives {term.operator} a list: correct the mapping.")
    return term.value


def _list(term: Term) -> list[Value]:
    return term.value if isinstance(term.value, list) else [term.value]
