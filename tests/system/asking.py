"""So many questions a second to the lookup, each with its answer and time, and what is wrong with the answers."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

DEADLINE_MS = 2000
SLACK_SECONDS = 1.5
"""By which an answer may miss its deadline on a machine that does other things, too."""


@dataclass(frozen=True)
class Question:
    """An order of one line, or a single GET."""

    known: bool
    """Whether it was answered before, so that there is something to tell whatever happens."""
    body: dict[str, Any] | None = None
    path: str = "/v1/order-lines"


@dataclass(frozen=True)
class Answer:
    question: Question
    status: int
    seconds: float
    content_type: str = ""
    retry_after: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    broken: str = ""
    """What became of the request where no answer came."""

    @property
    def stale(self) -> bool:
        return bool(self.body.get("stale"))


@dataclass
class Told:
    """All answers of one phase."""

    phase: str
    per_second: float
    answers: list[Answer]

    def percentile(self, share: float, *, known: bool = True) -> float:
        times = sorted(answer.seconds for answer in self.answers if answer.question.known is known)
        return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0

    @property
    def statuses(self) -> Counter[int]:
        return Counter(answer.status for answer in self.answers)

    @property
    def stale(self) -> int:
        return sum(answer.stale for answer in self.answers)

    def __str__(self) -> str:
        statuses = " ".join(f"{status}:{number}" for status, number in sorted(self.statuses.items()))
        p50, p99 = (self.percentile(share) * 1000 for share in (0.5, 0.99))
        return (
            f"{self.phase:<32} {self.per_second:5.0f}/s  warm p50 {p50:6.1f} ms p99 {p99:7.1f} ms  "
            f"longest {max((answer.seconds for answer in self.answers), default=0) * 1000:6.0f} ms  "
            f"{statuses}  stale {self.stale}"
        )


async def ask(
    client: aiohttp.ClientSession, address: str, question: Question, *, deadline_ms: int = DEADLINE_MS
) -> Answer:
    loop = asyncio.get_running_loop()
    began = loop.time()
    headers = {"Tandem-Deadline-Ms": str(deadline_ms)}
    method = "POST" if question.body is not None else "GET"
    try:
        async with client.request(method, address + question.path, json=question.body, headers=headers) as answer:
            body = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError) as error:
        return Answer(question, 0, loop.time() - began, broken=repr(error))
    kind, wait = answer.headers.get("Content-Type", ""), answer.headers.get("Retry-After", "")
    return Answer(question, answer.status, loop.time() - began, kind, wait, body)


async def go_on(
    client: aiohttp.ClientSession,
    addresses: Sequence[str],
    questions: Callable[[int], Question],
    *,
    phase: str,
    per_second: int,
    seconds: float,
) -> Told:
    """Ask at this pace, whether questions are answered or not; the addresses in turn."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    asking: list[asyncio.Task[Answer]] = []
    for number in range(round(seconds * per_second)):
        await asyncio.sleep(max(0.0, began + number / per_second - loop.time()))
        address = addresses[number % len(addresses)]
        asking.append(asyncio.create_task(ask(client, address, questions(number))))
    pace = len(asking) / (loop.time() - began)
    return Told(phase, pace, await asyncio.gather(*asking))


def problems(answers: Iterable[Answer]) -> list[str]:
    """What is not as promised, whatever has happened to Financials, the connector, the registry or the broker."""
    return [words for answer in answers for words in _problems(answer)]


def _problems(answer: Answer) -> list[str]:
    found = []
    if answer.broken:
        return [f"no answer after {answer.seconds:.1f} s: {answer.broken}"]
    if answer.seconds > DEADLINE_MS / 1000 + SLACK_SECONDS:
        found.append(f"{answer.seconds:.1f} s for an answer that was wanted within {DEADLINE_MS} ms")
    if answer.status == 503:
        if answer.content_type != "application/problem+json" or not answer.retry_after or not answer.body["detail"]:
            found.append(f"a 503 that says too little: {answer.body}")
        if answer.question.known:
            found.append(f"known, but not told: {answer.body}")
    elif answer.status != 200:
        found.append(f"{answer.status}: {answer.body}")
    elif answer.stale:
        if not answer.body["as_of"] or answer.body["age_seconds"] <= 0:
            found.append(f"stale, but of no age: {answer.body}")
        if not any(warning["message"] for warning in answer.body["warnings"]):
            found.append(f"stale without a warning: {answer.body}")
    elif answer.question.known:
        found += [f"nothing is stale, nothing is told: {part}" for part in _parts(answer.body) if part is None]
    return found


def _parts(body: dict[str, Any]) -> list[Any]:
    if "lines" not in body:
        return [body[name] for name in ("availability", "price") if name in body]
    return [line[name] for line in body["lines"] for name in ("price", "availability")]
