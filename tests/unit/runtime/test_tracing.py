"""Trace context passes on, with and without an exporter."""

import re

from libs.runtime.tracing import current_trace_id, current_traceparent, span

HEADER = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def test_outside_any_span_there_is_no_trace() -> None:
    assert current_traceparent() == ""
    assert current_trace_id() == ""


def test_a_span_begins_a_trace_where_none_was() -> None:
    with span("page.read"):
        first = current_traceparent()
    with span("page.read"):
        second = current_traceparent()
    assert HEADER.fullmatch(first) and HEADER.fullmatch(second)
    assert first != second


def test_a_span_continues_the_trace_that_came_with_a_message() -> None:
    came = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with span("page.settled", came):
        assert current_trace_id() == "0af7651916cd43dd8448eb211c80319c"
        with span("couplings.stamped"):
            assert current_trace_id() == "0af7651916cd43dd8448eb211c80319c"
    assert current_trace_id() == ""


def test_a_header_that_is_none_begins_a_trace() -> None:
    with span("page.read", "rubbish"):
        assert HEADER.fullmatch(current_traceparent())
