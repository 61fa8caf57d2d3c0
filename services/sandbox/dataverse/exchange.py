"""One operation and its answer, whether it came as a request of its own or as a part of a batch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from services.sandbox.dataverse import refusal
from services.sandbox.odata import ODataError, Options, read_options

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
encode = msgspec.json.Encoder(decimal_format="number").encode
"""JSON with decimals as numbers, digit for digit."""

JSON_TYPE = "application/json; odata.metadata=minimal"
PREFIX = "Microsoft.Dynamics.CRM."
"""Namespace of types and messages."""
PREFERENCE_APPLIED = "Preference-Applied"


@lru_cache(maxsize=512)
def _read_preferences(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    quoted = False
    part = ""
    for mark in text + ",":
        if mark == '"':
            quoted = not quoted
        elif mark in ",;" and not quoted:
            name, _, value = part.strip().partition("=")
            if name:
                found[name.strip().lower()] = value.strip()
            part = ""
        else:
            part += mark
    return found


@lru_cache(maxsize=2048)
def _read_options(query: str) -> Options:
    return read_options(parse_qsl(query, keep_blank_values=True))


@dataclass(slots=True)
class Call:
    """One operation."""

    method: str
    path: str
    """Below the service root, percent-decoded: ``accounts(…)/name``."""
    query: str
    """Without the question mark, as sent."""
    headers: Mapping[str, str]
    """Names in lower case, or case-insensitive."""
    body: bytes
    root: str
    """``https://…/api/data/v9.2/``."""
    by: str
    """Id of the user who asks."""
    work: list[tuple[str, int]]
    """What was done: (operation, records)."""
    references: Mapping[str, str] = field(default_factory=dict)
    """Content-ID -> address of the row that an earlier part of the same change set wrote."""

    @property
    def options(self) -> Options:
        """The query options; raises ``Refused``."""
        if not self.query:
            return Options()
        try:
            return _read_options(self.query)
        except ODataError as error:
            raise refusal.bad_uri(error.message) from error

    @property
    def preferences(self) -> dict[str, str]:
        text = self.headers.get("prefer")
        return _read_preferences(text) if text else {}

    @property
    def annotations(self) -> str:
        """Names and patterns of the annotations that are asked for; empty: none."""
        return self.preferences.get("odata.include-annotations", "")

    @property
    def wants_representation(self) -> bool:
        return self.preferences.get("return") == "representation"

    def condition(self, name: str) -> str:
        """An If-Match or If-None-Match header; empty when absent or ``null``, which defeats caches only."""
        value = self.headers.get(name, "")
        return "" if value == "null" else value

    def json(self, table: str = "") -> dict[str, Any]:
        """The body, an object; raises ``Refused``."""
        if self.body and not self.headers.get("content-type", "").lower().startswith("application/json"):
            raise refusal.wrong_media_type(self.headers.get("content-type", ""))
        try:
            body = _decode(self.body or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise refusal.bad_payload(table, f"An unexpected token was found in the JSON: {error}") from error
        if not isinstance(body, dict):
            raise refusal.bad_payload(table, "An object is expected.")
        return body


def applied(*preferences: str, annotations: str = "") -> dict[str, str]:
    """The header that says which preferences were heeded; none where none was."""
    heeded = [preference for preference in preferences if preference]
    if annotations:
        heeded.append(f'odata.include-annotations="{annotations}"')
    return {PREFERENCE_APPLIED: ", ".join(heeded)} if heeded else {}


@dataclass(slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE
    entity: str = ""
    """Address of the row that was written, for references within a change set."""
