"""A whole Tandem of real processes: the sandbox, a broker, a store and every service, each with its own process id.

System tests, the soak and the benchmarks start it, break it and measure it. Everything listens on loopback.
"""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from libs.contracts.routing import SERVICES
from libs.messaging.connect import open_transport
from libs.messaging.ports import Requester
from libs.testing.processes import Child, spare_port, start


def settings_from_sandbox(details: dict[str, Any], *, on_premises: bool = False) -> dict[str, str]:
    """The TANDEM_ variables that connect the services to a running sandbox; ``details`` is its ready line."""
    authority = details["token_url"].split(f"/{details['tenant_id']}/", maxsplit=1)[0]
    basic = {
        "TANDEM_FINANCIALS_AUTHENTICATION": "basic",
        "TANDEM_FINANCIALS_USER": details["user"],
        "TANDEM_FINANCIALS_ACCESS_KEY": details["web_service_access_key"],
    }
    return {
        **(basic if on_premises else {}),
        "TANDEM_AUTHORITY_URL": authority,
        "TANDEM_TENANT_ID": details["tenant_id"],
        "TANDEM_CLIENT_ID": details["client_id"],
        "TANDEM_CLIENT_SECRET": details["client_secret"],
        "TANDEM_CA_FILE": details["ca_file"],
        "TANDEM_SALES_URL": details["sales_url"],
        "TANDEM_FINANCIALS_URL": details["financials_url"],
        "TANDEM_FINANCIALS_COMPANY": details["company_name"],
    }


@dataclass
class Landscape:
    """Running processes, by name: ``sandbox``, ``broker``, and services as ``orchestrator`` or ``orchestrator.2``."""

    directory: Path
    details: dict[str, Any]
    broker_url: str
    store_url: str
    environment: dict[str, str]
    children: dict[str, Child] = field(default_factory=dict)

    def start_service(self, service: str, replica: int = 1) -> Child:
        name = service if replica == 1 else f"{service}.{replica}"
        port = spare_port()
        environment = {
            **self.environment,
            "TANDEM_BROKER_URL": self.broker_url,
            "TANDEM_STORE_URL": self.store_url,
            "TANDEM_HTTP_HOST": "127.0.0.1",
            "TANDEM_HTTP_PORT": str(port),
            "TANDEM_LOG_FORMAT": "json",
        }
        child = start(name, ["-m", f"services.{service}"], environment=environment, directory=self.directory, port=port)
        self.children[name] = child
        return child

    def services(self) -> list[Child]:
        return [child for name, child in self.children.items() if name.split(".")[0] in SERVICES]

    async def ready(self, name: str, patience: float = 60.0) -> None:
        """Wait until the service answers /health/ready."""
        child = self.children[name]
        until = time.monotonic() + patience
        while not await asyncio.to_thread(_answers, f"http://127.0.0.1:{child.port}/health/ready"):
            if not child.running:
                raise RuntimeError(f"{name} ended:\n{child.tail()}")
            if time.monotonic() > until:
                raise TimeoutError(f"{name} was not ready within {patience:g} s:\n{child.tail()}")
            await asyncio.sleep(0.05)

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[Requester]:
        """A requester over this landscape's broker."""
        async with open_transport(self.broker_url).connect() as transport:
            yield transport.requester("landscape")


async def _stop(children: dict[str, Child]) -> None:
    """Services first, all at once; then what they stand on. In threads, since a proxy in between may be ours."""
    services = [child for name, child in children.items() if name.split(".")[0] in SERVICES]
    await asyncio.gather(*(asyncio.to_thread(child.stop, 10.0) for child in services))
    rest = [child for child in children.values() if child not in services]
    await asyncio.gather(*(asyncio.to_thread(child.stop, 10.0) for child in rest))


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@asynccontextmanager
async def landscape(
    directory: Path,
    *,
    records: int = 200,
    seed: int = 7,
    broker_url: str = "",
    store_url: str = "",
    sandbox_arguments: Sequence[str] = (),
    replicas: int = 1,
    services: Sequence[str] = SERVICES,
    environment: dict[str, str] | None = None,
) -> AsyncIterator[Landscape]:
    """Bring it all up and take it all down.

    Without ``broker_url`` a private RabbitMQ node is started; without ``store_url`` each service has its own SQLite
    file in ``directory`` (then ``replicas`` must be 1).
    """
    await asyncio.to_thread(directory.mkdir, parents=True, exist_ok=True)
    children: dict[str, Child] = {}
    try:
        children["sandbox"] = start(
            "sandbox",
            ["-m", "services.sandbox", "--records", str(records), "--seed", str(seed), *sandbox_arguments],
            environment={},
            directory=directory,
        )
        if not broker_url:
            children["broker"] = start(
                "broker",
                ["-m", "libs.testing.rabbitmq_node", "--port", str(spare_port())],
                environment={},
                directory=directory,
            )
            broker_url = (await asyncio.to_thread(children["broker"].first_line))["line"]
        details = await asyncio.to_thread(children["sandbox"].first_line)
        land = Landscape(
            directory,
            details,
            broker_url,
            store_url or f"sqlite:///{directory}",
            {
                **settings_from_sandbox(details, on_premises="--on-premises" in sandbox_arguments),
                **(environment or {}),
            },
            children,
        )
        for service in services:
            for replica in range(1, replicas + 1):
                land.start_service(service, replica)
        await asyncio.gather(*(land.ready(child.name) for child in land.services()))
        yield land
    finally:
        await _stop(children)
