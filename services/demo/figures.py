"""What a run did, per mapping and direction, and the same as JSON."""

import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from libs.contracts.failures import SynchJobError
from libs.contracts.jobs import SynchJobView
from libs.contracts.pages import Counters

SHOWN = ("inserted", "modified", "unchanged", "skipped", "failed")


@dataclass(frozen=True)
class Figures:
    """One direction of one mapping's job."""

    name: str
    direction: str
    inserted: int
    modified: int
    unchanged: int
    skipped: int
    failed: int
    seconds: float
    coupled: int = 0
    deleted: int = 0

    @property
    def records(self) -> int:
        """Records that were decided."""
        return self.inserted + self.modified + self.unchanged + self.skipped + self.failed + self.coupled + self.deleted

    @property
    def moved(self) -> int:
        """Records that were written anywhere."""
        return self.inserted + self.modified + self.deleted


def figures_of(jobs: Iterable[SynchJobView]) -> list[Figures]:
    """A row for every pass, in the order in which the jobs are given."""
    return [_row(job.mapping, part.direction.value, part.counters, part.seconds) for job in jobs for part in job.passes]


def _row(name: str, direction: str, counters: Counters, seconds: float) -> Figures:
    return Figures(
        name=name,
        direction=direction,
        inserted=counters.inserted,
        modified=counters.modified,
        unchanged=counters.unchanged,
        skipped=counters.skipped,
        failed=counters.failed,
        seconds=round(seconds, 3),
        coupled=counters.coupled,
        deleted=counters.deleted,
    )


@dataclass
class Run:
    """A synchronization of several mappings."""

    jobs: list[SynchJobView]
    errors: list[SynchJobError]
    seconds: float
    """From the start of the first job to the end of the last."""
    figures: list[Figures] = field(init=False)

    def __post_init__(self) -> None:
        self.figures = figures_of(self.jobs)

    @property
    def records(self) -> int:
        return sum(row.records for row in self.figures)

    @property
    def records_per_second(self) -> float:
        return round(self.records / self.seconds, 1) if self.seconds else 0.0

    def totals(self) -> dict[str, int]:
        """Counter -> sum over all mappings and directions."""
        names = (*SHOWN, "coupled", "deleted")
        return {name: sum(getattr(row, name) for row in self.figures) for name in names}

    def as_json(self) -> dict[str, Any]:
        """Totals, seconds and the rows."""
        return {
            **self.totals(),
            "seconds": round(self.seconds, 3),
            "mappings": [asdict(row) for row in self.figures],
        }


@dataclass
class Outcome:
    """Everything that the demo found."""

    first: Run
    modified: Run
    second: Run
    problems: list[str]
    coupling: Run | None = None
    """The match-based coupling of the salespeople."""

    @property
    def ok(self) -> bool:
        return not self.problems

    def as_json(self) -> dict[str, Any]:
        """The figures as ``--json`` writes them."""
        return {
            "mappings": [asdict(row) for row in self.first.figures],
            "records_per_second": self.first.records_per_second,
            "seconds": round(self.first.seconds, 3),
            "failed": [error_line(error) for error in self.first.errors],
            "salespeople_not_coupled": [error_line(error) for error in self.coupling.errors] if self.coupling else [],
            "modified_run": self.modified.as_json(),
            "second_run": self.second.as_json(),
            "problems": self.problems,
            "ok": self.ok,
        }


def write_figures(outcome: Outcome, target: str) -> None:
    """The figures as JSON: to the file ``target``, or one line to the standard output where it is ``-``."""
    figures = msgspec.json.encode(outcome.as_json())
    if target == "-":
        sys.stdout.write(figures.decode() + "\n")
    else:
        Path(target).write_bytes(msgspec.json.format(figures, indent=2) + b"\n")


def error_line(error: SynchJobError) -> dict[str, str]:
    """A failed or skipped record and its reason, in plain words."""
    failure = error.failure
    reason = failure.message
    if failure.remote_message and failure.remote_message not in reason:
        reason = f"{reason} {failure.remote_message}"
    return {
        "mapping": error.mapping,
        "direction": error.direction,
        "action": error.action,
        "record": error.source_key or error.source_id,
        "field": failure.field,
        "code": failure.code,
        "reason": reason,
    }
