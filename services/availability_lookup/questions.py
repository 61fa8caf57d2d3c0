"""Asks for facts so that no key is under way twice, few questions run at a time, and a failing side is left in peace.

Whoever needs a key that is already being asked for joins that question. When enough questions run, further keys gather
in the next one, so that a rush becomes larger questions instead of more. After a failure nothing is asked for a moment,
then a single question tries; while it does, the others gather as well.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence

import structlog

from libs.runtime.clock import Clock
from libs.runtime.errors import TandemError, Throttled, Unavailable
from libs.runtime.tracing import span
from services.availability_lookup.cache import Fact, Key

MOST_AT_ONCE = 8
"""Questions under way at the same time."""
MOST_WAITING = 5000
"""Keys that may gather in the next question."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0
"""Seconds that nothing is asked after the first failure, and after many."""

log = structlog.get_logger(__name__)

Ask = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Fact]]]
"""Answers every key that it is given, or raises a ``TandemError``. May tell of other keys besides."""


class Question:
    """One question for some keys, shared by everybody who needs one of them."""

    def __init__(self, at: float) -> None:
        self.keys: dict[Key, None] = {}
        self.at = at
        """When the first one asked, on the monotonic clock."""
        self.answer: Mapping[Key, Fact] = {}
        self.error: TandemError | None = None
        self.over = asyncio.Event()
        self.askers = 0
        self.wanted = False
        """Whether somebody counts on it who no longer waits, so that it goes on without askers."""
        self.spoiled: set[Key] = set()
        """Keys of which news came after it was sent: its answer may be older than the news."""
        self.task: asyncio.Task[None] | None = None


class Questions:
    """All questions to one side."""

    def __init__(self, name: str, ask: Ask, keep: Callable[[Question], None], clock: Clock) -> None:
        self._name = name
        self._ask = ask
        self._keep = keep
        self._clock = clock
        self._under_way: dict[Key, Question] = {}
        self._running: set[Question] = set()
        self._next: Question | None = None
        self._failures = 0
        self._failure: TandemError | None = None
        self._rest_until = 0.0
        self._stopped = False

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def failure(self) -> TandemError | None:
        """Why the last question failed; null once one was answered."""
        return self._failure

    @property
    def rest(self) -> float:
        """Seconds until something is asked again."""
        return max(0.0, self._rest_until - self._clock.monotonic())

    def under_way(self, key: Key) -> Question | None:
        """A question that may be joined for this key: not one whose answer may be older than news that came."""
        question = self._under_way.get(key)
        return None if question is None or key in question.spoiled else question

    def ask(self, keys: Sequence[Key]) -> Question:
        """Ask for keys that are not under way. Raises why nothing is asked now."""
        now = self._clock.monotonic()
        if self._stopped:
            raise Unavailable("the lookup is stopping")
        if self._failure is not None and now < self._rest_until:
            # The same error is raised to everybody meanwhile; it must not gather their frames.
            raise self._failure.with_traceback(None)
        gathering = self._next
        if gathering is None:
            gathering = Question(now)
        elif len(gathering.keys) + len(keys) > MOST_WAITING:
            raise Throttled("too many questions are waiting already", code="lookup.busy")
        for key in keys:
            gathering.keys[key] = None
            self._under_way[key] = gathering
        self._next = gathering
        self._start_next()
        return gathering

    def leave(self, question: Question, *, cancelled: bool) -> None:
        """An asker no longer waits. A question that nobody needs any more is given up."""
        question.askers -= 1
        if not cancelled:
            question.wanted = True
        elif question.askers == 0 and not question.wanted and not question.over.is_set():
            if question.task is not None:
                # It is cancelled in a moment only; nobody may join it until then.
                self._detach(question)
                question.task.cancel()
            else:
                self._end(question, Unavailable("nobody waits for it any more"))

    def spoil(self, keys: Iterable[Key]) -> None:
        """News came of these keys: what is being asked of them is old already. What only gathers is asked later."""
        for key in keys:
            question = self._under_way.get(key)
            if question is not None and question is not self._next:
                question.spoiled.add(key)

    def spoil_kinds(self, kinds: Collection[str]) -> None:
        """The same for all keys of these kinds."""
        self.spoil([key for key in self._under_way if key.kind in kinds])

    def spoil_all(self) -> None:
        """Nothing that is under way is true any more."""
        self.spoil(list(self._under_way))

    async def stop(self) -> None:
        """End everything that is under way."""
        self._stopped = True
        if self._next is not None:
            self._end(self._next, Unavailable("the lookup is stopping"))
        tasks = [question.task for question in self._running if question.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start_next(self) -> None:
        most = 1 if self._failure is not None else MOST_AT_ONCE
        question = self._next
        if question is None or len(self._running) >= most or self._stopped:
            return
        self._next = None
        self._running.add(question)
        question.task = asyncio.create_task(self._run(question), name=f"{self._name} question")
        question.task.add_done_callback(lambda _: self._over(question))

    def _over(self, question: Question) -> None:
        """A task that is cancelled before its first step runs nothing of its body: it must not keep its place."""
        if question in self._running:
            self._running.discard(question)
            self._end(question, Unavailable("nobody waits for it any more"))
            self._start_next()

    async def _run(self, question: Question) -> None:
        error: TandemError | None = Unavailable("asking failed; see the log", code="lookup.failed")
        given_up = False
        try:
            with span(f"lookup.{self._name}"):
                question.answer = await self._ask(list(question.keys))
            error = None
        except TandemError as raised:
            error = raised
        except asyncio.CancelledError:
            error, given_up = Unavailable("nobody waits for it any more"), True
            raise
        finally:
            if not given_up:
                self._note(error)
            self._running.discard(question)
            self._end(question, error)
            if error is not None and not given_up and self._next is not None:
                self._end(self._next, error)
            self._start_next()

    def _note(self, error: TandemError | None) -> None:
        if error is not None and self._failure is None:
            log.warning("outage.started", of=self._name, code=error.code, reason=error.message)
        elif error is None and self._failure is not None:
            log.info("outage.ended", of=self._name)
        self._failure = error
        if error is None:
            self._failures = 0
            return
        pause = min(FIRST_PAUSE * 2**self._failures, LONGEST_PAUSE)
        self._failures = min(self._failures + 1, 16)
        pause = min(max(pause, error.retry_after or 0.0), 60.0)
        self._rest_until = self._clock.monotonic() + pause

    def _end(self, question: Question, error: TandemError | None) -> None:
        if question is self._next:
            self._next = None
        self._detach(question)
        question.error = error
        if error is None:
            self._keep(question)
        question.over.set()

    def _detach(self, question: Question) -> None:
        for key in question.keys:
            if self._under_way.get(key) is question:
                del self._under_way[key]
