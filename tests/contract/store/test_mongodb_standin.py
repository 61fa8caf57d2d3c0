"""The stand-in as a process of its own, as ``make demo-rabbitmq`` starts it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from libs.store.connect import open_store
from libs.testing.mongodb_standin import SERVER
from libs.testing.processes import ROOT, spare_port

pytestmark = pytest.mark.xdist_group("mongodb")


@pytest.mark.skipif(
    not SERVER.exists() and os.environ.get("CI") != "true", reason="no MongoDB stand-in: run `make setup-tests`"
)
async def test_it_prints_its_address_when_it_is_ready_and_ends_when_told(tmp_path: Path) -> None:
    port = spare_port()
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "libs.testing.mongodb_standin",
            "--port",
            str(port),
            "--directory",
            str(tmp_path / "db"),
        ),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
    assert url.startswith(f"mongodb://127.0.0.1:{port}/")
    async with open_store(url, "orchestrator").connect() as store:
        await store.ping()
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 15) == 0
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)
