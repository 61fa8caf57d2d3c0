"""Watches one environment's answers: counts and times them, and logs an outage once when it begins and once when it
ends."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

from libs.dynamics.session import Request, Response, Session
from libs.runtime.errors import Unavailable
from libs.runtime.metrics import remote_answered

_GATEWAY = (502, 503, 504)


_calls: ContextVar[list[None] | None] = ContextVar("calls", default=None)


@contextmanager
def counting_calls() -> Iterator[list[None]]:
    """Collects an entry per request that is really sent meanwhile, repeats and renewed sign-ins of it included."""
    sent: list[None] = []
    token = _calls.set(sent)
    try:
        yield sent
    finally:
        _calls.reset(token)


class Observed:
    """Passes requests on and notes whether answers come."""

    def __init__(self, session: Session, environment: str, log: Any = None) -> None:
        self._log = log or structlog.get_logger(__name__)
        self._session = session
        self._environment = environment
        self._lost_at: float | None = None

    async def send(self, request: Request) -> Response:
        began = time.monotonic()
        calls = _calls.get()
        if calls is not None:
            calls.append(None)
        try:
            response = await self._session.send(request)
        except Unavailable as error:
            remote_answered(self._environment, None, time.monotonic() - began)
            self._lost(error.code, error.detail)
            raise
        remote_answered(self._environment, response.status, time.monotonic() - began)
        if response.status in _GATEWAY:
            self._lost(f"http.{response.status}", "")
        elif self._lost_at is not None:
            seconds = round(time.monotonic() - self._lost_at, 3)
            self._log.info("environment.regained", environment=self._environment, seconds=seconds)
            self._lost_at = None
        return response

    def _lost(self, code: str, detail: str) -> None:
        if self._lost_at is None:
            self._lost_at = time.monotonic()
            self._log.warning("environment.lost", environment=self._environment, code=code, detail=detail)
