"""Reads the path of a request: the company in all its forms, the entity set, a key."""

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from services.sandbox.financials import refusals

_SEGMENT = re.compile(r"(?:[^/'(]|'(?:[^']|'')*'|\((?:[^')]|'(?:[^']|'')*')*\))+")
_PART = re.compile(r"\s*(?:(?P<name>[A-Za-z_]\w*)\s*=\s*)?(?P<value>'(?:[^']|'')*'|[^,']+)\s*(?:,|$)")


class KeyPart(NamedTuple):
    name: str
    """Empty where the key is a single bare value."""
    text: str
    quoted: bool


@dataclass(frozen=True)
class Segment:
    name: str
    key: tuple[KeyPart, ...] | None = None
    """None without parentheses."""


def segments(path: str) -> list[Segment]:
    """The parts of a percent-encoded path; raises ``Refused``."""
    parts = path.strip("/").split("/") if "'" not in path else _SEGMENT.findall(path)
    return [_segment(part) for part in parts if part]


def _segment(text: str) -> Segment:
    decoded = unquote(text)
    name, opening, rest = decoded.partition("(")
    if not opening:
        return Segment(name)
    if not rest.endswith(")"):
        raise refusals.bad_url(f"Bad Request - Error in query syntax: '{decoded}'.")
    return Segment(name, _key(rest[:-1]))


def _key(text: str) -> tuple[KeyPart, ...]:
    if len(text) == 36 and "'" not in text and "=" not in text:
        return (KeyPart("", text, False),)
    parts, at = [], 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            raise refusals.bad_url(f"Bad Request - Error in query syntax: '{text}'.")
        value = found.group("value").strip()
        quoted = value.startswith("'")
        parts.append(KeyPart(found.group("name") or "", value[1:-1].replace("''", "'") if quoted else value, quoted))
        at = found.end()
    return tuple(parts)
