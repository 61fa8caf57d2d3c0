"""Composes the coupling registry; nothing connects before it is opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.runtime.service import Opened, Platform, Service
from services.coupling_registry.configuration import CONFIGURATIONS, Configurations
from services.coupling_registry.couplings import COUPLINGS
from services.coupling_registry.handlers import Registry, answers, routes
from services.coupling_registry.settings import Settings

NAME = "coupling_registry"


def build(settings: Settings, platform: Platform) -> Service:
    """The service, ready to be run."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        couplings = await platform.store.collection(COUPLINGS)
        configurations = Configurations(await platform.store.collection(CONFIGURATIONS))
        registry = Registry(couplings, configurations, platform.clock)
        yield Opened(routes=routes(registry), answers=answers(registry), probes={"store": platform.store.ping})

    return Service(NAME, opened, prefetch=3, small=16)
