"""The orchestrator's collections, and how an answer changes one of their documents: state and messages in one write."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from msgspec.structs import replace

from libs.contracts.message import Message
from libs.messaging.handling import Handling
from libs.messaging.posting import current_cause, note_saved, results_of
from libs.runtime.errors import ConcurrentUpdate
from libs.store.ports import Collection, CollectionSpec, Document, Store

SERVICE = "orchestrator"

SETUP = CollectionSpec("setup")
SCHEDULE = CollectionSpec("full_synch_review")
JOBS = CollectionSpec("synch_jobs", indexes=(("stage",), ("over_on",)))
ENTRIES = CollectionSpec("job_queue_entries")
ERRORS = CollectionSpec("synch_job_errors", indexes=(("job_id",),))

CONNECTION_ID = "connection"
SCHEDULE_ID = "schedule"
PAUSES_ID = "pauses"

SAVE_ATTEMPTS = 20
"""Times a change is decided afresh when somebody else saved the document meanwhile."""

ResultT = TypeVar("ResultT")
Change = Callable[[Any], tuple[Mapping[str, Any] | None, Sequence[Message], ResultT]]
"""State (null: none yet) -> the new state (null: leave it), messages to publish, and what to tell the caller."""


@dataclass(frozen=True)
class Documents:
    """The opened collections."""

    setup: Collection
    """``connection``: the connection and the company's context; ``pauses``: until when remote services rest."""
    schedule: Collection
    """``schedule``: waiting and running jobs, watermarks, the review."""
    jobs: Collection
    errors: Collection
    entries: Collection
    """Jobs that recur: ``item_availability``."""


async def open_documents(store: Store) -> Documents:
    """The collections, made where missing."""
    return Documents(
        setup=await store.collection(SETUP),
        schedule=await store.collection(SCHEDULE),
        jobs=await store.collection(JOBS),
        errors=await store.collection(ERRORS),
        entries=await store.collection(ENTRIES),
    )


async def state_of(collection: Collection, id: str) -> Mapping[str, Any] | None:
    """The document's state, or null."""
    document = await collection.get(id)
    return document.data if document is not None else None


async def change(collection: Collection, id: str, decide: Change[ResultT], handling: Handling) -> ResultT:
    """Apply ``decide`` to a document and save the outcome with its messages, again and again until nobody interferes.

    Must run while a message is being handled, since the messages are its results. Raises ``ConcurrentUpdate`` when
    the document will not hold still.
    """
    for attempt in range(SAVE_ATTEMPTS):
        document = await collection.get(id)
        state, messages, result = decide(document.data if document is not None else None)
        if state is None:
            return result
        document = document or Document(id, {})
        cause = current_cause.get()
        envelopes = results_of(cause, messages, service=SERVICE, now=handling.now) if cause and messages else []
        try:
            await collection.save(replace(document, data=state, outbox=(*document.outbox, *envelopes)))
        except ConcurrentUpdate:
            await asyncio.sleep(0.005 * attempt)
        else:
            note_saved(envelopes)
            return result
    raise ConcurrentUpdate(f"The document {id} is being changed by somebody else all the time; try again.")
