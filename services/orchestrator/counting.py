"""Counts both sides of every mapping for the review, all at the same time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from libs.contracts.failures import Failure
from libs.contracts.pages import Condition
from libs.contracts.setup import CountRecords, ListMappings, MappingContext, MappingList, MappingView
from libs.contracts.vocabulary import System
from libs.messaging.ports import Requester
from libs.runtime.errors import TandemError
from services.orchestrator.domain.recommendation import Census


@dataclass(frozen=True)
class Counted:
    """What was counted, by mapping, and what could not be."""

    censuses: dict[str, Census] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


async def list_mappings(requester: Requester, deadline: float) -> MappingList:
    """The mappings of the registry; failures instead when it does not answer."""
    try:
        return await requester.ask(ListMappings(), deadline=deadline)
    except TandemError as error:
        return MappingList(failures=[error.failure()])


async def count_all(
    requester: Requester, mappings: Sequence[MappingView], context: MappingContext, deadline: float
) -> Counted:
    """A census of every mapping. One that cannot be counted is left out and its failure told."""
    outcomes = await asyncio.gather(*(_census(requester, mapping, context, deadline) for mapping in mappings))
    counted = Counted()
    for mapping, outcome in zip(mappings, outcomes, strict=True):
        if isinstance(outcome, Census):
            counted.censuses[mapping.name] = outcome
        else:
            counted.failures.extend(outcome)
    # One outage makes every count fail with the same words; once is enough.
    return Counted(counted.censuses, list(dict.fromkeys(counted.failures)))


async def _census(
    requester: Requester, mapping: MappingView, context: MappingContext, deadline: float
) -> Census | list[Failure]:
    everything: list[Condition] = []
    sales_filter = [*mapping.sales.filter, *_not_our_own(mapping, context)]
    asked = [(System.FINANCIALS, everything), (System.SALES, sales_filter)]
    if mapping.financials.filter:
        asked.append((System.FINANCIALS, mapping.financials.filter))
    if mapping.recommendation_rule == "currency":
        rate_one = Condition(field="exchangerate", operator="eq", value="1")
        asked.append((System.SALES, [*mapping.sales.filter, rate_one]))
    outcomes = await asyncio.gather(*(_count(requester, mapping, system, terms, deadline) for system, terms in asked))
    failures = [failure for outcome in outcomes if not isinstance(outcome, int) for failure in outcome]
    if failures:
        return failures
    counts = [outcome for outcome in outcomes if isinstance(outcome, int)]
    financials, sales = counts[0], counts[1]
    return Census(
        financials=financials,
        sales=sales,
        expected_to_sales=counts[2] if mapping.financials.filter else financials,
        only_base_currency=mapping.recommendation_rule == "currency" and sales == 1 and counts[-1] == 1,
    )


def _not_our_own(mapping: MappingView, context: MappingContext) -> list[Condition]:
    """The default price list was made by setup and its items come with products, so they say nothing about data that
    was there before."""
    if mapping.sales.table not in ("pricelevel", "productpricelevel") or not context.default_price_list_id:
        return []
    return [Condition(field="pricelevelid", operator="ne", value=context.default_price_list_id)]


async def _count(
    requester: Requester, mapping: MappingView, system: System, filter: list[Condition], deadline: float
) -> int | list[Failure]:
    side = mapping.financials if system is System.FINANCIALS else mapping.sales
    try:
        answer = await requester.ask(CountRecords(system=system, table=side.table, filter=filter), deadline=deadline)
    except TandemError as error:
        return [error.failure()]
    return answer.failures or answer.count
