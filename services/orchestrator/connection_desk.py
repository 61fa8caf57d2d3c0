"""Answers how both tenants are connected, and connects them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from libs.contracts.failures import Failure
from libs.contracts.message import Message
from libs.contracts.setup import ConnectionView, EnableConnection, FinancialsCompany, GetConnection, MappingContext
from libs.messaging.handling import Handling
from services.orchestrator.books import Books
from services.orchestrator.connecting import make_connection, tell_registry, todays_base_rate
from services.orchestrator.documents import CONNECTION_ID, change
from services.orchestrator.domain import schedule as queue
from services.orchestrator.domain.connection import remembered

log = structlog.get_logger()

State = Mapping[str, Any] | None


@dataclass(frozen=True)
class ConnectionDesk:
    books: Books

    async def enable_connection(self, request: EnableConnection, handling: Handling) -> ConnectionView:
        """Check both tenants, prepare the company, configure the registry."""

        async def admit(company: FinancialsCompany, organization_id: str) -> Failure | None:
            return await self.books.amend_schedule(
                lambda known: queue.of_tenants(known, company.id, organization_id), handling
            )

        made = await make_connection(self.books.requester, self.books.deadline, admit)

        def keep(state: State) -> tuple[State, Sequence[Message], ConnectionView]:
            view = remembered(ConnectionView.model_validate(state or {}), made)
            return view.model_dump(mode="json"), (), view

        return await change(self.books.documents.setup, CONNECTION_ID, keep, handling)

    async def get_connection(self, request: GetConnection, handling: Handling) -> ConnectionView:
        return await self.books.connection()

    async def take_todays_rate(self, handling: Handling) -> None:
        """Full runs compute exchange rates from the rate that the base currency has when they are started. Runs over
        what was modified keep to it, since they leave the other currencies as they are.

        The registry is told every time what is kept here, so that it knows although an earlier start was cut off.
        """
        known = await self.books.connection()
        rate = await todays_base_rate(self.books.requester, known, self.books.deadline)
        if not rate:
            return

        def keep(state: State) -> tuple[State | None, Sequence[Message], MappingContext]:
            view = ConnectionView.model_validate(state or {})
            if view.context.company_id != known.context.company_id or view.context.base_currency_rate == rate:
                return None, (), view.context
            context = view.context.model_copy(update={"base_currency_rate": rate})
            return view.model_copy(update={"context": context}).model_dump(mode="json"), (), context

        context = await change(self.books.documents.setup, CONNECTION_ID, keep, handling)
        refusal = await tell_registry(self.books.requester, context, self.books.deadline)
        if refusal is not None:
            log.warning("base_rate.not_told", code=refusal.code)
