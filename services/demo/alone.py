"""``python -m services``: the sandbox and all services in one process until Ctrl-C, for trying things by hand."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from secrets import token_urlsafe

import msgspec

from libs.runtime.logging import configure_logging
from libs.runtime.run import stop_on_signals
from libs.testing.landscape import settings_from_sandbox
from libs.testing.processes import spare_port
from services.embedded import embedded
from services.sandbox.app import Sandbox
from services.sandbox.settings import SandboxSettings


def main(arguments: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT; prints the addresses of the sandbox and the lookup as one JSON line."""
    parser = argparse.ArgumentParser(prog="python -m services", description=__doc__)
    parser.add_argument("--records", type=int, default=1000, help="size of the make-believe company (default 1000)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same company (default 7)")
    parser.add_argument("--data", type=Path, default=Path("data"), metavar="DIR", help="folder for the stores (data)")
    options = parser.parse_args(arguments)
    options.data.mkdir(parents=True, exist_ok=True)
    configure_logging("info", "console" if sys.stderr.isatty() else "json", service="tandem")
    asyncio.run(_run(options))
    return 0


async def _run(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with Sandbox(SandboxSettings(records=options.records, seed=options.seed)).running() as sandbox:
        details, port, key = sandbox.details.as_dict(), spare_port(), token_urlsafe()
        environment = settings_from_sandbox(details) | {"TANDEM_HTTP_PORT": str(port), "TANDEM_LOOKUP_KEY": key}
        async with embedded(options.data, environment | {"TANDEM_HTTP_HOST": "127.0.0.1"}):
            addresses = details | {"lookup_url": f"http://127.0.0.1:{port}", "lookup_key": key}
            sys.stdout.write(msgspec.json.encode(addresses).decode() + "\n")
            sys.stdout.flush()
            await stop.wait()
