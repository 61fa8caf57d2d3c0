"""The life of a synch job as a table and one function."""

from enum import StrEnum

from libs.contracts.vocabulary import JobStatus


class Stage(StrEnum):
    """Where a job or one of its passes stands."""

    READY = "ready"
    IN_PROCESS = "in_process"
    CANCELLING = "cancelling"
    """Reads nothing more; pages under way still settle."""
    FINISHED = "finished"
    ERROR = "error"
    CANCELLED = "cancelled"

    @property
    def status(self) -> JobStatus:
        """The same as shown to people: a job that is being cancelled is still in process."""
        return JobStatus.IN_PROCESS if self is Stage.CANCELLING else JobStatus(self.value)

    @property
    def over(self) -> bool:
        return self.status.over


class JobEvent(StrEnum):
    """What can happen to a job."""

    STARTED = "started"
    COMPLETED = "completed"
    """Every pass was read to its end and every page is settled."""
    FAILED = "failed"
    """A page was abandoned, or a step stayed away however often it was sent."""
    CANCEL_ASKED = "cancel_asked"
    DRAINED = "drained"
    """Being cancelled, and no page is under way any more."""


TRANSITIONS: dict[tuple[Stage, JobEvent], Stage] = {
    (Stage.READY, JobEvent.STARTED): Stage.IN_PROCESS,
    (Stage.READY, JobEvent.CANCEL_ASKED): Stage.CANCELLED,
    (Stage.IN_PROCESS, JobEvent.COMPLETED): Stage.FINISHED,
    (Stage.IN_PROCESS, JobEvent.FAILED): Stage.ERROR,
    (Stage.IN_PROCESS, JobEvent.CANCEL_ASKED): Stage.CANCELLING,
    (Stage.CANCELLING, JobEvent.DRAINED): Stage.CANCELLED,
    (Stage.CANCELLING, JobEvent.COMPLETED): Stage.FINISHED,
    (Stage.CANCELLING, JobEvent.FAILED): Stage.ERROR,
}
"""Every pair that is not here leaves the job where it is."""


def next_stage(stage: Stage, event: JobEvent) -> Stage:
    """Where ``event`` takes a job that stands at ``stage``."""
    return TRANSITIONS.get((stage, event), stage)
