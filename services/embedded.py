"""All services and the sandbox in this process: in-memory broker, one SQLite file a service."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from libs.messaging.connect import open_transport
from libs.messaging.ports import Transport
from libs.runtime.platform import platform_of
from libs.runtime.run import run_services
from libs.runtime.service import Platform, Service
from libs.runtime.settings import ServiceSettings, read_settings
from services.availability_lookup import app as availability_lookup
from services.availability_lookup import settings as availability_lookup_settings
from services.coupling_registry import app as coupling_registry
from services.coupling_registry import settings as coupling_registry_settings
from services.financials_connector import app as financials_connector
from services.financials_connector import settings as financials_connector_settings
from services.orchestrator import app as orchestrator
from services.orchestrator import settings as orchestrator_settings
from services.sales_connector import app as sales_connector
from services.sales_connector import settings as sales_connector_settings

GRACE_SECONDS = 3.0
"""How long handlers in flight may take at the end. Somebody waits for it, and what is cut short is done again."""


def compose(environment: Mapping[str, str]) -> list[tuple[Service, Platform]]:
    """Every service with its platform, from one set of variables. Nothing connects yet."""
    sales = read_settings(sales_connector_settings.Settings, environment)
    financials = read_settings(financials_connector_settings.Settings, environment)
    registry = read_settings(coupling_registry_settings.Settings, environment)
    orchestration = read_settings(orchestrator_settings.Settings, environment)
    lookup = read_settings(availability_lookup_settings.Settings, environment)
    platforms = {
        "sales_connector": platform_of(sales, "sales_connector"),
        "financials_connector": platform_of(financials, "financials_connector"),
        "coupling_registry": platform_of(registry, "coupling_registry"),
        "orchestrator": platform_of(orchestration, "orchestrator"),
        "availability_lookup": platform_of(lookup, "availability_lookup"),
    }
    return [
        (sales_connector.build(sales, platforms["sales_connector"]), platforms["sales_connector"]),
        (financials_connector.build(financials, platforms["financials_connector"]), platforms["financials_connector"]),
        (coupling_registry.build(registry, platforms["coupling_registry"]), platforms["coupling_registry"]),
        (orchestrator.build(orchestration, platforms["orchestrator"]), platforms["orchestrator"]),
        (availability_lookup.build(lookup, platforms["availability_lookup"]), platforms["availability_lookup"]),
    ]


@asynccontextmanager
async def embedded(data: Path, environment: Mapping[str, str]) -> AsyncIterator[Transport]:
    """Run all services until the block is left; gives a transport of the client's own.

    ``data`` is an existing folder. ``environment`` names the tenants and whatever else differs from the defaults; with
    ``TANDEM_HTTP_PORT`` all of them serve HTTP at that one port.
    Raises what keeps a service from starting, or what ended one.
    """
    broker = f"memory://{uuid4().hex}"
    store = f"sqlite:///{data}"
    services = compose({**environment, "TANDEM_BROKER_URL": broker, "TANDEM_STORE_URL": store})
    edge = read_settings(ServiceSettings, environment)
    stop, ready = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(
        run_services(
            services, stop, http_host=edge.http_host, http_port=edge.http_port, grace=GRACE_SECONDS, ready=ready
        ),
        name="services",
    )
    waiting = asyncio.create_task(ready.wait(), name="ready")
    try:
        await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        async with open_transport(broker).connect() as transport:
            yield transport
    finally:
        waiting.cancel()
        stop.set()
        await running
