"""``make bench``: the figures of docs/performance.md, measured in one run on this machine.

    python -m tests.benchmarks [--json FILE] [--tables FILE] [--records N] [--large N] [--only NAME ...]

A missed budget is shown and written, and is no error: what a machine can do is not a matter of right and wrong.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from libs.testing.processes import start
from services.demo.keyboard import open_keyboard
from tests.benchmarks.figures import Figure, report, tables
from tests.benchmarks.full_run import Measured, system
from tests.benchmarks.lookup import LOOKUP

Options = argparse.Namespace


async def under_limits(options: Options) -> list[Figure]:
    """A full run against the documented limits and realistic service times, beside the bare script's."""
    async with system(options.records, realistic=True) as tandem:
        await tandem.prepare()
        ours = await tandem.full_run()
    bare = await _bare_script(options.records)
    return [
        Figure("full_sync_ratio_under_limits", ours.seconds / bare["seconds"], "x bare script", 1.2),
        Figure("full_sync_seconds_under_limits", ours.seconds, "s"),
        Figure("full_sync_seconds_under_limits.bare_script", bare["seconds"], "s"),
    ]


async def limits_off(options: Options) -> list[Figure]:
    """As fast as it goes, then a run in which nothing changed, then everything compared once more."""
    async with system(options.records) as tandem:
        await tandem.prepare()
        first = await tandem.full_run()
        nothing = await tandem.modified_run()
        again = await tandem.once_more()
    if nothing.rows_written or again.rows_written:
        raise RuntimeError(f"{nothing.rows_written} and {again.rows_written} rows were written where nothing changed")
    return [
        Figure("full_sync_records_per_second", first.per_second, "records/s", 8000, at_least=True),
        Figure("cpu_seconds_per_1000_records", first.cpu_per_1000, "s", 0.10),
        *(_cpu(first, name, "cpu_seconds_per_1000_records") for name in first.cpu),
        Figure("unchanged_run_requests_per_page", nothing.requests / nothing.pages, "requests", 1.0),
        Figure("unchanged_full_run_cpu_seconds_per_1000_records", again.cpu_per_1000, "s", 0.05),
        Figure("unchanged_full_run_records_per_second", again.per_second, "records/s"),
    ]


async def small_pages(options: Options) -> list[Figure]:
    """Pages of 100 instead of 500, and pages of one."""
    hundred = {"TANDEM_PAGE_SIZE": "400", "TANDEM_SPLIT_SIZE": "100"}
    async with system(options.records, settings=hundred) as tandem:
        await tandem.prepare()
        hundreds = await tandem.full_run()
    async with system(500, settings={"TANDEM_SPLIT_SIZE": "1"}) as tandem:
        await tandem.prepare()
        ones = await tandem.full_run()
    return [
        Figure("cpu_seconds_per_1000_records.pages_of_100", hundreds.cpu_per_1000, "s", 0.16),
        Figure("full_sync_records_per_second.pages_of_1", ones.per_second, "records/s", 200, at_least=True),
    ]


async def memory(options: Options) -> list[Figure]:
    """Peak memory of every service as the company grows a hundredfold."""
    figures: list[Figure] = []
    cost: dict[int, float] = {}
    for records in (options.large // 100, options.large // 10, options.large):
        async with system(records) as tandem:
            await tandem.prepare()
            cost[records] = (await tandem.full_run()).cpu_per_1000
            peaks = tandem.peak_memory()
        last = records == options.large
        figures += [
            Figure(
                f"peak_memory_mb.{name}" if last else f"peak_memory_mb.{name}.{records}_records",
                peak,
                "MB",
                100 if last else None,
            )
            for name, peak in peaks.items()
        ]
    figures += [
        Figure(f"cpu_seconds_per_1000_records.{records}_records", value, "s") for records, value in cost.items()
    ]
    return figures


MEASUREMENTS: dict[str, Callable[[Options], Awaitable[list[Figure]]]] = {
    "under_limits": under_limits,
    "limits_off": limits_off,
    "small_pages": small_pages,
    "memory": memory,
    **LOOKUP,
}


def _cpu(measured: Measured, service: str, name: str) -> Figure:
    return Figure(f"{name}.{service}", 1000 * measured.cpu[service] / measured.records, "s")


async def _bare_script(records: int) -> dict[str, Any]:
    """The bare script's figures, in a process of its own against a fresh sandbox with the same limits."""
    async with _sandbox(records) as details:
        arguments = [sys.executable, "-m", "tests.benchmarks.bare_script", json.dumps(details)]
        ran = await asyncio.to_thread(subprocess.run, arguments, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"the bare script failed: {ran.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


@asynccontextmanager
async def _sandbox(records: int) -> AsyncIterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder:
        arguments = ["-m", "services.sandbox", "--records", str(records), "--seed", "7"]
        child = start("sandbox", arguments, environment={}, directory=Path(folder))
        try:
            details = await asyncio.to_thread(child.first_line)
            async with open_keyboard(details["control_url"], details["ca_file"]) as keyboard:
                await keyboard.use_realistic_limits()
            yield details
        finally:
            child.stop(10)


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to a file")
    parser.add_argument("--tables", type=Path, metavar="FILE", help="also write the tables of docs/performance.md")
    parser.add_argument("--records", type=int, default=20000, help="size of the company (default 20000)")
    parser.add_argument(
        "--large", type=int, default=100000, help="size of the largest one, for memory (default 100000)"
    )
    parser.add_argument("--only", nargs="*", choices=sorted(MEASUREMENTS), help="measure only these")
    options = parser.parse_args()
    figures: list[Figure] = []
    for name, measure in MEASUREMENTS.items():
        if options.only and name not in options.only:
            continue
        sys.stdout.write(f"# {name}: {(measure.__doc__ or '').strip()}\n")
        sys.stdout.flush()
        found = await measure(options)
        sys.stdout.write(report(found) + "\n\n")
        figures += found
    if options.json:
        options.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n", encoding="utf-8")
    if options.tables:
        options.tables.write_text(tables(figures), encoding="utf-8")
    missed = [figure.name for figure in figures if not figure.ok]
    sys.stdout.write(f"{len(figures) - len(missed)} within budget or reported, {len(missed)} missed\n")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
