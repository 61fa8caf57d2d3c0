"""Records that failed or were skipped, put together by their reason, in words for a person."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from libs.contracts.failures import Failure, SynchJobError
from services.demo.figures import Figures, error_line

ONLY_COUPLED = "It is not coupled, and of this mapping a run of modified records takes the coupled ones alone."


@dataclass(frozen=True)
class Group:
    """All records of a mapping with the same reason."""

    mapping: str
    count: int
    reason: str
    example: str = ""
    """The first of them; empty where none is told."""

    @property
    def text(self) -> str:
        if not self.example:
            return self.reason
        return (
            f"{self.reason.rstrip('.')}, such as {self.example}" if self.count > 1 else f"{self.example}: {self.reason}"
        )


def groups(errors: Iterable[SynchJobError], action: str) -> list[Group]:
    """One for each mapping and reason, by mapping as they come and the most frequent reason first."""
    found: dict[str, dict[str, list[SynchJobError]]] = {}
    for error in errors:
        if error.action == action:
            found.setdefault(error.mapping, {}).setdefault(reason_of(error), []).append(error)
    return [
        Group(mapping, len(alike), reason, record_of(alike[0]))
        for mapping, reasons in found.items()
        for reason, alike in sorted(reasons.items(), key=lambda item: -len(item[1]))
    ]


def silent_skips(figures: Iterable[Figures], errors: Iterable[SynchJobError]) -> list[Group]:
    """What was skipped without being listed: a run of modified records passes over what was never coupled."""
    listed = Counter((error.mapping, error.direction) for error in errors if error.action == "skip")
    return [
        Group(row.name, row.skipped - listed[row.name, row.direction], ONLY_COUPLED)
        for row in figures
        if row.skipped > listed[row.name, row.direction]
    ]


def reason_of(error: SynchJobError) -> str:
    """Why, in words that fit every record with the same reason."""
    failure = error.failure
    match failure.code:
        case "record.partner_not_coupled":
            named = re.match(re.escape(failure.field) + r" .*?(must be coupled .*)", failure.message)
            return f"{failure.field} {named[1]}" if failure.field and named else failure.message
        case "record.price_beyond_sales":
            return _why_not_held(failure)
        case "coupling.no_match" if error.mapping == "SALESPEOPLE":
            return "No user in Sales has this e-mail address."
    return error_line(error)["reason"]


def _why_not_held(failure: Failure) -> str:
    if failure.field == "Currency Code":
        why = "it is in another currency than its price list"
    elif failure.field == "Unit of Measure Code":
        why = "it is per another unit than the product's own"
    else:
        return failure.message.removesuffix(" Financials keeps it.")
    return f"Sales cannot hold this price: {why}."


def record_of(error: SynchJobError) -> str:
    """The record as people call it; of a price its item and whom it is for, not all nine parts of its key."""
    key = error.source_key or error.source_id
    parts = key.split(";")
    if error.mapping == "SALESPRC-PRODPRICE" and len(parts) > 2:
        return f"item {parts[0]} for {parts[2] or parts[1]}"
    return key
