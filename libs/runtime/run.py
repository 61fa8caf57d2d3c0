"""Starts services in order, keeps them running, and stops them in order.

Start:  settings -> store -> transport -> topology -> ``service.open()`` -> background tasks -> consumers -> relay
        -> ready.
Stop:   not ready -> the services' own HTTP routes withdrawn -> consumers cancelled -> handlers in flight finish, or are
        given back at the deadline -> background tasks cancelled -> relay flushes -> resources close in reverse.

``main`` is a service's process; ``run_services`` runs any number of them in one. A store or broker that is not up yet
is waited for (``waiting.py``). A background task that dies stops the process with a status other than zero.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import NoReturn, TypeVar

import structlog

from libs.contracts.routing import SERVICES, topology_of
from libs.runtime.errors import MappingInvalid, Permanent, TandemError
from libs.runtime.health import Health, HttpEdge
from libs.runtime.logging import configure_logging
from libs.runtime.memory import return_large_blocks, spare_the_collector
from libs.runtime.platform import platform_of
from libs.runtime.running import RunningService
from libs.runtime.service import Platform, Service
from libs.runtime.settings import CONFIGURATION_ERROR, ServiceSettings, exit_invalid, read_settings_or_exit, redacted
from libs.runtime.signals import stop_on_signals
from libs.runtime.variables import doubts, misspelt
from libs.runtime.waiting import StoppedEarly, when_up

SettingsT = TypeVar("SettingsT", bound=ServiceSettings)
T = TypeVar("T")

GRACE_SECONDS = 20.0
"""How long handlers in flight may take to finish once the process is told to stop."""

_PATIENCE = 2.0
"""Seconds after which a broker or store that is still being connected to is logged as away."""

log = structlog.get_logger()


class ServiceFailed(Exception):
    """A task that should run until the end has ended."""


def main(
    build: Callable[[SettingsT, Platform], Service], settings_class: type[SettingsT], *, alone: bool = False
) -> NoReturn:
    """Run one service until SIGTERM or SIGINT: ``python -m services.<name> [--check]``.

    Exits with 0 after an orderly stop, 78 for settings that cannot work, and 1 when the service failed. A process of
    its own needs a broker that others reach, unless it is to be ``alone``.
    """
    name = service_name(build)
    parser = argparse.ArgumentParser(prog=f"python -m services.{name}")
    parser.add_argument("--check", action="store_true", help="print the effective settings, redacted, and exit")
    arguments = parser.parse_args()
    settings = read_settings_or_exit(settings_class, shares_broker=not alone)
    try:
        platform = platform_of(settings, name)
        service = build(settings, platform)
    except MappingInvalid as error:
        exit_invalid([f"{error.setting}: {error.message}" if error.setting else error.message])
    if arguments.check:
        sys.stderr.writelines(f"{doubt}\n" for doubt in doubts(os.environ))
        sys.stdout.writelines(f"{variable}={value}\n" for variable, value in redacted(settings).items())
        sys.exit(0)
    configure_logging(settings.log_level, settings.log_format, service=name)
    for given, meant in misspelt(os.environ).items():
        log.warning("setting.unknown", variable=given, perhaps_meant=meant)
    spare_the_collector()
    return_large_blocks()
    sys.exit(asyncio.run(_until_signalled(service, platform, settings)))


def service_name(build: Callable[..., Service]) -> str:
    """``services.orchestrator.app`` -> ``orchestrator``: the import path is the file path."""
    return build.__module__.split(".")[-2]


async def _until_signalled(service: Service, platform: Platform, settings: ServiceSettings) -> int:
    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        await run_services([(service, platform)], stop, http_host=settings.http_host, http_port=settings.http_port)
    except TandemError as error:
        log.error("service.failed", error=error)
        return CONFIGURATION_ERROR if isinstance(error, Permanent) and error.setting else 1
    except ServiceFailed:
        return 1
    except Exception as error:
        log.critical("service.crashed", error=error, exc_info=True)
        return 1
    return 0


async def run_services(
    services: Sequence[tuple[Service, Platform]],
    stop: asyncio.Event,
    *,
    http_host: str = "127.0.0.1",
    http_port: int = 0,
    grace: float = GRACE_SECONDS,
    ready: asyncio.Event | None = None,
) -> None:
    """Run these services in this process until ``stop`` is set; ``ready`` is set once all take work.

    A service that asks others comes after them. Platforms may share a transport or a store, which is then connected
    once. Raises what kept a service from starting, or ``ServiceFailed`` when a background task ended by itself; the
    others are stopped in order first.
    """
    health = Health()
    async with HttpEdge(health, http_host, http_port) as edge, AsyncExitStack() as resources:
        running: list[RunningService] = []
        try:
            running = await _start(services, resources, health, edge, stop)
            await _start_work(running)
            health.ready = True
            log.info("services.started", services=[service.name for service, _ in services])
            if ready is not None:
                ready.set()
            await _first_end(running, stop)
        except StoppedEarly:
            pass
        finally:
            health.ready = False
            health.waiting_for = "its end"
            if ready is not None:
                ready.clear()
            await edge.withdraw()
            await _stop(running, grace)
    log.info("services.stopped", services=[service.name for service, _ in services])


async def _start(
    services: Sequence[tuple[Service, Platform]],
    resources: AsyncExitStack,
    health: Health,
    edge: HttpEdge,
    stop: asyncio.Event,
) -> list[RunningService]:
    """Connect, declare and open everything; nothing is consumed yet."""
    for store in {
        id(platform.store): platform.store for service, platform in services if not service.stateless
    }.values():
        await when_up("store", partial(_enter, resources, store.connect), health, stop, patience=_PATIENCE)
    for transport in {id(platform.transport): platform.transport for _, platform in services}.values():
        await when_up("broker", partial(_enter, resources, transport.connect), health, stop, patience=_PATIENCE)
        # Everybody's queues, not just ours: a command sent before its receiver ever started waits for it.
        for name in dict.fromkeys((*(service.name for service, _ in services), *SERVICES)):
            await when_up("broker", partial(transport.declare, topology_of(name)), health, stop)
    running = []
    for service, platform in services:
        opened = await when_up(service.name, partial(_enter, resources, service.open), health, stop)
        running.append(RunningService(service, platform, opened))
        for probe, check in running[-1].probes().items():
            health.probes[probe if len(services) == 1 else f"{service.name}.{probe}"] = check
    await edge.add([route for service in running for route in service.opened.http])
    return running


async def _enter(resources: AsyncExitStack, open: Callable[[], AbstractAsyncContextManager[T]]) -> T:
    return await resources.enter_async_context(open())


async def _start_work(running: Sequence[RunningService]) -> None:
    for service in running:
        await service.start()


async def _first_end(running: Sequence[RunningService], stop: asyncio.Event) -> None:
    """Wait until told to stop. Raises when a task of a service ends before that."""
    stopped = asyncio.create_task(stop.wait(), name="stop")
    tasks = {task: service for service in running for task in service.tasks}
    try:
        done, _ = await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
    for task, service in tasks.items():
        if task in done:
            name, error = service.service.name, task.exception()
            log.critical("task.failed", service=name, task=task.get_name(), error=error, exc_info=error)
            raise ServiceFailed(f"The task {task.get_name()} of {name} ended by itself.") from error


async def _stop(running: Sequence[RunningService], grace: float) -> None:
    """Stop the work of all services. One that cannot be stopped in order does not keep the others from it.

    The last one takes no more messages first: whoever asks others stands behind them, and what it is asking right now
    is still answered.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + grace
    for service in reversed(running):
        await _step([service], RunningService.stop_consuming, max(until - loop.time(), 0.0))
    await _step(running, RunningService.stop_tasks, grace)
    await _step(running, RunningService.flush, grace)


async def _step(
    running: Sequence[RunningService], step: Callable[[RunningService, float], Awaitable[None]], grace: float
) -> None:
    outcomes = await asyncio.gather(*(step(service, grace) for service in running), return_exceptions=True)
    for service, outcome in zip(running, outcomes, strict=True):
        if isinstance(outcome, Exception):
            log.error("stop.failed", service=service.service.name, step=step.__name__, error=outcome, exc_info=outcome)
