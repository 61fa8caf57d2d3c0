"""Follows jobs while they run: a bar each at a terminal, a line when each begins and ends elsewhere."""

from collections.abc import Callable, Iterable

from rich.progress import Progress, TaskID

from libs.contracts.jobs import PassView, SynchJobView

ARROWS = {"to_sales": "→", "from_sales": "←", "bidirectional": "↔"}


def way(direction: str) -> str:
    """Which way records go, seen from Financials."""
    return f"{ARROWS[direction]} Sales"


class Bars:
    """One bar per mapping and direction that has begun."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def watch(self, jobs: Iterable[SynchJobView]) -> None:
        for job, part in _begun(jobs):
            key = (job.id, part.direction.value)
            if key not in self._tasks:
                description = f"{job.mapping:<18} {way(part.direction.value)}"
                self._tasks[key] = self._bars.add_task(description, total=part.expected, note="")
            done = part.counters.total
            total = done if part.status.over else max(part.expected or 0, part.read)
            note = f"{part.counters.failed} failed" if part.counters.failed else ""
            self._bars.update(
                self._tasks[key], completed=done, total=total or 1 if not part.status.over else total, note=note
            )


class Lines:
    """One line when a direction begins and one when it ends."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told: set[tuple[str, str, str]] = set()

    def watch(self, jobs: Iterable[SynchJobView]) -> None:
        for job, part in _begun(jobs):
            named = f"{job.mapping} {way(part.direction.value)}"
            if self._news(job, part, "began"):
                self._say(f"{named} began")
            if part.status.over and self._news(job, part, "over"):
                counters = {name: number for name, number in part.counters if number}
                told = ", ".join(f"{number} {name}" for name, number in counters.items()) or "nothing to do"
                self._say(f"{named} {part.status.value}: {told} ({part.seconds:.2f} s)")

    def _news(self, job: SynchJobView, part: PassView, event: str) -> bool:
        key = (job.id, part.direction.value, event)
        known = key in self._told
        self._told.add(key)
        return not known


def _begun(jobs: Iterable[SynchJobView]) -> list[tuple[SynchJobView, PassView]]:
    return [(job, part) for job in jobs for part in job.passes if part.started_at]
