"""Every kind of error at every attempt: what becomes of the message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.routing import RETRY_RUNGS
from libs.messaging.retry import BUG, BUG_ATTEMPTS, TRANSIENT_ATTEMPTS, GiveUp, Retry, after_failure, rung_for
from libs.runtime.errors import (
    AccessDenied,
    ConcurrentUpdate,
    ContractBroken,
    DependencyMissing,
    MappingInvalid,
    RecordGone,
    Rejected,
    Throttled,
    Unavailable,
)

FIRST, LAST = RETRY_RUNGS[0], RETRY_RUNGS[-1]


@pytest.mark.parametrize(
    ("error", "attempt", "delay", "next_attempt"),
    [
        (Unavailable("away"), 0, FIRST, 1),
        (Unavailable("away"), 1, RETRY_RUNGS[1], 2),
        (Unavailable("away"), 4, LAST, 5),
        (Unavailable("away"), TRANSIENT_ATTEMPTS - 1, LAST, TRANSIENT_ATTEMPTS),
        (Unavailable("away", retry_after=45.0), 0, 45.0, 1),
        (Unavailable("away", retry_after=1.0), 2, RETRY_RUNGS[2], 3),
        (ConcurrentUpdate("again"), 0, FIRST, 1),
        (DependencyMissing("not yet"), 2, RETRY_RUNGS[2], 3),
        (Throttled("pause", retry_after=17.0), 0, 17.0, 0),
        (Throttled("pause", retry_after=0.0), 3, 0.0, 3),
        (Throttled("pause"), 3, FIRST, 3),
        (Throttled("pause", retry_after=9.0), TRANSIENT_ATTEMPTS + 5, 9.0, TRANSIENT_ATTEMPTS + 5),
        (KeyError("a bug"), 0, FIRST, 1),
        (KeyError("a bug"), BUG_ATTEMPTS - 1, RETRY_RUNGS[BUG_ATTEMPTS - 1], BUG_ATTEMPTS),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception, attempt: int, delay: float, next_attempt: int) -> None:
    assert after_failure(error, attempt) == Retry(delay, next_attempt)


@pytest.mark.parametrize("attempt", [0, 3, 100])
@pytest.mark.parametrize("error_class", [Rejected, MappingInvalid, RecordGone, AccessDenied, ContractBroken])
def test_what_cannot_change_is_given_up_at_once(error_class: type[Rejected], attempt: int) -> None:
    assert after_failure(error_class("no", code="its.code"), attempt) == GiveUp("its.code", "no")


def test_a_lasting_outage_is_given_up_with_its_own_words() -> None:
    verdict = after_failure(Unavailable("Sales cannot be reached"), TRANSIENT_ATTEMPTS)
    assert isinstance(verdict, GiveUp)
    assert verdict.code == Unavailable.code
    assert "Sales cannot be reached" in verdict.reason


def test_a_bug_is_given_up_without_its_words_which_may_hold_anything() -> None:
    verdict = after_failure(KeyError("a customer's name"), BUG_ATTEMPTS)
    assert isinstance(verdict, GiveUp)
    assert verdict.code == BUG
    assert "KeyError" in verdict.reason
    assert "customer" not in verdict.reason


@given(delay=st.floats(0, 10_000), rungs=st.lists(st.floats(0.01, 5_000), min_size=1, unique=True).map(sorted))
def test_a_delay_is_rounded_up_to_a_rung(delay: float, rungs: list[float]) -> None:
    rung = rung_for(delay, rungs)
    assert rung in rungs
    assert rung >= delay or rung == rungs[-1]
    assert not any(delay <= lower < rung for lower in rungs)


def test_a_delay_that_is_a_rung_waits_on_that_rung() -> None:
    assert [rung_for(delay, RETRY_RUNGS) for delay in RETRY_RUNGS] == list(RETRY_RUNGS)
