"""The demo as a person runs it: one command, every figure compared with what both tenants hold."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "services", "demo", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_demo_ends_well_and_writes_its_figures(tmp_path: Path) -> None:
    ended = demo("--records", "150", "--seed", "3", "--json", str(tmp_path / "out.json"))

    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    assert "Every figure agrees" in ended.stdout
    figures: dict[str, Any] = json.loads((tmp_path / "out.json").read_text())
    assert figures["ok"] and figures["problems"] == []
    rows = {(row["name"], row["direction"]): row for row in figures["mappings"]}
    assert rows["CUSTOMER", "to_sales"]["inserted"] > 50
    assert rows["SALESPRC-PRODPRICE", "to_sales"]["inserted"] > 0
    assert figures["records_per_second"] > 0
    assert figures["modified_run"]["inserted"] == 0 < figures["modified_run"]["modified"] < 20
    second = figures["second_run"]
    assert second["inserted"] == second["modified"] == second["deleted"] == 0 < second["unchanged"]
    failed = {(item["mapping"], item["record"]) for item in figures["failed"]}
    assert ("CURRENCY", "XDR") in failed
    assert all(item["reason"] for item in figures["failed"])


def test_an_impossible_size_is_refused_in_words() -> None:
    ended = demo("--records", "3")

    assert ended.returncode != 0
    assert "at least" in ended.stderr
    assert "Traceback" not in ended.stderr
