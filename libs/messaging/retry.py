"""What to do about a failed handling: a pure decision from the error and how often it has failed before."""

from collections.abc import Sequence
from dataclasses import dataclass

from libs.contracts.routing import RETRY_RUNGS
from libs.runtime.errors import Permanent, TandemError, Throttled

TRANSIENT_ATTEMPTS = 8
"""Failed attempts after which a transient failure is given up: the rungs, then the longest rung again."""

BUG_ATTEMPTS = 3
"""The same for an error nobody expected: it may be a fluke, but it is not worth hours."""

BUG = "tandem.bug"
"""Code of an error that is not in the tree."""


@dataclass(frozen=True)
class Retry:
    """Handle it again after ``delay`` seconds, with ``attempt`` failed attempts on its account."""

    delay: float
    attempt: int


@dataclass(frozen=True)
class GiveUp:
    """Put it with the dead letters."""

    code: str
    reason: str


def after_failure(error: BaseException, attempt: int, rungs: Sequence[float] = RETRY_RUNGS) -> Retry | GiveUp:
    """``attempt`` is how often handling had failed before this failure."""
    if isinstance(error, Throttled):
        # The remote asked for a pause; that is no fault of the message, so it costs no attempt.
        return Retry(error.retry_after if error.retry_after is not None else rungs[0], attempt)
    if isinstance(error, Permanent):
        return GiveUp(error.code, error.message)
    failed = attempt + 1
    if isinstance(error, TandemError):
        if failed > TRANSIENT_ATTEMPTS:
            return GiveUp(error.code, f"{error.message} (given up after {failed} attempts)")
        return Retry(max(_rung(attempt, rungs), error.retry_after or 0.0), failed)
    if failed > BUG_ATTEMPTS:
        return GiveUp(BUG, f"{type(error).__name__} (given up after {failed} attempts); see the log")
    return Retry(_rung(attempt, rungs), failed)


def _rung(attempt: int, rungs: Sequence[float]) -> float:
    return rungs[min(attempt, len(rungs) - 1)]


def rung_for(delay: float, rungs: Sequence[float]) -> float:
    """The first rung that is at least ``delay``, or the longest there is."""
    return next((rung for rung in rungs if rung >= delay), rungs[-1])
