"""Schemathesis reads the checked-in description of the API and looks for answers that do not keep to it."""

import asyncio
import sys
from pathlib import Path

from services.availability_lookup.openapi import FILE
from tests.component.availability_lookup.scripted import KEY, World, running_lookup

COMMAND = Path(sys.executable).parent / "schemathesis"
EXAMPLES = 60
"""Of each operation and phase."""
SETTINGS = """
[checks.not_a_server_error]
# A caller who waits a millisecond is honestly told that nothing is known by then.
expected-statuses = ["2xx", "3xx", "4xx", "503"]

[generation]
# Browsers and proxies add headers of their own. That parameters of a query are refused is tested elsewhere.
allow-extra-parameters = false
"""


async def test_nothing_is_found_that_does_not_keep_to_the_description(tmp_path: Path) -> None:
    world = World(any_item=True)
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS, encoding="utf-8")
    async with running_lookup(world, TANDEM_LOOKUP_REQUESTS_PER_MINUTE="0") as lookup:
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            "--config-file",
            settings,
            "run",
            str(FILE),
            "--url",
            lookup.url,
            "--header",
            f"Tandem-Key: {KEY}",
            "--checks",
            "all",
            "--max-examples",
            str(EXAMPLES),
            "--seed",
            "1",
            "--no-color",
            "--generation-database",
            "none",
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()[-6000:]
