"""The schedule as it is stored: one document with the jobs that wait and that run, the watermarks, and the
full-synchronization review, so that the end of a job changes all of them in one write.
"""

from collections.abc import Mapping
from typing import Any, NotRequired, cast

from typing_extensions import TypedDict


class Waiting(TypedDict):
    """A job that has not begun."""

    mapping: str
    run: str
    view: dict[str, Any]
    review_id: str
    match_by: str
    expected: dict[str, int]
    after: list[str]
    """Ids of jobs that must be over before, however they ended."""
    systems: NotRequired[list[str]]
    """Systems that alone are read; such a job rechecks what it reads."""
    only: NotRequired[dict[str, list[str]]]
    """System -> ids of the only records that are read."""
    skipped: NotRequired[dict[str, list[str] | None]]
    """System -> ids of skipped records there that are tried again; null: too many to be named."""


class Begun(TypedDict):
    """A job that was told to start, kept until it is over, since the telling may get lost."""

    at: str
    entry: Waiting


class Line(TypedDict):
    """One mapping in the review; see :mod:`services.orchestrator.domain.review`."""

    name: str
    title: str
    direction: str
    prerequisites: list[str]
    recommendation: str
    chosen: bool
    financials_count: int
    sales_count: int
    expected: dict[str, int]
    view: dict[str, Any]
    status: str
    job_id: str
    job: dict[str, Any] | None
    """How the line's job ended (a SynchJobView)."""


class Review(TypedDict):
    """The full-synchronization review."""

    id: str
    lines: dict[str, Line]
    failures: list[dict[str, Any]]
    started: str
    finished: str


class Progress(TypedDict):
    """How far two tenants were synchronized."""

    watermarks: dict[str, dict[str, str]]
    retries: dict[str, dict[str, list[str]]]


class Schedule(TypedDict):
    """The document."""

    review: Review | None
    waiting: dict[str, Waiting]
    running: dict[str, str]
    """Mapping -> id of its job."""
    begun: NotRequired[dict[str, Begun]]
    """Ids of the jobs that run -> what they were started with."""
    watermarks: dict[str, dict[str, str]]
    """Mapping -> system -> until where that side was read."""
    retries: NotRequired[dict[str, dict[str, list[str]]]]
    """Mapping -> system -> coupled records there that failed in the newest run; the next modified run reads them."""
    recent: list[str]
    """Ids of the newest jobs, oldest first."""
    tenants: NotRequired[str]
    """The company and the Sales organization that watermarks and retries are of."""
    others: NotRequired[dict[str, Progress]]
    """What was kept of others that were connected before."""


def nothing_scheduled() -> Schedule:
    """The schedule of a new installation."""
    return {"review": None, "waiting": {}, "running": {}, "watermarks": {}, "recent": []}


def schedule_of(state: Mapping[str, Any] | None) -> Schedule:
    """The schedule as it was saved, or the first one."""
    return cast("Schedule", state) if state else nothing_scheduled()
