"""A registry on a real store, between two scripted products: history in, messages out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from libs.contracts.couplings import CouplingView, ListCouplings
from libs.contracts.message import Message
from libs.contracts.pages import PageSynchronized, RecordData, SettlePage, SynchronizePage, Values, WritePage
from libs.contracts.setup import AddTeamMembers, ConfigureRegistry, MappingContext
from libs.contracts.vocabulary import Direction, RunKind, System
from libs.store.ports import Collection
from libs.testing.builders import a_context, a_handling, a_page_key, a_synchronize_page, an_id
from libs.testing.clock import FrozenClock
from services.coupling_registry.handlers import Registry
from tests.component.coupling_registry.remotes import Remote


def sole_unit(group: str, values: Values) -> Values:
    """What the connector tells of a unit group's units; ``units`` is for tests that want another one, or none."""
    name = values.get("units", values.get("baseuomname"))
    return {"baseuomid": an_id(f"base unit of {group}"), "soleuomname": name}


def sales_remote() -> Remote:
    return Remote(
        draws_ids=frozenset(
            {"account.paymenttermscode", "account.address1_freighttermscode", "account.address1_shippingmethodcode"}
        ),
        unique={
            "transactioncurrency": ("isocurrencycode",),
            "uomschedule": ("name",),
            "productpricelevel": ("pricelevelid", "productid", "uomid"),
        },
        computed={"uomschedule": sole_unit},
    )


def financials_remote() -> Remote:
    return Remote(
        keys={
            "Customer": ("No.", "C9"),
            "Contact": ("No.", "CT9"),
            "Item": ("No.", "I9"),
            "Resource": ("No.", "R9"),
            "Salesperson/Purchaser": ("Code", "SP"),
        }
    )


@dataclass
class Bench:
    """``synchronize`` takes records through the registry and the destination until the page is done."""

    registry: Registry
    collection: Collection
    clock: FrozenClock
    sales: Remote = field(default_factory=sales_remote)
    financials: Remote = field(default_factory=financials_remote)
    twice: bool = False
    """Handle every message twice, at the registry and at the destination, and go on with the second results."""
    rounds: int = 0
    joined: list[str] = field(default_factory=list)
    """Users who were to be added to the company's team."""

    async def configured(self, context: MappingContext | None = None) -> "Bench":
        await self.registry.configure_registry(ConfigureRegistry(context=context or a_context()), self.handling())
        return self

    def handling(self) -> Any:
        return a_handling(self.clock.now())

    def next_job(self) -> str:
        return f"job-{uuid4()}"

    async def to_sales(self, mapping: str, *records: RecordData, **more: Any) -> PageSynchronized:
        return await self.synchronize(mapping, Direction.TO_SALES, records, **more)

    async def from_sales(self, mapping: str, *records: RecordData, **more: Any) -> PageSynchronized:
        return await self.synchronize(mapping, Direction.FROM_SALES, records, **more)

    async def synchronize(
        self,
        mapping: str,
        direction: Direction,
        records: Sequence[RecordData],
        *,
        run: RunKind = RunKind.FULL,
        job: str = "",
        match_by: str = "",
    ) -> PageSynchronized:
        page = a_page_key(mapping, direction, job=job or self.next_job())
        return await self.finish(a_synchronize_page(page, list(records), run, match_by=match_by))

    async def finish(self, message: Message) -> PageSynchronized:
        """Handles what follows from a message until the page is synchronized."""
        self.rounds = 0
        while not isinstance(message, PageSynchronized):
            results = await self.handle(message)
            if self.twice:
                results = await self.handle(message)
            self.joined += [user for item in results if isinstance(item, AddTeamMembers) for user in item.user_ids]
            [message] = [item for item in results if not isinstance(item, AddTeamMembers)]
            self.rounds += isinstance(message, WritePage)
        return message

    async def handle(self, message: Message) -> Sequence[Message]:
        if isinstance(message, SynchronizePage):
            return await self.registry.synchronize_page(message, self.handling())
        if isinstance(message, SettlePage):
            return await self.registry.settle_page(message, self.handling())
        assert isinstance(message, WritePage)
        remote = self.sales if message.system is System.SALES else self.financials
        return [remote.perform(message)]

    async def couplings(self, mapping: str) -> list[CouplingView]:
        page = await self.registry.list_couplings(ListCouplings(mapping=mapping), self.handling())
        return page.couplings

    async def coupling(self, mapping: str, key: str) -> CouplingView:
        request = ListCouplings(mapping=mapping, financials_keys=[key])
        page = await self.registry.list_couplings(request, self.handling())
        assert len(page.couplings) == 1
        return page.couplings[0]

    async def stored(self, mapping: str, key: str) -> dict[str, Any]:
        found = await self.collection.find({"mapping": mapping, "financials_key": key})
        assert len(found) == 1
        return dict(found[0].data)


def counted(page: PageSynchronized) -> dict[str, int]:
    """The counters that are not zero."""
    return {name: number for name, number in page.counters.model_dump().items() if number}
