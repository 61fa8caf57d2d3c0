"""Talks to Business Central: reads documents and pages, sends batches, turns refusals into our errors."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from libs.contracts.vocabulary import System
from libs.dynamics.batch import BUSINESS_CENTRAL_LIMIT, JsonPart, Operation, build_json, parse_json
from libs.dynamics.failures import ROUNDS, Refusal, read_refusal
from libs.dynamics.parallel import together
from libs.dynamics.session import Request, Response, Session
from libs.runtime.errors import ContractBroken, Unavailable
from services.financials_connector.addresses import Addresses

log = structlog.get_logger(__name__)

READ_REPLICA: Mapping[str, str] = {"Data-Access-Intent": "ReadOnly"}
"""Lets a read be served by the replica, a little behind. Never for what a write is decided on."""
NEXT = "@odata.nextLink"
"""Where a page of a collection says what follows it."""

_COMMON = {"Accept": "application/json", "Accept-Language": "en-US"}
_BATCH = {**_COMMON, "Content-Type": "application/json", "Prefer": "odata.continue-on-error"}


class Remote:
    """One environment through one session."""

    def __init__(self, session: Session, addresses: Addresses) -> None:
        self._session = session
        self.addresses = addresses

    async def answer(self, root: str, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """GET whatever comes back, refusals as well."""
        return await self._get(self.addresses.url(root, path), headers)

    async def document(self, root: str, path: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """GET a JSON document. Raises what the refusal means."""
        return _document(await self.answer(root, path, headers))

    async def follow(self, link: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """GET a next link, verbatim; only within this environment."""
        return _document(await self._get(self.addresses.own(link), headers))

    async def rows(self, root: str, path: str, headers: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """All rows of a collection, page after page."""
        document = await self.document(root, path, headers)
        rows: list[dict[str, Any]] = list(document["value"])
        await self.add_pages(document.get(NEXT), rows, headers)
        return rows

    async def add_pages(
        self, link: str | None, rows: list[dict[str, Any]], headers: Mapping[str, str] | None = None
    ) -> None:
        """Add what the further pages of a collection hold to its ``rows``."""
        while link:
            document = await self.follow(link, headers)
            rows += document["value"]
            link = document.get(NEXT)

    async def count(self, root: str, path: str) -> int:
        """GET a ``/$count``."""
        response = await self.answer(root, path, {**READ_REPLICA, "Accept": "text/plain"})
        _raise_refusal(response)
        try:
            return int(response.body.decode("utf-8-sig"))
        except ValueError as error:
            raise ContractBroken("Financials answered a count with no number.", detail=str(error)) from error

    async def act(self, root: str, path: str, body: bytes) -> Response:
        """POST to an action that changes nothing, so that it may be repeated; whatever comes back."""
        headers = {**_COMMON, "Content-Type": "application/json"}
        return await self._session.send(Request("POST", self.addresses.url(root, path), headers, body, repeatable=True))

    def document_of(self, response: Response) -> dict[str, Any]:
        """The JSON document of an answer. Raises what a refusal means."""
        return _document(response)

    async def once(self, root: str, operations: Sequence[Operation]) -> list[JsonPart]:
        """One batch of at most 100 operations, each part as it came. Raises when the batch itself is refused or
        leaves operations out."""
        parts = await self._chunk(root, operations)
        answered = [part for part in parts if part is not None]
        if len(answered) < len(operations):
            raise Unavailable(
                "Financials did not carry out a whole batch; Tandem tries again.",
                detail=f"{len(answered)} of {len(operations)} operations",
            )
        return answered

    async def batch(self, root: str, operations: Sequence[Operation]) -> list[JsonPart]:
        """Any number of operations in batches that run at the same time; the parts in the operations' order.

        What fails for a passing reason (a lock, a part that was left out) is sent again, twice; then the error is
        raised and the whole message comes back later. Operations must therefore be repeatable. Where the service
        itself fails at some, but not at all of several, the parts say so.
        """
        parts: list[JsonPart | None] = [None] * len(operations)
        open_places = list(range(len(operations)))
        for attempt in range(1, ROUNDS + 1):
            chunks = [
                open_places[at : at + BUSINESS_CENTRAL_LIMIT]
                for at in range(0, len(open_places), BUSINESS_CENTRAL_LIMIT)
            ]
            answers = await together([self._chunk(root, [operations[place] for place in chunk]) for chunk in chunks])
            for chunk, answered in zip(chunks, answers, strict=True):
                for place, part in zip(chunk, answered, strict=True):
                    parts[place] = part
            open_places = [place for place in open_places if _passing_failure(parts[place])]
            if not open_places:
                break
            log.info("batch.repeated", operations=len(open_places), attempt=attempt)
        everywhere = 1 < len(parts) == len(open_places)
        for place in open_places:
            part = parts[place]
            if part is None:
                raise Unavailable("Financials did not carry out a whole batch; Tandem tries again.")
            refusal = refusal_of(part)
            if everywhere or not refusal.is_breakdown:
                # Of many records at once no value can be blotted out of the words.
                raise (refusal if _is_read(operations[place]) else refusal.without_words()).error()
        return [part for part in parts if part is not None]

    async def _chunk(self, root: str, operations: Sequence[Operation]) -> list[JsonPart | None]:
        url = self.addresses.url(root, "$batch")
        reads_only = all(operation.method == "GET" for operation in operations)
        response = await self._session.send(
            Request("POST", url, _BATCH, build_json(operations, _COMMON), repeatable=reads_only)
        )
        _raise_refusal(response)
        return parse_json(response.body, len(operations))

    async def _get(self, url: str, headers: Mapping[str, str] | None) -> Response:
        return await self._session.send(Request("GET", url, {**_COMMON, **(headers or {})}))


def refusal_of(part: JsonPart) -> Refusal:
    """What a refused part says."""
    return read_refusal(System.FINANCIALS, part.status, part.body if isinstance(part.body, dict) else None)


def _is_read(operation: Operation) -> bool:
    return operation.method == "GET"


def _passing_failure(part: JsonPart | None) -> bool:
    return part is None or (not part.ok and refusal_of(part).transient)


def _document(response: Response) -> dict[str, Any]:
    _raise_refusal(response)
    document = response.json()
    if not isinstance(document, dict):
        raise ContractBroken("Financials answered with something that is no document.")
    return document


def _raise_refusal(response: Response) -> None:
    if not response.ok:
        raise read_refusal(System.FINANCIALS, response.status, response.body).error()
