"""How a keeper's messages are handled: load, decide, and one document write that holds state, handled ids and outbox.

Messages for one document that wait in the process at the same time are decided one after the other and saved together.
Documents are known by their shape only (``data``, ``version``, ``handled``, ``outbox``; ``libs.store.ports.Document``
fits), since messaging and store never import each other.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from libs.contracts.envelope import Envelope
from libs.contracts.message import Message
from libs.messaging.handling import Aggregates, Handling, Keeper
from libs.messaging.posting import results_of
from libs.runtime.errors import ConcurrentUpdate, Transient

HANDLED_KEPT = 200
"""Handled ids that a document remembers. A message is redelivered within minutes, long before so many others came."""

LARGEST_GROUP = 100
"""Messages saved together at most; a document must remember the ids of all of them."""

SAVE_ATTEMPTS = 8
"""Times a decision is made afresh at once when somebody else saved the document meanwhile."""

NewDocument = Callable[[str], Any]
"""Id -> an empty document at version 0."""


@dataclass(frozen=True)
class Kept:
    """What became of a keeper's message."""

    saved: tuple[UUID, ...] = ()
    """Messages now in the document's outbox on its behalf."""
    direct: Sequence[Envelope] = ()
    """To be published directly, because nothing was saved."""


@dataclass(eq=False)
class _Waiting:
    """One message and whoever waits for it to be kept."""

    keeper: Keeper
    message: Message
    handling: Handling
    cause: Envelope
    context: Context
    """The waiting task's: what is decided here belongs to its span and log context."""
    kept: asyncio.Future[Kept]
    prepared: bool = False

    @property
    def id(self) -> str:
        return str(self.handling.message_id)


@dataclass
class _Line:
    """Messages for one document, in the order of their arrival, and the task that keeps them."""

    aggregates: Aggregates
    document_id: str
    waiting: deque[_Waiting] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


@dataclass
class _Draft:
    """A document as it will be saved, and what becomes of each message then."""

    state: Mapping[str, Any] | None
    handled: tuple[str, ...]
    outbox: tuple[Envelope, ...]
    applied: dict[str, tuple[UUID, ...]] = field(default_factory=dict)
    """Message id -> ids of its results in the outbox."""
    outcomes: list[tuple[_Waiting, Kept]] = field(default_factory=list)


class Keeping:
    """Keeps the messages of one service in one process."""

    def __init__(self, service: str, new_document: NewDocument) -> None:
        self._service = service
        self._new_document = new_document
        self._lines: dict[tuple[int, str], _Line] = {}

    async def keep(self, keeper: Keeper, message: Message, handling: Handling, cause: Envelope) -> Kept:
        """Apply a message to its document; returns when that is saved.

        A message whose id the document remembers has no effect. Raises ``ConcurrentUpdate`` when the document will
        not hold still.
        """
        document_id = keeper.key(message)
        key = (id(keeper.aggregates), document_id)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(keeper.aggregates, document_id)
        waiting = _Waiting(keeper, message, handling, cause, copy_context(), asyncio.get_running_loop().create_future())
        line.waiting.append(waiting)
        if line.task is None:
            # In no message's own context: it goes on with the messages of others. Whoever comes in this turn of the
            # loop joins the first group.
            line.task = asyncio.create_task(self._work_off(key, line), context=Context())
        return await waiting.kept

    async def close(self) -> None:
        """Stop; whoever still waits is cancelled."""
        lines = list(self._lines.values())
        tasks = [line.task for line in lines if line.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A task that had not begun yet could tell nobody.
        for line in lines:
            _cancel(line.waiting)
        self._lines.clear()

    async def _work_off(self, key: tuple[int, str], line: _Line) -> None:
        group: list[_Waiting] = []
        try:
            while line.waiting:
                group = [line.waiting.popleft() for _ in range(min(len(line.waiting), LARGEST_GROUP))]
                await self._keep_group(line, group)
        finally:
            del self._lines[key]
            _cancel((*group, *line.waiting))

    async def _keep_group(self, line: _Line, group: list[_Waiting]) -> None:
        """Settle every message of the group, one way or another."""
        try:
            await self._save_group(line, group)
        except Exception as error:  # noqa: BLE001  handed to those who wait, whose dispatcher it ends at
            unsettled = [waiting for waiting in group if not waiting.kept.done()]
            if isinstance(error, Transient) or len(unsettled) == 1:
                for waiting in unsettled:
                    waiting.kept.set_exception(error)
                return
            # Something that one of them put into the document cannot be saved; the others can.
            for waiting in unsettled:
                await self._keep_group(line, [waiting])

    async def _save_group(self, line: _Line, group: list[_Waiting]) -> None:
        for attempt in range(SAVE_ATTEMPTS):
            stored = await line.aggregates.get(line.document_id)
            draft = await self._draft(stored, group)
            if not draft.applied:
                _settle(draft)
                return
            document = stored if stored is not None else self._new_document(line.document_id)
            try:
                await line.aggregates.save(
                    replace(document, data=draft.state, handled=draft.handled[-HANDLED_KEPT:], outbox=draft.outbox)
                )
            except ConcurrentUpdate:
                if attempt + 1 == SAVE_ATTEMPTS:
                    raise
                # Another replica is busy with the same document; give it a moment to finish.
                await asyncio.sleep(0.005 * attempt)
            else:
                _settle(draft)
                return

    async def _draft(self, stored: Any, group: Sequence[_Waiting]) -> _Draft:
        """Apply all of the group that can be applied. What must be there before is there when this returns."""
        while True:
            draft = self._decided(stored, group)
            unprepared = [
                waiting
                for waiting, _ in draft.outcomes
                if waiting.id in draft.applied and waiting.keeper.before is not None and not waiting.prepared
            ]
            if not unprepared:
                return draft
            tasks = [asyncio.create_task(_prepare(waiting), context=waiting.context) for waiting in unprepared]
            try:
                prepared = await asyncio.gather(*tasks, return_exceptions=True)
            finally:
                for task in tasks:
                    task.cancel()
            failed = False
            for waiting, error in zip(unprepared, prepared, strict=True):
                if error is None:
                    waiting.prepared = True
                else:
                    failed = True
                    _fail(waiting, error)
            if not failed:
                return draft
            # The draft holds what those that failed decided; make one without them.

    def _decided(self, stored: Any, group: Sequence[_Waiting]) -> _Draft:
        if stored is None:
            draft = _Draft(None, (), ())
        else:
            draft = _Draft(stored.data, tuple(stored.handled), tuple(stored.outbox))
        remembered = frozenset(draft.handled)
        for waiting in group:
            if waiting.kept.done():
                continue
            if waiting.id in draft.applied:
                kept = Kept(saved=draft.applied[waiting.id])
            elif waiting.id in remembered:
                # Whoever saved it may have died before publishing; the message came back, so its results are ours now.
                kept = Kept(saved=tuple(left.id for left in stored.outbox if left.causation_id == waiting.cause.id))
            else:
                try:
                    kept = waiting.context.run(self._apply, draft, waiting)
                except Exception as error:  # noqa: BLE001  it fails alone; its dispatcher is where the failure ends
                    _fail(waiting, error)
                    continue
            draft.outcomes.append((waiting, kept))
        return draft

    def _apply(self, draft: _Draft, waiting: _Waiting) -> Kept:
        state, results = waiting.keeper.decide(draft.state, waiting.message, waiting.handling)
        outgoing = results_of(waiting.cause, results, service=self._service, now=waiting.handling.now)
        if state is None:
            return Kept(direct=outgoing)
        draft.state = state
        draft.handled = (*draft.handled, waiting.id)
        draft.outbox = (*draft.outbox, *outgoing)
        draft.applied[waiting.id] = tuple(envelope.id for envelope in outgoing)
        return Kept(saved=draft.applied[waiting.id])


async def _prepare(waiting: _Waiting) -> None:
    if waiting.keeper.before is not None:
        await waiting.keeper.before(waiting.message, waiting.handling)


def _settle(draft: _Draft) -> None:
    """Tell everybody, also those whose message changed nothing: what they were decided by is saved now."""
    for waiting, kept in draft.outcomes:
        if not waiting.kept.done():
            waiting.kept.set_result(kept)


def _cancel(unsettled: Iterable[_Waiting]) -> None:
    for waiting in unsettled:
        waiting.kept.cancel()


def _fail(waiting: _Waiting, error: BaseException) -> None:
    if not waiting.kept.done():
        waiting.kept.set_exception(error)
