"""What the connector suite's tests share: the connector, its table and the sandbox's levers, and writes for it."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from libs.contracts.message import Message
from libs.contracts.pages import (
    OutcomeData,
    PageKey,
    PageRead,
    ReadPage,
    RecordData,
    SettlePage,
    SynchronizePage,
    TableRead,
    Values,
    WriteData,
    WritePage,
)
from libs.contracts.vocabulary import Direction, RunKind, System
from libs.dynamics.throttle import Gate
from libs.messaging.handling import Answers, Handling, Routes
from libs.messaging.ports import Outgoing


@dataclass(frozen=True)
class Exam:
    """A connector, the table it is examined on, and the sandbox's levers."""

    system: System
    routes: Routes
    answers: Answers
    gate: Gate
    table: str
    new: Callable[[int], Values]
    """Values of a record that the remote accepts; other numbers, other records. All of them can be read back."""
    refused: Callable[[int], Values]
    """Values that the remote refuses."""
    refused_field: str
    """The field that it names as the reason; empty where it names none."""
    change: Values
    """One field with another value than any new record has."""
    identity: tuple[str, ...]
    """Fields that the remote keeps unique; ``new`` gives each record its own."""
    fault: Callable[..., None]
    """Sets a fault of the sandbox: ``fault("cut_after", method="POST")``."""
    revoke_tokens: Callable[[], None]
    unlike: Values | None = None
    """Values for ``identity`` that no record has."""

    async def handle(self, message: Message) -> list[Message]:
        handling = Handling(message_id=uuid4(), correlation_id="job", now=datetime.now(UTC))
        worker: Callable[[Message, Handling], Awaitable[Iterable[Any]]] = self.routes[type(message)]  # type: ignore[assignment]
        results = await worker(message, handling)
        return [result.message if isinstance(result, Outgoing) else result for result in results]

    def page_key(self, page: int = 0) -> PageKey:
        direction = Direction.TO_SALES if self.system is System.SALES else Direction.FROM_SALES
        return PageKey(job_id="job", mapping="EXAM", direction=direction, page=page)

    async def write(self, *writes: WriteData, returns: tuple[str, ...] = ()) -> list[OutcomeData]:
        message = WritePage(
            system=self.system,
            page=self.page_key(),
            run=RunKind.FULL,
            mapping="EXAM",
            table=self.table,
            writes=list(writes),
            returns=list(returns),
        )
        [settle] = await self.handle(message)
        assert isinstance(settle, SettlePage)
        assert len(settle.outcomes) == len(writes)
        return settle.outcomes

    async def read(self, **more: Any) -> tuple[list[RecordData], PageRead, list[SynchronizePage]]:
        """One page."""
        read = TableRead(
            system=self.system,
            table=self.table,
            fields=list(self.new(1)),
            filter=more.pop("filter", []),
            modified_after=more.pop("modified_after", ""),
            also=more.pop("also", []),
        )
        message = ReadPage(system=self.system, page=self.page_key(), run=RunKind.FULL, read=read, **more)
        *splits, told = await self.handle(message)
        assert isinstance(told, PageRead)
        pages = [split for split in splits if isinstance(split, SynchronizePage)]
        assert len(pages) == len(splits)
        return [record for page in pages for record in page.records], told, pages

    async def read_all(self, **more: Any) -> list[RecordData]:
        records, told, _ = await self.read(**more)
        while told.next_cursor:
            some, told, _ = await self.read(cursor=told.next_cursor, **more)
            records += some
        return records

    async def create(self, *numbers: int) -> list[str]:
        """Create these records and return their ids."""
        outcomes = await self.write(*(a_write("create", str(uuid4()), self.new(number)) for number in numbers))
        assert [outcome["status"] for outcome in outcomes] == ["created"] * len(numbers)
        return [outcome["id"] for outcome in outcomes]

    async def record(self, id: str) -> RecordData | None:
        return next((record for record in await self.read_all() if record["id"] == id), None)


def a_write(operation: str, id: str, values: Values | None = None, **more: Any) -> WriteData:
    """A write with everything that a connector hands back untouched."""
    write: Any = {
        "coupling": f"c-{id}",
        "number": 1,
        "operation": operation,
        "source": {"id": "s", "key": "k", "version": "v", "fingerprint": "f", "waiting": {}},
        "id": id,
        "version": None,
        "values": values or {},
        **more,
    }
    made: WriteData = write
    return made
