"""The Dataverse Web API over a session: paths, batches, reads of any size. Knows nothing of jobs or couplings."""

import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from libs.contracts.vocabulary import System
from libs.dynamics.batch import DATAVERSE_LIMIT, Operation, Part, build_multipart, parse_multipart
from libs.dynamics.failures import ROUNDS, OutcomeUnknown, Refusal, read_refusal
from libs.dynamics.odata import escaped, in_function, same_host
from libs.dynamics.parallel import together
from libs.dynamics.sales_tables import SalesTable
from libs.dynamics.session import Request, Response, Session
from libs.dynamics.throttle import Gate
from libs.runtime.errors import ContractBroken

ItemT = TypeVar("ItemT")

API = "/api/data/v9.2/"
PAGE_LIMIT = 5000
IDS_PER_READ = 500
"""Keeps the URL of a read by ids below Dataverse's 32 KB."""
LONGEST_URL = 6000
"""Longer reads travel inside a batch, where proxies on the way do not measure them."""
USUAL_BATCH, SMALLEST_BATCH = 100, 50
"""Operations. A batch is carried out one after the other, so a few small ones are quicker than a large one; each costs
a request, though."""

_HEADERS = {
    "Accept": "application/json",
    "OData-MaxVersion": "4.0",
    "OData-Version": "4.0",
    "If-None-Match": "null",
}
_JSON = {**_HEADERS, "Content-Type": "application/json; charset=utf-8"}
_RETURN = (("Prefer", "return=representation"),)


class Dataverse:
    """One environment."""

    def __init__(self, session: Session, url: str, gate: Gate, *, most_at_once: int = 32) -> None:
        self._session = session
        self._gate = gate
        self._fewest_at_once = gate.state.limit
        self._most_at_once = most_at_once
        self.root = url.rstrip("/") + API
        self.path = urlsplit(self.root).path

    # Single requests

    async def send(self, request: Request) -> Response:
        response = await self._session.send(request)
        hint = response.headers.get("x-ms-dop-hint", "")
        if hint.isdigit():
            # The hint is a recommendation, not a limit: a smaller one does not narrow the gate, refusals do.
            self._gate.suggest(max(self._fewest_at_once, min(int(hint), self._most_at_once)))
        return response

    async def get(self, path: str, prefer: str = "") -> Any:
        """The JSON at ``path``, which is relative to the root or a next link. Raises what the refusal means."""
        url = self._url(path)
        headers = {**_HEADERS, "Prefer": prefer} if prefer else _HEADERS
        if len(url) > LONGEST_URL:
            [part] = await self.batch([self.read_operation(path, prefer)], repeatable=True)
            if not part.ok:
                raise self.refusal(part).error()
            return decode(part.body)
        response = await self.send(Request("GET", url, headers))
        if not response.ok:
            raise self.refusal(response).error()
        return response.json()

    async def post(self, path: str, payload: Any) -> Response:
        """Any answer, also a refusal."""
        return await self.send(Request("POST", self.root + path, _JSON, msgspec.json.encode(payload)))

    async def post_bulk(self, table: SalesTable, message: str, rows: Iterable[dict[str, Any]]) -> Response:
        """Any answer to ``CreateMultiple`` and the like. Only the encoded rows are kept while it is waited for."""
        kind = f"Microsoft.Dynamics.CRM.{table.name}"
        body = msgspec.json.encode({"Targets": [{"@odata.type": kind, **row} for row in rows]})
        path = f"{table.entity_set}/Microsoft.Dynamics.CRM.{message}"
        return await self.send(Request("POST", self.root + path, _JSON, body))

    async def post_or_raise(self, path: str, payload: Any) -> Any:
        response = await self.post(path, payload)
        if not response.ok:
            raise self.refusal(response).error()
        return response.json() if response.body else None

    def refusal(self, answer: Response | Part) -> Refusal:
        return read_refusal(System.SALES, answer.status, answer.body)

    def _url(self, path: str) -> str:
        if not path.startswith(("http://", "https://")):
            return self.root + path
        if not same_host(path, self.root):
            raise ContractBroken("A next link leads to another host than TANDEM_SALES_URL.", setting="TANDEM_SALES_URL")
        return path

    # Reading many

    async def pages(self, path: str, prefer: str = "", size: int = PAGE_LIMIT) -> AsyncIterator[list[dict[str, Any]]]:
        """All pages from ``path`` on."""
        preference = ",".join(filter(None, (f"odata.maxpagesize={size}", prefer)))
        link = path
        while link:
            answer = await self.get(link, preference)
            yield answer["value"]
            link = answer.get("@odata.nextLink", "")

    async def rows(self, path: str, prefer: str = "") -> list[dict[str, Any]]:
        """All rows from ``path`` on."""
        return [row async for page in self.pages(path, prefer) for row in page]

    async def rows_by_ids(
        self, table: SalesTable, ids: Sequence[str], select: str, prefer: str = ""
    ) -> dict[str, dict[str, Any]]:
        """The rows that exist, by id; as few requests as URLs allow, at the same time."""

        async def read(chunk: Sequence[str]) -> list[dict[str, Any]]:
            condition = escaped(in_function(table.id, chunk))
            return await self.rows(f"{table.entity_set}?$select={select}&$filter={condition}", prefer)

        found = await together(read(chunk) for chunk in chunks(list(dict.fromkeys(ids)), IDS_PER_READ))
        return {row[table.id]: row for rows in found for row in rows}

    # Batches

    def read_operation(self, path: str, prefer: str = "") -> Operation:
        return Operation("GET", self._inner(path), b"", (("Prefer", prefer),) if prefer else ())

    def create_operation(self, table: SalesTable, body: dict[str, Any], *, versioned: bool = True) -> Operation:
        """Creates a row and, if ``versioned``, tells its version."""
        return Operation("POST", self.path + table.entity_set + _telling(table, versioned), *_content(body, versioned))

    def change_operation(
        self, table: SalesTable, id: str, body: dict[str, Any], if_match: str = "", *, versioned: bool = True
    ) -> Operation:
        """Changes a row and, if ``versioned``, tells its version; without ``if_match`` it creates the row where it is
        missing."""
        path = f"{self.path}{table.entity_set}({id}){_telling(table, versioned)}"
        content, headers = _content(body, versioned)
        return Operation("PATCH", path, content, (*headers, ("If-Match", if_match)) if if_match else headers)

    def delete_operation(self, table: SalesTable, id: str, if_match: str = "") -> Operation:
        return Operation(
            "DELETE", f"{self.path}{table.entity_set}({id})", b"", (("If-Match", if_match),) if if_match else ()
        )

    def _inner(self, path: str) -> str:
        url = self._url(path)
        return url[len(self.root) - len(self.path) :] if url.startswith(self.root) else url

    async def batch(self, operations: Sequence[Operation], *, repeatable: bool = False) -> list[Part]:
        """Carry out each operation by itself; parts in order. Several batches at the same time where there are many.

        Raises for a batch that was refused as a whole, for an operation that was not even tried because the service is
        overloaded, and for a sign-in that was not accepted. An operation at which the service fails is sent again, so
        all of them must be such that this does no harm; raises when it fails at all of several.
        """
        parts = await self._batches(operations, repeatable)
        places = self._broken(range(len(parts)), parts)
        for _ in range(ROUNDS - 1):
            if not places:
                return parts
            again = await self._batches([operations[place] for place in places], repeatable)
            for place, part in zip(places, again, strict=True):
                parts[place] = part
            places = self._broken(places, parts)
        if 1 < len(parts) == len(places):
            # Of many records at once no value can be blotted out of the words.
            raise self.refusal(parts[0]).without_words().error()
        return parts

    def _broken(self, places: Iterable[int], parts: Sequence[Part]) -> list[int]:
        return [place for place in places if parts[place].status >= 500 and self.refusal(parts[place]).is_breakdown]

    async def _batches(self, operations: Sequence[Operation], repeatable: bool) -> list[Part]:
        if not operations:
            return []
        at_once = max(1, self._gate.state.allowed)
        usual = min(USUAL_BATCH, max(SMALLEST_BATCH, -(-len(operations) // 2)))
        size = min(DATAVERSE_LIMIT, max(usual, -(-len(operations) // at_once)))
        answers = await together(self._one_batch(chunk, repeatable) for chunk in chunks(operations, size))
        return [part for parts in answers for part in parts]

    async def _one_batch(self, operations: Sequence[Operation], repeatable: bool) -> list[Part]:
        boundary = f"batch_{secrets.token_hex(12)}"
        headers = {
            **_HEADERS,
            "Content-Type": f'multipart/mixed; boundary="{boundary}"',
            "Prefer": "odata.continue-on-error",
        }
        body = build_multipart(operations, boundary)
        response = await self.send(Request("POST", f"{self.root}$batch", headers, body, repeatable))
        if not response.ok:
            raise self.refusal(response).error()
        try:
            parts = parse_multipart(response.headers.get("content-type", ""), response.body)
        except ContractBroken as error:
            raise _incomplete(error.detail) from error
        if len(parts) != len(operations):
            raise _incomplete(f"{len(parts)} parts for {len(operations)} operations")
        for part in parts:
            if part.status in (401, 429, 502, 503, 504):
                raise self.refusal(part).error()
        return parts


def _telling(table: SalesTable, versioned: bool) -> str:
    return f"?$select={table.id}" if versioned else ""


def _content(body: dict[str, Any], versioned: bool) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    return msgspec.json.encode(body), _RETURN if versioned else ()


def _incomplete(detail: str) -> OutcomeUnknown:
    return OutcomeUnknown("The answer to a batch is incomplete; Tandem tries again.", detail=detail)


def decode(body: bytes) -> Any:
    """JSON with every digit kept."""
    return Response(200, {}, body).json()


def version_of(part: Part) -> str:
    """The row's version that a part tells, or nothing."""
    if part.etag or not part.body:
        return part.etag
    return str(decode(part.body).get("@odata.etag", ""))


def chunks(items: Sequence[ItemT], size: int) -> Iterable[list[ItemT]]:
    """Lists of at most ``size``."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
