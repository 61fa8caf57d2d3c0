"""Counts the requests to an environment and how long their answers take."""

import time

from libs.dynamics.session import Request, Response, Session
from libs.runtime.metrics import remote_answered


class Measured:
    """Passes requests on and measures them."""

    def __init__(self, session: Session, environment: str) -> None:
        self._session = session
        self._environment = environment

    async def send(self, request: Request) -> Response:
        status, started = None, time.perf_counter()
        try:
            response = await self._session.send(request)
            status = response.status
        finally:
            remote_answered(self._environment, status, time.perf_counter() - started)
        return response
