"""A service as a process: its arguments, its exit codes, its signals."""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from libs.contracts.routing import SERVICES
from libs.runtime.signals import DELIBERATE_SECONDS
from libs.testing.eventually import eventually
from libs.testing.processes import ROOT, spare_port

PATIENCE = aiohttp.ClientTimeout(total=20)


class Process:
    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self._process = process
        self._port = port

    async def is_ready(self) -> bool:
        try:
            session = aiohttp.ClientSession(timeout=PATIENCE)
            async with session, session.get(self._url("/health/ready")) as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    async def post(self, path: str) -> None:
        async with aiohttp.ClientSession(timeout=PATIENCE) as session, session.post(self._url(path)):
            pass

    @property
    def runs(self) -> bool:
        return self._process.returncode is None

    def signal(self, number: int) -> None:
        if self.runs:
            self._process.send_signal(number)

    async def ended(self) -> tuple[int, str, str]:
        out, err = await asyncio.wait_for(self._process.communicate(), 20)
        assert self._process.returncode is not None
        return self._process.returncode, out.decode(), err.decode()

    async def error_line(self, *, containing: str) -> str:
        """The next line of the error output with this text."""
        assert self._process.stderr is not None
        async with asyncio.timeout(20):
            while containing not in (line := (await self._process.stderr.readline()).decode()):
                assert line, "the process ended"
        return line

    def _url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._port}{path}"


async def start(
    directory: Path, *arguments: str, module: str = "tests.component.runtime.toy", **settings: str
) -> Process:
    port = spare_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TANDEM_")},
        "TANDEM_STORE_URL": f"sqlite:///{directory}",
        "TANDEM_HTTP_PORT": str(port),
        "TANDEM_CLIENT_SECRET": "hunter2",
        **settings,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    return Process(process, port)


def opened_nothing(directory: Path) -> bool:
    return not any(directory.iterdir())


def events(err: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in err.splitlines()]


async def test_settings_that_cannot_work_are_all_told_and_nothing_is_opened(tmp_path: Path) -> None:
    process = await start(tmp_path, TANDEM_CLIENT_SECRET="", TANDEM_HTTP_PORT="yes", TANDEM_LOG_LEVEL="loud")
    code, out, err = await process.ended()
    assert (code, out) == (78, "")
    assert all(name in err for name in ("TANDEM_CLIENT_SECRET", "TANDEM_HTTP_PORT", "TANDEM_LOG_LEVEL"))
    assert opened_nothing(tmp_path)


@pytest.mark.parametrize("address", ["carrier-pigeon://loft", "loft"])
@pytest.mark.parametrize("setting", ["TANDEM_BROKER_URL", "TANDEM_STORE_URL"])
async def test_an_address_of_an_unknown_kind_is_a_setting_that_cannot_work(
    tmp_path: Path, setting: str, address: str
) -> None:
    code, _, err = await (await start(tmp_path, **{setting: address})).ended()
    assert code == 78
    assert err.count(setting) == 1 and "Traceback" not in err


@pytest.mark.parametrize("arguments", [(), ("--check",)])
async def test_a_certificate_authority_that_cannot_be_read_is_a_setting_that_cannot_work(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    lookup, absent = "services.availability_lookup", str(tmp_path / "our-ca.pem")
    wanted = {"TANDEM_BROKER_URL": "amqp://rabbitmq/", "TANDEM_CA_FILE": absent}
    code, out, err = await (await start(tmp_path, *arguments, module=lookup, **wanted)).ended()
    assert (code, out) == (78, "")
    assert f"TANDEM_CA_FILE cannot be used: {absent}" in err


async def test_settings_that_cannot_work_are_told_with_the_names_that_were_misspelt(tmp_path: Path) -> None:
    code, _, err = await (await start(tmp_path, TANDEM_LOG_LEVEL="loud", TANDEM_LOG_LEVELS="INFO")).ended()
    assert code == 78
    assert "TANDEM_LOG_LEVELS is read by nothing; is TANDEM_LOG_LEVEL meant?" in err


async def test_a_misspelt_variable_is_told_by_the_check_and_by_the_log(tmp_path: Path) -> None:
    wrong = {"TANDEM_SALES_URLS": "https://contoso.crm4.dynamics.com"}
    code, _, err = await (await start(tmp_path, "--check", **wrong)).ended()
    assert (code, err) == (0, "TANDEM_SALES_URLS is read by nothing; is TANDEM_SALES_URL meant?\n")
    process = await start(tmp_path, **wrong)
    await eventually(process.is_ready, timeout=20)
    process.signal(signal.SIGTERM)
    _, _, err = await process.ended()
    [told] = [event for event in events(err) if event["event"] == "setting.unknown"]
    assert (told["variable"], told["perhaps_meant"]) == ("TANDEM_SALES_URLS", "TANDEM_SALES_URL")


async def test_a_broker_that_is_away_is_logged_with_its_place_and_why(tmp_path: Path) -> None:
    place = f"127.0.0.1:{spare_port()}"
    process = await start(tmp_path, TANDEM_BROKER_URL=f"amqp://tandem:hunter3@{place}/")
    err = await process.error_line(containing="outage.started")
    process.signal(signal.SIGTERM)
    code, _, rest = await process.ended()
    told = json.loads(err)
    assert (code, told["of"]) == (0, "broker")
    assert place in told["error"]
    assert "Connect call failed" in told["error_detail"]
    assert "hunter3" not in err + rest


async def test_check_prints_the_effective_settings_without_secrets_and_opens_nothing(tmp_path: Path) -> None:
    process = await start(tmp_path, "--check", TANDEM_BROKER_URL="amqp://tandem:hunter2@rabbitmq:5672/")
    code, out, err = await process.ended()
    assert (code, err) == (0, "")
    shown = dict(line.split("=", 1) for line in out.splitlines())
    assert shown["TANDEM_CLIENT_SECRET"] == "***"
    assert shown["TANDEM_BROKER_URL"] == "amqp://***@rabbitmq:5672/"
    assert shown["TANDEM_LOG_LEVEL"] == "info"
    assert opened_nothing(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_the_process_in_order(tmp_path: Path, number: signal.Signals) -> None:
    process = await start(tmp_path)
    await eventually(process.is_ready, timeout=20)
    process.signal(number)
    code, _, err = await process.ended()
    assert code == 0
    told = [event["event"] for event in events(err)]
    assert told[0:1] + told[-1:] == ["dispatcher.started", "services.stopped"]
    assert {event["service"] for event in events(err)} == {"toy"}
    assert "hunter2" not in err


async def a_process_that_never_stops(directory: Path) -> Process:
    process = await start(directory, TANDEM_MISBEHAVIOUR="stall")
    await eventually(process.is_ready, timeout=20)
    process.signal(signal.SIGTERM)

    async def stopping() -> bool:
        return not await process.is_ready()

    await eventually(stopping)
    return process


async def test_a_second_ctrl_c_ends_a_process_that_does_not_stop(tmp_path: Path) -> None:
    process = await a_process_that_never_stops(tmp_path)

    def ended() -> bool:
        process.signal(signal.SIGINT)
        return not process.runs

    await eventually(ended, timeout=20)
    code, _, err = await process.ended()
    assert code == 128 + signal.SIGINT
    assert events(err)[-1]["event"] == "process.abandoned"


async def test_signals_that_are_told_again_do_not_cut_the_stop_short(tmp_path: Path) -> None:
    process = await a_process_that_never_stops(tmp_path)
    began = time.monotonic()

    def told_again() -> bool:
        process.signal(signal.SIGTERM)
        assert process.runs
        return time.monotonic() - began > 1.5 * DELIBERATE_SECONDS

    await eventually(told_again, timeout=20)
    process.signal(signal.SIGKILL)
    code, _, err = await process.ended()
    assert code == -signal.SIGKILL
    told = {event["event"] for event in events(err)}
    assert "stop.continued" in told and "process.abandoned" not in told


@pytest.mark.parametrize(
    ("module", "broker"),
    [("services.demo", "memory://"), *((f"services.{service}", "") for service in SERVICES)],
)
async def test_a_process_of_its_own_refuses_a_broker_that_nobody_else_reaches(
    tmp_path: Path, module: str, broker: str
) -> None:
    process = await start(tmp_path, module=module, TANDEM_LOG_LEVEL="loud", TANDEM_BROKER_URL=broker)
    code, out, err = await process.ended()
    assert (code, out) == (78, "")
    assert "TANDEM_BROKER_URL: set it to the address of the RabbitMQ" in err
    assert "TANDEM_LOG_LEVEL" in err, "every problem is told at once"
    assert opened_nothing(tmp_path)


async def test_a_background_task_that_dies_ends_the_process_with_a_failure(tmp_path: Path) -> None:
    process = await start(tmp_path)
    await eventually(process.is_ready, timeout=20)
    await process.post("/fail")
    code, _, err = await process.ended()
    assert code == 1
    (failed,) = [event for event in events(err) if event["event"] == "task.failed"]
    assert failed["task"] == "watch" and "lost its way" in failed["exception"]


async def test_a_refused_sign_in_names_its_setting(tmp_path: Path) -> None:
    code, _, err = await (await start(tmp_path, TANDEM_MISBEHAVIOUR="refuse")).ended()
    assert code == 78
    (failed,) = [event for event in events(err) if event["event"] == "service.failed"]
    assert (failed["error"], failed["error_setting"]) == ("The sign-in was refused.", "TANDEM_CLIENT_SECRET")
