"""Between messages and the domain: the circumstances of a page, and the messages that its work leads to."""

from collections.abc import Mapping, Sequence

from libs.contracts.failures import Failure
from libs.contracts.message import Message
from libs.contracts.pages import Carried, PageKey, PageSynchronized, WriteData, WritePage
from libs.contracts.setup import AddTeamMembers
from libs.contracts.vocabulary import Direction, RunKind
from libs.messaging.handling import Handling
from libs.runtime.metrics import records_synchronized
from libs.store.ports import Document
from libs.synch import failures
from libs.synch.matching import can_match
from libs.synch.plan import Plan
from libs.synch.transform import Transformed
from services.coupling_registry.catalogue import conditions
from services.coupling_registry.configuration import Configuration
from services.coupling_registry.couplings import Couplings
from services.coupling_registry.domain import fill, writes
from services.coupling_registry.domain.page import PageContext, Work
from services.coupling_registry.drawing import ids


def page_problem(context: PageContext) -> Failure | None:
    """Why the whole page cannot be synchronized."""
    mapping = context.plan.mapping
    if context.run is RunKind.COUPLING:
        possible = context.plan.to_sales and can_match(mapping, context.match_by)
        return None if possible else failures.no_criteria(mapping.name)
    if not mapping.direction.allows(context.plan.direction):
        return failures.wrong_direction(mapping.name, context.plan.direction.value)
    return None


def context_of(
    configuration: Configuration,
    page: PageKey,
    run: RunKind,
    handling: Handling,
    *,
    round: int = 0,
    match_by: str = "",
    recheck: bool = False,
    retry_skipped: bool = False,
) -> PageContext:
    return PageContext(
        page=page,
        run=run,
        plan=configuration.plan(page.mapping, page.direction),
        hasher=configuration.hasher,
        company=configuration.context.company_id,
        now=handling.now,
        draw=ids(handling.now),
        round=round,
        match_by=match_by,
        recheck=recheck,
        retry_skipped=retry_skipped,
    )


def filling_context(
    configuration: Configuration, context: PageContext, mapping: str, direction: Direction
) -> PageContext:
    """The circumstances of filling records of another mapping on behalf of this page."""
    return PageContext(
        page=context.page,
        run=context.run,
        plan=configuration.plan(mapping, direction),
        hasher=context.hasher,
        company=context.company,
        now=context.now,
        draw=context.draw,
        round=context.round,
    )


async def holders_of(couplings: Couplings, plan: Plan, page: Transformed, count: int) -> Mapping[str, Document]:
    if not plan.mapping.exclusive:
        return {}
    able = (index for index in range(count) if page.problem(index, new=True) is None)
    places = {writes.place_of(plan, page.create_values(index)) for index in able}
    return await couplings.holders(sorted(place for place in places if place is not None))


def next_messages(context: PageContext, work: Work) -> Sequence[Message]:
    carried = work.tally.carried()
    if work.writes:
        return [write_page(context, context, work.writes, carried)]
    records_synchronized(context.page.mapping, context.page.direction, dict(carried.counters))
    return [PageSynchronized(page=context.page, counters=carried.counters, errors=carried.errors)]


def joining(context: PageContext, work: Work) -> list[Message]:
    """What makes users who were coupled on this page members of the company's owning team."""
    team = context.plan.context.owner_team_id
    return [AddTeamMembers(team_id=team, user_ids=work.users)] if team and work.users else []


def write_page(target: PageContext, context: PageContext, asked: list[WriteData], carried: Carried) -> WritePage:
    mapping = target.plan.mapping
    to_sales = target.plan.to_sales
    coupling = context.run is RunKind.COUPLING and to_sales
    return WritePage(
        system=target.destination,
        page=context.page,
        run=context.run,
        mapping=mapping.name,
        table=mapping.table(sales=to_sales),
        writes=asked,
        returns=list(mapping.sales_facts if to_sales else mapping.financials_key),
        match_filter=conditions(mapping.sales_filter, target.plan.context) if coupling else [],
        round=context.round,
        carried=carried,
    )


async def filling_page(
    filling: PageContext, context: PageContext, couplings: Couplings, work: Work
) -> Sequence[Message]:
    await couplings.save(list(work.saves.values()))
    work.tally.coupled = fill.under_filling(filling.plan.direction, work.tally.coupled)
    return [write_page(filling, context, work.writes, work.tally.carried())]
