"""What a salesperson is told of a side that does not answer; what an administrator needs is in that service's log."""

from libs.runtime.errors import Permanent, TandemError, Throttled
from services.availability_lookup.facts import PRICES, REGISTRY

_NAMES = {REGISTRY: "The coupling registry", PRICES: "Financials' own pricing"}
_SLOW = ("lookup.slow", "request.timed_out")


def told(side: str, error: TandemError) -> tuple[str, str]:
    """Code and words."""
    who = _NAMES.get(side, "Financials")
    if error.code in _SLOW:
        return f"{side}_slow", f"{who} did not answer in time."
    if isinstance(error, Throttled):
        return f"{side}_throttled", f"{who} is asked too much and wants a pause."
    if isinstance(error, Permanent):
        return f"{side}_refused", f"{who} refuses the question; an administrator has to look at the connection."
    return f"{side}_unreachable", f"{who} cannot be reached."
