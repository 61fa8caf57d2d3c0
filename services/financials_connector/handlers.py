"""What the Financials connector does: a function per message."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from libs.contracts.attempts import new_attempt
from libs.contracts.item_availability import ItemLedgerRead, ReadItemLedger
from libs.contracts.lookups import (
    AskPrices,
    LookedUpFacts,
    LookUpFacts,
    PricesAsked,
)
from libs.contracts.pages import ReadPage, SettlePage, WritePage
from libs.contracts.setup import (
    CheckConnection,
    ConnectionReport,
    CountRecords,
    ExchangeRates,
    GetExchangeRates,
    RecordCount,
)
from libs.contracts.vocabulary import System
from libs.messaging.handling import Answers, Handling, Routes
from libs.messaging.pages import answered_for, handed_on
from libs.messaging.ports import Outgoing
from libs.runtime.errors import RecordGone, TandemError, Unavailable
from services.financials_connector.asking_prices import PriceDesk
from services.financials_connector.derived import Codes, exchange_rates
from services.financials_connector.discovery import Tenants
from services.financials_connector.item_ledger import LedgerReading
from services.financials_connector.looking_up import FactsDesk
from services.financials_connector.lookup_ways import LookupWays
from services.financials_connector.reading import PageReading
from services.financials_connector.remote import Remote
from services.financials_connector.surfaces import missing_parts
from services.financials_connector.tenant import failures_of
from services.financials_connector.writing import PageWriting


def routes(remote: Remote, tenants: Tenants) -> Routes:
    """Commands."""
    codes = Codes(remote)
    connector = FinancialsConnector(
        tenants, PageReading(remote, codes), PageWriting(remote, codes), LedgerReading(remote, tenants)
    )
    return {
        ReadPage: connector.read_page,
        WritePage: connector.write_page,
        ReadItemLedger: connector.read_item_ledger,
    }


def answers(probe: Remote, tenants: Tenants, urgent: Remote | None = None, ways: LookupWays | None = None) -> Answers:
    """Questions with a deadline, so ``probe`` gives up early; ``urgent`` is for those that somebody waits for."""
    urgent = urgent or probe
    ways = ways or LookupWays(urgent, tenants.settings)
    desk = FinancialsDesk(tenants, probe, PageReading(probe, Codes(probe)))
    lookups = LookupDesk(FactsDesk(urgent, tenants, ways), PriceDesk(urgent, tenants))
    return {
        LookUpFacts: lookups.look_up_facts,
        AskPrices: lookups.ask_prices,
        CheckConnection: desk.check_connection,
        CountRecords: desk.count_records,
        GetExchangeRates: desk.get_exchange_rates,
    }


@dataclass(frozen=True)
class FinancialsConnector:
    """Reads and writes pages. Everything may be repeated."""

    tenants: Tenants
    reading: PageReading
    writing: PageWriting
    ledger: LedgerReading

    async def read_page(self, message: ReadPage, handling: Handling) -> list[Outgoing]:
        """One page of a table, for the registry in splits, and the event that tells of it."""
        with self._noticing_changes():
            page = await self.reading.page(
                await self.tenants.current(),
                message.read,
                run=message.run,
                cursor=message.cursor,
                page_size=message.page_size,
                today=handling.now.date(),
            )
        return handed_on(
            message,
            page.records,
            next_cursor=page.next_cursor,
            watermark=page.watermark,
            attempt=new_attempt(handling.now, secrets.token_hex(4)),
        )

    async def write_page(self, message: WritePage, handling: Handling) -> list[SettlePage]:
        """Everything that the page asks for, and what became of each record."""
        with self._noticing_changes():
            outcomes = await self.writing.page(
                await self.tenants.current(),
                message.table,
                message.writes,
                returns=message.returns,
                today=handling.now.date(),
            )
        return [answered_for(message, outcomes)]

    async def read_item_ledger(self, message: ReadItemLedger, handling: Handling) -> list[ItemLedgerRead]:
        """Which items moved since an entry of the item ledger."""
        return [await self.ledger.read(message)]

    @contextmanager
    def _noticing_changes(self) -> Iterator[None]:
        """A table that is gone means that the surfaces changed: they are looked for again before the next attempt."""
        try:
            yield
        except RecordGone as error:
            self.tenants.forget()
            raise Unavailable(
                "A table of Financials is no longer where it was; Tandem looks for it again.",
                remote_code=error.remote_code,
                remote_message=error.remote_message,
            ) from error


@dataclass(frozen=True)
class FinancialsDesk:
    """Answers questions; what is wrong travels as failures in the answer."""

    tenants: Tenants
    probe: Remote
    reading: PageReading

    async def check_connection(self, message: CheckConnection, handling: Handling) -> ConnectionReport:
        """Everything found out afresh, so that what was just installed or published is noticed."""
        try:
            tenant = await self.tenants.look_again(self.probe)
        except TandemError as error:
            return ConnectionReport(system=System.FINANCIALS, failures=[error.failure()])
        return ConnectionReport(
            system=System.FINANCIALS,
            failures=failures_of(tenant),
            company=tenant.company,
            missing=missing_parts(tenant.plans),
            version=tenant.system_version,
        )

    async def count_records(self, message: CountRecords, handling: Handling) -> RecordCount:
        try:
            tenant = await self.tenants.current()
            count = await self.reading.count(tenant, message.table, message.filter, handling.now.date())
        except TandemError as error:
            return RecordCount(failures=[error.failure()])
        return RecordCount(count=count)

    async def get_exchange_rates(self, message: GetExchangeRates, handling: Handling) -> ExchangeRates:
        try:
            tenant = await self.tenants.current()
            rates = await exchange_rates(self.probe, tenant, handling.now.date())
        except TandemError as error:
            return ExchangeRates(failures=[error.failure()])
        return ExchangeRates(rates={tenant.company.local_currency_code: "1", **rates})


@dataclass(frozen=True)
class LookupDesk:
    """Answers questions behind an order line."""

    facts: FactsDesk
    prices: PriceDesk

    async def look_up_facts(self, message: LookUpFacts, handling: Handling) -> LookedUpFacts:
        return await self.facts.look_up(message, handling.now)

    async def ask_prices(self, message: AskPrices, handling: Handling) -> PricesAsked:
        return await self.prices.ask(message, handling.now)
