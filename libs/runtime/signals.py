"""Signals that ask a process to stop."""

import asyncio
import os
import signal

import structlog

DELIBERATE_SECONDS = 1.0
"""A second Ctrl-C sooner than this is taken for the first one, told twice."""

log = structlog.get_logger()


def stop_on_signals(stop: asyncio.Event) -> None:
    """SIGTERM and SIGINT ask for an orderly stop; only a second Ctrl-C, a moment later, ends the process at once.

    Whoever supervises processes sends SIGTERM more than once (Compose, a shell and its children), which must not cut
    the stop short; it has SIGKILL for a process that takes too long.
    """
    loop = asyncio.get_running_loop()
    asked = 0.0

    def signalled(number: signal.Signals) -> None:
        nonlocal asked
        if not stop.is_set():
            asked = loop.time()
            log.info("stop.requested", signal=number.name)
            stop.set()
        elif number is signal.SIGINT and loop.time() - asked >= DELIBERATE_SECONDS:
            log.warning("process.abandoned", signal=number.name)
            os._exit(128 + number)
        else:
            log.info("stop.continued", signal=number.name)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signalled, number)
