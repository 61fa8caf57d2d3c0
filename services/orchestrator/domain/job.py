"""A synch job: what each message does to its document, and which messages follow from it.

A job runs one pass, a bidirectional one two: to Sales first, then from Sales. A pass asks for pages while its window
is open, and is over when the end was read and every page is settled.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from libs.contracts.failures import Failure
from libs.contracts.jobs import PageAbandoned, StartSynchJob, SynchJobFinished
from libs.contracts.pages import PageKey, PageRead, PageSynchronized
from libs.contracts.vocabulary import Direction, RunKind, SynchAction
from libs.synch.failures import no_criteria
from services.orchestrator.domain import pages as ledger
from services.orchestrator.domain.deadlines import Pace, is_given_up, is_overdue
from services.orchestrator.domain.job_document import (
    NOTHING,
    Decision,
    Job,
    Pass,
    Step,
    day,
    never_begun,
    new_job,
    read_step,
    with_pass,
)
from services.orchestrator.domain.stages import JobEvent, Stage, next_stage
from services.orchestrator.domain.views import job_view

STEP_LOST = "job.step_lost"

RETRIED_BY_NAME = 200
"""Where more records failed, the next modified run reads the whole table instead."""


def start(job: Job | None, command: StartSynchJob, now: datetime, pace: Pace) -> Decision:
    """Create the job and ask for its first page. One that was cancelled before it began stays cancelled."""
    if job is not None and has_begun(job):
        return NOTHING
    stage = job["stage"] if job is not None else next_stage(Stage.READY, JobEvent.STARTED).value
    made = new_job(command, stage, now)
    if Stage(made["stage"]) is Stage.CANCELLED:
        return _over(made, Stage.CANCELLED, now)
    if command.run is RunKind.COUPLING and not command.match_by and not command.mapping.can_match:
        return fail(made, no_criteria(command.mapping.name), now)
    return advance(made, now, pace)


def has_begun(job: Job) -> bool:
    """Whether a start changes nothing any more: it was heard, or given up. A job cancelled before it began still needs
    one, to be over by."""
    return bool(job["view"]) or Stage(job["stage"]) is Stage.ERROR


def on_page_read(job: Job | None, event: PageRead, now: datetime, pace: Pace) -> Decision:
    """A page was read: the next one may be asked for."""
    index = _pass_of(job, event.page)
    if job is None or index is None:
        return NOTHING
    part = job["passes"][index]
    pages = ledger.page_read(part["pages"], event.page, event.count, event.next_cursor, now.timestamp())
    if pages is part["pages"]:
        return NOTHING
    changed: Pass = {**part, "pages": pages}
    if event.page.page == 0 and not part["watermark"]:
        changed["watermark"] = event.watermark
    return advance(with_pass(job, index, changed), now, pace)


def on_page_synchronized(job: Job | None, event: PageSynchronized, now: datetime, pace: Pace) -> Decision:
    """One split of a page is settled."""
    index = _pass_of(job, event.page)
    if job is None or index is None:
        return NOTHING
    part = job["passes"][index]
    pages = ledger.split_settled(part["pages"], event.page, event.counters, now.timestamp())
    if pages is part["pages"]:
        return NOTHING
    failed = {
        error.source_id
        for error in event.errors
        if error.coupled and error.action == SynchAction.FAIL and error.mapping == job["mapping"]
    }
    if failed:
        part = {**part, "failed": sorted({*part["failed"], *failed})[: RETRIED_BY_NAME + 1]}
    return advance(with_pass(job, index, {**part, "pages": pages}), now, pace)


def on_abandoned(job: Job | None, event: PageAbandoned, now: datetime) -> Decision:
    """A message of the job is dead: the job cannot come to its end, or not even to its beginning."""
    if job is None:
        unborn = never_begun(event.job_id, event.mapping, Stage.ERROR, now)
        return _over({**unborn, "failure": event.failure.model_dump(mode="json")}, Stage.ERROR, now)
    return fail(job, event.failure, now)


def fail(job: Job, failure: Failure, now: datetime) -> Decision:
    """Put the job into error, if it is not over already."""
    before = Stage(job["stage"])
    stage = next_stage(before, JobEvent.FAILED)
    if stage is before:
        return NOTHING
    return _over({**job, "failure": failure.model_dump(mode="json")}, stage, now)


def cancel(job: Job | None, job_id: str, now: datetime) -> Decision:
    """Stop reading. A job that has not begun yet is remembered as cancelled, so that it never begins."""
    if job is None:
        return never_begun(job_id, "", next_stage(Stage.READY, JobEvent.CANCEL_ASKED), now), ()
    before = Stage(job["stage"])
    stage = next_stage(before, JobEvent.CANCEL_ASKED)
    if stage is before:
        return NOTHING
    return _drain({**job, "stage": stage.value}, now)


def is_anything_overdue(job: Job, now: datetime, pace: Pace, *, quiet_until: float = 0.0) -> bool:
    """Whether :func:`check_deadlines` would do anything."""
    return not Stage(job["stage"]).over and any(
        is_overdue(entry, pace, now=now.timestamp(), quiet_until=quiet_until)
        for part in job["passes"]
        for entry in part["pages"]["open"].values()
    )


def check_deadlines(job: Job | None, now: datetime, pace: Pace, *, quiet_until: float = 0.0) -> Decision:
    """Send overdue steps again, with the same ids; after too many the job is in error. Of one that is over, tell the
    end again: who asks has not heard of it."""
    if job is None or not has_begun(job):
        return NOTHING
    if Stage(job["stage"]).over:
        return job, [_end_of(job, now)]
    steps: list[Step] = []
    for index, part in enumerate(job["passes"]):
        pages = part["pages"]
        for number, entry in ledger.open_pages(part["pages"]):
            if not is_overdue(entry, pace, now=now.timestamp(), quiet_until=quiet_until):
                continue
            if is_given_up(entry, pace):
                return fail(job, _lost(job, part, number, entry), now)
            pages = ledger.read_again(pages, number, now.timestamp())
            steps.append(read_step(job, part, number, entry["cursor"], pace))
        job = with_pass(job, index, {**part, "pages": pages})
    return (job, steps) if steps else NOTHING


def advance(job: Job, now: datetime, pace: Pace) -> Decision:
    """Ask for what the window allows, end passes that are complete, begin the next one, end the job."""
    stage = Stage(job["stage"])
    if stage is Stage.CANCELLING:
        return _drain(job, now)
    if stage is not Stage.IN_PROCESS:
        return job, ()
    steps: list[Step] = []
    for index, current in enumerate(job["passes"]):
        part = current
        if Stage(part["stage"]).over:
            continue
        if Stage(part["stage"]) is Stage.READY:
            part = _begun(part, job["passes"][:index], now)
        pages = part["pages"]
        while len(pages["open"]) < pace.window:
            asked = ledger.ask_for_next(pages, now.timestamp())
            if asked is None:
                break
            pages, number = asked
            steps.append(read_step(job, part, number, pages["open"][str(number)]["cursor"], pace))
        if not ledger.is_complete(pages):
            return with_pass(job, index, {**part, "pages": pages}), steps
        done: Pass = {**part, "pages": pages, "stage": Stage.FINISHED.value, "finished": now.isoformat()}
        job = with_pass(job, index, done)
    return _over(job, next_stage(stage, JobEvent.COMPLETED), now)


def _begun(part: Pass, before: Sequence[Pass], now: datetime) -> Pass:
    expected = part["expected"]
    if expected is not None:
        # What the pass before it has created is read back by this one.
        expected += sum(ledger.totals(other["pages"]).inserted for other in before)
    return {**part, "stage": Stage.IN_PROCESS.value, "started": now.isoformat(), "expected": expected}


def _drain(job: Job, now: datetime) -> Decision:
    """What a job that is being cancelled does next: nothing until its pages are settled, then it is over."""
    if all(Stage(part["stage"]).over or ledger.is_complete(part["pages"]) for part in job["passes"]):
        # The last page came in while it was being cancelled.
        ended = [
            part if Stage(part["stage"]).over else {**part, "stage": Stage.FINISHED.value, "finished": now.isoformat()}
            for part in job["passes"]
        ]
        return _over(
            {**job, "passes": cast("list[Pass]", ended)}, next_stage(Stage.CANCELLING, JobEvent.COMPLETED), now
        )
    if any(part["pages"]["open"] for part in job["passes"]):
        return job, ()
    return _over(job, next_stage(Stage.CANCELLING, JobEvent.DRAINED), now)


def _over(job: Job, stage: Stage, now: datetime) -> Decision:
    moment = now.isoformat()
    passes: list[Pass] = [
        part if Stage(part["stage"]).over else {**part, "stage": stage.value, "finished": moment}
        for part in job["passes"]
    ]
    ended: Job = {**job, "stage": stage.value, "finished": moment, "over_on": day(now), "passes": passes}
    return ended, [_end_of(ended, now)]


def _end_of(job: Job, now: datetime) -> SynchJobFinished:
    failed = {
        Direction(part["direction"]).source: part["failed"] if len(part["failed"]) <= RETRIED_BY_NAME else None
        for part in job["passes"]
        if part["stage"] == Stage.FINISHED
    }
    partial = any(part.get("only") for part in job["passes"])
    view = job_view(cast("Mapping[str, Any]", job), now)
    return SynchJobFinished(job=view, failed=failed, partial=partial)


def _pass_of(job: Job | None, key: PageKey) -> int | None:
    if job is None:
        return None
    return next((i for i, part in enumerate(job["passes"]) if part["direction"] == key.direction.value), None)


def _lost(job: Job, part: Pass, number: int, entry: ledger.OpenPage) -> Failure:
    system = Direction(part["direction"]).source.value
    waiting = (
        f"page {number} was read but not settled" if entry["accepted"] else f"page {number} was not read from {system}"
    )
    return Failure(
        code=STEP_LOST,
        message=(
            f"{job['mapping']}: {waiting}, although it was asked for {entry['resends'] + 1} times. "
            "See whether all services run and look at their dead letters, then restart the line."
        ),
        transient=True,
    )
