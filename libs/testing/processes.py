"""Child processes of tests, benchmarks and the demo: started, watched, killed and measured by their ids."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


def spare_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Child:
    """One child process. Its standard error goes to ``log``."""

    name: str
    process: subprocess.Popen[str]
    log: Path
    port: int = 0
    """HTTP port for health and metrics, 0 where it has none."""
    ended: list[tuple[float, float]] = field(default_factory=list)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def first_line(self) -> dict[str, Any]:
        """The JSON line that it prints when it is ready; an error with the end of its log when it dies first."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.strip():
            self.process.wait(10)
            raise RuntimeError(f"{self.name} ended before it was ready:\n{self.tail()}")
        found: dict[str, Any] = json.loads(line) if line.lstrip().startswith("{") else {"line": line.strip()}
        return found

    def tail(self, lines: int = 15) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        if self.running:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self._close()

    def stop(self, patience: float = 30.0) -> int:
        """SIGTERM and wait; killed when it takes longer than ``patience`` seconds. Returns the exit code."""
        if self.running:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()
        self._close()
        return int(self.process.returncode)

    def _close(self) -> None:
        if self.process.stdout is not None:
            self.process.stdout.close()

    def cpu_seconds(self) -> float:
        """User and system time used so far, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def peak_memory_mb(self) -> float:
        """Largest resident set so far."""
        for line in Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0.0


def start(
    name: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    port: int = 0,
    executable: str = sys.executable,
) -> Child:
    """Start ``python <arguments>`` from the repository's root with exactly this environment added to a bare one."""
    log = directory / f"{name}.log"
    bare = {key: value for key, value in os.environ.items() if not key.startswith("TANDEM_")}
    with log.open("a", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [executable, *arguments],
            cwd=ROOT,
            env={**bare, **environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    return Child(name, process, log, port)
