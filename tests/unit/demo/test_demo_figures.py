"""The figures of the demo: rows, totals, what counts as moved, and the JSON that it writes."""

from collections import Counter

from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.jobs import PassView, SynchJobView
from libs.contracts.pages import Counters
from libs.contracts.vocabulary import Direction, JobStatus, RunKind
from services.demo.audit import audit_errors
from services.demo.changes import Changed
from services.demo.figures import Outcome, Run
from services.demo.story import nothing_moved, only_those_moved

NOTHING_WRITTEN = {"sales": 0, "financials": 0}


def a_job(mapping: str = "CUSTOMER", **passes: Counters) -> SynchJobView:
    return SynchJobView(
        id=mapping,
        mapping=mapping,
        run=RunKind.FULL,
        status=JobStatus.FINISHED,
        passes=[
            PassView(direction=Direction(name), status=JobStatus.FINISHED, counters=counters, seconds=1.5)
            for name, counters in passes.items()
        ],
    )


def a_run(*jobs: SynchJobView, seconds: float = 2.0, errors: tuple[SynchJobError, ...] = ()) -> Run:
    return Run(list(jobs), list(errors), seconds)


def an_error(key: str, action: str = "fail", mapping: str = "CUSTOMER") -> SynchJobError:
    failure = Failure(code="remote.rejected", message="Refused.", remote_message="Too long.", field="name")
    return SynchJobError(action=action, mapping=mapping, direction="to_sales", source_key=key, failure=failure)


def test_a_run_has_a_row_for_each_direction_and_its_totals() -> None:
    run = a_run(a_job(to_sales=Counters(inserted=3, failed=1), from_sales=Counters(unchanged=3)), a_job("CURRENCY"))

    assert [(row.name, row.direction, row.records, row.moved) for row in run.figures] == [
        ("CUSTOMER", "to_sales", 4, 3),
        ("CUSTOMER", "from_sales", 3, 0),
    ]
    assert run.totals()["inserted"] == 3
    assert (run.records, run.records_per_second) == (7, 3.5)


def test_a_run_without_time_has_no_speed() -> None:
    assert a_run(seconds=0.0).records_per_second == 0.0


def test_the_json_has_what_the_issue_asks_for() -> None:
    run = a_run(a_job(to_sales=Counters(inserted=3)), errors=(an_error("10000"),))

    written = Outcome(run, run, run, ["something"]).as_json()

    wanted = {"name", "direction", "inserted", "modified", "unchanged", "skipped", "failed", "seconds"}
    assert wanted <= set(written["mappings"][0])
    assert wanted <= set(written["second_run"]["mappings"][0])
    assert (written["ok"], written["records_per_second"]) == (False, 1.5)
    [failed] = written["failed"]
    assert (failed["record"], failed["field"], failed["reason"]) == ("10000", "name", "Refused. Too long.")


def test_exactly_the_changed_records_may_move() -> None:
    run = a_run(a_job(to_sales=Counters(modified=2, unchanged=9), from_sales=Counters(modified=1)))

    def told(**moved: int) -> list[str]:
        return only_those_moved(run, Changed(Counter({("CUSTOMER", name): number for name, number in moved.items()})))

    assert told(to_sales=2, from_sales=1) == []
    assert told(to_sales=1, from_sales=1) == ["CUSTOMER to_sales: 2 records moved, 1 were changed"]
    assert told(to_sales=2, from_sales=2) == ["CUSTOMER from_sales: 1 records moved, 2 were changed"]


def test_a_modified_run_creates_and_fails_nothing() -> None:
    run = a_run(a_job(to_sales=Counters(failed=1)))

    assert only_those_moved(run, Changed()) == ["CUSTOMER to_sales: 1 failed"]


def test_a_second_run_moves_nothing_and_writes_nothing() -> None:
    assert nothing_moved(a_run(a_job(to_sales=Counters(unchanged=5, failed=1))), NOTHING_WRITTEN) == []
    assert nothing_moved(a_run(a_job(to_sales=Counters(modified=1))), NOTHING_WRITTEN) == [
        "CUSTOMER to_sales: 1 modified"
    ]
    assert nothing_moved(a_run(), {"sales": 2, "financials": 0}) == ["2 rows were written in sales"]


def test_exactly_the_records_that_must_be_left_behind_are_left_behind() -> None:
    left_behind = {"fail": {"CUSTOMER": {"1", "2"}}, "skip": {"CONTACT": {"7"}}}

    fine = [an_error("1"), an_error("2"), an_error("7", "skip", "CONTACT")]
    assert audit_errors(fine, left_behind) == []
    assert audit_errors(fine[1:], left_behind) == ["did not fail, but should have: CUSTOMER 1"]
    assert audit_errors([*fine, an_error("3")], left_behind) == ["did fail, but should not have: CUSTOMER 3"]
    assert audit_errors([an_error("1"), an_error("2", "skip"), fine[2]], left_behind) == [
        "did not fail, but should have: CUSTOMER 2",
        "did skip, but should not have: CUSTOMER 2",
    ]


def test_a_record_that_failed_before_may_be_skipped_the_second_time() -> None:
    left_behind = {"fail": {"CUSTOMER": {"1"}}}

    assert audit_errors([an_error("1", "skip")], left_behind, repeated=True) == []
    assert audit_errors([], left_behind, repeated=True) == ["did not fail or skip, but should have: CUSTOMER 1"]
