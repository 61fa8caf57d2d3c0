"""Turns messages into addressed envelopes: ids, correlation, causation and trace are filled in here and only here."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from libs.contracts.catalogue import MESSAGES
from libs.contracts.envelope import Envelope, result_id
from libs.contracts.message import Kind, Message
from libs.contracts.routing import EXCHANGE_OF
from libs.messaging.encoding import message_data
from libs.messaging.ports import Addressed, Outgoing, Publisher
from libs.runtime.clock import Clock
from libs.runtime.errors import ContractBroken
from libs.runtime.tracing import current_traceparent

current_cause: ContextVar[Envelope | None] = ContextVar("current_cause", default=None)
"""The message whose handling is running in this task, if any, without its data; what a request sent meanwhile belongs
to."""

_saved: ContextVar[list[UUID] | None] = ContextVar("saved", default=None)


def note_saved(envelopes: Iterable[Envelope]) -> None:
    """An answer has saved these messages in a document's outbox: the relay of this process shall publish them."""
    saved = _saved.get()
    if saved is not None:
        saved.extend(envelope.id for envelope in envelopes)


@contextmanager
def noting_saved() -> Iterator[list[UUID]]:
    """Collects what is noted while an answer is worked out."""
    saved: list[UUID] = []
    token = _saved.set(saved)
    try:
        yield saved
    finally:
        _saved.reset(token)


def correlation_of(data: dict[str, Any]) -> str:
    """The job that a message names, or empty."""
    page = data.get("page")
    job = page.get("job_id") if isinstance(page, dict) else data.get("job_id")
    return job if isinstance(job, str) else ""


def envelope_of(
    message: Message, *, id: UUID, service: str, now: datetime, cause: Envelope | None = None, traceparent: str = ""
) -> Envelope:
    """``message`` as ``service`` sends it. An event's source is its owner, so that it can be routed by its envelope."""
    data = message_data(message)
    kind = message.KIND
    receiver = kind in (Kind.COMMAND, Kind.REQUEST)
    owner = message.owner()
    return Envelope.model_construct(
        None,
        id=id,
        type=message.TYPE,
        source=service if receiver or not owner else owner,
        target=owner if receiver else "",
        subject=message.subject(),
        correlation_id=(cause.correlation_id if cause else "") or correlation_of(data),
        causation_id=cause.id if cause else None,
        time=now,
        traceparent=traceparent,
        attempt=0,
        data=data,
    )


def addressed(envelope: Envelope) -> Addressed:
    """Where an envelope goes. Raises ``ContractBroken`` for a type that is not in the catalogue or is a reply."""
    cls = MESSAGES.get(envelope.type)
    if cls is None or cls.KIND not in EXCHANGE_OF:
        raise ContractBroken(f"messages of type {envelope.type} cannot be published")
    return EXCHANGE_OF[cls.KIND], f"{envelope.target or envelope.source}.{envelope.type}", envelope


def results_of(
    cause: Envelope, results: Iterable[Message | Outgoing], *, service: str, now: datetime
) -> list[Envelope]:
    """What handling ``cause`` produced, with ids that a repeat of the handling draws again."""
    traceparent = current_traceparent() or cause.traceparent
    envelopes = []
    for index, result in enumerate(results):
        outgoing = result if isinstance(result, Outgoing) else Outgoing(result)
        message = outgoing.message
        drawn = outgoing.id or result_id(cause.id, message.TYPE, index, outgoing.discriminator)
        envelopes.append(envelope_of(message, id=drawn, service=service, now=now, cause=cause, traceparent=traceparent))
    return envelopes


class Sender:
    """Publishes messages that no handling produced: of a schedule, a watcher, a command line."""

    def __init__(self, service: str, publisher: Publisher, clock: Clock) -> None:
        self._service = service
        self._publisher = publisher
        self._clock = clock

    async def send(self, messages: Sequence[Message], *, ids: Sequence[UUID] | None = None) -> None:
        """Publish, confirmed. Give ``ids`` where a repeat must be recognised as such."""
        now = self._clock.now()
        drawn = ids if ids is not None else [uuid4() for _ in messages]
        traceparent = current_traceparent()
        await self._publisher.publish(
            [
                addressed(envelope_of(message, id=each, service=self._service, now=now, traceparent=traceparent))
                for message, each in zip(messages, drawn, strict=True)
            ]
        )
