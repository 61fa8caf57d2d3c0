"""What the Sales connector does: a function per message."""

import secrets
from dataclasses import dataclass

from libs.contracts.failures import Failure
from libs.contracts.pages import PageRead, ReadPage, SettlePage, SynchronizePage, WritePage
from libs.contracts.setup import (
    CheckConnection,
    CompanyPrepared,
    ConnectionReport,
    CountRecords,
    PrepareCompany,
    RecordCount,
)
from libs.messaging.handling import Answers, Handling, Routes
from libs.messaging.ports import Outgoing
from libs.runtime.errors import TandemError
from services.sales_connector.checking import check_connection
from services.sales_connector.choices import choice_named, read_options, write_options
from services.sales_connector.company import prepare_company
from services.sales_connector.counting import count_records
from services.sales_connector.dataverse import Dataverse
from services.sales_connector.reading import Page, read_page
from services.sales_connector.writing import write_page


def routes(dataverse: Dataverse) -> Routes:
    """Commands."""
    connector = SalesConnector(dataverse)
    return {ReadPage: connector.read_page, WritePage: connector.write_page}


def answers(probe: Dataverse) -> Answers:
    """Questions with a deadline, so ``probe`` gives up early."""
    desk = SalesDesk(probe)
    return {
        CheckConnection: desk.check_connection,
        PrepareCompany: desk.prepare_company,
        CountRecords: desk.count_records,
    }


@dataclass(frozen=True)
class SalesConnector:
    """Reads and writes pages. Everything may be repeated."""

    dataverse: Dataverse

    async def read_page(self, message: ReadPage, handling: Handling) -> list[Outgoing]:
        """The page in splits, and the event that tells of it. A repeat may honestly read something else, so each
        reading has a token of its own."""
        choice = choice_named(message.read.table)
        if choice is not None:
            page = Page((await read_options(self.dataverse, choice)).records(), "", "")
        else:
            page = await read_page(self.dataverse, message.read, message.cursor, message.page_size)
        attempt = secrets.token_hex(8)
        size = max(1, message.split_size)
        splits = -(-len(page.records) // size)
        key = message.page.model_copy(update={"attempt": attempt, "splits": splits})
        results = [
            Outgoing(
                SynchronizePage(
                    page=key.model_copy(update={"split": split}),
                    run=message.run,
                    records=page.records[split * size : (split + 1) * size],
                    match_by=message.match_by,
                ),
                attempt,
            )
            for split in range(splits)
        ]
        told = PageRead(
            system=message.system,
            page=key,
            count=len(page.records),
            next_cursor=page.next_cursor,
            watermark=page.watermark,
        )
        return [*results, Outgoing(told, attempt)]

    async def write_page(self, message: WritePage, handling: Handling) -> list[SettlePage]:
        """Everything that the page asks for, and what became of each record."""
        choice = choice_named(message.table)
        if choice is not None:
            outcomes = await write_options(self.dataverse, choice, message.writes)
        else:
            outcomes = await write_page(self.dataverse, message.table, message.writes, message.returns)
        return [
            SettlePage(
                page=message.page,
                run=message.run,
                mapping=message.mapping,
                outcomes=outcomes,
                round=message.round,
                carried=message.carried,
            )
        ]


@dataclass(frozen=True)
class SalesDesk:
    """Answers questions; what is wrong travels as failures in the answer."""

    dataverse: Dataverse

    async def check_connection(self, message: CheckConnection, handling: Handling) -> ConnectionReport:
        return await check_connection(self.dataverse)

    async def prepare_company(self, message: PrepareCompany, handling: Handling) -> CompanyPrepared:
        return await prepare_company(self.dataverse, message)

    async def count_records(self, message: CountRecords, handling: Handling) -> RecordCount:
        try:
            return RecordCount(count=await count_records(self.dataverse, message.table, message.filter))
        except TandemError as error:
            failures: list[Failure] = [error.failure()]
            return RecordCount(failures=failures)
