"""A request to Financials and its answer, whether they travelled alone or in a batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from services.sandbox.financials import refusals

NOTHING = msgspec.UNSET

_JSON_TYPES = frozenset({"", "application/json", "text/json"})
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


@dataclass(slots=True)
class Call:
    method: str
    path: str
    """Behind the surface's root, percent-encoded."""
    query: list[tuple[str, str]]
    headers: Mapping[str, str]
    """By lower-case name (a batch) or in any case (aiohttp's)."""
    root: str
    """Address of the surface, without a slash at its end."""
    raw: bytes = b""
    decoded: Any = NOTHING
    """The body, where it came decoded."""
    note: Callable[[str, int], None] = field(default=lambda operation, records: None)
    """Told what was done, for statistics and service times."""

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    def prefers(self, name: str) -> str | None:
        """Value of a preference: ``true`` for a bare one, None when it is absent."""
        for part in self.header("prefer").split(","):
            key, _, value = part.strip().partition("=")
            if key.lower() == name:
                return value.strip('"') or "true"
        return None

    def document(self) -> dict[str, Any]:
        """The body as a JSON object, decimals exact; raises ``Refused``."""
        body = self.decoded
        if body is NOTHING:
            kind = self.header("content-type").partition(";")[0].strip().lower()
            if kind not in _JSON_TYPES:
                raise refusals.wrong_media_type(kind)
            try:
                body = _decode(self.raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise refusals.bad_request(f"Malformed JSON in the request body: {error}.") from error
        if not isinstance(body, dict):
            raise refusals.bad_request("The request body must be a JSON object.")
        return body


class Part(msgspec.Struct):
    """One operation of a batch."""

    method: str
    url: str
    id: str | None = None
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET


class Answer(NamedTuple):
    status: int
    body: bytes = b""
    headers: dict[str, str] = {}
    content_type: str = "application/json; odata.metadata=minimal"
