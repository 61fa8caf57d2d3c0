"""Looks now and then whether a running job waits for something that should have come, and has it looked after."""

import asyncio
from typing import cast

import structlog

from libs.contracts.jobs import CheckDeadlines
from libs.messaging.posting import Sender
from libs.runtime.clock import Clock
from libs.runtime.errors import Transient
from services.orchestrator.documents import PAUSES_ID, Documents, state_of
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.job import is_anything_overdue
from services.orchestrator.domain.job_document import Job
from services.orchestrator.domain.stages import Stage
from services.orchestrator.handlers import moment

log = structlog.get_logger()


async def watch_deadlines(documents: Documents, sender: Sender, clock: Clock, pace: Pace, *, interval: float) -> None:
    """Send ``CheckDeadlines`` for jobs with an overdue step, until cancelled. Several replicas may do so at once."""
    away = False
    while True:
        await asyncio.sleep(interval)
        try:
            await check_once(documents, sender, clock, pace)
        except Transient as error:
            if not away:
                log.warning("deadline_watch.interrupted", code=error.code, reason=error.message)
            away = True
        else:
            if away:
                log.info("deadline_watch.resumed")
            away = False


async def check_once(documents: Documents, sender: Sender, clock: Clock, pace: Pace) -> None:
    """One look at all running jobs."""
    running = await documents.jobs.find({"stage": (Stage.IN_PROCESS.value, Stage.CANCELLING.value)})
    if not running:
        return
    pauses = await state_of(documents.setup, PAUSES_ID) or {}
    latest = max(pauses.values(), key=moment, default="")
    now = clock.now()
    commands = [
        CheckDeadlines(job_id=document.id, quiet_until=latest)
        for document in running
        if is_anything_overdue(cast("Job", document.data), now, pace, quiet_until=moment(latest))
    ]
    if commands:
        log.warning("steps.overdue", jobs=[command.job_id for command in commands])
        await sender.send(commands)
