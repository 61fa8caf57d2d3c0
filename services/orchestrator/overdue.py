"""Finds out whether a running job waits for something that should have come, and has it looked after."""

from datetime import datetime
from typing import cast

import structlog

from libs.contracts.jobs import CheckDeadlines, StartSynchJob
from libs.messaging.posting import Sender
from libs.runtime.clock import Clock
from services.orchestrator.documents import PAUSES_ID, SCHEDULE_ID, Documents, state_of
from services.orchestrator.domain.deadlines import Pace, moment
from services.orchestrator.domain.job import has_begun, is_anything_overdue
from services.orchestrator.domain.job_document import Job
from services.orchestrator.domain.schedule import unheard_of
from services.orchestrator.domain.schedule_document import Schedule
from services.orchestrator.domain.stages import Stage

log = structlog.get_logger()


async def check_once(documents: Documents, sender: Sender, clock: Clock, pace: Pace) -> None:
    """One look at all running jobs. Several replicas may look at once."""
    now = clock.now()
    commands = [*await _overdue_steps(documents, now, pace), *await _unheard_of(documents, now, pace)]
    if commands:
        log.warning("steps.overdue", jobs=[command.job_id for command in commands])
        await sender.send(commands)


async def _overdue_steps(documents: Documents, now: datetime, pace: Pace) -> list[CheckDeadlines | StartSynchJob]:
    running = await documents.jobs.find({"stage": (Stage.IN_PROCESS.value, Stage.CANCELLING.value)})
    if not running:
        return []
    pauses = await state_of(documents.setup, PAUSES_ID) or {}
    latest = max(pauses.values(), key=moment, default="")
    return [
        CheckDeadlines(job_id=document.id, quiet_until=latest)
        for document in running
        if is_anything_overdue(cast("Job", document.data), now, pace, quiet_until=moment(latest))
    ]


async def _unheard_of(documents: Documents, now: datetime, pace: Pace) -> list[CheckDeadlines | StartSynchJob]:
    """Whatever a broker may lose, no mapping stays occupied: jobs that the schedule has started and that are not there,
    and those that have long been over without its having heard of it."""
    schedule = cast("Schedule | None", await state_of(documents.schedule, SCHEDULE_ID))
    if schedule is None or not schedule["running"]:
        return []
    found = await documents.jobs.get_many(list(schedule["running"].values()))
    jobs = {job_id: cast("Job", document.data) for job_id, document in found.items()}
    begun = {job_id for job_id, job in jobs.items() if has_begun(job)}
    over = [
        CheckDeadlines(job_id=job_id)
        for job_id in begun
        if Stage(jobs[job_id]["stage"]).over and now.timestamp() - moment(jobs[job_id]["finished"]) > pace.read_deadline
    ]
    return [*over, *unheard_of(schedule, begun, now, pace.read_deadline)]
