"""Questions between services: asked with a deadline, answered once; an error travels back as itself.

Both transports lend a line to send requests on and hand arriving replies to :class:`PendingReplies`.
"""

import asyncio
from collections.abc import Iterator
from typing import Any, Protocol
from uuid import UUID, uuid4

from libs.contracts.envelope import Envelope
from libs.contracts.message import Reply, Request
from libs.messaging.encoding import fit, message_data
from libs.messaging.ports import ReplyT
from libs.messaging.posting import current_cause, envelope_of
from libs.messaging.retry import BUG
from libs.runtime.clock import Clock
from libs.runtime.errors import ContractBroken, Permanent, TandemError, Unavailable
from libs.runtime.tracing import current_traceparent

REFUSED = "request.refused.v1"
"""Type of the reply that carries an error."""

UNROUTED_PAUSE = 0.2
"""Seconds between looks whether the answering service has come up meanwhile."""


class PendingReplies:
    """The questions of one process that still wait for their answer."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, asyncio.Future[Envelope]] = {}

    def expect(self, request_id: UUID) -> asyncio.Future[Envelope]:
        future: asyncio.Future[Envelope] = asyncio.get_running_loop().create_future()
        self._waiting[request_id] = future
        return future

    def forget(self, request_id: UUID) -> None:
        self._waiting.pop(request_id, None)

    def arrived(self, reply: Envelope) -> None:
        """Hand a reply to its asker; one that nobody waits for any more is dropped."""
        if reply.causation_id is None:
            return
        future = self._waiting.get(reply.causation_id)
        if future is not None and not future.done():
            future.set_result(reply)


class RequestLine(Protocol):
    """What a transport lends for asking."""

    @property
    def pending(self) -> PendingReplies: ...

    async def send_request(self, key: str, request: Envelope, seconds: float) -> bool:
        """Send to the exchange ``requests``; false when no queue takes it. It may be dropped after ``seconds``."""
        ...


class LineRequester:
    """Asks on behalf of one service."""

    def __init__(self, service: str, line: RequestLine, clock: Clock) -> None:
        self._service = service
        self._line = line
        self._clock = clock

    async def ask(self, request: Request[ReplyT], *, deadline: float = 30.0) -> ReplyT:
        envelope = envelope_of(
            request,
            id=uuid4(),
            service=self._service,
            now=self._clock.now(),
            cause=current_cause.get(),
            traceparent=current_traceparent(),
        )
        try:
            async with asyncio.timeout(deadline):
                reply = await self._exchange(envelope, deadline)
        except TimeoutError:
            raise Unavailable(
                f"{envelope.target} did not answer {request.TYPE} within {deadline:g} s; is it running?",
                code="request.timed_out",
            ) from None
        finally:
            self._line.pending.forget(envelope.id)
        if reply.type == REFUSED:
            raise error_of(reply.data)
        if reply.type != request.REPLY.TYPE:
            raise ContractBroken(f"{request.TYPE} was answered with {reply.type}")
        return fit(request.REPLY, reply.data)  # type: ignore[return-value]  # REPLY is ReplyT's class

    async def _exchange(self, envelope: Envelope, deadline: float) -> Envelope:
        answer = self._line.pending.expect(envelope.id)
        loop = asyncio.get_running_loop()
        until = loop.time() + deadline
        key = f"{envelope.target}.{envelope.type}"
        while not await self._line.send_request(key, envelope, max(0.001, until - loop.time())):  # noqa: ASYNC110
            # The answering service may just be starting; its queue appears when it does, and nothing here tells.
            await asyncio.sleep(UNROUTED_PAUSE)
        return await answer


def reply_envelope(request: Envelope, type_name: str, data: dict[str, Any], *, service: str, clock: Clock) -> Envelope:
    """An answer to ``request``, found again by its causation id."""
    return Envelope.model_construct(
        None,
        id=uuid4(),
        type=type_name,
        source=service,
        target=request.source,
        subject=request.subject,
        correlation_id=request.correlation_id,
        causation_id=request.id,
        time=clock.now(),
        traceparent=current_traceparent() or request.traceparent,
        attempt=0,
        data=data,
    )


def answered(request: Envelope, reply: Reply, *, service: str, clock: Clock) -> Envelope:
    return reply_envelope(request, reply.TYPE, message_data(reply), service=service, clock=clock)


def refused(request: Envelope, error: Exception, *, service: str, clock: Clock) -> Envelope:
    """The error as a reply. A bug travels without its words, which may hold anything."""
    if isinstance(error, TandemError):
        data = error.failure().model_dump(mode="json")
        data["class"] = next(cls.__name__ for cls in type(error).__mro__ if cls in _known_errors())
        data["retry_after"] = error.retry_after
    else:
        data = (
            Permanent(f"{service} failed to answer {request.type}; see its log", code=BUG)
            .failure()
            .model_dump(mode="json")
        )
        data["class"] = Permanent.__name__
    return reply_envelope(request, REFUSED, data, service=service, clock=clock)


def error_of(data: dict[str, Any]) -> TandemError:
    """The error that a refusal carries, of the class that was raised on the other side."""
    cls = next((known for known in _known_errors() if known.__name__ == data.get("class")), TandemError)
    return cls(
        str(data.get("message", "")),
        code=str(data.get("code", "")),
        retry_after=data.get("retry_after"),
        setting=str(data.get("setting", "")),
        remote_code=str(data.get("remote_code", "")),
        remote_message=str(data.get("remote_message", "")),
        field=str(data.get("field", "")),
    )


def _known_errors(cls: type[TandemError] = TandemError) -> Iterator[type[TandemError]]:
    """The tree of ``libs/runtime/errors.py``; subclasses defined elsewhere may be unknown to the asker."""
    if cls.__module__ == TandemError.__module__:
        yield cls
        for child in cls.__subclasses__():
            yield from _known_errors(child)
