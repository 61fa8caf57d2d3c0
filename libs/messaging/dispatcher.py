"""Takes a service's messages from the broker to its handlers and their results back, with every promise kept.

decode -> bind the log context -> handle -> publish or save -> acknowledge; a failure goes through ``retry.py``.
Handlers know nothing of any of it: they take a message and return messages.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

import structlog
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from structlog.contextvars import bound_contextvars

from libs.contracts.envelope import Envelope, result_id
from libs.contracts.failures import Failure
from libs.contracts.jobs import PageAbandoned
from libs.contracts.message import Request
from libs.contracts.routing import DELIVERY_LIMIT, SERVICES, ServiceTopology, topology_of
from libs.messaging.encoding import to_message
from libs.messaging.handling import Answers, Handling, Keeper, Listeners, Result, Routes
from libs.messaging.keeping import Keeping, NewDocument
from libs.messaging.metrics import MessagingMetrics, NoMetrics
from libs.messaging.ports import Addressed, Delivery, Subscription, Transport
from libs.messaging.posting import addressed, correlation_of, current_cause, envelope_of, noting_saved, results_of
from libs.messaging.relay import Relay
from libs.messaging.request_reply import answered, refused
from libs.messaging.retry import GiveUp, after_failure
from libs.runtime.clock import Clock
from libs.runtime.errors import ConcurrentUpdate, ContractBroken, Permanent, TandemError
from libs.runtime.tracing import span

log = structlog.get_logger(__name__)

ANSWERS_AT_ONCE = 16
"""Requests answered at the same time: a long answer must not hold up the short ones."""

ANSWER_ATTEMPTS = 5
"""Times a request is answered afresh at once when somebody else saved a document meanwhile."""


class Outcome(StrEnum):
    """How a handling ended, for the figures and the log."""

    ACK = "ack"
    RETRY = "retry"
    DEAD = "dead"
    REFUSED = "refused"
    """A request was answered with an error."""


class Dispatcher:
    """Consumes the queues of one service. ``start`` it when its resources are open, ``stop`` it before they close."""

    def __init__(
        self,
        service: str,
        transport: Transport,
        routes: Routes,
        answers: Answers,
        listeners: Listeners | None = None,
        *,
        clock: Clock,
        new_document: NewDocument,
        prefetch: int = 4,
        small: int = 0,
        relay: Relay | None = None,
        metrics: MessagingMetrics | None = None,
        topology: ServiceTopology | None = None,
    ) -> None:
        self._service = service
        self._transport = transport
        self._routes = routes
        self._answers = answers
        self._listeners = listeners or {}
        self._clock = clock
        self._prefetch = prefetch
        self._small = small
        self._relay = relay
        self._metrics = metrics or NoMetrics()
        self._topology = topology or topology_of(service)
        self._subscriptions: list[Subscription] = []
        self._keeping = Keeping(service, new_document)

    async def start(self) -> None:
        """Declare the topology and begin to consume.

        The queues of all services are declared, so that a command to one that has never run yet waits for it.
        """
        await self._transport.declare(self._topology)
        for other in SERVICES:
            if other != self._service:
                await self._transport.declare(topology_of(other))
        topology = self._topology
        if self._routes:
            for queue in (topology.commands, topology.events):
                if queue is not None:
                    await self._consume(queue.name, self._on_message, self._prefetch, self._small)
        if self._answers:
            await self._consume(topology.requests.name, self._on_request, max(self._prefetch, ANSWERS_AT_ONCE))
        if self._listeners:
            self._subscriptions.append(await self._transport.listen(topology.broadcasts, self._on_broadcast))
        log.info("dispatcher.started", service=self._service)

    async def _consume(self, queue: str, consumer: Any, prefetch: int, small: int = 0) -> None:
        self._subscriptions.append(await self._transport.consume(queue, consumer, prefetch=prefetch, small=small))

    async def stop(self, deadline: float) -> None:
        """Take no more messages; wait ``deadline`` seconds for those in flight, then give the rest back."""
        for subscription in self._subscriptions:
            await subscription.cancel()
        await asyncio.gather(*(subscription.drain(deadline) for subscription in self._subscriptions))
        self._subscriptions.clear()
        await self._keeping.close()
        log.info("dispatcher.stopped", service=self._service)

    # Commands and events --------------------------------------------------------------------------------------

    async def _on_message(self, delivery: Delivery) -> None:
        envelope = delivery.envelope
        started = self._clock.monotonic()
        with self._context(envelope):
            try:
                if delivery.returned >= DELIVERY_LIMIT:
                    # The broker would bury it after one more time, and could not tell the orchestrator.
                    raise Permanent(
                        "given back too often; it may kill the process that handles it", code="delivery_limit"
                    )
                await self._handle(envelope)
            except Exception as error:  # noqa: BLE001  the one place where any failure of a handler ends
                outcome = await self._fail(delivery, error)
            else:
                await delivery.ack()
                outcome = Outcome.ACK
            seconds = self._clock.monotonic() - started
            self._metrics.message_handled(self._service, envelope.type, outcome, seconds)
            log.debug("message.handled", outcome=outcome, seconds=round(seconds, 4))

    async def _handle(self, envelope: Envelope) -> None:
        message = to_message(envelope)
        route = self._routes.get(type(message))
        if route is None:
            raise ContractBroken(f"{self._service} does not handle messages of type {envelope.type}")
        handling = self._handling(envelope)
        if isinstance(route, Keeper):
            kept = await self._keeping.keep(route, message, handling, envelope)
            if kept.saved and self._relay is not None:
                self._relay.wake(kept.saved)
            await self._publish([addressed(result) for result in kept.direct])
        else:
            with noting_saved() as saved:
                results = await route(message, handling)
            if saved and self._relay is not None:
                self._relay.wake(saved)
            await self._publish(self._results(envelope, results))

    def _results(self, cause: Envelope, results: Sequence[Result]) -> list[Addressed]:
        return [addressed(each) for each in results_of(cause, results, service=self._service, now=self._clock.now())]

    def _handling(self, envelope: Envelope) -> Handling:
        return Handling(
            message_id=envelope.id,
            correlation_id=envelope.correlation_id,
            now=self._clock.now(),
            attempt=envelope.attempt,
        )

    async def _publish(self, outgoing: list[Addressed]) -> None:
        if not outgoing:
            return
        count = len(outgoing)
        publishing = self._transport.publish(outgoing)
        # Records are in the bodies by the time that confirms are waited for; they need not be kept besides.
        del outgoing
        await publishing
        self._metrics.messages_published(self._service, count)

    async def _fail(self, delivery: Delivery, error: Exception) -> Outcome:
        envelope = delivery.envelope
        verdict = after_failure(error, envelope.attempt, self._topology.rungs)
        expected = isinstance(error, TandemError)
        code = error.code if isinstance(error, TandemError) else type(error).__name__
        detail = error.detail if isinstance(error, TandemError) else ""
        trace.get_current_span().set_status(StatusCode.ERROR, code)
        if isinstance(verdict, GiveUp):
            log.error("message.dead_lettered", code=code, reason=verdict.reason, detail=detail, exc_info=not expected)
            abandoned = self._abandoned(envelope, error, verdict)
            if abandoned is not None:
                await self._publish([addressed(abandoned)])
            await delivery.dead(envelope, verdict.code, verdict.reason)
            return Outcome.DEAD
        log.warning(
            "message.retried",
            code=code,
            reason=str(error) if expected else "",
            detail=detail,
            attempt=verdict.attempt,
            delay=verdict.delay,
            exc_info=not expected,
        )
        await delivery.retry(envelope.model_copy(update={"attempt": verdict.attempt}), verdict.delay)
        return Outcome.RETRY

    def _abandoned(self, envelope: Envelope, error: Exception, verdict: GiveUp) -> Envelope | None:
        """Tells the orchestrator that a job waits for a message that is dead."""
        job_id = correlation_of(envelope.data)
        if not job_id or envelope.type == PageAbandoned.TYPE:
            return None
        now = self._clock.now()
        message = PageAbandoned(
            service=self._service,
            job_id=job_id,
            mapping=_mapping_of(envelope.data),
            failure=error.failure()
            if isinstance(error, TandemError)
            else Failure(code=verdict.code, message=verdict.reason),
        )
        return envelope_of(
            message,
            # Each death is news of its own: the same message may be replayed and die again.
            id=result_id(envelope.id, PageAbandoned.TYPE, 0, now.isoformat()),
            service=self._service,
            now=now,
            cause=envelope,
            traceparent=envelope.traceparent,
        )

    # Events that every process hears ----------------------------------------------------------------------------

    async def _on_broadcast(self, envelope: Envelope) -> None:
        """Nothing is retried: nobody keeps these events."""
        try:
            message = to_message(envelope)
            listener = self._listeners.get(type(message))
            if listener is not None:
                await listener(message)
        except Exception as error:
            expected = isinstance(error, TandemError)
            log.warning("event.not_heard", type=envelope.type, message_id=str(envelope.id), exc_info=not expected)

    # Requests -------------------------------------------------------------------------------------------------

    async def _on_request(self, delivery: Delivery) -> None:
        envelope = delivery.envelope
        started = self._clock.monotonic()
        with self._context(envelope):
            outcome = Outcome.ACK
            try:
                with noting_saved() as saved:
                    answer = await self._answer(envelope)
                reply = answered(envelope, answer, service=self._service, clock=self._clock)
            except Exception as error:
                outcome = Outcome.REFUSED
                expected = isinstance(error, TandemError)
                code = error.code if isinstance(error, TandemError) else type(error).__name__
                log.warning("request.refused", code=code, reason=str(error) if expected else "", exc_info=not expected)
                reply = refused(envelope, error, service=self._service, clock=self._clock)
            if saved and self._relay is not None:
                self._relay.wake(saved)
            await self._transport.reply(delivery.reply_to, reply)
            await delivery.ack()
            self._metrics.message_handled(self._service, envelope.type, outcome, self._clock.monotonic() - started)

    async def _answer(self, envelope: Envelope) -> Any:
        request = to_message(envelope)
        answer = self._answers.get(type(request)) if isinstance(request, Request) else None
        if answer is None:
            raise ContractBroken(f"{self._service} does not answer {envelope.type}")
        handling = self._handling(envelope)
        for _ in range(ANSWER_ATTEMPTS - 1):
            try:
                return await answer(request, handling)
            except ConcurrentUpdate:
                await asyncio.sleep(0.005)
        return await answer(request, handling)

    # Context --------------------------------------------------------------------------------------------------

    @contextmanager
    def _context(self, envelope: Envelope) -> Iterator[None]:
        """Identity in the log, the running span and the cause of what is asked meanwhile."""
        # Without its data: a connection or timer made while a message is handled keeps this context for its own life.
        token = current_cause.set(envelope.model_copy(update={"data": {}}))
        try:
            with (
                bound_contextvars(
                    service=self._service,
                    correlation_id=envelope.correlation_id,
                    message_id=str(envelope.id),
                    type=envelope.type,
                    subject=envelope.subject,
                ),
                span(envelope.type, envelope.traceparent, kind=SpanKind.CONSUMER),
            ):
                yield
        finally:
            current_cause.reset(token)


def _mapping_of(data: dict[str, Any]) -> str:
    page = data.get("page")
    mapping = page.get("mapping") if isinstance(page, dict) else data.get("mapping")
    if isinstance(mapping, dict):
        mapping = mapping.get("name")
    return mapping if isinstance(mapping, str) else ""
