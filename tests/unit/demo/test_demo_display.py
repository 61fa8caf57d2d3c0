"""What the demo shows: who failed and who was left out, which way a job goes, what the review has counted."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.jobs import PassView, ReviewLine, ReviewView, SynchJobView
from libs.contracts.pages import Counters
from libs.contracts.vocabulary import Direction, JobStatus, Recommendation, RunKind
from services.demo.command import parser
from services.demo.display import ERRORS_SHOWN, Display, Lines
from services.demo.figures import Outcome, Run, write_figures


def an_error(key: str, action: str = "fail") -> SynchJobError:
    failure = Failure(code="x", message=f"Reason of {key}.")
    return SynchJobError(
        action=action, mapping="CUSTOMER", direction="to_sales", source_key=key, source_id="id", failure=failure
    )


def shown(errors: list[SynchJobError]) -> list[str]:
    screen = io.StringIO()
    Display(Console(file=screen, width=140)).errors(Run([], errors, 1.0))
    return screen.getvalue().splitlines()


def test_failures_come_first_and_what_was_skipped_after_them() -> None:
    assert shown([an_error("1"), an_error("2", "skip"), an_error("3"), an_error("4", "skip")]) == [
        "2 records failed:",
        "  CUSTOMER 1: Reason of 1.",
        "  CUSTOMER 3: Reason of 3.",
        "2 records were skipped:",
        "  CUSTOMER 2: Reason of 2.",
        "  CUSTOMER 4: Reason of 4.",
    ]
    assert shown([an_error("1")])[0] == "1 record failed:"
    assert shown([]) == []


def test_no_line_only_says_that_there_is_one_line_more() -> None:
    all_told = shown([an_error(str(number)) for number in range(ERRORS_SHOWN + 1)])
    assert all_told[-1] == f"  CUSTOMER {ERRORS_SHOWN}: Reason of {ERRORS_SHOWN}."
    assert shown([an_error(str(number)) for number in range(ERRORS_SHOWN + 2)])[-1].startswith("  … and 2 more")


@pytest.mark.parametrize(("run", "way"), [(RunKind.COUPLING, "↔ Sales"), (RunKind.FULL, "→ Sales")])
def test_a_coupling_run_goes_neither_way(run: RunKind, way: str) -> None:
    screen = io.StringIO()
    part = PassView(
        direction=Direction.TO_SALES, status=JobStatus.FINISHED, counters=Counters(coupled=2), started_at="2026-01-01"
    )
    job = SynchJobView(id="1", mapping="SALESPEOPLE", run=run, status=JobStatus.FINISHED, passes=[part])
    Lines(Display(Console(file=screen, width=140))).watch([job])
    assert screen.getvalue().splitlines() == [
        f"SALESPEOPLE {way} began",
        f"SALESPEOPLE {way} finished: 2 coupled (0.00 s)",
    ]


def test_the_review_says_what_its_counts_count() -> None:
    screen = io.StringIO()
    line = ReviewLine(
        name="CUSTOMER", direction=Direction.BIDIRECTIONAL, recommendation=Recommendation.FULL_SYNCHRONIZATION
    )
    Display(Console(file=screen, width=200)).review(ReviewView(lines=[line]))
    assert "every record of the table in Financials, and in Sales those inside the mapping's filter" in (
        screen.getvalue()
    )


def test_the_figures_go_to_a_file_or_to_the_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run([], [], 1.0)
    outcome = Outcome(run, run, run, [], Run([], [an_error("NB")], 1.0))
    write_figures(outcome, "-")
    printed = capsys.readouterr().out
    assert '"salespeople_not_coupled":[{"mapping":"CUSTOMER"' in printed and printed.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
    write_figures(outcome, str(tmp_path / "out.json"))
    assert '"ok": true' in (tmp_path / "out.json").read_text()


def test_the_help_says_that_one_way_into_financials_is_always_needed() -> None:
    assert "api_v2 is always needed" in " ".join(parser().format_help().split())
