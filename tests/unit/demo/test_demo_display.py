"""What the demo shows: who failed and who was left out, which way a job goes, what the review has counted."""

import io
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console

from libs.contracts.failures import Failure, SynchJobError
from libs.contracts.jobs import PassView, SynchJobView
from libs.contracts.pages import Counters
from libs.contracts.review import ReviewLine, ReviewView
from libs.contracts.setup import ConnectionView, FinancialsCompany, MappingContext
from libs.contracts.vocabulary import Direction, JobStatus, Recommendation, RunKind
from services.demo.command import parser
from services.demo.display import Display
from services.demo.figures import Outcome, Run, write_figures
from services.demo.keyboard import Row
from services.demo.left_out import ONLY_COUPLED
from services.demo.order_form import Chosen
from services.demo.progress import Lines


def an_error(key: str, action: str = "fail") -> SynchJobError:
    failure = Failure(code="x", message=f"Reason of {key}.")
    return SynchJobError(
        action=action, mapping="CUSTOMER", direction="to_sales", source_key=key, source_id="id", failure=failure
    )


RUN = Run([], [], 1.0)


def a_price(key: str, message: str, field: str) -> SynchJobError:
    failure = Failure(code="record.price_beyond_sales", message=message, field=field)
    return SynchJobError(
        action="skip", mapping="SALESPRC-PRODPRICE", direction="to_sales", source_key=key, failure=failure
    )


def an_uncoupled(key: str, field: str, message: str) -> SynchJobError:
    failure = Failure(code="record.partner_not_coupled", message=message, field=field)
    return SynchJobError(action="fail", mapping="CONTACT", direction="to_sales", source_key=key, failure=failure)


def a_job(mapping: str, run: RunKind, counters: Counters) -> SynchJobView:
    part = PassView(direction=Direction.TO_SALES, status=JobStatus.FINISHED, counters=counters, started_at="2026-01-01")
    return SynchJobView(id="1", mapping=mapping, run=run, status=JobStatus.FINISHED, passes=[part])


def shown(errors: list[SynchJobError], *, verbose: bool = False, jobs: Sequence[SynchJobView] = ()) -> list[str]:
    screen = io.StringIO()
    Display(Console(file=screen, width=140), verbose=verbose).errors(Run(list(jobs), errors, 1.0))
    return [line.rstrip() for line in screen.getvalue().splitlines()]


def the_verdict(outcome: Outcome) -> list[str]:
    screen = io.StringIO()
    Display(Console(file=screen, width=140)).verdict(outcome)
    return screen.getvalue().splitlines()


class at_a_terminal:  # noqa: N801 - reads as a sentence
    """A display whose console is a terminal without colours."""

    def __init__(self, width: int) -> None:
        self._screen = io.StringIO()
        console = Console(file=self._screen, width=width, force_terminal=True, color_system=None, highlight=False)
        self.display = Display(console)

    def lines(self) -> list[str]:
        plain = re.sub("\x1b\\[[0-9;]*m", "", self._screen.getvalue())
        return [line.rstrip() for line in plain.splitlines()]

    def run_of(self, *jobs: SynchJobView) -> list[str]:
        self.display.run(Run(list(jobs), [], 1.0))
        return self.lines()


def test_failures_come_first_and_what_was_skipped_after_them() -> None:
    assert shown([an_error("1"), an_error("2", "skip"), an_error("3"), an_error("4", "skip")]) == [
        "2 records failed:",
        "  CUSTOMER  1  1: Reason of 1.",
        "            1  3: Reason of 3.",
        "2 records were skipped:",
        "  CUSTOMER  1  2: Reason of 2.",
        "            1  4: Reason of 4.",
    ]
    assert shown([an_error("1")])[0] == "1 record failed:"
    assert shown([]) == []


def test_records_with_the_same_reason_are_one_line_with_an_example() -> None:
    dated = "Sales cannot hold this price: it has a starting or ending date. Financials keeps it."
    errors = [
        a_price("1153;Customer Price Group;EXPORT;;;BEECH;;0", dated, "Starting Date"),
        a_price("1011;All Customers;;2025-06-01;;;;0", dated, "Starting Date"),
        a_price(
            "1119;Customer Price Group;EUROZONE;;ZAR;;;1", "… in ZAR and its price list is in EUR.", "Currency Code"
        ),
        a_price("1074;Customer Price Group;NORDIC;;ZAR;;;0", "… in ZAR and its price list is in SEK.", "Currency Code"),
        a_price("1075;Customer Price Group;NORDIC;;ZAR;;;0", "… in ZAR and its price list is in SEK.", "Currency Code"),
    ]
    assert shown(errors) == [
        "5 records were skipped:",
        "  SALESPRC-PRODPRICE  3  Sales cannot hold this price: it is in another currency than its price list, such as "
        "item 1119 for EUROZONE",
        "                      2  Sales cannot hold this price: it has a starting or ending date, such as item 1153 "
        "for EXPORT",
    ]


def test_partners_that_are_missing_are_one_reason_whoever_they_are() -> None:
    errors = [
        an_uncoupled(
            "CT1", "Customer No.", "Customer No. C00451 must be coupled to a record in Sales first (mapping X)."
        ),
        an_uncoupled(
            "CT2", "Customer No.", "Customer No. C00201 must be coupled to a record in Sales first (mapping X)."
        ),
    ]
    assert shown(errors)[1:] == [
        "  CONTACT  2  Customer No. must be coupled to a record in Sales first (mapping X), such as CT1"
    ]


def test_verbosely_every_record_is_named() -> None:
    lines = shown([an_error(str(number)) for number in range(60)], verbose=True)
    assert lines[-1] == "  CUSTOMER 59: Reason of 59."
    assert [line for line in lines if line.startswith("  CUSTOMER 7:")] == ["  CUSTOMER 7: Reason of 7."]


def test_a_salesperson_without_a_user_is_told_in_words_of_people() -> None:
    failure = Failure(code="coupling.no_match", message="No uncoupled record fits the criteria.")
    error = SynchJobError(action="fail", mapping="SALESPEOPLE", direction="to_sales", source_key="NB", failure=failure)
    assert shown([error])[1] == "  SALESPEOPLE  1  NB: No user in Sales has this e-mail address."


def test_what_a_modified_run_passes_over_in_silence_has_its_reason_too() -> None:
    counters = Counters(skipped=1, unchanged=11)
    assert shown([], jobs=[a_job("CURRENCY", RunKind.MODIFIED, counters)]) == [
        "1 record was skipped:",
        f"  CURRENCY  1  {ONLY_COUPLED}",
    ]


@pytest.mark.parametrize("run", [RunKind.COUPLING, RunKind.FULL])
def test_a_job_goes_one_way_in_the_progress_and_in_the_table(run: RunKind) -> None:
    screen = io.StringIO()
    display = Display(Console(file=screen, width=140))
    job = a_job("SALESPEOPLE", run, Counters(coupled=2))
    Lines(display.line).watch([job])
    assert screen.getvalue().splitlines() == [
        "SALESPEOPLE → Sales began",
        "SALESPEOPLE → Sales finished: 2 coupled (0.00 s)",
    ]
    display.run(Run([job], [], 1.0))
    assert "│ SALESPEOPLE │ → Sales   │" in screen.getvalue()


@pytest.mark.parametrize("width", [80, 100, 109])
def test_a_narrow_table_keeps_every_word_whole(width: int) -> None:
    lines = at_a_terminal(width).run_of(a_job("SALESPRC-PRODPRICE", RunKind.FULL, Counters(inserted=123456)))
    assert lines[0].split() == [
        *("Mapping", "(→", "Sales)"),
        *("inserted", "modified", "unchanged", "skipped", "failed", "coupled", "seconds"),
    ]
    assert lines[2].split()[:3] == ["SALESPRC-PRODPRICE", "→", "123456"]
    assert not any("…" in line or len(line) > width for line in lines)


def test_lines_at_a_terminal_break_between_words_and_hang() -> None:
    screen = at_a_terminal(40)
    screen.display.line("  Item: Base Unit of Measure, Inventory (only with the companion extension)")
    assert screen.lines() == ["  Item: Base Unit of Measure, Inventory", "    (only with the companion extension)"]


@pytest.mark.parametrize(("width", "rows"), [(80, 4), (140, 6)])
def test_an_order_form_is_a_few_lines_for_each_product_where_there_is_little_room(width: int, rows: int) -> None:
    screen = at_a_terminal(width)
    price = {
        "unit_price": "8024.992",
        "line_amount": "80249.92",
        "line_discount_percent": "2.5",
        "includes_vat": False,
        "source": {"text": "Sales price: customer price group RETAIL"},
        "discount_source": None,
    }
    stock = {"reason": "110 PCS available: 110 on hand."}
    told: Row = {"quantity": "10", "unit": "PCS", "price": price, "availability": stock, "notes": [], "error": None}
    answer = {"customer": {"number": "C1"}, "currency": "ZAR", "as_of": "2026-11-22T22:38:06.651Z", "lines": [told]}
    screen.display.order_form([Chosen("id", "item", {"No.": "1000"}, "10")], answer)
    lines = screen.lines()
    if width == 80:
        assert lines[:rows] == [
            "item 1000, 10 PCS",
            "  8024.992 each less 2.5 %, 80249.92 in all",
            "  Sales price: customer price group RETAIL",
            "  110 PCS available: 110 on hand.",
        ]
    else:
        assert len(lines) == rows
    local = datetime.fromisoformat("2026-11-22T22:38:06+00:00").astimezone()
    assert f"{local:%H:%M:%S on %Y-%m-%d}" in " ".join(" ".join(lines).split())


def test_the_connection_tells_the_rate_with_both_currencies() -> None:
    screen = io.StringIO()
    company = FinancialsCompany(id="1", name="CRONUS", local_currency_code="GBP", surface="companion")
    context = MappingContext(base_currency_code="USD", base_currency_rate="0.799")
    Display(Console(file=screen, width=140)).connection(ConnectionView(enabled=True, company=company, context=context))
    assert "Sales: base currency USD, 1 USD = 0.799 GBP" in screen.getvalue()


def test_the_verdict_says_of_what_failed_that_it_had_to() -> None:
    good = Outcome(Run([], [an_error("1"), an_error("2", "skip"), an_error("3", "skip")], 1.0), RUN, RUN, [])
    assert the_verdict(good) == [
        "Every figure agrees with what both tenants hold; the 1 failed and 2 skipped records are exactly the awkward "
        "ones."
    ]
    assert the_verdict(Outcome(RUN, RUN, RUN, [])) == ["Every figure agrees with what both tenants hold."]
    assert the_verdict(Outcome(good.first, RUN, RUN, ["too [few]"])) == ["wrong: too [few]"]


def test_a_run_that_leaves_the_same_records_behind_says_so_in_a_line() -> None:
    screen = io.StringIO()
    display = Display(Console(file=screen, width=140))
    display.repeated(Run([], [an_error("1")], 1.0), Run([], [an_error("1")], 1.0))
    assert screen.getvalue() == "Failed and skipped are the same records as the first time.\n"
    display.repeated(Run([], [an_error("1")], 1.0), Run([], [an_error("2")], 1.0))
    assert "CUSTOMER  1  2: Reason of 2." in screen.getvalue()


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
