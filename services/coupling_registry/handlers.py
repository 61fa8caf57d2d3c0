"""What the registry does: a function per message."""

from collections.abc import Mapping, Sequence

from libs.contracts.couplings import CouplingPage, CouplingView, ListCouplings, ResolveRecords
from libs.contracts.failures import Failure
from libs.contracts.message import Message
from libs.contracts.pages import (
    OutcomeData,
    PageKey,
    RecordData,
    SettlePage,
    SynchronizePage,
)
from libs.contracts.setup import ConfigureRegistry, ListMappings, MappingList, RegistryConfigured
from libs.contracts.vocabulary import Direction, OutcomeStatus, System
from libs.messaging.handling import Answers, Handling, Routes
from libs.runtime.clock import Clock
from libs.runtime.errors import ConcurrentUpdate
from libs.store.ports import Collection, Document
from libs.synch.lookups import Lookups
from libs.synch.transform import Transformed, needed_partners, transform
from services.coupling_registry.assembly import (
    context_of,
    filling_context,
    filling_page,
    holders_of,
    joining,
    next_messages,
    page_problem,
    write_page,
)
from services.coupling_registry.catalogue import awaited, view
from services.coupling_registry.configuration import Configuration, Configurations
from services.coupling_registry.couplings import Couplings, Raced
from services.coupling_registry.domain import fill
from services.coupling_registry.domain.matching import Matching
from services.coupling_registry.domain.page import PageContext, Work, WriteUnderWay
from services.coupling_registry.domain.reconcile import Reconciling, wanted_of
from services.coupling_registry.domain.settle import Settling
from services.coupling_registry.domain.stamping import Stamping
from services.coupling_registry.domain.standing import last_error
from services.coupling_registry.domain.synchronize import Deciding, new_work, screened, to_be_hashed
from services.coupling_registry.domain.tally import Tally
from services.coupling_registry.partners import Partners
from services.coupling_registry.resolving import Resolving

_TRIES = 6
"""Times that a page is decided again from what is stored because somebody else wrote first."""

_WAIT_FOR_OTHER_WRITE = 5.0


def routes(registry: "Registry") -> Routes:
    """Commands."""
    return {SynchronizePage: registry.synchronize_page, SettlePage: registry.settle_page}


def answers(registry: "Registry") -> Answers:
    """Questions."""
    return {
        ListMappings: registry.list_mappings,
        ConfigureRegistry: registry.configure_registry,
        ListCouplings: registry.list_couplings,
        ResolveRecords: registry.resolving.resolve_records,
    }


class Registry:
    """Decides pages and keeps couplings. Handling a message twice leads to the same writes, with the same numbers."""

    def __init__(self, collection: Collection, configurations: Configurations, clock: Clock) -> None:
        self._collection = collection
        self._configurations = configurations
        self._partners = Partners(clock)
        self.resolving = Resolving(collection, configurations, clock)

    async def synchronize_page(self, message: SynchronizePage, handling: Handling) -> Sequence[Message]:
        """Decide what each record of the page needs."""
        for _ in range(_TRIES):
            try:
                return await self._synchronize(message, handling)
            except Raced:
                continue
            except WriteUnderWay:
                break
        raise _waiting(message.page)

    async def settle_page(self, message: SettlePage, handling: Handling) -> Sequence[Message]:
        """Record outcomes; ask for what is still to do, or say that the page is done."""
        for _ in range(_TRIES):
            try:
                direction = fill.filling_direction(message.carried.coupled)
                if direction is None:
                    return await self._settle(message, handling)
                return await self._settle_filled(message, handling, direction)
            except Raced:
                continue
            except WriteUnderWay:
                break
        raise _waiting(message.page)

    async def list_mappings(self, message: ListMappings, handling: Handling) -> MappingList:
        context = await self._configurations.context()
        return MappingList(mappings=[view(mapping, context) for mapping in self._configurations.mappings.values()])

    async def configure_registry(self, message: ConfigureRegistry, handling: Handling) -> RegistryConfigured:
        await self._configurations.configure(message.context)
        return RegistryConfigured(mappings=list(self._configurations.mappings))

    async def list_couplings(self, message: ListCouplings, handling: Handling) -> CouplingPage:
        couplings = Couplings(self._collection, (await self._configurations.context()).company_id)
        name = message.mapping
        if name not in self._configurations.mappings:
            return CouplingPage(failures=[Failure(code="mapping.unknown", message=f"There is no mapping {name}.")])
        if message.sales_ids or message.financials_ids or message.financials_keys:
            found = [*(await couplings.of_records(name, System.SALES, message.sales_ids)).values()]
            found += (await couplings.of_records(name, System.FINANCIALS, message.financials_ids)).values()
            found += await couplings.of_keys(name, message.financials_keys)
            chosen = {document.id: document for document in found}
            return CouplingPage(couplings=[_coupling_view(item) for item in chosen.values()], total=len(chosen))
        page = await couplings.of_mapping(name, skipped=message.skipped, after=message.after, limit=message.limit)
        return CouplingPage(
            couplings=[_coupling_view(item) for item in page],
            next_after=page[-1].id if len(page) == message.limit else "",
            total=await couplings.count(name, skipped=message.skipped),
        )

    # One page

    async def _synchronize(self, message: SynchronizePage, handling: Handling) -> Sequence[Message]:
        configuration = await self._configurations.current()
        context = context_of(
            configuration,
            message.page,
            message.run,
            handling,
            match_by=message.match_by,
            recheck=message.recheck,
            retry_skipped=message.retry_skipped,
        )
        work = new_work(context)
        problem = page_problem(context)
        if problem is not None:
            work.tally.note(problem)
            return next_messages(context, work)
        couplings = Couplings(self._collection, context.company)
        ids = [record["id"] for record in message.records]
        documents = await couplings.of_records(context.plan.mapping.name, context.source, ids)
        records = screened(context, message.records, documents, work)
        if records:
            page = await self._transformed(context, couplings, records, documents)
            holders = await holders_of(couplings, context.plan, page, len(records))
            Deciding(context, documents, page, holders, work).decide(records)
        await couplings.save(list(work.saves.values()))
        return next_messages(context, work)

    async def _transformed(
        self,
        context: PageContext,
        couplings: Couplings,
        records: Sequence[RecordData],
        documents: Mapping[str, Document],
    ) -> Transformed:
        rows = [record["values"] for record in records]
        needed = needed_partners(context.plan, rows)
        lookups = await self._partners.lookups(couplings, needed, context.source)
        return transform(context.plan, rows, lookups, context.hasher, to_be_hashed(context, records, documents))

    async def _settle(self, message: SettlePage, handling: Handling) -> Sequence[Message]:
        configuration = await self._configurations.current()
        context = context_of(configuration, message.page, message.run, handling, round=message.round + 1)
        couplings = Couplings(self._collection, context.company)
        work = Work(Tally(message.page, message.carried))
        outcomes, name = message.outcomes, context.plan.mapping.name
        unnamed = [item["write"]["source"]["id"] for item in outcomes if not item["write"]["coupling"]]
        found = [item["id"] for item in outcomes if item["status"] == OutcomeStatus.MATCHED and item["id"]]
        stamping = Stamping(context, work, awaited())
        lookups = await self._current_lookups(configuration, context, couplings, outcomes)
        reconciling = Reconciling(context, lookups, work, stamping)
        by_id = await couplings.by_ids([item["write"]["coupling"] for item in outcomes if item["write"]["coupling"]])
        matching = Matching(
            context=context,
            by_id=by_id,
            by_source=await couplings.of_records(name, context.source, unnamed),
            by_destination=await couplings.of_records(name, context.destination, found),
            work=work,
            stamping=stamping,
            reconciling=reconciling,
        )
        Settling(context, by_id, work, stamping, reconciling, matching).settle(outcomes)
        await couplings.save(list(work.saves.values()), work.deletes)
        if not work.writes and work.tally.coupled:
            return [*await self._fill(configuration, context, couplings, work.tally), *joining(context, work)]
        return [*next_messages(context, work), *joining(context, work)]

    async def _current_lookups(
        self, configuration: Configuration, context: PageContext, couplings: Couplings, outcomes: Sequence[OutcomeData]
    ) -> Lookups:
        """Partners of the destination's records that were read to be compared, and of what they were compared with."""
        rows = [item["current"]["values"] for item in outcomes if "current" in item]
        rows += [wanted_of(item["write"]) for item in outcomes if not item["write"]["source"]["fingerprint"]]
        if not rows:
            return Lookups()
        back = Direction.FROM_SALES if context.plan.to_sales else Direction.TO_SALES
        plan = configuration.plan(context.plan.mapping.name, back)
        needed = needed_partners(plan, rows, clearable_only=context.plan.to_sales)
        return await self._partners.lookups(couplings, needed, context.destination)

    async def _settle_filled(self, message: SettlePage, handling: Handling, direction: Direction) -> Sequence[Message]:
        configuration = await self._configurations.current()
        context = context_of(configuration, message.page, message.run, handling, round=message.round + 1)
        couplings = Couplings(self._collection, context.company)
        work = Work(Tally(message.page, message.carried))
        filling = filling_context(configuration, context, message.mapping, direction)
        documents = await couplings.by_ids([item["write"]["coupling"] for item in message.outcomes])
        fill.filled(filling, documents, message.outcomes, work)
        await couplings.save(list(work.saves.values()))
        if work.writes:
            return [write_page(filling, context, work.writes, work.tally.carried())]
        work.tally.coupled = fill.without_mark(work.tally.coupled)
        return await self._fill(configuration, context, couplings, work.tally)

    async def _fill(
        self, configuration: Configuration, context: PageContext, couplings: Couplings, tally: Tally
    ) -> Sequence[Message]:
        """The last rounds, one table after the other. What waits for one mapping is in one table of a system."""
        for system in (System.SALES, System.FINANCIALS):
            targets, tally.coupled = fill.targets_for(system, tally.coupled)
            waiting = await couplings.waiting_for(targets)
            direction = Direction.TO_SALES if system is System.SALES else Direction.FROM_SALES
            needed: dict[str, set[str]] = {}
            for target in targets:
                relation, _, key = target.partition(":")
                needed.setdefault(relation, set()).add(key)
            for name in sorted({document.data["mapping"] for document in waiting}):
                filling = filling_context(configuration, context, name, direction)
                lookups = await self._partners.lookups(couplings, needed, direction.source)
                chosen = [document for document in waiting if document.data["mapping"] == name]
                late = Work(tally)
                fill.fill(filling, chosen, targets, lookups, late)
                if late.writes:
                    return await filling_page(filling, context, couplings, late)
        companies, tally.coupled = fill.companies(tally.coupled), []
        if companies:
            filling = filling_context(configuration, context, context.plan.mapping.name, Direction.TO_SALES)
            late = Work(tally)
            fill.stamp_company(filling, (await couplings.by_ids(companies)).values(), late)
            if late.writes:
                return await filling_page(filling, context, couplings, late)
        return next_messages(context, Work(tally))


def _coupling_view(document: Document) -> CouplingView:
    data = document.data
    return CouplingView(
        id=document.id,
        mapping=data["mapping"],
        sales_id=data["sales_id"] or "",
        financials_id=data["financials_id"] or "",
        financials_key=data["financials_key"],
        state=data["state"],
        skipped=bool(data["skipped"]),
        failing=[Direction(direction) for direction in data["failures"]],
        sales_version=data["sales_version"],
        financials_version=data["financials_version"],
        last_error=last_error(data),
    )


def _waiting(page: PageKey) -> ConcurrentUpdate:
    return ConcurrentUpdate(
        f"Records of {page.mapping} are being written by another job; the page waits for it.",
        retry_after=_WAIT_FOR_OTHER_WRITE,
    )
