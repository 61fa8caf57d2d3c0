"""How a keeper's message is handled: load, decide, and one document write that holds state, handled id and outbox.

Documents are known by their shape only (``data``, ``version``, ``handled``, ``outbox``; ``libs.store.ports.Document``
fits), since messaging and store never import each other.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from libs.contracts.envelope import Envelope
from libs.contracts.message import Message
from libs.messaging.handling import Handling, Keeper
from libs.messaging.posting import results_of
from libs.runtime.errors import ConcurrentUpdate

HANDLED_KEPT = 200
"""Handled ids that a document remembers. A message is redelivered within minutes, long before so many others came."""

SAVE_ATTEMPTS = 8
"""Times a decision is made afresh at once when somebody else saved the document meanwhile."""

NewDocument = Callable[[str], Any]
"""Id -> an empty document at version 0."""


class Turns:
    """Lets the messages for one document of this process take turns, so that they do not spoil each other's save."""

    def __init__(self) -> None:
        self._locks: dict[tuple[int, str], asyncio.Lock] = {}
        self._users: defaultdict[tuple[int, str], int] = defaultdict(int)

    @asynccontextmanager
    async def taken(self, aggregates: object, document_id: str) -> AsyncIterator[None]:
        key = (id(aggregates), document_id)
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._users[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._locks[key]


@dataclass(frozen=True)
class Kept:
    """What became of a keeper's message."""

    saved: tuple[UUID, ...] = ()
    """Messages now in the document's outbox on its behalf."""
    direct: Sequence[Envelope] = ()
    """To be published directly, because nothing was saved."""


async def keep(
    keeper: Keeper, message: Message, handling: Handling, cause: Envelope, *, service: str, new_document: NewDocument
) -> Kept:
    """Apply a message to its document.

    A message whose id the document remembers has no effect. Raises ``ConcurrentUpdate`` when the document will not
    hold still.
    """
    key = keeper.key(message)
    message_id = str(handling.message_id)
    prepared = False
    for attempt in range(SAVE_ATTEMPTS):
        document = await keeper.aggregates.get(key)
        if document is not None and message_id in document.handled:
            # Whoever saved it may have died before publishing; the message came back, so its results are ours now.
            return Kept(saved=tuple(left.id for left in document.outbox if left.causation_id == cause.id))
        state, results = keeper.decide(document.data if document is not None else None, message, handling)
        outgoing = results_of(cause, results, service=service, now=handling.now)
        if state is None:
            return Kept(direct=outgoing)
        if keeper.before is not None and not prepared:
            await keeper.before(message, handling)
            prepared = True
        document = document if document is not None else new_document(key)
        try:
            await keeper.aggregates.save(
                replace(
                    document,
                    data=state,
                    handled=(*document.handled, message_id)[-HANDLED_KEPT:],
                    outbox=(*document.outbox, *outgoing),
                )
            )
        except ConcurrentUpdate:
            if attempt + 1 == SAVE_ATTEMPTS:
                raise
            # Another replica is busy with the same document; give it a moment to finish.
            await asyncio.sleep(0.005 * attempt)
        else:
            return Kept(saved=tuple(envelope.id for envelope in outgoing))
    raise AssertionError("the last attempt either saves or raises")
