"""The one seam to the remote services: ``send(request) -> response``; everything else is layered above it.

The layers, outermost first, as ``connection.py`` stacks them:

    Repeating    sends a read again after a connection error or a gateway's 502/504
    Gated        waits where the environment asks for a pause (throttle.py)
    Authorized   adds the token, and renews it once upon 401
    Observed     counts answers, logs when an outage begins and ends (observed.py)
    HttpSession  aiohttp: TLS, time-outs (http.py)

A session answers with whatever status the remote gave. It raises only when there is no answer: ``Unavailable`` when
the request never reached the remote, ``OutcomeUnknown`` when it may have been carried out all the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import msgspec

from libs.dynamics.auth import Credentials
from libs.dynamics.failures import OutcomeUnknown
from libs.runtime.errors import ContractBroken, Unavailable

_DECODE = msgspec.json.Decoder(float_hook=str).decode


@dataclass(frozen=True)
class Request:
    method: str
    url: str
    """Absolute."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    repeatable: bool = False
    """Not a GET, but as harmless to send again (a batch of reads)."""


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body; numbers with a decimal point stay text, so that none loses a digit."""
        try:
            return _DECODE(self.body)
        except msgspec.DecodeError as error:
            raise ContractBroken(
                "The remote service answered with something that is not JSON.",
                detail=f"status {self.status}, {len(self.body)} bytes: {error}",
            ) from error


class Session(Protocol):
    async def send(self, request: Request) -> Response:
        """Carry out one request; see the module for what it raises."""
        ...


class Authorized:
    """Signs requests; upon 401 asks for a new token and sends once more."""

    def __init__(self, session: Session, credentials: Credentials) -> None:
        self._session = session
        self._credentials = credentials

    async def send(self, request: Request) -> Response:
        authorization = await self._credentials.authorization()
        response = await self._session.send(_signed(request, authorization))
        if response.status != 401:
            return response
        renewed = await self._credentials.authorization(refused=authorization)
        if renewed == authorization:
            return response
        return await self._session.send(_signed(request, renewed))


def _signed(request: Request, authorization: str) -> Request:
    return replace(request, headers={**request.headers, "Authorization": authorization})


class Repeating:
    """Sends a read again when no proper answer came. Nothing else is repeated here: writes are repeated by message."""

    def __init__(
        self,
        session: Session,
        pauses: tuple[float, ...] = (0.2, 1.0, 3.0),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._pauses = pauses
        self._sleep = sleep

    async def send(self, request: Request) -> Response:
        pauses = self._pauses if request.method == "GET" or request.repeatable else ()
        for pause in pauses:
            try:
                response = await self._session.send(request)
                if response.status not in (502, 504):
                    return response
            except Unavailable as error:
                if error.setting or error.retry_after is not None:
                    raise  # a wrong address does not heal in seconds, and who knows when to come back has waited long
            await self._sleep(pause)
        response = await self._session.send(request)
        if response.status in (502, 504):
            raise OutcomeUnknown(
                "The remote service is out of reach behind its gateway; Tandem tries again.",
                detail=f"{request.method} answered {response.status}",
            )
        return response
