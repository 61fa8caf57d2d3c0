"""Composes the orchestrator: its documents, what it handles and answers, and the watch over deadlines."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from libs.messaging.posting import Sender
from libs.runtime.service import Opened, Platform, Service
from services.orchestrator.documents import SERVICE, open_documents
from services.orchestrator.forgetting import INTERVAL, forget_once
from services.orchestrator.handlers import answers, routes
from services.orchestrator.item_availability import ItemAvailabilityJob, tick
from services.orchestrator.overdue import check_once
from services.orchestrator.settings import Settings
from services.orchestrator.watching import watch

PREFETCH = 32
"""Messages handled at the same time."""


def build(settings: Settings, platform: Platform) -> Service:
    """The service; nothing connects before it is opened."""

    @asynccontextmanager
    async def open_service() -> AsyncIterator[Opened]:
        documents = await open_documents(platform.store)
        pace = settings.pace()
        sender = Sender(SERVICE, platform.transport, platform.clock)
        clock, often = platform.clock, settings.deadline_check
        looks = {
            "deadlines": (partial(check_once, documents, sender, clock, pace), often),
            "item_availability": (partial(tick, documents, sender, clock, pace), often),
            "old_jobs": (partial(forget_once, documents, clock, settings.jobs_kept_days), INTERVAL),
        }
        requester = platform.transport.requester(SERVICE)
        availability = ItemAvailabilityJob(documents, requester, settings.answer_deadline, pace)
        yield Opened(
            routes={**routes(documents, pace), **availability.routes()},
            answers={**answers(documents, requester, deadline=settings.answer_deadline), **availability.answers()},
            outboxes=[documents.jobs, documents.schedule, documents.entries],
            background={
                name: partial(watch, name, look, interval=interval) for name, (look, interval) in looks.items()
            },
        )

    # Its messages are small, and those for one job that wait together are saved together.
    return Service(SERVICE, open_service, prefetch=PREFETCH)
