"""Runs a sandbox by itself: ``python -m services.sandbox --records N --seed S`` prints one JSON line when ready."""

import argparse
import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import get_args

import msgspec

from services.sandbox.app import Sandbox
from services.sandbox.dataverse.solutions import COMPANY_COLUMNS
from services.sandbox.financials.pricing_switches import PricingMode
from services.sandbox.generator import SMALLEST
from services.sandbox.settings import SURFACES, SandboxSettings


def _settings(arguments: list[str]) -> SandboxSettings:
    defaults = SandboxSettings()
    parser = argparse.ArgumentParser(prog="python -m services.sandbox", description=__doc__)
    parser.add_argument("--records", type=int, default=defaults.records, help="size of the generated company")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="the same seed gives the same company")
    parser.add_argument("--host", default=defaults.host, help="address to listen on")
    parser.add_argument("--name", default=defaults.name, help="host name in announced addresses and the certificate")
    parser.add_argument("--port", type=int, default=defaults.port, help="0: any free ports, one for each product")
    parser.add_argument("--financials-port", type=int, default=None, help="when Financials shall have its own")
    parser.add_argument("--ca-file", type=Path, default=None, help="where to write the certificate authority")
    parser.add_argument("--plain", action="store_true", help="http instead of https")
    parser.add_argument("--any-token", action="store_true", help="accept any bearer token")
    parser.add_argument("--on-premises", action="store_true", help="Financials with Basic authentication")
    parser.add_argument(
        "--financials-surfaces", default=",".join(SURFACES), help="which of " + ", ".join(SURFACES) + " are on"
    )
    parser.add_argument("--token-seconds", type=int, default=defaults.token_seconds, help="life of a token")
    parser.add_argument(
        "--pricing", choices=get_args(PricingMode), default=defaults.pricing, help="which tables decide prices"
    )
    parser.add_argument(
        "--company-columns",
        choices=COMPANY_COLUMNS,
        default=defaults.company_columns,
        help="whose company table and columns Sales has",
    )
    given = vars(parser.parse_args(arguments))
    surfaces = tuple(part for part in given.pop("financials_surfaces").split(",") if part)
    if not set(surfaces) <= set(SURFACES):
        parser.error(f"--financials-surfaces: choose from {', '.join(SURFACES)}")
    if given["records"] < SMALLEST:
        parser.error(f"--records: a company needs at least {SMALLEST}")
    for option in ("port", "financials_port"):
        if problem := _port_problem(given["host"], given[option] or 0):
            parser.error(f"--{option.replace('_', '-')}: {problem}")
    return SandboxSettings(surfaces=surfaces, **given)


def _port_problem(host: str, port: int) -> str:
    """Why nothing can be served there, told before a large company is made; empty when it can be."""
    if not 0 <= port <= 65535:
        return f"{port} is no port"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        number = error.errno or 0
        words = os.strerror(number) if number > 0 else str(error.strerror).partition(" (")[0]
        return f"cannot listen on {host} port {port}: {words.lower()}"
    return ""


async def _run(settings: SandboxSettings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with Sandbox(settings).running() as running:
        sys.stdout.write(msgspec.json.encode(running.details.as_dict()).decode() + "\n")
        sys.stdout.flush()
        await stopped.wait()


def main() -> None:
    asyncio.run(_run(_settings(sys.argv[1:])))


if __name__ == "__main__":
    main()
