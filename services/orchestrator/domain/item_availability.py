"""The job queue entry that keeps quantities on hand in Sales current, by following the item ledger. Pure.

Stock moves without its item being modified, so modified runs never see it. The entry remembers up to which ledger entry
stock was sent; a run asks which items have later entries and queues one job that reads these items and compares their
values. The very first run takes the ledger's end and then has all coupled items read once, which costs less than
following a ledger of years and leaves no gap.

Entries are not committed in the order of their numbers. Numbers without an entry are therefore remembered and looked
for again by every run, until they are too old to be those of a posting that is under way.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NotRequired
from uuid import UUID, uuid5

from typing_extensions import TypedDict

from libs.contracts.failures import Failure
from libs.contracts.item_availability import (
    EntryRange,
    ItemAvailabilityView,
    ItemLedgerRead,
    ReadItemLedger,
    RunItemAvailability,
    SwitchItemAvailability,
)
from libs.contracts.jobs import QueueSynchJob
from libs.contracts.message import Message
from libs.contracts.setup import MappingView
from libs.contracts.vocabulary import System
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.missing_entries import Missing, still_missing
from services.orchestrator.domain.stages import Stage

MAPPING = "ITEM-PRODUCT"


class LedgerReading(TypedDict):
    """A reading of the ledger that is under way."""

    run_id: str
    after: int | None
    sent: float
    """Seconds since 1970."""
    resends: int
    step: int
    """How many answers this run has had: a long ledger is read in several."""
    missing: list[EntryRange]
    """Numbers without an entry that it looks for again."""


class Sent(TypedDict):
    """A job that was queued and is not known to have finished."""

    job_id: str
    after: int | None
    """Ledger entry that it began after; null: it reads all items."""
    at: NotRequired[float]
    """Seconds since 1970."""


class ItemAvailability(TypedDict):
    """The document."""

    enabled: bool
    interval_minutes: float
    company: str
    """Company that ``last_entry`` is of."""
    last_entry: int | None
    reading: LedgerReading | None
    last_run: str
    next_run: str
    job_id: str
    failures: list[dict[str, Any]]
    jobs: list[Sent]
    missing: list[Missing]


Decision = tuple[ItemAvailability | None, Sequence[Message]]
"""The new document (null: nothing changes) and what to send."""

NOTHING: Decision = (None, ())


def switched_off() -> ItemAvailability:
    """The entry of a new installation."""
    return {
        "enabled": False,
        "interval_minutes": 30.0,
        "company": "",
        "last_entry": None,
        "reading": None,
        "last_run": "",
        "next_run": "",
        "job_id": "",
        "failures": [],
        "jobs": [],
        "missing": [],
    }


def switch(entry: ItemAvailability, request: SwitchItemAvailability, now: datetime) -> Decision:
    """On: the next run is due at once. Off: a reading under way leads to nothing. The place in the ledger is kept."""
    if not request.enabled:
        return {**entry, "enabled": False, "reading": None, "next_run": ""}, ()
    changed: ItemAvailability = {**entry, "enabled": True, "interval_minutes": request.interval_minutes}
    if entry["enabled"] and entry["next_run"]:
        earlier = min(entry["next_run"], _later(now, request.interval_minutes))
        return {**changed, "next_run": earlier}, ()
    return {**changed, "next_run": now.isoformat(), "failures": []}, [RunItemAvailability()]


def is_due(entry: ItemAvailability, now: datetime, pace: Pace) -> bool:
    """Whether :func:`run` would do anything."""
    if not entry["enabled"]:
        return False
    reading = entry["reading"]
    if reading is not None:
        return now.timestamp() - reading["sent"] >= pace.read_deadline
    return datetime.fromisoformat(entry["next_run"]) <= now


def run(
    entry: ItemAvailability,
    command: RunItemAvailability,
    *,
    company: str,
    cause: UUID,
    now: datetime,
    pace: Pace,
    stages: Mapping[str, Stage] | None = None,
) -> Decision:
    """Ask for the ledger, or once more where no answer came; after too many times wait for the next run.

    ``company``: the connected one. Another one than before has a ledger of its own. ``stages``: how the entry's jobs
    stand, also of those that only wait; what one that came to no good end had to send, or that was never queued, is
    sent again.
    """
    due = is_due(entry, now, pace)
    reading = entry["reading"]
    if not due and not (command.force and entry["enabled"] and reading is None):
        return NOTHING
    if reading is not None:
        if reading["resends"] >= pace.resends:
            return failed(entry, _UNANSWERED, now), ()
        again: LedgerReading = {**reading, "sent": now.timestamp(), "resends": reading["resends"] + 1}
        return {**entry, "reading": again}, [_command(again)]
    same = entry["company"] == company
    jobs = entry["jobs"] if same else []
    missing = entry["missing"] if same else []
    after = entry["last_entry"] if same else None
    known = stages or {}
    jobs_lost = {sent["job_id"] for sent in jobs if sent["job_id"] not in known and _is_late(sent, now, pace)}
    broken = [sent["after"] for sent in jobs if sent["job_id"] in jobs_lost or known.get(sent["job_id"]) in _BROKEN]
    if broken:
        after = None if None in broken else min(place for place in broken if place is not None)
    jobs = [
        sent for sent in jobs if sent["job_id"] not in jobs_lost and not known.get(sent["job_id"], Stage.READY).over
    ]
    begun = _reading(str(uuid5(cause, "item availability")), 0, after, missing, now)
    changed: ItemAvailability = {
        **entry,
        "company": company,
        "last_entry": after,
        "reading": begun,
        "last_run": now.isoformat(),
        "jobs": jobs,
        "missing": missing,
    }
    return changed, [_command(begun)]


def awaits(entry: ItemAvailability, event: ItemLedgerRead) -> bool:
    """Whether this is the answer that is waited for; others came late or twice."""
    reading = entry["reading"]
    return (
        entry["enabled"]
        and reading is not None
        and (reading["run_id"], reading["step"]) == (event.run_id, event.step)
        and (reading["after"] is None or reading["after"] == event.after)
    )


def concerns_all(reading: LedgerReading, event: ItemLedgerRead) -> bool:
    """Whether any item may have moved: at the first reading of a ledger, and where another has taken its place."""
    return reading["after"] is None or event.restarted


def ledger_read(
    entry: ItemAvailability, event: ItemLedgerRead, mapping: MappingView | None, ids: Sequence[str], now: datetime
) -> Decision:
    """The ledger was read: queue a job for the coupled items (``ids``) and move on, in one write. A first run queues
    one for all items that are coupled."""
    reading = entry["reading"]
    if reading is None or not awaits(entry, event):
        return NOTHING
    if event.failures:
        return failed(entry, event.failures[0], now), ()
    everything = concerns_all(reading, event)
    messages: list[Message] = []
    # What was missing in another ledger says nothing of this one.
    known = [] if event.restarted else entry["missing"]
    missing = still_missing(known, event.missing, passed=event.after, now=now)
    changed: ItemAvailability = {**entry, "last_entry": event.last_entry, "failures": [], "missing": missing}
    if mapping is not None and (everything or ids):
        job_id = str(uuid5(UUID(reading["run_id"]), f"job:{event.step}:{event.last_entry}"))
        only = {} if everything else {System.FINANCIALS: list(ids)}
        messages.append(QueueSynchJob(job_id=job_id, mapping=mapping, systems=[System.FINANCIALS], only=only))
        changed["job_id"] = job_id
        after = None if everything else _begins_after(reading, event)
        begun: Sent = {"job_id": job_id, "after": after, "at": now.timestamp()}
        changed["jobs"] = [*entry["jobs"], begun]
    if event.more:
        further = _reading(reading["run_id"], reading["step"] + 1, event.last_entry, missing, now)
        changed["reading"] = further
        messages.append(_command(further))
    else:
        changed["reading"] = None
        changed["next_run"] = _later(datetime.fromisoformat(entry["last_run"]), entry["interval_minutes"])
    return changed, messages


def failed(entry: ItemAvailability, failure: Failure, now: datetime) -> ItemAvailability:
    """This run comes to nothing; the next one begins where it would have begun."""
    return {
        **entry,
        "reading": None,
        "last_run": now.isoformat(),
        "next_run": _later(now, entry["interval_minutes"]),
        "failures": [failure.model_dump(mode="json")],
    }


def view(entry: ItemAvailability) -> ItemAvailabilityView:
    """As shown to people."""
    return ItemAvailabilityView(
        enabled=entry["enabled"],
        interval_minutes=entry["interval_minutes"],
        last_entry=entry["last_entry"],
        last_run_at=entry["last_run"],
        next_run_at=entry["next_run"],
        job_id=entry["job_id"],
        failures=[Failure.model_validate(failure) for failure in entry["failures"]],
    )


_BROKEN = (Stage.ERROR, Stage.CANCELLED)
_UNANSWERED = Failure(
    code="item_availability.unanswered",
    message="The item ledger was asked for several times and not read: see whether the Financials connector runs and "
    "look at its dead letters.",
    transient=True,
)


def _reading(run_id: str, step: int, after: int | None, missing: Sequence[Missing], now: datetime) -> LedgerReading:
    return {
        "run_id": run_id,
        "after": after,
        "sent": now.timestamp(),
        "resends": 0,
        "step": step,
        "missing": [(each["first"], each["last"]) for each in missing],
    }


def _command(reading: LedgerReading) -> ReadItemLedger:
    return ReadItemLedger(
        run_id=reading["run_id"], after=reading["after"], step=reading["step"], missing=reading["missing"]
    )


def _is_late(sent: Sent, now: datetime, pace: Pace) -> bool:
    """Whether the schedule should have heard of the job by now."""
    return now.timestamp() - sent.get("at", now.timestamp()) > pace.settle_deadline


def _begins_after(reading: LedgerReading, event: ItemLedgerRead) -> int:
    """The entry after which everything that was told now comes; numbers that were missing lie further back."""
    found = [first - 1 for first, last in reading["missing"] if (first, last) not in event.missing]
    return min([event.after, *found])


def _later(moment: datetime, minutes: float) -> str:
    return (moment + timedelta(minutes=minutes)).isoformat()
