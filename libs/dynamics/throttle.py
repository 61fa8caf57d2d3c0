"""One gate per environment: bounds how many requests are under way and pauses all callers when the service says so.

``GateState`` and its two functions are the rules, pure; ``Gate`` is the edge that waits; ``Gated`` puts a session
behind it. A throttled request is sent again after the pause and uses up no attempt. The gate narrows with every
refusal and widens step by step as requests succeed again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import structlog

from libs.dynamics.session import Request, Response, Session
from libs.runtime.clock import Clock, SystemClock
from libs.runtime.errors import Throttled, Unavailable

log = structlog.get_logger(__name__)

FIRST_PAUSE = 1.0
LONGEST_GUESS = 60.0
"""Longest pause that is guessed where the service names none."""
WIDEN_AFTER = 20
"""Successes in a row, per request allowed at once, before one more is allowed."""
KEPT_FREE_SECONDS = 15.0
"""How long after an urgent request one place is kept from other work, so that the next one need not wait for it."""


_DOUBLED_AT_MOST = 20
"""Times that the first pause is doubled: an outage may last for days, and numbers end somewhere."""


@dataclass(frozen=True)
class GateState:
    """``limit`` is the most that may ever be under way, ``allowed`` the most just now."""

    limit: int
    allowed: int
    paused_until: datetime | None = None
    refusals: int = 0
    """Refusals since the last success after a pause."""
    successes: int = 0


def throttled(state: GateState, now: datetime, retry_after: float | None) -> GateState:
    """The service refused a request: pause everybody, and halve what may be under way.

    Refusals of requests that were sent before the pause began only lengthen it.
    """
    already = state.paused_until is not None and now < state.paused_until
    refusals = state.refusals if already else state.refusals + 1
    guess = min(FIRST_PAUSE * 2 ** min(refusals - 1, _DOUBLED_AT_MOST), LONGEST_GUESS)
    pause = retry_after if retry_after is not None else guess
    until = now + timedelta(seconds=max(pause, 0.05))
    if state.paused_until is not None:
        until = max(until, state.paused_until)
    allowed = state.allowed if already else max(1, state.allowed // 2)
    return replace(state, paused_until=until, allowed=allowed, refusals=refusals, successes=0)


def succeeded(state: GateState) -> GateState:
    """A request went through: widen by one after enough of them."""
    if state.allowed >= state.limit and not state.refusals:
        return state
    successes = state.successes + 1
    if successes < WIDEN_AFTER * state.allowed:
        return replace(state, successes=successes)
    allowed = min(state.limit, state.allowed + 1)
    return replace(state, allowed=allowed, successes=0, refusals=0 if allowed == state.limit else state.refusals)


def retry_after(response: Response, now: datetime) -> float | None:
    """Seconds named by Retry-After, which may be a number or a date."""
    text = response.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text).astimezone(UTC) - now).total_seconds())
    except ValueError:
        return None


class Gate:
    """The gate of one environment; everything that talks to it shares one."""

    def __init__(
        self,
        environment: str,
        limit: int,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.environment = environment
        self.state = GateState(limit=limit, allowed=limit)
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._urgent_until = float("-inf")
        self._pauses: asyncio.Queue[datetime] = asyncio.Queue()
        self._refused_since: float | None = None

    @property
    def paused_until(self) -> datetime | None:
        """End of the pause that is on, or null."""
        until = self.state.paused_until
        return until if until is not None and self._clock.now() < until else None

    @property
    def seconds_left(self) -> float:
        """Of the pause that is on."""
        until = self.paused_until
        return (until - self._clock.now()).total_seconds() if until is not None else 0.0

    async def pauses(self) -> AsyncIterator[datetime]:
        """The end of every pause, as each begins or is lengthened; for one listener that runs beside the service."""
        while True:
            until = await self._pauses.get()
            while not self._pauses.empty():
                until = self._pauses.get_nowait()
            yield until

    def suggest(self, limit: int) -> None:
        """Allow another number at once from now on (Dataverse's ``x-ms-dop-hint``)."""
        state = self.state
        if limit > 0 and limit != state.limit:
            allowed = limit if state.allowed == state.limit else min(state.allowed, limit)
            self.state = replace(state, limit=limit, allowed=allowed)
            self._admit()

    def now(self) -> datetime:
        return self._clock.now()

    @asynccontextmanager
    async def passage(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Wait for a place, hold it meanwhile. Urgent requests go first."""
        if urgent:
            self._urgent_until = self._clock.monotonic() + KEPT_FREE_SECONDS
        line = self._urgent if urgent else self._waiting
        while self._places(urgent) <= 0:
            place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            line.append(place)
            try:
                await place
            except asyncio.CancelledError:
                if place.done() and not place.cancelled():
                    self._admit()
                elif place in line:
                    line.remove(place)
                raise
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            self._admit()

    async def pause_over(self, patience: float) -> float:
        """Wait until no pause is on; returns the seconds waited, or, beyond ``patience``, the seconds still to wait
        as a negative number."""
        waited = 0.0
        while (until := self.paused_until) is not None:
            left = (until - self._clock.now()).total_seconds()
            if waited + left > patience:
                return -left
            await self._sleep(left)
            waited += left
        return waited

    def refuse(self, status: int, seconds: float | None) -> None:
        """The service refused a request with 429 or 503."""
        before = self.paused_until
        self.state = throttled(self.state, self._clock.now(), seconds)
        until = self.state.paused_until
        if self._refused_since is None:
            self._refused_since = self._clock.monotonic()
            log.warning("environment.throttled", environment=self.environment, status=status, until=str(until))
        if until is not None and (before is None or until > before):
            self._pauses.put_nowait(until)

    def accept(self) -> None:
        """The service carried out a request."""
        self.state = succeeded(self.state)
        if self._refused_since is not None and self.paused_until is None:
            seconds = self._clock.monotonic() - self._refused_since
            self._refused_since = None
            log.info("environment.recovered", environment=self.environment, seconds=round(seconds, 3))
        self._admit()

    def _places(self, urgent: bool) -> int:
        """Places that are free; other work leaves one to urgent requests for a while after each."""
        free = self.state.allowed - self._under_way
        kept = not urgent and self.state.allowed > 1 and self._clock.monotonic() < self._urgent_until
        return free - 1 if kept else free

    def _admit(self) -> None:
        woken = 0
        for line, urgent in ((self._urgent, True), (self._waiting, False)):
            while line and self._places(urgent) > woken:
                place = line.popleft()
                if not place.done():
                    place.set_result(None)
                    woken += 1


class Gated:
    """A session behind a gate. Waits at most ``patience`` seconds for one request's pauses, then raises ``Throttled``
    (the message comes back later, no attempt used up) or, where the service is down with 503, ``Unavailable``."""

    def __init__(self, session: Session, gate: Gate, *, patience: float = 240.0, urgent: bool = False) -> None:
        self._session = session
        self._gate = gate
        self._patience = patience
        self._urgent = urgent

    async def send(self, request: Request) -> Response:
        gate = self._gate
        patience = self._patience
        status = 429
        while True:
            if gate.seconds_left > patience:
                # Places are held by those who wait for the pause as well; there is no sense in queueing behind them.
                raise _too_long(gate.environment, status, gate.seconds_left)
            async with gate.passage(urgent=self._urgent):
                # The pause is waited for while holding a place: whoever else comes would have to wait as well.
                waited = await gate.pause_over(patience)
                if waited < 0:
                    raise _too_long(gate.environment, status, -waited)
                patience -= waited
                response = await self._session.send(request)
                if response.status not in (429, 503):
                    gate.accept()
                    return response
                status = response.status
                gate.refuse(status, retry_after(response, gate.now()))


def _too_long(environment: str, status: int, seconds: float) -> Exception:
    if status == 503:
        return Unavailable(f"{environment} is not available at present; Tandem tries again.", retry_after=seconds)
    return Throttled(
        f"{environment} asks for a pause of {seconds:.0f} seconds; Tandem goes on then.", retry_after=seconds
    )
