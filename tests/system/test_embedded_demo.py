"""The demo as a person runs it: one command, every figure compared with what both tenants hold."""

import json
import signal
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


def test_the_demo_ends_well_and_writes_its_figures() -> None:
    ended = demo("--records", "150", "--seed", "3", "--json", "-")

    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    assert "records are exactly the awkward ones." in ended.stderr
    assert "NB: No user in Sales has this e-mail address." in ended.stderr
    figures: dict[str, Any] = json.loads(ended.stdout)
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


def test_ctrl_c_is_acknowledged_at_once_and_ends_the_demo_in_order(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "services", "demo", "--records", "400", "--data", str(tmp_path / "data")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    while "began" not in (line := process.stdout.readline()):
        assert line, "the demo ended before its first job began"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)

    assert process.returncode == 130
    assert said == f"Stopping…\nInterrupted; everything is stopped, stores and logs are in {tmp_path / 'data'}.\n"
