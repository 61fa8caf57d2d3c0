"""W3C trace context: one trace follows a page through all services, in message headers and in the logs.

The OpenTelemetry API alone makes no ids and records nothing. A process that installs an SDK gets real spans from the
same calls; without one, the context that came with a message is still passed on, and a fresh one is drawn where a trace
begins.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import context, trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_HEADER = "traceparent"
_propagator = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("tandem")


def current_traceparent() -> str:
    """The header of the running span; empty outside any."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get(_HEADER, "")


def current_trace_id() -> str:
    """The running trace as 32 hex digits, for logs; empty outside any."""
    current = trace.get_current_span().get_span_context()
    return f"{current.trace_id:032x}" if current.is_valid else ""


@contextmanager
def span(name: str, traceparent: str = "", *, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[None]:
    """Run the body in a span that continues ``traceparent``, or the running span, or a trace of its own."""
    parent = _propagator.extract({_HEADER: traceparent}) if traceparent else context.get_current()
    if not trace.get_current_span(parent).get_span_context().is_valid:
        parent = trace.set_span_in_context(NonRecordingSpan(_drawn()), context.Context())
    with _tracer.start_as_current_span(name, context=parent, kind=kind):
        yield


def _drawn() -> SpanContext:
    return SpanContext(
        trace_id=secrets.randbits(128) | 1,
        span_id=secrets.randbits(64) | 1,
        is_remote=False,
        trace_flags=TraceFlags(TraceFlags.SAMPLED),
    )
