"""What the Sales connector does: a function per message."""

import secrets
from dataclasses import dataclass

from libs.contracts.attempts import new_attempt
from libs.contracts.message import Message
from libs.contracts.pages import ReadPage, SettlePage, WritePage
from libs.contracts.setup import (
    AddTeamMembers,
    CheckConnection,
    CompanyPrepared,
    ConnectionReport,
    CountRecords,
    PrepareCompany,
    RecordCount,
)
from libs.messaging.handling import Answers, Handling, Routes
from libs.messaging.pages import answered_for, handed_on
from libs.messaging.ports import Outgoing
from libs.runtime.errors import TandemError
from services.sales_connector.checking import check_connection
from services.sales_connector.choices import choice_named, read_options, write_options
from services.sales_connector.company import prepare_company
from services.sales_connector.counting import count_records
from services.sales_connector.dataverse import Dataverse
from services.sales_connector.reading import Page, read_page
from services.sales_connector.team import add_members
from services.sales_connector.writing import write_page


def routes(dataverse: Dataverse) -> Routes:
    """Commands."""
    connector = SalesConnector(dataverse)
    return {
        ReadPage: connector.read_page,
        WritePage: connector.write_page,
        AddTeamMembers: connector.add_team_members,
    }


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
        """One page of a table, for the registry in splits, and the event that tells of it."""
        choice = choice_named(message.read.table)
        if choice is not None:
            page = Page((await read_options(self.dataverse, choice)).records(), "", "")
        else:
            page = await read_page(self.dataverse, message.read, message.cursor, message.page_size)
        return handed_on(
            message,
            page.records,
            next_cursor=page.next_cursor,
            watermark=page.watermark,
            attempt=new_attempt(handling.now, secrets.token_hex(4)),
        )

    async def write_page(self, message: WritePage, handling: Handling) -> list[SettlePage]:
        """Everything that the page asks for, and what became of each record."""
        choice = choice_named(message.table)
        if choice is not None:
            outcomes = await write_options(self.dataverse, choice, message.writes)
        else:
            outcomes = await write_page(
                self.dataverse, message.table, message.writes, message.returns, match_filter=message.match_filter
            )
        return [answered_for(message, outcomes)]

    async def add_team_members(self, message: AddTeamMembers, handling: Handling) -> list[Message]:
        """Coupled users join the company's team."""
        await add_members(self.dataverse, message.team_id, message.user_ids)
        return []


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
            return RecordCount(failures=[error.failure()])
