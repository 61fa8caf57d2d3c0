"""What the orchestrator keeps, as its desks read and change it: the connection, the schedule, jobs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

from libs.contracts.failures import Failure
from libs.contracts.jobs import SynchJobView
from libs.contracts.message import Message
from libs.contracts.setup import ConnectionView
from libs.messaging.handling import Handling
from libs.messaging.ports import Requester
from services.orchestrator.documents import CONNECTION_ID, SCHEDULE_ID, Documents, change, state_of
from services.orchestrator.domain.schedule_document import Schedule, schedule_of
from services.orchestrator.domain.views import job_view

ResultT = TypeVar("ResultT")
State = Mapping[str, Any] | None


@dataclass(frozen=True)
class Books:
    """One replica's; ``deadline``: seconds that other services may take to answer."""

    documents: Documents
    requester: Requester
    deadline: float

    async def connection(self) -> ConnectionView:
        return ConnectionView.model_validate(await state_of(self.documents.setup, CONNECTION_ID) or {})

    async def schedule(self) -> Schedule:
        return schedule_of(await state_of(self.documents.schedule, SCHEDULE_ID))

    async def change_schedule(
        self,
        decide: Callable[[Schedule], tuple[Schedule | None, Sequence[Message], ResultT]],
        handling: Handling,
    ) -> ResultT:
        """Save what ``decide`` makes of the schedule (null: leave it) with its messages; returns what it tells."""

        def changed(state: State) -> tuple[State, Sequence[Message], ResultT]:
            schedule = schedule_of(state)
            new, messages, result = decide(schedule)
            return cast("State", new), messages, result

        return await change(self.documents.schedule, SCHEDULE_ID, changed, handling)

    async def amend_schedule(
        self, amend: Callable[[Schedule], Schedule | Failure], handling: Handling
    ) -> Failure | None:
        """Change the schedule, or say why not."""

        def decide(schedule: Schedule) -> tuple[Schedule | None, Sequence[Message], Failure | None]:
            outcome = amend(schedule)
            return (None, (), outcome) if isinstance(outcome, Failure) else (outcome, (), None)

        return await self.change_schedule(decide, handling)

    async def jobs(self, ids: Sequence[str], now: datetime) -> list[SynchJobView]:
        """Those of the jobs that have begun, as shown to people."""
        found = await self.documents.jobs.get_many(ids)
        return [job_view(found[job_id].data, now) for job_id in ids if job_id in found]
