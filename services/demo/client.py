"""Asks the orchestrator for what a person would ask the console for."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from libs.contracts.couplings import CouplingView, ListCouplings
from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.jobs import CoupleSalespeople, ListSynchJobErrors, ListSynchJobs, SynchJobView, SynchronizeModified
from libs.contracts.review import ChooseRecommendation, GenerateReview, GetReview, ResetReview, ReviewView, StartReview
from libs.contracts.setup import ConnectionView, EnableConnection, ListMappings, MappingView
from libs.contracts.vocabulary import JobStatus, Recommendation
from libs.messaging.ports import Requester
from services.demo.figures import Run

PATIENCE = 180.0
"""Seconds for one answer: a count of a big table, a check of every table."""

STALLED = 600.0
"""Seconds without any progress until the demo gives up."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as shells have it (128 + SIGINT)."""

Watcher = Callable[[Sequence[SynchJobView]], None]


class DemoFailed(Exception):
    """The demo cannot go on; the message says why."""


class Client:
    """The demo's side of all questions."""

    def __init__(self, requester: Requester, *, pause: float = 0.1) -> None:
        self._ask = requester.ask
        self._pause = pause

    async def connect(self) -> ConnectionView:
        """Enable the connection; raises ``DemoFailed`` with everything that stands in the way."""
        view = await self._ask(EnableConnection(), deadline=PATIENCE)
        refuse(view.failures)
        return view

    async def mappings(self) -> list[MappingView]:
        listed = await self._ask(ListMappings(), deadline=PATIENCE)
        refuse(listed.failures)
        return listed.mappings

    async def couplings(self, mapping: str) -> list[CouplingView]:
        """All couplings of a mapping."""
        found: list[CouplingView] = []
        after = ""
        while True:
            page = await self._ask(ListCouplings(mapping=mapping, after=after, limit=2000), deadline=PATIENCE)
            found.extend(page.couplings)
            after = page.next_after
            if not after:
                return found

    async def couple_salespeople(self, watch: Watcher) -> Run:
        started = await self._ask(CoupleSalespeople(), deadline=PATIENCE)
        refuse(started.failures)
        return await self.jobs_over(started.job_ids.values(), watch)

    async def generate_review(self) -> ReviewView:
        view = await self._ask(GenerateReview(), deadline=PATIENCE)
        refuse(view.failures)
        return view

    async def start_review(self, watch: Watcher) -> Run:
        """Start the review and wait until it is at rest."""
        view = await self._ask(StartReview(), deadline=PATIENCE)
        refuse(view.failures)
        progress = _Progress()
        while not view.finished_at:
            jobs = await self._jobs([line.job_id for line in view.lines if line.job_id])
            watch(jobs)
            progress.seen(jobs)
            await asyncio.sleep(self._pause)
            view = await self._ask(GetReview(), deadline=PATIENCE)
        held = [
            line.name
            for line in view.lines
            if line.job_status is None and line.recommendation is not Recommendation.NO_RECORDS_FOUND
        ]
        jobs = await self._jobs([line.job_id for line in view.lines if line.job_id])
        watch(jobs)
        run = await self._run(jobs)
        if held:
            raise DemoFailed(f"These mappings never started: {', '.join(held)}. {_errors(jobs)}")
        return run

    async def reset_review(self, recommendation: Recommendation) -> ReviewView:
        """A new review in which every line with records is to do the same."""
        view = await self._ask(ResetReview(), deadline=PATIENCE)
        refuse(view.failures)
        for line in view.lines:
            if line.recommendation not in (recommendation, Recommendation.NO_RECORDS_FOUND):
                choice = ChooseRecommendation(mapping=line.name, recommendation=recommendation)
                view = await self._ask(choice, deadline=PATIENCE)
                refuse(view.failures)
        return view

    async def synchronize_modified(self, watch: Watcher) -> Run:
        started = await self._ask(SynchronizeModified(), deadline=PATIENCE)
        refuse(started.failures)
        return await self.jobs_over(started.job_ids.values(), watch)

    async def jobs_over(self, job_ids: Iterable[str], watch: Watcher) -> Run:
        """Wait until all these jobs are over."""
        wanted = list(job_ids)
        progress = _Progress()
        while True:
            jobs = await self._jobs(wanted)
            watch(jobs)
            if len(jobs) == len(wanted) and all(job.status.over for job in jobs):
                return await self._run(jobs)
            progress.seen(jobs)
            await asyncio.sleep(self._pause)

    async def _jobs(self, job_ids: list[str]) -> list[SynchJobView]:
        if not job_ids:
            return []
        return (await self._ask(ListSynchJobs(job_ids=job_ids, limit=1000), deadline=PATIENCE)).jobs

    async def _run(self, jobs: list[SynchJobView]) -> Run:
        errors = [error for job in jobs for error in await self._errors(job.id)]
        begun = [datetime.fromisoformat(job.started_at) for job in jobs if job.started_at]
        ended = [datetime.fromisoformat(job.finished_at) for job in jobs if job.finished_at]
        seconds = (max(ended) - min(begun)).total_seconds() if begun and ended else 0.0
        if any(job.status is not JobStatus.FINISHED for job in jobs):
            raise DemoFailed(_errors(jobs))
        return Run(jobs, errors, seconds)

    async def _errors(self, job_id: str) -> list[SynchJobError]:
        found: list[SynchJobError] = []
        after = ""
        while True:
            page = await self._ask(ListSynchJobErrors(job_id=job_id, after=after, limit=1000), deadline=PATIENCE)
            found.extend(page.errors)
            after = page.next_after
            if not after:
                return found


class _Progress:
    """Notices when nothing moves any more."""

    def __init__(self) -> None:
        self._last: object = None
        self._since = time.monotonic()

    def seen(self, jobs: Sequence[SynchJobView]) -> None:
        now = [(job.id, job.status, [part.counters for part in job.passes]) for job in jobs]
        if now != self._last:
            self._last, self._since = now, time.monotonic()
        elif time.monotonic() - self._since > STALLED:
            waiting = ", ".join(job.mapping for job in jobs if not job.status.over)
            raise DemoFailed(f"Nothing has moved for {STALLED:g} seconds; still running: {waiting or 'nothing'}.")


def refuse(failures: Sequence[Failure]) -> None:
    """Raises ``DemoFailed`` with the words of all failures."""
    if failures:
        raise DemoFailed("\n".join(f"{item.setting + ': ' if item.setting else ''}{item.message}" for item in failures))


def _errors(jobs: Sequence[SynchJobView]) -> str:
    return " ".join(
        f"{job.mapping} ended with {job.status}: {job.failure.message if job.failure else 'no reason given'}"
        for job in jobs
        if job.status is not JobStatus.FINISHED
    )
