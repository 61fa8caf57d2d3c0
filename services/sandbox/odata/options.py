"""The system query options of a request, by meaning."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.sandbox.odata.dialect import ODataError


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
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise ODataError(f"Invalid value '{value}' for {name} query option found.")
    return int(value)


def parse_expand(text: str) -> tuple[Expansion, ...]:
    """``nav,other($select=a,b;$expand=c($top=1))`` as a tree; raises ``ODataError``."""
    expansions: list[Expansion] = []
    for part in split_outside(text, ","):
        name, opening, rest = part.strip().partition("(")
        options = Options()
        if opening:
            if not rest.endswith(")"):
                raise ODataError(f"Syntax error in $expand: '{part}'.")
            pairs = [piece.strip().split("=", 1) for piece in split_outside(rest[:-1], ";")]
            if any(len(pair) != 2 for pair in pairs):
                raise ODataError(f"Syntax error in $expand: '{part}'.")
            options = read_options([(pair[0], pair[1]) for pair in pairs])
        if not name:
            raise ODataError(f"Syntax error in $expand: '{text}'.")
        expansions.append(Expansion(name.strip(), options))
    return tuple(expansions)


def split_outside(text: str, separator: str) -> list[str]:
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
