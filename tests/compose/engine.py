"""The Docker engine that is reachable, over its HTTP interface: what the Compose client has no word for."""

import http.client
import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

API = "/v1.41"


class NoEngine(Exception):
    """There is no engine to talk to; the message says what was tried."""


class EngineRefused(Exception):
    """The engine answered with an error."""


@dataclass(frozen=True)
class Address:
    """Where an engine listens: a socket file, or a host and a port."""

    url: str

    def connection(self, seconds: float) -> http.client.HTTPConnection:
        parts = urlsplit(self.url)
        if parts.scheme == "unix":
            return _SocketConnection(parts.path, seconds)
        return http.client.HTTPConnection(parts.hostname or "localhost", parts.port or 2375, timeout=seconds)


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("docker", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Engine:
    """One engine. Containers are named by their ids."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self.url = address.url

    def version(self) -> str:
        return str(self._ask("GET", "/version")["Version"])

    def containers(self, project: str, service: str) -> list[str]:
        """Ids of a service's containers, running or not, in the order of their numbers."""
        labels = [f"com.docker.compose.project={project}", f"com.docker.compose.service={service}"]
        filters = quote(json.dumps({"label": labels}))
        found = self._ask("GET", f"/containers/json?all=1&filters={filters}")
        number = "com.docker.compose.container-number"
        return [str(item["Id"]) for item in sorted(found, key=lambda item: int(item["Labels"][number]))]

    def state(self, container: str) -> dict[str, Any]:
        """``Status``, ``ExitCode``, ``Health`` …"""
        return dict(self._ask("GET", f"/containers/{container}/json")["State"])

    def healthy(self, container: str) -> bool:
        state = self.state(container)
        return bool(state["Running"]) and state.get("Health", {}).get("Status") == "healthy"

    def kill(self, container: str) -> None:
        """kill -9."""
        self._ask("POST", f"/containers/{container}/kill?signal=SIGKILL")

    def start(self, container: str) -> None:
        self._ask("POST", f"/containers/{container}/start")

    def cut(self, container: str) -> dict[str, Any]:
        """Take a container off its networks; gives what ``mend`` needs."""
        networks: dict[str, Any] = self._ask("GET", f"/containers/{container}/json")["NetworkSettings"]["Networks"]
        for network in networks:
            self._ask("POST", f"/networks/{network}/disconnect", {"Container": container, "Force": True})
        return networks

    def mend(self, container: str, networks: Mapping[str, Any]) -> None:
        """Put it back, under the names that the others know it by."""
        for network, was in networks.items():
            aliases = [name for name in was["Aliases"] or () if not container.startswith(name)]
            body = {"Container": container, "EndpointConfig": {"Aliases": aliases}}
            self._ask("POST", f"/networks/{network}/connect", body)

    def output(self, container: str) -> tuple[str, str]:
        """What a container has written so far: standard output, standard error."""
        raw = self._bytes("GET", f"/containers/{container}/logs?stdout=1&stderr=1")
        streams = {1: bytearray(), 2: bytearray()}
        while len(raw) >= 8:
            size = int.from_bytes(raw[4:8], "big")
            streams[raw[0]] += raw[8 : 8 + size]
            raw = raw[8 + size :]
        return streams[1].decode(errors="replace"), streams[2].decode(errors="replace")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._bytes(method, path, body)
        return json.loads(answer) if answer.strip() else None

    def _bytes(self, method: str, path: str, body: dict[str, Any] | None = None) -> bytes:
        connection = self._address.connection(60.0)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, f"{API}{path}", json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise EngineRefused(f"{method} {path}: {answer.status} {content.decode(errors='replace').strip()}")
        return content


def find_engine() -> Engine:
    """The engine of ``DOCKER_HOST``, or the first that listens at a usual place. Raises ``NoEngine``."""
    named = os.environ.get("DOCKER_HOST", "")
    places = [named] if named else _usual_places()
    tried = []
    for place in places:
        if urlsplit(place).scheme not in ("unix", "tcp", "http"):
            raise NoEngine(f"DOCKER_HOST is {place}; this test talks to unix:// and tcp:// addresses.")
        engine = Engine(Address(place))
        try:
            engine.version()
        except (OSError, http.client.HTTPException, EngineRefused, ValueError, KeyError) as error:
            tried.append(f"{place} ({error})")
        else:
            return engine
    raise NoEngine("No Docker engine answers. Tried: " + ", ".join(tried) + ". Start one, or name it in DOCKER_HOST.")


def _usual_places() -> list[str]:
    paths = [Path("/var/run/docker.sock"), Path.home() / ".docker" / "run" / "docker.sock"]
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        paths.append(Path(runtime) / "docker.sock")
    return [f"unix://{path}" for path in paths]
