"""The full-synchronization review: which line may start, what a finished job means for its line, what people may do.

A line is blank until it is started. It may start when every prerequisite that is on the review is finished or has
nothing to synchronize. A line with failed records still finishes; a job in error holds the lines that need it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from libs.contracts.failures import Failure
from libs.contracts.jobs import PassView, StartSynchJob, SynchJobView
from libs.contracts.pages import Counters
from libs.contracts.review import ReviewLine, ReviewView
from libs.contracts.setup import MappingView
from libs.contracts.vocabulary import Direction, JobStatus, Recommendation, RunKind, System
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.dependencies import circle, relevant
from services.orchestrator.domain.recommendation import Census, recommend
from services.orchestrator.domain.schedule import plan_view
from services.orchestrator.domain.schedule_document import Line, Review, Schedule, Waiting

BLANK = ""
_UNDER_WAY = (JobStatus.READY.value, JobStatus.IN_PROCESS.value)
_RESTARTABLE = (JobStatus.FINISHED.value, JobStatus.ERROR.value, JobStatus.CANCELLED.value)


def refused(code: str, message: str) -> Failure:
    """Why an action on the review does nothing now."""
    return Failure(code=code, message=message)


def generate(
    schedule: Schedule,
    mappings: Sequence[MappingView],
    censuses: Mapping[str, Census],
    failures: Sequence[Failure],
    cause: UUID,
) -> Schedule:
    """Recommend for every mapping that was counted. Lines that were started stay as they are, and so does what a
    person has chosen."""
    before = schedule["review"]
    known = before["lines"] if before else {}
    lines = {
        mapping.name: known[mapping.name]
        if mapping.name in known and (known[mapping.name]["status"] != BLANK or mapping.name not in censuses)
        else _line(mapping, censuses[mapping.name], known.get(mapping.name))
        for mapping in mappings
        if mapping.name in known or mapping.name in censuses
    }
    stuck = circle({name: line["prerequisites"] for name, line in lines.items()})
    if stuck:
        failures = [*failures, refused("review.circle", stuck)]
    review: Review = {
        "id": before["id"] if before else str(uuid5(cause, "review")),
        "lines": lines,
        "failures": [failure.model_dump(mode="json") for failure in failures],
        "started": before["started"] if before else "",
        "finished": before["finished"] if before else "",
    }
    return {**schedule, "review": review}


def uncounted(schedule: Schedule, mappings: Sequence[MappingView]) -> list[MappingView]:
    """The mappings whose lines are blank, or that have none."""
    lines = schedule["review"]["lines"] if schedule["review"] else {}
    return [mapping for mapping in mappings if mapping.name not in lines or lines[mapping.name]["status"] == BLANK]


def forget(schedule: Schedule) -> Schedule | Failure:
    """Drop the review. Refused while one of its jobs is under way."""
    review = schedule["review"]
    if review and any(line["status"] in _UNDER_WAY for line in review["lines"].values()):
        return refused("review.in_process", "A line is in process; wait until it is over or cancel its job.")
    return {**schedule, "review": None}


def start(schedule: Schedule, cause: UUID, now: datetime) -> tuple[Schedule, list[StartSynchJob]]:
    """Start what may start; the rest follows as prerequisites finish."""
    review = schedule["review"]
    if review is None:
        return schedule, []
    started = review["started"] or now.isoformat()
    return advance(_queued({**schedule, "review": {**review, "started": started, "finished": ""}}, cause), now)


def blank_line(schedule: Schedule, name: str) -> Schedule | Failure:
    """Make a line that is over blank, so that it is counted anew and may start again. What ran in full does so again:
    the rows that it has made itself are no reason to recommend coupling."""
    review = schedule["review"]
    line = review["lines"].get(name) if review else None
    if review is None or line is None:
        return refused("review.unknown_line", f"{name} is not on the review.")
    if line["status"] not in _RESTARTABLE:
        return refused(
            "review.not_over", f"{name} has not ended; only a finished, failed or cancelled line is restarted."
        )
    chosen = line["chosen"] or line["recommendation"] == Recommendation.FULL_SYNCHRONIZATION.value
    return _with_line(schedule, {**line, "status": BLANK, "job_id": "", "job": None, "chosen": chosen})


def choose(schedule: Schedule, name: str, recommendation: Recommendation) -> Schedule | Failure:
    """Override what the review recommends for a line; for one that is over it counts when that is restarted."""
    review = schedule["review"]
    line = review["lines"].get(name) if review else None
    if review is None or line is None:
        return refused("review.unknown_line", f"{name} is not on the review.")
    if line["status"] in _UNDER_WAY:
        return refused("review.line_started", f"{name} is under way; wait until it is over or cancel its job.")
    return _with_line(schedule, {**line, "recommendation": recommendation.value, "chosen": True})


def on_job_finished(
    schedule: Schedule,
    job: SynchJobView,
    cause: UUID,
    now: datetime,
    failed: Mapping[System, list[str] | None] | None = None,
    *,
    partial: bool = False,
) -> tuple[Schedule | None, list[StartSynchJob]]:
    """A job is over: stamp its line and queue those that have waited for it, free its mapping, start what may. Null:
    nothing changes."""
    released = queue.release(schedule, job, failed, partial=partial)
    if released is None:
        return None, []
    review = released["review"]
    line = review["lines"].get(job.mapping) if review else None
    if line is not None and line["job_id"] == job.id:
        over: Line = {**line, "status": job.status.value, "job": job.model_dump(mode="json")}
        released = _queued(_with_line(released, over), cause)
    return advance(released, now)


def advance(schedule: Schedule, now: datetime) -> tuple[Schedule, list[StartSynchJob]]:
    """Start the jobs whose turn it is, and note it on their lines, and when the review comes to rest."""
    schedule, commands = queue.dispatch(schedule, now)
    review = schedule["review"]
    if review and review["started"]:
        running = set(schedule["running"].values())
        lines: dict[str, Line] = {
            name: {**line, "status": JobStatus.IN_PROCESS.value}
            if line["status"] == JobStatus.READY.value and line["job_id"] in running
            else line
            for name, line in review["lines"].items()
        }
        at_rest = not any(line["status"] in _UNDER_WAY for line in lines.values())
        finished = (review["finished"] or now.isoformat()) if at_rest else ""
        schedule = {**schedule, "review": {**review, "lines": lines, "finished": finished}}
    return schedule, commands


def _queued(schedule: Schedule, cause: UUID) -> Schedule:
    """With the lines in the queue that may start. Only a person's start, and the end of a line's job, may do that: a
    line that was made blank meanwhile waits for somebody to start it."""
    review = schedule["review"]
    if review is None or not review["started"]:
        return schedule
    for line in [line for line in review["lines"].values() if _may_start(line, review["lines"])]:
        # Another id than that of a run over modified records that the same cause may queue.
        job_id = queue.new_job_id(cause, f"review:{line['name']}")
        schedule = queue.enqueue(schedule, job_id, _waiting(line, review["id"]))
        schedule = _with_line(schedule, {**line, "status": JobStatus.READY.value, "job_id": job_id})
    return schedule


def review_view(schedule: Schedule, jobs: Iterable[SynchJobView] = ()) -> ReviewView:
    """The review as shown to people; ``jobs`` are the running ones as they stand now."""
    review = schedule["review"]
    if review is None:
        return ReviewView()
    live = {job.id: job for job in jobs}
    return ReviewView(
        id=review["id"],
        lines=[_line_view(line, review["lines"], live.get(line["job_id"])) for line in review["lines"].values()],
        failures=[Failure.model_validate(failure) for failure in review["failures"]],
        started_at=review["started"],
        finished_at=review["finished"],
    )


def _line(mapping: MappingView, census: Census, known: Line | None) -> Line:
    chosen = known is not None and known["chosen"]
    advice = known["recommendation"] if known and chosen else recommend(mapping.recommendation_rule, census).value
    expected = {Direction.FROM_SALES.value: census.sales}
    if census.expected_to_sales is not None:
        expected[Direction.TO_SALES.value] = census.expected_to_sales
    return {
        "name": mapping.name,
        "title": mapping.title,
        "direction": mapping.direction.value,
        "prerequisites": list(mapping.prerequisites),
        "recommendation": advice,
        "chosen": chosen,
        "financials_count": census.financials,
        "sales_count": census.sales,
        "expected": expected,
        "view": plan_view(mapping),
        "status": BLANK,
        "job_id": "",
        "job": None,
    }


def _may_start(line: Line, lines: Mapping[str, Line]) -> bool:
    if line["status"] != BLANK or line["recommendation"] == Recommendation.NO_RECORDS_FOUND.value:
        return False
    return all(_is_satisfied(lines[name]) for name in relevant(line["prerequisites"], lines))


def _is_satisfied(line: Line) -> bool:
    if line["status"] == BLANK:
        return line["recommendation"] == Recommendation.NO_RECORDS_FOUND.value
    return line["status"] == JobStatus.FINISHED.value


def _waiting(line: Line, review_id: str) -> Waiting:
    coupling = line["recommendation"] == Recommendation.COUPLE_RECORDS.value
    return {
        "mapping": line["name"],
        "run": (RunKind.COUPLING if coupling else RunKind.FULL).value,
        "view": line["view"],
        "review_id": review_id,
        "match_by": "",
        "expected": line["expected"],
        "after": [],
    }


def _with_line(schedule: Schedule, line: Line) -> Schedule:
    review = schedule["review"]
    assert review is not None
    return {**schedule, "review": {**review, "lines": {**review["lines"], line["name"]: line}}}


def _line_view(line: Line, lines: Mapping[str, Line], live: SynchJobView | None) -> ReviewLine:
    job = SynchJobView.model_validate(line["job"]) if line["job"] else live
    passes = {part.direction: part for part in job.passes} if job else {}
    return ReviewLine(
        name=line["name"],
        title=line["title"],
        dependency_filter=relevant(line["prerequisites"], lines),
        direction=Direction(line["direction"]),
        recommendation=Recommendation(line["recommendation"]),
        financials_count=line["financials_count"],
        sales_count=line["sales_count"],
        job_status=JobStatus(line["status"]) if line["status"] else None,
        job_id=line["job_id"],
        to_sales_status=_direction_status(passes.get(Direction.TO_SALES)),
        from_sales_status=_direction_status(passes.get(Direction.FROM_SALES)),
        counters={direction: part.counters if part.started_at else Counters() for direction, part in passes.items()},
        failure=job.failure if job else None,
    )


def _direction_status(part: PassView | None) -> str:
    """A direction is in error when any of its records failed, even though its job has finished."""
    if part is None or not part.started_at:
        return ""
    if not part.status.over:
        return "in_process"
    return "success" if part.status is JobStatus.FINISHED and not part.counters.failed else "error"
