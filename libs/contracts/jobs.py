"""Synchronization jobs: commands, events and questions."""

from typing import ClassVar

from pydantic import Field

from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.message import Command, Event, Part, Reply, Request
from libs.contracts.pages import Counters
from libs.contracts.setup import MappingView
from libs.contracts.vocabulary import Direction, JobStatus, RunKind, System


class PassView(Part):
    """One direction of a job."""

    direction: Direction
    status: JobStatus
    read: int = Field(default=0, description="records read so far")
    expected: int | None = Field(default=None, description="records counted beforehand, where known")
    counters: Counters = Counters()
    started_at: str = ""
    finished_at: str = ""
    seconds: float = 0.0
    watermark: str = Field(default="", description="of the system that was read, taken before the first page")


class SynchJobView(Part):
    """One SynchJob as shown to people. Totals are summed from its pages."""

    id: str
    mapping: str
    run: RunKind
    status: JobStatus
    passes: list[PassView] = []
    failure: Failure | None = None
    review_id: str = ""
    started_at: str = ""
    finished_at: str = ""


class StartSynchJob(Command):
    """Create a job and begin reading. The id is the caller's, so a repeat is no second job."""

    TYPE: ClassVar[str] = "synch_job.start.v1"
    OWNER: ClassVar[str] = "orchestrator"

    job_id: str
    run: RunKind
    mapping: MappingView
    review_id: str = ""
    expected: dict[Direction, int] = {}
    match_by: str = Field(default="", description="coupling runs: criteria set to use instead of the mapping's own")
    watermarks: dict[System, str] = Field(
        default={}, description="modified runs: read what changed there since; a system without one is read whole"
    )
    retries: dict[System, list[str]] = Field(
        default={}, description="modified runs: ids of records there that failed last time, to be read in any case"
    )
    systems: list[System] = Field(default=[], description="read these systems alone; none: as the mapping says")
    only: dict[System, list[str]] = Field(default={}, description="modified runs: ids of the only records to be read")
    recheck: bool = Field(
        default=False, description="modified runs: compare values although a record's version has not moved"
    )
    retry_skipped: bool = Field(default=False, description="try records again that are skipped, once")

    def subject(self) -> str:
        return f"{self.job_id}/{self.mapping.name}"


class QueueSynchJob(Command):
    """Queue a modified run of a mapping for what moved without moving the records' versions. The id is the caller's."""

    TYPE: ClassVar[str] = "synch_job.queue.v1"
    OWNER: ClassVar[str] = "orchestrator"

    job_id: str
    mapping: MappingView
    systems: list[System] = Field(default=[], description="read these systems alone; none: as the mapping says")
    only: dict[System, list[str]] = Field(
        default={}, description="ids of the only records to be read; a system that is not named is read whole"
    )

    def subject(self) -> str:
        return f"{self.job_id}/{self.mapping.name}"


class CancelSynchJob(Command):
    """Stop reading; pages under way still settle, then the job is cancelled."""

    TYPE: ClassVar[str] = "synch_job.cancel.v1"
    OWNER: ClassVar[str] = "orchestrator"

    job_id: str

    def subject(self) -> str:
        return self.job_id


class CheckDeadlines(Command):
    """Look whether a step of this job is overdue and send it again if so."""

    TYPE: ClassVar[str] = "synch_job.check_deadlines.v1"
    OWNER: ClassVar[str] = "orchestrator"

    job_id: str
    quiet_until: str = Field(default="", description="until when a remote service asked for a pause, ISO 8601 UTC")

    def subject(self) -> str:
        return self.job_id


class SynchJobFinished(Event):
    """A job is over: finished (records may have failed), in error, or cancelled."""

    TYPE: ClassVar[str] = "synch_job.finished.v1"
    OWNER: ClassVar[str] = "orchestrator"

    job: SynchJobView
    failed: dict[System, list[str] | None] = Field(
        default={},
        description="of each system that was read to its end the ids of coupled records that failed; null: too many",
    )
    partial: bool = Field(
        default=False, description="only chosen records were read: what failed adds to what failed before"
    )

    def subject(self) -> str:
        return f"{self.job.id}/{self.job.mapping}"


class PageAbandoned(Event):
    """A page's message was dead-lettered: the job cannot finish until it is replayed or restarted."""

    TYPE: ClassVar[str] = "record_page.abandoned.v1"
    OWNER: ClassVar[str] = "{service}"

    service: str
    job_id: str
    mapping: str
    failure: Failure

    def owner(self) -> str:
        return self.service

    def subject(self) -> str:
        return f"{self.job_id}/{self.mapping}"


class EnvironmentThrottled(Event):
    """A remote service asks for a pause until a moment; deadlines stand still while it lasts."""

    TYPE: ClassVar[str] = "environment.throttled.v1"
    OWNER: ClassVar[str] = "{system}_connector"

    system: System
    until: str = Field(description="moment, ISO 8601 UTC")


class SynchJobPage(Reply):
    """Jobs, newest first."""

    TYPE: ClassVar[str] = "synch_jobs.listed.v1"

    jobs: list[SynchJobView] = []


class ListSynchJobs(Request[SynchJobPage]):
    """Jobs by id, or the newest ones."""

    TYPE: ClassVar[str] = "synch_jobs.list.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = SynchJobPage

    job_ids: list[str] = []
    limit: int = Field(default=100, le=1000)


class SynchJobErrorPage(Reply):
    """Records that were not synchronized, and why."""

    TYPE: ClassVar[str] = "synch_job_errors.listed.v1"

    errors: list[SynchJobError] = []
    next_after: str = ""
    failures: list[Failure] = Field(default=[], description="there is no such job")


class ListSynchJobErrors(Request[SynchJobErrorPage]):
    """Failed and skipped records of a job, a page at a time."""

    TYPE: ClassVar[str] = "synch_job_errors.list.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = SynchJobErrorPage

    job_id: str
    after: str = ""
    limit: int = Field(default=500, le=5000)


class JobsStarted(Reply):
    """The jobs that were started."""

    TYPE: ClassVar[str] = "synch_jobs.started.v1"

    job_ids: dict[str, str] = Field(default={}, description="mapping name -> job id")
    failures: list[Failure] = []


class SynchronizeModified(Request[JobsStarted]):
    """Synchronize what changed since last time, in dependency order; empty means every enabled mapping."""

    TYPE: ClassVar[str] = "synch_jobs.start_modified.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = JobsStarted

    mappings: list[str] = []


class RetrySkipped(Request[JobsStarted]):
    """Try records again that are skipped since they failed twice with the same error. One that succeeds is no longer
    skipped; one that fails again stays so."""

    TYPE: ClassVar[str] = "skipped_records.retry.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = JobsStarted

    mappings: list[str] = Field(default=[], description="none: every enabled mapping")
    coupling_ids: list[str] = Field(default=[], max_length=200, description="none: all that are skipped")


class CoupleSalespeople(Request[JobsStarted]):
    """Couple salespeople with the users that have the same e-mail address (Person ownership); creates nobody."""

    TYPE: ClassVar[str] = "salespeople.couple.v1"
    OWNER: ClassVar[str] = "orchestrator"
    REPLY = JobsStarted
