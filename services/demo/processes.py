"""The demo with a process per service, over a broker and a store of the outside, or over stand-ins of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from libs.testing.landscape import Landscape, landscape
from libs.testing.processes import Child, spare_port, start


def start_processes(
    data: Path,
    records: int,
    seed: int,
    *,
    broker_url: str,
    store_url: str,
    sandbox_arguments: Sequence[str] = (),
    environment: dict[str, str] | None = None,
) -> AbstractAsyncContextManager[Landscape]:
    """The sandbox and every service as processes; their logs lie in ``data``."""
    return landscape(
        data,
        records=records,
        seed=seed,
        broker_url=broker_url,
        store_url=store_url,
        sandbox_arguments=sandbox_arguments,
        environment=environment,
    )


@asynccontextmanager
async def stand_ins(data: Path) -> AsyncIterator[tuple[str, str]]:
    """A private RabbitMQ node and the MongoDB stand-in; gives their addresses."""
    children: list[Child] = []
    try:
        for name in ("rabbitmq_node", "mongodb_standin"):
            arguments = ["-m", f"libs.testing.{name}", "--port", str(spare_port())]
            children.append(start(name, arguments, environment={}, directory=data))
        broker, store = await asyncio.gather(*(asyncio.to_thread(_address, child) for child in children))
        yield broker, store
    finally:
        for child in reversed(children):
            child.stop(20.0)


def _address(child: Child) -> str:
    said = child.first_line()
    line = str(said.get("line") or said.get("url") or json.dumps(said))
    return line
