"""The sandbox as a process of its own, as benchmarks and containers start it."""

import asyncio
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest

from libs.testing.processes import start

LINE = {
    "sales_url",
    "financials_url",
    "odata_url",
    "token_url",
    "tenant_id",
    "client_id",
    "client_secret",
    "user",
    "web_service_access_key",
    "company_id",
    "company_name",
    "environment",
    "ca_file",
    "control_url",
}


async def test_it_prints_one_line_when_it_answers_and_stops_when_told(tmp_path: Path) -> None:
    ca_file = tmp_path / "folder" / "ca.pem"
    arguments = ["-m", "services.sandbox", "--records", "40", "--seed", "3", "--ca-file", str(ca_file)]
    arguments += ["--financials-surfaces", "companion,api_v2"]
    child = start("sandbox", arguments, environment={}, directory=tmp_path)
    try:
        details = await asyncio.to_thread(child.first_line)
        context = ssl.create_default_context(cafile=details["ca_file"])
        connector = aiohttp.TCPConnector(ssl=context)
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.get(f"{details['control_url']}/statistics") as reply,
        ):
            statistics = await reply.json()
    finally:
        code = await asyncio.to_thread(child.stop)
        assert child.process.stdout is not None
        child.process.stdout.close()

    assert set(details) == LINE
    assert details["ca_file"] == str(ca_file)
    assert details["financials_url"].endswith("/Production/api/v2.0")
    assert not details["sales_url"].endswith("/")
    assert statistics["sales"]["requests"] == 0
    assert code == 0


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--port", "taken", "--port: cannot listen on 127.0.0.1 port {taken}: address already in use"),
        ("--financials-port", "taken", "--financials-port: cannot listen on 127.0.0.1 port {taken}"),
        ("--port", "70000", "--port: 70000 is no port"),
        ("--records", "3", "--records: a company needs at least"),
    ],
)
def test_what_cannot_be_started_is_refused_in_words(option: str, value: str, told: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        child = start(
            "sandbox",
            ["-m", "services.sandbox", option, value.replace("taken", port)],
            environment={},
            directory=tmp_path,
        )
        assert child.process.wait(20) == 2
    assert child.process.stdout is not None
    child.process.stdout.close()
    assert told.format(taken=port) in child.tail()
    assert "Traceback" not in child.tail(100)
