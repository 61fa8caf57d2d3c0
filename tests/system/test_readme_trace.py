"""The README's table of how a page travels, walked against a running system: the same messages, senders, receivers."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from libs.contracts.catalogue import MESSAGES
from libs.contracts.envelope import Envelope
from libs.contracts.routing import COMMANDS, EVENTS, REQUESTS, SUBSCRIPTIONS, QueueSpec, ServiceTopology
from libs.messaging.ports import Delivery, Transport
from libs.testing.eventually import eventually
from libs.testing.landscape import settings_from_sandbox
from services.demo.client import Client
from services.embedded import embedded
from services.sandbox.app import Sandbox
from services.sandbox.settings import SandboxSettings

README = Path(__file__).parents[2] / "README.md"
ROW = re.compile(r"^\| \d \| `(\w+)` \| `([\w.]+)` \| ([\w ]+) → ([\w ]+) \|", re.MULTILINE)
CONNECTORS = {"source connector": "financials_connector", "destination connector": "sales_connector"}

CAUSED_BY = {
    "SynchronizePage": "ReadPage",
    "PageRead": "ReadPage",
    "WritePage": "SynchronizePage",
    "SettlePage": "WritePage",
    "PageSynchronized": "SettlePage",
}
"""What each step of the table is the answer to, for a page that goes to Sales and is new there."""


@asynccontextmanager
async def every_message(transport: Transport) -> AsyncIterator[list[Envelope]]:
    """All commands and events from now on, as they pass the broker."""
    seen: list[Envelope] = []

    async def note(delivery: Delivery) -> None:
        seen.append(delivery.envelope)
        await delivery.ack()

    commands, events = QueueSpec("ear.commands", COMMANDS, ("#",)), QueueSpec("ear.events", EVENTS, ("#",))
    requests = QueueSpec("ear.requests", REQUESTS, ("nobody.#",))
    await transport.declare(ServiceTopology("ear", commands, events, requests, "ear.dead"))
    for queue in (commands, events):
        await transport.consume(queue.name, note, prefetch=100)
    yield seen


def readme_rows() -> list[tuple[str, str, str, str]]:
    """(message, type, sender, receiver) as the README says, its connectors named for a page that goes to Sales."""
    rows = ROW.findall(README.read_text(encoding="utf-8"))
    return [(name, type_, CONNECTORS.get(sender, sender), CONNECTORS.get(to, to)) for name, type_, sender, to in rows]


def receivers(envelope: Envelope) -> set[str]:
    if envelope.target:
        return {envelope.target}
    return {service for service, events in SUBSCRIPTIONS.items() if MESSAGES[envelope.type] in events}


async def test_a_page_travels_as_the_readme_says(tmp_path: Path) -> None:
    rows = readme_rows()
    assert [name for name, *_ in rows] == ["ReadPage", *CAUSED_BY]
    sandbox = Sandbox(SandboxSettings(records=60, seed=5))
    async with (
        sandbox.running() as running,
        embedded(tmp_path, settings_from_sandbox(running.details.as_dict())) as transport,
    ):
        client = Client(transport.requester("test"), pause=0.05)
        await client.connect()
        async with every_message(transport) as seen:
            await client.generate_review()
            await client.start_review(lambda jobs: None)
            await eventually(lambda: any(item.type == "synch_job.finished.v1" for item in seen))

    def page(name: str) -> Envelope:
        """The step of the first page of items, which are new in Sales."""
        type_ = next(row[1] for row in rows if row[0] == name)
        return next(
            item
            for item in seen
            if item.type == type_
            and item.data["page"]["mapping"] == "ITEM-PRODUCT"
            and item.data["page"]["direction"] == "to_sales"
        )

    steps = {name: page(name) for name, *_ in rows}
    for name, type_, sender, receiver in rows:
        assert MESSAGES[type_].__name__ == name
        assert steps[name].source == sender
        assert receivers(steps[name]) == {receiver}
    for name, cause in CAUSED_BY.items():
        assert steps[name].causation_id == steps[cause].id, f"{name} should be the answer to {cause}"
    assert len({step.correlation_id for step in steps.values()}) == 1
    assert "records" not in steps["PageRead"].data
    assert steps["SynchronizePage"].data["records"]
