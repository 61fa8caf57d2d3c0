"""When a step of a job is overdue, and how patient to be with it. Deadlines stand still while a remote service
has asked for a pause.
"""

from dataclasses import dataclass
from datetime import datetime

from services.orchestrator.domain.pages import OpenPage


@dataclass(frozen=True)
class Pace:
    """How a job is driven; from the settings."""

    page_size: int = 2000
    split_size: int = 500
    window: int = 4
    """Pages read and not yet settled, per job."""
    read_deadline: float = 120.0
    """Seconds until a page that was asked for must have been read."""
    settle_deadline: float = 900.0
    """Seconds without progress until a page that was read is read again."""
    resends: int = 5
    """How often a step is sent again before the job gives up; each time with twice the patience."""


def moment(text: str) -> float:
    """An ISO 8601 moment as seconds since 1970; 0 for none."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def deadline_of(entry: OpenPage, pace: Pace) -> float:
    """Seconds of patience with what this page waits for now."""
    patience = pace.settle_deadline if entry["accepted"] else pace.read_deadline
    return float(patience * 2 ** entry["resends"])


def is_overdue(entry: OpenPage, pace: Pace, *, now: float, quiet_until: float = 0.0) -> bool:
    """Whether the page's step should have been answered by now. The clock starts when it was sent, or when the latest
    pause ended, whichever is later."""
    return now > max(entry["sent"], quiet_until) + deadline_of(entry, pace)


def is_given_up(entry: OpenPage, pace: Pace) -> bool:
    """Whether the page was already sent again as often as is sensible."""
    return entry["resends"] >= pace.resends
