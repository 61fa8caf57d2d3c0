"""A MongoDB for tests and ``make demo-rabbitmq`` where there is none: SecantusDB, as a process of its own.

SecantusDB speaks MongoDB's wire protocol over WiredTiger. It lives in its own virtual environment and is never
imported; ``make setup-tests`` makes it (``python -m venv .venv-mongodb-standin``, and in it ``pip install
--require-hashes -r requirements-mongodb-standin.txt``). Its speed says nothing of MongoDB's.

    python -m libs.testing.mongodb_standin --port 27027      prints the URL when ready, runs until SIGTERM
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from libs.testing.processes import ROOT, spare_port

SERVER = ROOT / ".venv-mongodb-standin" / "bin" / "secantusd-py"
OVERRIDE = "TANDEM_TEST_MONGODB_URL"
"""Names a MongoDB to test against instead."""

_PATIENCE = 30.0
_LAUNCH = """
import ctypes, os, signal, sys
signal.pthread_sigmask(signal.SIG_SETMASK, [])
if sys.platform == "linux":
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Becomes the server: one that hears SIGTERM although we wait for it ourselves, and that dies with us (Linux) when a
test run is killed."""

_STOPPING = {signal.SIGTERM, signal.SIGINT}


class NoMongodb(Exception):
    """Neither a MongoDB nor the stand-in is there; the words say what to do."""


class MongodbStandin:
    """One server process over one folder; started again, it holds what it had acknowledged."""

    def __init__(self, directory: Path, port: int = 0) -> None:
        self.port = port or spare_port()
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self.port}/tandem?directConnection=true&retryWrites=false"

    def start(self) -> None:
        """Start and wait until it accepts connections."""
        if not SERVER.exists():
            raise NoMongodb(f"{SERVER.relative_to(ROOT)} is missing: run `make setup-tests`, or set {OVERRIDE}")
        self._directory.mkdir(parents=True, exist_ok=True)
        log = self._directory.with_name(f"{self._directory.name}.log")
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-c",
                    _LAUNCH,
                    SERVER,
                    "--port",
                    str(self.port),
                    "--storage-path",
                    self._directory / "data",
                    "--sync-on-commit",
                ],
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        until = time.monotonic() + _PATIENCE
        while not _accepts(self.port):
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"the MongoDB stand-in did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(8)
            except subprocess.TimeoutExpired:
                self.kill()


@contextmanager
def mongodb_for_tests() -> Iterator[str]:
    """The URL of a MongoDB: the one that ``TANDEM_TEST_MONGODB_URL`` names, or a stand-in of our own.

    Raises :class:`NoMongodb` when there is neither.
    """
    if url := os.environ.get(OVERRIDE):
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="tandem-mongodb-") as directory:
        server = MongodbStandin(Path(directory) / "server")
        server.start()
        try:
            yield server.url
        finally:
            server.kill()


def _accepts(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m libs.testing.mongodb_standin")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; a spare one when not given")
    parser.add_argument("--directory", type=Path, help="folder to keep the data in; a temporary one when not given")
    arguments = parser.parse_args()
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    with tempfile.TemporaryDirectory(prefix="tandem-mongodb-") as temporary:
        server = MongodbStandin(arguments.directory or Path(temporary) / "server", arguments.port)
        try:
            server.start()
            sys.stdout.write(f"{server.url}\n")
            sys.stdout.flush()
            signal.sigwait(_STOPPING)
        except NoMongodb as error:
            sys.exit(str(error))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
