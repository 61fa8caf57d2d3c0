"""What a synch job is made of: its document, its passes, and the message that asks for a page. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NotRequired
from uuid import NAMESPACE_OID, UUID, uuid5

from typing_extensions import TypedDict

from libs.contracts.jobs import StartSynchJob
from libs.contracts.message import Message
from libs.contracts.pages import PageKey, ReadPage, TableRead
from libs.contracts.setup import MappingView
from libs.contracts.vocabulary import Direction, RunKind, System
from services.orchestrator.domain import pages as ledger
from services.orchestrator.domain.deadlines import Pace
from services.orchestrator.domain.pages import Pages
from services.orchestrator.domain.schedule import plan_view
from services.orchestrator.domain.stages import Stage


class Pass(TypedDict):
    """One direction of a job."""

    direction: str
    stage: str
    expected: int | None
    modified_after: str
    also: list[str]
    """Records to be read besides those that changed, because they failed last time."""
    only: NotRequired[list[str]]
    """The only records to be read."""
    failed: list[str]
    """Coupled records that failed, as many as can be tried again by name and one more."""
    watermark: str
    started: str
    finished: str
    pages: Pages


class Job(TypedDict):
    """A job's document."""

    id: str
    mapping: str
    run: str
    stage: str
    review_id: str
    match_by: str
    view: dict[str, Any]
    """The mapping as the job was started with, without the list of its fields for people."""
    recheck: NotRequired[bool]
    retry_skipped: NotRequired[bool]
    passes: list[Pass]
    failure: dict[str, Any] | None
    started: str
    finished: str
    over_on: NotRequired[str]
    """The day of ``finished``, to be searched by; absent until then."""


class Step:
    """A message of a job that may have to be sent again; its id tells which step it is, not which sending."""

    __slots__ = ("id", "message")

    def __init__(self, message: ReadPage) -> None:
        self.message = message
        self.id: UUID = uuid5(NAMESPACE_OID, f"{message.TYPE}:{message.page}")


def day(moment: datetime) -> str:
    """A day as jobs are searched by it."""
    return moment.date().isoformat()


Effects = Sequence[Message | Step]
Decision = tuple[Job | None, Effects]
"""The new document (null: nothing changes) and what to send."""

NOTHING: Decision = (None, ())


def directions(mapping: MappingView, run: RunKind) -> list[Direction]:
    """The passes of a job. Couplings are looked for from Financials' side, whichever way values flow."""
    if run is RunKind.COUPLING:
        return [Direction.TO_SALES]
    if mapping.direction is Direction.BIDIRECTIONAL:
        return [Direction.TO_SALES, Direction.FROM_SALES]
    return [mapping.direction]


def new_job(command: StartSynchJob, stage: str, now: datetime) -> Job:
    """The document of a job that begins."""
    return {
        "id": command.job_id,
        "mapping": command.mapping.name,
        "run": command.run.value,
        "stage": stage,
        "review_id": command.review_id,
        "match_by": command.match_by,
        "view": plan_view(command.mapping),
        "passes": [
            {
                "direction": direction.value,
                "stage": Stage.READY.value,
                "expected": command.expected.get(direction),
                "modified_after": command.watermarks.get(direction.source, "")
                if command.run is RunKind.MODIFIED
                else "",
                "also": command.retries.get(direction.source, []) if command.run is RunKind.MODIFIED else [],
                "only": command.only.get(direction.source, []),
                "failed": [],
                "watermark": "",
                "started": "",
                "finished": "",
                "pages": ledger.no_pages(),
            }
            for direction in directions(command.mapping, command.run)
            if not command.systems or direction.source in command.systems
        ],
        "recheck": command.recheck,
        "retry_skipped": command.retry_skipped,
        "failure": None,
        "started": now.isoformat(),
        "finished": "",
    }


def never_begun(job_id: str, mapping: str, stage: Stage, now: datetime) -> Job:
    """The document of a job that was over before it began."""
    return {
        "id": job_id,
        "mapping": mapping,
        "run": RunKind.FULL.value,
        "stage": stage.value,
        "review_id": "",
        "match_by": "",
        "view": {},
        "passes": [],
        "failure": None,
        "started": "",
        "finished": now.isoformat(),
        "over_on": day(now),
    }


def with_pass(job: Job, index: int, part: Pass) -> Job:
    """The job with this pass in the place of its own."""
    return {**job, "passes": [part if i == index else other for i, other in enumerate(job["passes"])]}


def read_step(job: Job, part: Pass, number: int, cursor: str, pace: Pace) -> Step:
    """Asks for one page of a pass."""
    mapping = MappingView.model_validate(job["view"])
    direction = Direction(part["direction"])
    side = mapping.financials if direction.source is System.FINANCIALS else mapping.sales
    return Step(
        ReadPage(
            system=direction.source,
            page=PageKey(job_id=job["id"], mapping=job["mapping"], direction=direction, page=number),
            run=RunKind(job["run"]),
            read=TableRead(
                system=direction.source,
                table=side.table,
                fields=side.fields,
                filter=side.filter,
                modified_after=part["modified_after"],
                also=[] if cursor else part["also"],
                only=part.get("only", []),
                newest=mapping.direction is Direction.BIDIRECTIONAL,
            ),
            cursor=cursor,
            page_size=pace.page_size,
            split_size=pace.split_size,
            match_by=job["match_by"],
            recheck=job.get("recheck", False),
            retry_skipped=job.get("retry_skipped", False),
        )
    )
