"""A private RabbitMQ node on loopback with its data in a directory of its own, for tests, the demo and benchmarks.

``python -m libs.testing.rabbitmq_node [--port N]`` runs one until SIGTERM and prints its URL when it is ready. The
server's own start script is used, not the system's wrapper, so it runs as any user and touches no system node.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from libs.testing.processes import spare_port

DEBIAN_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
START_SECONDS = 90.0
STOP_SECONDS = 20.0


def server_program() -> str:
    """Path of the server's start script. Raises ``RuntimeError`` that says how to get it."""
    found = str(DEBIAN_SERVER) if DEBIAN_SERVER.exists() else shutil.which("rabbitmq-server")
    if found is None:
        raise RuntimeError(
            "RabbitMQ is not installed; on Debian: apt-get install --no-install-recommends rabbitmq-server"
        )
    return found


class RabbitNode:
    """One node. It may be stopped or killed and started again: same port, same data."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self.port = port or spare_port()
        self._directory = directory
        self._dist_port = spare_port()
        self._epmd_port = spare_port()
        self._epmd: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start and wait until AMQP is spoken on the port."""
        environment = self._environment()
        if self._epmd is None:
            # Ours from the start, in the foreground: otherwise the node leaves a daemon behind.
            self._epmd = subprocess.Popen(
                [_epmd_program(), "-port", str(self._epmd_port), "-address", "127.0.0.1"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        with (self._directory / "server.log").open("ab") as output:
            # A session of its own, so that script and virtual machine can be signalled together.
            self._server = subprocess.Popen(
                [server_program()],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while not _speaks_amqp(self.port):
            if self._server.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"RabbitMQ did not start:\n{self._log_tail()}")
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9 and wait until it is gone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop in order; killed when that takes too long."""
        self._end(signal.SIGTERM)

    def close(self) -> None:
        """Kill the node and everything it needed. Its directory is the caller's to remove."""
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait()
            self._epmd = None

    def _end(self, number: signal.Signals) -> None:
        server, self._server = self._server, None
        if server is None:
            return
        try:
            os.killpg(server.pid, number)
            server.wait(STOP_SECONDS)
        except ProcessLookupError:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(STOP_SECONDS)

    def _environment(self) -> dict[str, str]:
        home, data, log = (self._directory / name for name in ("home", "data", "log"))
        for folder in (home, data, log):
            folder.mkdir(parents=True, exist_ok=True)
        cookie = home / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text("tandem-private-node-cookie", encoding="ascii")
            cookie.chmod(0o400)
        plugins = self._directory / "enabled_plugins"
        plugins.write_text("[].\n", encoding="ascii")
        (self._directory / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            "disk_free_limit.absolute = 200MB\n"
            "vm_memory_high_watermark.absolute = 1GiB\n"
            "log.file.level = warning\n",
            encoding="ascii",
        )
        return {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"tandem{self.port}@localhost",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_MNESIA_BASE": str(data),
            "RABBITMQ_LOG_BASE": str(log),
            "RABBITMQ_CONFIG_FILE": str(self._directory / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_PID_FILE": str(self._directory / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }

    def _log_tail(self) -> str:
        logs = [self._directory / "server.log", *sorted((self._directory / "log").glob("*.log"))]
        lines = [line for log in logs if log.exists() for line in log.read_text(errors="replace").splitlines()]
        return "\n".join(lines[-30:])


def _epmd_program() -> str:
    found = shutil.which("epmd") or next(map(str, Path("/usr/lib/erlang").glob("erts-*/bin/epmd")), None)
    if found is None:
        raise RuntimeError("Erlang's epmd is not installed; it comes with rabbitmq-server")
    return found


def _speaks_amqp(port: int) -> bool:
    """Whether the broker answers the protocol header, which it does only when it takes connections for good."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1.0) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except OSError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m libs.testing.rabbitmq_node", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="loopback port for AMQP (default: a spare one)")
    parser.add_argument("--directory", type=Path, help="where to keep the data (default: a temporary directory)")
    arguments = parser.parse_args()
    told = threading.Event()

    def stop(*_: object) -> None:
        # Also while the node still starts, which takes its time; only once, so that taking it down is not cut short.
        if not told.is_set():
            told.set()
            sys.exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with tempfile.TemporaryDirectory(prefix="tandem-rabbitmq-") as temporary:
        directory = arguments.directory or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        node = RabbitNode(directory, arguments.port)
        try:
            node.start()
            sys.stdout.write(f"{node.url}\n")
            sys.stdout.flush()
            threading.Event().wait()
        finally:
            if arguments.directory:
                node.stop()
            node.close()


if __name__ == "__main__":
    main()
