"""Numbers of the item ledger that had no entry when they were passed, and how long they are looked for. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from typing_extensions import TypedDict

from libs.contracts.item_availability import EntryRange

PATIENCE = timedelta(hours=12)
"""How long a number without an entry is looked for: longer than a posting takes to be committed. What is missing then
was taken back, and never comes."""


class Missing(TypedDict):
    """Successive numbers that had no entry."""

    first: int
    last: int
    since: str
    """When they were first passed; of ranges that were joined, the one that was passed last."""


def still_missing(known: Sequence[Missing], told: Sequence[EntryRange], *, passed: int, now: datetime) -> list[Missing]:
    """Those of the ranges ``told`` by a reading that are looked for again. What lies behind ``passed``, or is not
    known, is passed now for the first time."""
    missing: list[Missing] = []
    for first, last in told:
        met = [each["since"] for each in known if each["first"] <= last and first <= each["last"]]
        since = max(met) if met and last <= passed else now.isoformat()
        if now - datetime.fromisoformat(since) < PATIENCE:
            missing.append({"first": first, "last": last, "since": since})
    return missing
