"""Publishes what saved documents want published: their outboxes, confirmed, then marked as published.

The dispatcher wakes it after each save; it also looks around now and then, since a crash between saving and publishing
leaves messages behind. Several replicas may relay the same outboxes: each leaves the fresh messages of the others alone
for a while, and a duplicate, where one does slip out, carries the same id.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

import structlog

from libs.contracts.envelope import Envelope
from libs.messaging.metrics import MessagingMetrics, NoMetrics
from libs.messaging.ports import Publisher
from libs.messaging.posting import addressed
from libs.runtime.clock import Clock, SystemClock
from libs.runtime.errors import ContractBroken, TandemError

log = structlog.get_logger(__name__)

SCAN_SECONDS = 5.0
"""Pause between looks at all outboxes when nobody wakes the relay, and the age at which a message that another replica
saved counts as left behind."""

BATCH = 100
"""Documents looked at in one go."""

REMEMBERED = 20_000
"""Messages that are remembered as published: a save that began before a message was marked brings it back."""

RECOVERY_SECONDS = 1.0
"""Pause before the next attempt while the broker or the store is away."""

Sending = tuple[UUID, datetime]
"""One sending of a message. A step that is overdue is sent again on purpose, with the same id at another time."""

KeyT = TypeVar("KeyT")


class Outboxes(Protocol):
    """Documents with outboxes; ``libs.store.ports.Collection`` fits."""

    async def unpublished(self, limit: int = 100) -> list[Any]: ...

    async def mark_published(self, id: str, message_ids: Sequence[str], /) -> None: ...


class Relay:
    """The relay of one service in one process."""

    def __init__(
        self,
        service: str,
        transport: Publisher,
        collections: Sequence[Outboxes],
        *,
        clock: Clock | None = None,
        metrics: MessagingMetrics | None = None,
        scan_seconds: float = SCAN_SECONDS,
        recovery_seconds: float = RECOVERY_SECONDS,
    ) -> None:
        self._service = service
        self._transport = transport
        self._collections = tuple(collections)
        self._clock = clock or SystemClock()
        self._metrics = metrics or NoMetrics()
        self._scan_seconds = scan_seconds
        self._recovery_seconds = recovery_seconds
        self._woken = asyncio.Event()
        self._everything = True
        self._ours: dict[UUID, None] = {}
        self._published: dict[Sending, None] = {}
        self._stuck: set[str] = set()
        self._turn = asyncio.Lock()

    def wake(self, message_ids: Iterable[UUID] | None = None) -> None:
        """These messages were saved here (None: some were)."""
        if message_ids is None:
            self._everything = True
        else:
            _remember(self._ours, message_ids)
        self._woken.set()

    async def run(self) -> None:
        """Publish until cancelled. A broker or store that is away is waited for; that is logged when it starts
        and when it ends."""
        failing = False
        while True:
            self._woken.clear()
            everything, self._everything = self._everything, False
            try:
                await self._round(everything)
            except TandemError as error:
                self._everything |= everything
                if not failing:
                    log.warning("relay.interrupted", code=error.code, reason=error.message)
                failing = True
                await asyncio.sleep(self._recovery_seconds)
                continue
            if failing:
                failing = False
                log.info("relay.resumed")
            try:
                async with asyncio.timeout(self._scan_seconds):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def flush(self) -> int:
        """Publish all that waits now, whoever saved it; returns how many messages that was. Raises what stood in the
        way, after having tried every document."""
        return await self._round(everything=True)

    async def _round(self, everything: bool) -> int:
        async with self._turn:
            published = 0
            failure: TandemError | None = None
            for collection in self._collections:
                while True:
                    documents = await collection.unpublished(BATCH)
                    try:
                        count, left = await self._publish(collection, documents, everything)
                    except ContractBroken:
                        # One message that no queue takes must not hold up the other documents.
                        count, left, failure = await self._publish_one_by_one(collection, documents, everything)
                    published += count
                    if len(documents) < BATCH or left:
                        break
            if failure is not None:
                raise failure
            return published

    async def _publish_one_by_one(
        self, collection: Outboxes, documents: Sequence[Any], everything: bool
    ) -> tuple[int, bool, TandemError | None]:
        published, any_left, failure = 0, False, None
        for document in documents:
            try:
                count, left = await self._publish(collection, [document], everything)
            except ContractBroken as error:
                if document.id not in self._stuck:
                    log.error("outbox.stuck", document=document.id, code=error.code, reason=error.message)
                self._stuck.add(document.id)
                count, left, failure = 0, True, error
            else:
                self._stuck.discard(document.id)
            published += count
            any_left |= left
        return published, any_left, failure

    async def _publish(self, collection: Outboxes, documents: Sequence[Any], everything: bool) -> tuple[int, bool]:
        """Publish what is due of these documents' outboxes in one go. Returns how many messages, and whether some
        were left for later."""
        oldest_to_leave = self._clock.now() - timedelta(seconds=self._scan_seconds)

        def is_due(envelope: Envelope) -> bool:
            return everything or envelope.id in self._ours or envelope.time <= oldest_to_leave

        outgoing: list[Envelope] = []
        done: list[tuple[str, list[str]]] = []
        left = False
        for document in documents:
            settled = []
            for envelope in document.outbox:
                if _sending(envelope) not in self._published:
                    if not is_due(envelope):
                        left = True
                        continue
                    outgoing.append(envelope)
                settled.append(str(envelope.id))
            if settled:
                done.append((document.id, settled))
        if outgoing:
            await self._transport.publish([addressed(envelope) for envelope in outgoing])
            _remember(self._published, (_sending(envelope) for envelope in outgoing))
            self._metrics.messages_published(self._service, len(outgoing))
        await asyncio.gather(*(collection.mark_published(key, message_ids) for key, message_ids in done))
        return len(outgoing), left


def _sending(envelope: Envelope) -> Sending:
    return envelope.id, envelope.time


def _remember(memory: dict[KeyT, None], keys: Iterable[KeyT]) -> None:
    """Add to a memory that forgets its oldest."""
    memory.update(dict.fromkeys(keys))
    while len(memory) > REMEMBERED:
        del memory[next(iter(memory))]
