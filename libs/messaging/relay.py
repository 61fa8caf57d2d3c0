"""Publishes what saved documents want published: their outboxes, confirmed, then marked as published.

The dispatcher wakes it after each save; it also looks around now and then, since a crash between saving and publishing
leaves messages behind. Several replicas may relay the same outbox: duplicates carry the same ids.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import structlog

from libs.contracts.envelope import Envelope
from libs.messaging.metrics import MessagingMetrics, NoMetrics
from libs.messaging.ports import Publisher
from libs.messaging.posting import addressed
from libs.runtime.errors import ContractBroken, TandemError

log = structlog.get_logger(__name__)

SCAN_SECONDS = 5.0
"""Pause between looks at all outboxes when nobody wakes the relay."""

BATCH = 100
"""Documents looked at in one go."""

REMEMBERED = 10_000
"""Messages known to be published already, so that they are not published twice while a document is marked."""


class Outboxes(Protocol):
    """Documents with outboxes; ``libs.store.ports.Collection`` fits."""

    async def unpublished(self, limit: int = 100) -> list[Any]: ...

    async def mark_published(self, id: str, message_ids: Sequence[str], /) -> None: ...


class Relay:
    def __init__(
        self,
        service: str,
        transport: Publisher,
        collections: Sequence[Outboxes],
        *,
        metrics: MessagingMetrics | None = None,
        scan_seconds: float = SCAN_SECONDS,
    ) -> None:
        self._service = service
        self._transport = transport
        self._collections = tuple(collections)
        self._metrics = metrics or NoMetrics()
        self._scan_seconds = scan_seconds
        self._woken = asyncio.Event()
        self._failing = False
        self._published: dict[tuple[UUID, datetime], None] = {}

    def wake(self) -> None:
        """Something was saved."""
        self._woken.set()

    async def run(self) -> None:
        """Publish until cancelled. A broker or store that is away is waited for; that is logged when it starts
        and when it ends."""
        if not self._collections:
            await asyncio.Event().wait()
        while True:
            self._woken.clear()
            try:
                await self.flush()
            except TandemError as error:
                if not self._failing:
                    log.warning("relay.interrupted", code=error.code, reason=error.message)
                self._failing = True
                await asyncio.sleep(1.0)
                continue
            if self._failing:
                self._failing = False
                log.info("relay.resumed")
            try:
                async with asyncio.timeout(self._scan_seconds):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def flush(self) -> int:
        """Publish all that waits now and return how many messages that was. Raises what stood in the way, after
        having tried every document."""
        published = 0
        failure: TandemError | None = None
        for collection in self._collections:
            while True:
                documents = await collection.unpublished(BATCH)
                stuck = 0
                for document in documents:
                    try:
                        published += await self._publish(collection, document)
                    except ContractBroken as error:
                        # One message that no queue takes must not hold up the other documents.
                        log.error("outbox.stuck", document=document.id, code=error.code, reason=error.message)
                        failure, stuck = error, stuck + 1
                if len(documents) < BATCH or stuck:
                    break
        if failure is not None:
            raise failure
        return published

    async def _publish(self, collection: Outboxes, document: Any) -> int:
        # A handler that loaded the document before it was marked saves it with the published messages still in it;
        # they need to be taken out once more, but not to be sent.
        fresh = [envelope for envelope in document.outbox if _sending(envelope) not in self._published]
        if fresh:
            await self._transport.publish([addressed(envelope) for envelope in fresh])
            self._remember([_sending(envelope) for envelope in fresh])
        await collection.mark_published(document.id, [str(envelope.id) for envelope in document.outbox])
        self._metrics.messages_published(self._service, len(fresh))
        return len(fresh)

    def _remember(self, published: list[tuple[UUID, datetime]]) -> None:
        self._published.update(dict.fromkeys(published))
        while len(self._published) > REMEMBERED:
            del self._published[next(iter(self._published))]


def _sending(envelope: Envelope) -> tuple[UUID, datetime]:
    """One sending of a message: a step that is overdue is sent again on purpose, with the same id."""
    return envelope.id, envelope.time
