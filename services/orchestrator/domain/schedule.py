"""Which job may run when: one job per mapping at a time, the others wait their turn and for those they follow."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from libs.contracts.failures import Failure
from libs.contracts.jobs import QueueSynchJob, StartSynchJob, SynchJobView
from libs.contracts.setup import MappingView
from libs.contracts.vocabulary import Direction, JobStatus, RunKind, System
from services.orchestrator.domain.dependencies import relevant
from services.orchestrator.domain.schedule_document import Progress, Schedule, Waiting

JOBS_UNDER_WAY = "connection.jobs_under_way"

REMEMBERED = 200
"""Newest jobs that are listed without being asked for by id."""


def of_tenants(schedule: Schedule, company_id: str, organization_id: str) -> Schedule | Failure:
    """The schedule for these tenants. What is known of others is put aside for when they are connected again, and their
    review is dropped; refused while one of their jobs waits or runs."""
    tenants = f"{company_id}/{organization_id}"
    former = schedule.get("tenants", "")
    if tenants == former:
        return schedule
    if not former:
        return {**schedule, "tenants": tenants}
    if schedule["waiting"] or schedule["running"]:
        return Failure(
            code=JOBS_UNDER_WAY,
            message="Jobs of the company that was connected before are under way: wait until they are over, or cancel "
            "them, before another one is connected.",
        )
    aside: dict[str, Progress] = {
        **schedule.get("others", {}),
        former: {"watermarks": schedule["watermarks"], "retries": schedule.get("retries", {})},
    }
    progress = aside.pop(tenants, None) or {"watermarks": {}, "retries": {}}
    return {**schedule, "review": None, "tenants": tenants, "others": aside, **progress}


def not_heard_of(schedule: Schedule) -> list[tuple[str, Waiting]]:
    """Ids of the jobs that wait for their turn or were told to start, and what they are started with."""
    told = ((job_id, begun["entry"]) for job_id, begun in schedule.get("begun", {}).items())
    return [*schedule["waiting"].items(), *told]


def new_job_id(cause: UUID, mapping: str) -> str:
    """The id of the job that handling ``cause`` starts for a mapping; a repeat yields the same."""
    return str(uuid5(cause, f"job:{mapping}"))


def plan_view(mapping: MappingView) -> dict[str, Any]:
    """What a job needs to know of its mapping."""
    return mapping.model_copy(update={"fields": []}).model_dump(mode="json")


def enqueue(schedule: Schedule, job_id: str, waiting: Waiting) -> Schedule:
    """Put a job into the queue. One that is known already changes nothing."""
    if job_id in schedule["waiting"] or job_id in schedule["recent"]:
        return schedule
    return {
        **schedule,
        "waiting": {**schedule["waiting"], job_id: waiting},
        "recent": [*schedule["recent"], job_id][-REMEMBERED:],
    }


def dispatch(schedule: Schedule, now: datetime) -> tuple[Schedule, list[StartSynchJob]]:
    """Start every waiting job whose mapping is free and whose predecessors are over, first come, first served."""
    running = dict(schedule["running"])
    begun = dict(schedule.get("begun", {}))
    waiting = dict(schedule["waiting"])
    commands = []
    for job_id, entry in schedule["waiting"].items():
        unfinished = {*waiting, *running.values()}
        if entry["mapping"] in running or any(before in unfinished for before in entry["after"]):
            continue
        running[entry["mapping"]] = job_id
        begun[job_id] = {"at": now.isoformat(), "entry": entry}
        del waiting[job_id]
        commands.append(_start(schedule, job_id, entry))
    if not commands:
        return schedule, []
    return {**schedule, "waiting": waiting, "running": running, "begun": begun}, commands


def unheard_of(schedule: Schedule, there: Collection[str], now: datetime, patience: float) -> list[StartSynchJob]:
    """Starts to tell again: of jobs that were started more than ``patience`` seconds ago and are not ``there``."""
    return [
        _start(schedule, job_id, begun["entry"])
        for job_id, begun in schedule.get("begun", {}).items()
        if job_id not in there and (now - datetime.fromisoformat(begun["at"])).total_seconds() > patience
    ]


def release(
    schedule: Schedule,
    job: SynchJobView,
    failed: Mapping[System, list[str] | None] | None = None,
    *,
    partial: bool = False,
) -> Schedule | None:
    """A job is over: its mapping is free, and what it read need not be read again by modified runs, except for what
    has ``failed``. What failed of a ``partial`` reading adds to what failed before.

    Null when the schedule does not know it as running: the message came a second time.
    """
    if schedule["running"].get(job.mapping) != job.id:
        return None
    running = {mapping: other for mapping, other in schedule["running"].items() if other != job.id}
    begun = {other: entry for other, entry in schedule.get("begun", {}).items() if other != job.id}
    watermarks = _moved(schedule["watermarks"], job)
    retries = schedule.get("retries", {})
    if failed and job.run is not RunKind.COUPLING:
        of_mapping = {system.value: ids or [] for system, ids in failed.items()}
        if partial:
            before = retries.get(job.mapping, {})
            of_mapping = {name: sorted({*ids, *before.get(name, [])}) for name, ids in of_mapping.items()}
        retries = {**retries, job.mapping: {**retries.get(job.mapping, {}), **of_mapping}}
        # Too many to be named: the whole table is read again.
        known = {
            name: mark
            for name, mark in watermarks.get(job.mapping, {}).items()
            if failed.get(System(name), []) is not None
        }
        watermarks = {**watermarks, job.mapping: known}
    return {**schedule, "running": running, "begun": begun, "watermarks": watermarks, "retries": retries}


def synchronize_modified(
    schedule: Schedule, mappings: Sequence[MappingView], cause: UUID
) -> tuple[Schedule, dict[str, str]]:
    """Queue a modified run of each mapping, in dependency order. A mapping that already waits for one gets no second.

    Returns mapping -> job id.
    """
    queued = {
        entry["mapping"]: job_id
        for job_id, entry in schedule["waiting"].items()
        if entry["run"] == RunKind.MODIFIED.value and not entry.get("systems")
    }
    ids = {mapping.name: queued.get(mapping.name, new_job_id(cause, mapping.name)) for mapping in mappings}
    for mapping in mappings:
        after = [ids[name] for name in relevant(mapping.prerequisites, ids)]
        schedule = _behind(schedule, ids[mapping.name], after)
        schedule = enqueue(
            schedule,
            ids[mapping.name],
            {
                "mapping": mapping.name,
                "run": RunKind.MODIFIED.value,
                "view": plan_view(mapping),
                "review_id": "",
                "match_by": "",
                "expected": {},
                "after": after,
            },
        )
    return schedule, ids


def _behind(schedule: Schedule, job_id: str, after: list[str]) -> Schedule:
    """With a job that waits already waiting for these. One that waits for others is left to them, or a mapping could be
    put off for ever by ever new runs of those that it follows."""
    waiting = schedule["waiting"].get(job_id)
    if waiting is None or any(before in _unfinished(schedule) for before in waiting["after"]):
        return schedule
    return {**schedule, "waiting": {**schedule["waiting"], job_id: {**waiting, "after": after}}}


def _unfinished(schedule: Schedule) -> set[str]:
    return {*schedule["waiting"], *schedule["running"].values()}


def queue_chosen(schedule: Schedule, command: QueueSynchJob) -> Schedule:
    """Queue a run that reads some systems or records alone. One that is known already changes nothing."""
    return enqueue(
        schedule,
        command.job_id,
        {
            "mapping": command.mapping.name,
            "run": RunKind.MODIFIED.value,
            "view": plan_view(command.mapping),
            "review_id": "",
            "match_by": "",
            "expected": {},
            "after": [],
            "systems": [system.value for system in command.systems],
            "only": {system.value: ids for system, ids in command.only.items()},
        },
    )


def retry_skipped(
    schedule: Schedule, mapping: MappingView, skipped: Mapping[str, list[str] | None], cause: UUID
) -> tuple[Schedule, str]:
    """Queue a modified run that also tries these skipped records again: system -> ids there, null for all of them.
    Returns its job id."""
    job_id = new_job_id(cause, mapping.name)
    entry: Waiting = {
        "mapping": mapping.name,
        "run": RunKind.MODIFIED.value,
        "view": plan_view(mapping),
        "review_id": "",
        "match_by": "",
        "expected": {},
        "after": [],
        "skipped": dict(skipped),
    }
    return enqueue(schedule, job_id, entry), job_id


def couple(schedule: Schedule, mapping: MappingView, match_by: str, cause: UUID) -> tuple[Schedule, str]:
    """Queue a match-based coupling run. Returns its job id."""
    job_id = new_job_id(cause, mapping.name)
    entry: Waiting = {
        "mapping": mapping.name,
        "run": RunKind.COUPLING.value,
        "view": plan_view(mapping),
        "review_id": "",
        "match_by": match_by,
        "expected": {},
        "after": [],
    }
    return enqueue(schedule, job_id, entry), job_id


def _start(schedule: Schedule, job_id: str, entry: Waiting) -> StartSynchJob:
    chosen = entry.get("systems")
    # A run of chosen systems reads all of them, or the chosen records alone.
    modified = entry["run"] == RunKind.MODIFIED.value and not chosen
    watermarks = schedule["watermarks"].get(entry["mapping"], {}) if modified else {}
    retries = schedule.get("retries", {}).get(entry["mapping"], {}) if modified else {}
    skipped = entry.get("skipped", {})
    for system, ids in skipped.items():
        if ids is None:
            # Too many to be named: the whole table is read.
            watermarks = {name: mark for name, mark in watermarks.items() if name != system}
        else:
            retries = {**retries, system: sorted({*retries.get(system, []), *ids})}
    return StartSynchJob(
        job_id=job_id,
        run=RunKind(entry["run"]),
        mapping=MappingView.model_validate(entry["view"]),
        review_id=entry["review_id"],
        expected={Direction(direction): count for direction, count in entry["expected"].items()},
        match_by=entry["match_by"],
        watermarks={System(system): mark for system, mark in watermarks.items()},
        retries={System(system): ids for system, ids in retries.items() if ids},
        systems=[System(system) for system in chosen or ()],
        only={System(system): ids for system, ids in entry.get("only", {}).items()},
        recheck=bool(chosen),
        retry_skipped=bool(skipped),
    )


def _moved(watermarks: dict[str, dict[str, str]], job: SynchJobView) -> dict[str, dict[str, str]]:
    # A coupling run moves no values, so what it has read is still to be synchronized.
    if job.run is RunKind.COUPLING:
        return watermarks
    moved = {
        part.direction.source.value: part.watermark
        for part in job.passes
        if part.status is JobStatus.FINISHED and part.watermark
    }
    return {**watermarks, job.mapping: {**watermarks.get(job.mapping, {}), **moved}} if moved else watermarks
