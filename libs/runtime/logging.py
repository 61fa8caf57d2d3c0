"""Logs: one event per line, named ``noun.past_participle``, with key/values; JSON for machines or coloured for people.

Nothing is dropped, but what looks like a secret is starred: values of keys named like secrets, tokens inside text, and
user and password inside addresses.
"""

import logging
import re
import sys
from collections.abc import Mapping
from typing import TextIO

import msgspec
import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from libs.runtime.errors import TandemError
from libs.runtime.tracing import current_trace_id

STARRED = "***"

_SECRET_KEY = re.compile(
    r"(secret|password|passwd|token|authorization|access[-_]?key|api[-_]?key|credential|cookie|private[-_]?key|connection[-_]?string)",
    re.IGNORECASE,
)
_SECRET_TEXT = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"(?i)([a-z][a-z0-9+.-]*://)[^/\s@]+@"), r"\1***@"),
    (re.compile(r"(?i)\b(client_secret|password|access_token|refresh_token|sig|code)=[^&\s]+"), r"\1=***"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), STARRED),
)


def configure_logging(
    level: str = "info", form: str = "json", *, service: str = "", stream: TextIO | None = None
) -> None:
    """Set up logging for this process; libraries that use the standard logging come out the same way."""
    out = stream or sys.stderr
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Named(service),
        add_trace,
        show_errors,
        structlog.processors.format_exc_info,
        protect,
    ]
    final: list[Processor] = (
        [structlog.processors.JSONRenderer(serializer=_json)]
        if form == "json"
        else [structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)]
    )
    structlog.configure(
        processors=[*shared, *final],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *final],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries tell at info what we log ourselves, and more often; the AMQP client tells every attempt as an error.
    root.setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level.upper()]))
    for name in ("aiormq", "aio_pika"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def protect(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Star what looks like a secret, at any depth; drop nothing."""
    return {key: _protected(key, value) for key, value in event.items()}


def _protected(key: str, value: object) -> object:
    if isinstance(value, SecretStr):
        return STARRED
    if value not in (None, "") and not isinstance(value, bool | int | float) and _SECRET_KEY.search(key):
        return STARRED
    if isinstance(value, str):
        for pattern, replacement in _SECRET_TEXT:
            value = pattern.sub(replacement, value)
        return value
    if isinstance(value, Mapping):
        return {inner: _protected(str(inner), content) for inner, content in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_protected("", content) for content in value]
    return value


def show_errors(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An error given as ``error=`` becomes its code, message and detail."""
    error = event.get("error")
    if isinstance(error, TandemError):
        event["error"] = error.message
        event["error_code"] = error.code
        for name in ("setting", "detail", "remote_code", "remote_message", "field"):
            if value := getattr(error, name):
                event.setdefault(f"error_{name}", value)
    elif isinstance(error, BaseException):
        event["error"] = f"{type(error).__name__}: {error}"
    return event


def add_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if trace_id := current_trace_id():
        event.setdefault("trace_id", trace_id)
    return event


class _Named:
    """Adds the service's name."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        if self._service:
            event.setdefault("service", self._service)
        return event


def _json(event: EventDict, **_: object) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
