"""How the compose test reads what the demo shows and writes."""

from typing import Any

from tests.compose.__main__ import under_way
from tests.compose.figures import differences, summary

TOLD = """
Couple salespeople by e-mail address
SALESPEOPLE → Sales began

Full-synchronization review
CURRENCY → Sales began
CUSTOMER → Sales began
CURRENCY → Sales finished: 10 inserted (0.44 s)
CUSTOMER ← Sales began
"""


def a_row(**more: Any) -> dict[str, Any]:
    row = dict.fromkeys(("inserted", "modified", "unchanged", "coupled", "skipped", "failed"), 0)
    return {"name": "CURRENCY", "direction": "to_sales", **row, "seconds": 1.0, **more}


def some_figures(**first: Any) -> dict[str, Any]:
    run = {"mappings": [a_row(unchanged=11)]}
    return {
        "mappings": [a_row(**first)],
        "modified_run": run,
        "second_run": run,
        "failed": [{"mapping": "CURRENCY", "record": "XDR", "reason": "no rate"}],
        "seconds": 2.0,
        "ok": True,
    }


def test_what_is_under_way_began_in_the_main_job_and_has_not_finished() -> None:
    assert under_way(TOLD) == ["CUSTOMER → Sales", "CUSTOMER ← Sales"]
    assert under_way(TOLD.partition("Full")[0]) == []


def test_runs_that_differ_in_time_alone_are_the_same() -> None:
    assert differences(some_figures(inserted=10), some_figures(inserted=10, seconds=9.0), ("a", "b")) == []


def test_every_differing_line_is_named_with_its_run() -> None:
    ours, theirs = some_figures(inserted=10), some_figures(inserted=9)
    theirs["failed"] = []
    found = differences(ours, theirs, ("one process", "containers"))
    assert len(found) == 3
    assert found[0].startswith("first run, only one process: name CURRENCY, direction to_sales, inserted 10")
    assert found[1].startswith("first run, only containers: ")
    assert found[2] == "left behind, only one process: mapping CURRENCY, record XDR, reason no rate"


def test_the_summary_adds_up_all_mappings() -> None:
    figures = some_figures(inserted=10, failed=1)
    figures["mappings"].append(a_row(inserted=5))
    assert summary(figures) == ("15 inserted, 0 modified, 0 unchanged, 0 coupled, 0 skipped, 1 failed; 2.0 s; ok: true")
