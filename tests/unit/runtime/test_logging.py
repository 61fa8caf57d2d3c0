"""Logs: every key is there, no secret is."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from libs.runtime.errors import Rejected
from libs.runtime.logging import configure_logging
from libs.runtime.tracing import current_trace_id, span


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def events(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_event_is_one_line_of_json_with_all_its_keys(out: io.StringIO) -> None:
    configure_logging("info", "json", service="orchestrator", stream=out)
    structlog.get_logger().info("page.settled", mapping="CUSTOMER", modified=3, ids=("a", "b"))
    (event,) = events(out)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "page.settled",
        "level": "info",
        "service": "orchestrator",
        "mapping": "CUSTOMER",
        "modified": 3,
        "ids": ["a", "b"],
    }


def test_what_looks_like_a_secret_is_starred_and_nothing_is_dropped(out: io.StringIO) -> None:
    configure_logging("info", "json", stream=out)
    structlog.get_logger().info(
        "connection.opened",
        client_secret="hunter2",
        Authorization="Bearer hunter2hunter2",
        url="amqp://tandem:hunter2@rabbitmq:5672/",
        headers={"X-Api-Key": "hunter2", "Accept": "json"},
        body="grant_type=client_credentials&client_secret=hunter2&scope=x",
        parts=["Basic aHVudGVyMjpodW50ZXIy", {"password": "hunter2"}],
        wrapped=SecretStr("hunter2"),
        token_count=3,
        access_token="",
    )
    (event,) = events(out)
    assert "hunter2" not in out.getvalue() and "aHVudGVyMj" not in out.getvalue()
    assert event["url"] == "amqp://***@rabbitmq:5672/"
    assert event["headers"] == {"X-Api-Key": "***", "Accept": "json"}
    assert event["body"] == "grant_type=client_credentials&client_secret=***&scope=x"
    assert event["parts"] == ["Basic ***", {"password": "***"}]
    assert (event["client_secret"], event["wrapped"]) == ("***", "***")
    assert (event["token_count"], event["access_token"]) == (3, "")


def test_an_error_is_told_by_its_code_message_and_detail(out: io.StringIO) -> None:
    configure_logging("info", "json", stream=out)
    error = Rejected("Customer 10000 was refused.", detail="0x80040265", remote_code="0x80040265", field="name")
    structlog.get_logger().error("record.refused", error=error)
    (event,) = events(out)
    assert event["error"] == "Customer 10000 was refused."
    assert (event["error_code"], event["error_detail"], event["error_field"]) == (
        "remote.rejected",
        "0x80040265",
        "name",
    )


def test_a_traceback_is_kept_and_protected(out: io.StringIO) -> None:
    configure_logging("info", "json", stream=out)
    try:
        raise ValueError("cannot connect to amqp://tandem:hunter2@rabbitmq/")
    except ValueError:
        structlog.get_logger().exception("service.crashed")
    (event,) = events(out)
    assert "Traceback" in event["exception"] and "amqp://***@rabbitmq/" in event["exception"]


def test_libraries_log_the_same_way(out: io.StringIO) -> None:
    configure_logging("info", "json", service="console", stream=out)
    logging.getLogger("asyncio").warning("lost %s", "amqp://a:hunter2@b/")
    logging.getLogger("asyncio").info("chatter")
    (event,) = events(out)
    assert (event["event"], event["logger"], event["service"]) == ("lost amqp://***@b/", "asyncio", "console")


def test_events_below_the_level_are_not_written(out: io.StringIO) -> None:
    configure_logging("warning", "json", stream=out)
    structlog.get_logger().info("page.read")
    assert out.getvalue() == ""


def test_people_get_readable_lines(out: io.StringIO) -> None:
    configure_logging("info", "console", stream=out)
    structlog.get_logger().info("page.read", count=3, password="hunter2")
    assert "page.read" in out.getvalue() and "count=3" in out.getvalue() and "hunter2" not in out.getvalue()


def test_an_event_inside_a_span_names_the_trace(out: io.StringIO) -> None:
    configure_logging("info", "json", stream=out)
    with span("page.handled"):
        trace_id = current_trace_id()
        structlog.get_logger().info("page.read")
    (event,) = events(out)
    assert len(trace_id) == 32 and event["trace_id"] == trace_id
