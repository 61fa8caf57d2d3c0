"""Publishes what saved documents want published: their outboxes, confirmed, then marked as published.

The dispatcher wakes it after each save; it also looks around now and then, since a crash between saving and publishing
leaves messages behind. Several replicas may relay the same outbox: duplicates carry the same ids.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import structlog

from libs.messaging.metrics import MessagingMetrics, NoMetrics
from libs.messaging.ports import Publisher
from libs.messaging.posting import addressed
from libs.runtime.errors import ContractBroken, TandemError

log = structlog.get_logger(__name__)

SCAN_SECONDS = 5.0
"""Pause between looks at all outboxes when nobody wakes the relay."""

BATCH = 100
"""Documents looked at in one go."""


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
        envelopes = document.outbox
        await self._transport.publish([addressed(envelope) for envelope in envelopes])
        await collection.mark_published(document.id, [str(envelope.id) for envelope in envelopes])
        self._metrics.messages_published(self._service, len(envelopes))
        return len(envelopes)
