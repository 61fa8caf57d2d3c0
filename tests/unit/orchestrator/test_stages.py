"""Every cell of the job's state machine."""

import pytest

from services.orchestrator.domain.stages import JobEvent, Stage, next_stage

R, P, C, F, E, X = (
    Stage.READY,
    Stage.IN_PROCESS,
    Stage.CANCELLING,
    Stage.FINISHED,
    Stage.ERROR,
    Stage.CANCELLED,
)
EVENTS = (JobEvent.STARTED, JobEvent.COMPLETED, JobEvent.FAILED, JobEvent.CANCEL_ASKED, JobEvent.DRAINED)
TABLE = {
    #  STARTED COMPLETED FAILED CANCEL_ASKED DRAINED
    R: (P, R, R, X, R),
    P: (P, F, E, C, P),
    C: (C, F, E, C, X),
    F: (F, F, F, F, F),
    E: (E, E, E, E, E),
    X: (X, X, X, X, X),
}


@pytest.mark.parametrize(
    ("stage", "event", "after"),
    [(stage, event, after) for stage, row in TABLE.items() for event, after in zip(EVENTS, row, strict=True)],
)
def test_every_event_takes_every_stage_where_the_table_says(stage: Stage, event: JobEvent, after: Stage) -> None:
    assert next_stage(stage, event) is after


def test_the_table_covers_every_stage_and_event() -> None:
    assert set(TABLE) == set(Stage)
    assert set(EVENTS) == set(JobEvent)


def test_a_job_that_is_being_cancelled_is_shown_as_in_process() -> None:
    assert Stage.CANCELLING.status.value == "in_process"
    assert not Stage.CANCELLING.over
