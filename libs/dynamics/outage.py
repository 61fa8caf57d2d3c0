"""Logs an environment's outage once when it begins and once when it ends."""

import time
from typing import Any

import structlog

from libs.dynamics.session import Request, Response, Session
from libs.runtime.errors import Unavailable

_GATEWAY = (502, 503, 504)


class WithOutageLog:
    """Passes requests on and notes whether answers come."""

    def __init__(self, session: Session, environment: str, log: Any = None) -> None:
        self._log = log or structlog.get_logger(__name__)
        self._session = session
        self._environment = environment
        self._lost_at: float | None = None

    async def send(self, request: Request) -> Response:
        try:
            response = await self._session.send(request)
        except Unavailable as error:
            self._lost(error.code, error.detail)
            raise
        if response.status in _GATEWAY:
            self._lost(f"http.{response.status}", "")
        elif self._lost_at is not None:
            self._log.info(
                "environment.regained",
                environment=self._environment,
                seconds=round(time.monotonic() - self._lost_at, 3),
            )
            self._lost_at = None
        return response

    def _lost(self, code: str, detail: str) -> None:
        if self._lost_at is None:
            self._lost_at = time.monotonic()
            self._log.warning("environment.lost", environment=self._environment, code=code, detail=detail)
