"""Reads the facts behind an order line: all of a question in one batch per surface, more only where rows lead on."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from libs.contracts.lookup_facts import StockData
from libs.contracts.lookups import LookedUpFacts, LookUpFacts
from libs.dynamics.batch import JsonPart, Operation
from libs.dynamics.financials_tables import ITEM_FLOW_FIELDS, PRICING_SETUP_PROPERTIES, PURCHASE_LINE
from libs.dynamics.observed import counting_calls
from libs.dynamics.parallel import together
from libs.runtime.errors import MappingInvalid, RecordGone, TandemError, Unavailable
from services.financials_connector.addresses import query, segment
from services.financials_connector.columns import Found, Table
from services.financials_connector.discovery import Tenants
from services.financials_connector.facts import company_of, customers_of, products_of, variants_of
from services.financials_connector.flow_filters import NUMBER, FlowSums, flow_readings
from services.financials_connector.lookup_questions import Question, price_readings, readings
from services.financials_connector.lookup_readings import Reading, Rows, Ways
from services.financials_connector.lookup_ways import LookupWays, decided_by_price_lists, missing_facts
from services.financials_connector.price_facts import price_lines_of
from services.financials_connector.remote import NEXT, Remote, refusal_of
from services.financials_connector.rows import Row, Surroundings
from services.financials_connector.stock_facts import Stock, stock_of, stock_on_documents, stock_without_places
from services.financials_connector.surfaces import Surface
from services.financials_connector.tenant import Tenant, company_path

_USES_PRICE_LISTS = PRICING_SETUP_PROPERTIES[1]
_OUTDATED = (400, 404, 405, 501)
"""How the companion refuses pages and fields that it does not have."""


@dataclass
class _Known:
    """What a tenant's pricing turned out to rest on; forgotten with the tenant."""

    tenant: Tenant | None = None
    price_lists: bool | None = None


@dataclass(frozen=True)
class FactsDesk:
    """Answers ``LookUpFacts``; what is wrong travels as a failure in the answer."""

    remote: Remote
    tenants: Tenants
    ways: LookupWays
    known: _Known = field(default_factory=_Known)

    async def look_up(self, message: LookUpFacts, now: datetime) -> LookedUpFacts:
        """The facts, or why they could not be read in time."""
        as_of = now.isoformat()
        with counting_calls() as calls:
            try:
                async with asyncio.timeout(message.within):
                    answer = await self._facts(message)
            except TimeoutError:
                late = Unavailable(f"Financials did not answer within {message.within:g} seconds.")
                return LookedUpFacts(failures=[late.failure()], as_of=as_of, calls=len(calls))
            except TandemError as error:
                return LookedUpFacts(
                    failures=[error.failure()], retry_after=error.retry_after, as_of=as_of, calls=len(calls)
                )
            return answer.model_copy(update={"as_of": as_of, "calls": len(calls)})

    async def _facts(self, message: LookUpFacts) -> LookedUpFacts:
        try:
            return await self._from(await self.tenants.current(), message)
        except RecordGone:
            # A table is no longer where it was: look for all of them again, once.
            self.tenants.forget()
            return await self._from(await self.tenants.current(), message)

    async def _from(self, tenant: Tenant, message: LookUpFacts) -> LookedUpFacts:
        ways = await self.ways.of(tenant)
        if self.known.tenant is not tenant:
            self.known.tenant, self.known.price_lists = tenant, decided_by_price_lists(ways)
        question = Question.of(message)
        believed = self.known.price_lists
        found = await self._read(tenant, readings(question, ways, believed))
        price_lists = self._decided(found, believed)
        if believed is not None and price_lists != believed:
            # Somebody switched the way of pricing since the last question.
            asked = [reading for reading in price_readings(question, ways, price_lists) if reading is not None]
            found.update(await self._read(tenant, asked))
        customers = customers_of(found[Rows.CUSTOMERS])
        following = question.following({customer["number"]: customer["bill_to"] for customer in customers})
        if following is not None:
            more = await self._read(tenant, readings(following, ways, price_lists))
            found.add(more)
            customers = customers_of(found[Rows.CUSTOMERS])
        return LookedUpFacts(
            customers=customers,
            products=products_of(found),
            price_lines=price_lines_of(found, price_lists),
            stock=await self._stock(tenant, ways, question, found),
            company=company_of(found, tenant.company.local_currency_code, price_lists) if question.company else None,
            missing=missing_facts(message, ways, price_lists),
            company_id=tenant.company.id,
        )

    def _decided(self, found: Found, believed: bool | None) -> bool:
        setup = found[Rows.PRICING_SETUP].flags(_USES_PRICE_LISTS)
        if setup:
            self.known.price_lists = setup[0]
        elif believed is None:
            return False
        return bool(self.known.price_lists)

    async def _stock(self, tenant: Tenant, ways: Ways, question: Question, found: Found) -> list[StockData]:
        if not question.stock:
            return []
        if ways.queries:
            return stock_of(found)
        if not ways.stock_list:
            return stock_without_places(found)
        locations = found[Rows.LOCATIONS].texts("Code")
        asked = list(flow_readings(question.stock, locations, variants_of(found)))
        path = f"{company_path(Surface.PAGE_SERVICES, tenant.company)}/{segment(ways.stock_list)}"
        select = ",".join((NUMBER, *ITEM_FLOW_FIELDS))
        operations = [Operation("GET", path + query([("$select", select), ("$filter", each.filter)])) for each in asked]
        sums = FlowSums()
        answered = await self._rows(Surface.PAGE_SERVICES, tenant, operations)
        for each, rows in zip(asked, answered, strict=True):
            sums.add(each, rows)
        stock = Stock()
        dated = PURCHASE_LINE.name in ways.plans
        sums.into(stock, supply=not dated)
        stock_on_documents(found, stock, sales=False)
        return stock.data()

    async def _read(self, tenant: Tenant, asked: Sequence[Reading]) -> Found:
        """All rows of all readings."""
        surfaces = list(dict.fromkeys(reading.surface for reading in asked))
        of_surface = [[reading for reading in asked if reading.surface is surface] for surface in surfaces]
        answers = await together(
            [
                self._rows(surface, tenant, [operation for each in some for operation in _operations(tenant, each)])
                for surface, some in zip(surfaces, of_surface, strict=True)
            ]
        )
        found = Found()
        around = Surroundings(local_currency=tenant.company.local_currency_code)
        for some, answered in zip(of_surface, answers, strict=True):
            at = 0
            for reading in some:
                if reading.rows not in found:
                    found[reading.rows] = Table(reading, around)
                table = found[reading.rows]
                for part in answered[at : at + len(reading.filters)]:
                    table.rows += part
                at += len(reading.filters)
        return found

    async def _rows(self, surface: Surface, tenant: Tenant, operations: Sequence[Operation]) -> Sequence[Sequence[Row]]:
        """The rows that each operation finds, page after page."""
        if not operations:
            return ()
        parts = await self.remote.batch(tenant.root(surface), operations)
        documents = [_document_of(surface, part) for part in parts]
        found: list[list[dict[str, Any]]] = [list(document.get("value", ())) for document in documents]
        await together(
            [
                self.remote.add_pages(link, rows)
                for document, rows in zip(documents, found, strict=True)
                if (link := document.get(NEXT))
            ]
        )
        return found


def _document_of(surface: Surface, part: JsonPart) -> dict[str, Any]:
    if part.ok:
        return part.body  # type: ignore[no-any-return]  # decoded JSON
    refusal = refusal_of(part)
    if surface is Surface.COMPANION and refusal.status in _OUTDATED:
        raise MappingInvalid(
            "The companion extension does not show everything that prices and stock need: update it to the "
            "version that belongs to this Tandem.",
            code="lookup.companion_outdated",
            remote_code=refusal.code,
            remote_message=refusal.words,
        )
    raise refusal.error()


def _operations(tenant: Tenant, reading: Reading) -> list[Operation]:
    path = f"{company_path(reading.surface, tenant.company)}/{segment(reading.service)}"
    select = ",".join(reading.select)
    return [Operation("GET", path + query([("$select", select), ("$filter", each)])) for each in reading.filters]
