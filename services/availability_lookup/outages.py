"""What a salesperson is told of a side that does not answer; what an administrator needs is in that service's log."""

from libs.runtime.errors import Permanent, TandemError, Throttled
from services.availability_lookup.codes import OutageCode
from services.availability_lookup.facts import PRICES, REGISTRY

_NAMES = {REGISTRY: "The coupling registry", PRICES: "Financials' own pricing"}
_SLOW = ("lookup.slow", "request.timed_out")


def told(side: str, error: TandemError) -> tuple[OutageCode, str]:
    """Code and words."""
    how, words = _how(error)
    code: OutageCode = f"{side}_{how}"  # type: ignore[assignment]  # there is one for each side
    return code, f"{_NAMES.get(side, 'Financials')} {words}"


def _how(error: TandemError) -> tuple[str, str]:
    if error.code in _SLOW:
        return "slow", "did not answer in time."
    if isinstance(error, Throttled):
        return "throttled", "is asked too much and wants a pause."
    if isinstance(error, Permanent):
        return "refused", "refuses the question; an administrator has to look at the connection."
    return "unreachable", "cannot be reached."
