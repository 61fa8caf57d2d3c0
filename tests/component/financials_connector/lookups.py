"""The desk that answers questions behind order lines, over a company of the sandbox, by any surfaces."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from libs.contracts.lookup_facts import ProductRef
from libs.contracts.lookups import AskPrices, LookedUpFacts, LookUpFacts, PricesAsked
from libs.dynamics.observed import Observed
from libs.messaging.handling import Handling
from services.financials_connector.discovery import Tenants
from services.financials_connector.handlers import answers
from services.financials_connector.remote import Remote
from services.financials_connector.tenant import TenantSettings
from services.sandbox.financials.shapes import COMPANION
from services.sandbox.financials.world import FinancialsWorld
from tests.component.financials_connector.in_process import InProcessFinancials

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


class Desk:
    """Asks as a service would; the tenant is found before, unless a test forgets it again."""

    def __init__(self, world: FinancialsWorld, *, off: tuple[str, ...] = (), unpublished: tuple[str, ...] = ()) -> None:
        self.session = InProcessFinancials(world)
        self.session.off |= set(off)
        self.session.unpublished |= set(unpublished)
        remote = Remote(Observed(self.session, "Financials"), self.session.addresses)
        self.tenants = Tenants(remote, TenantSettings(self.session.addresses, world.company.name))
        self._answers = answers(remote, self.tenants)

    async def facts(self, **question: Any) -> LookedUpFacts:
        await self.tenants.current()
        before = len(self.session.requests)
        found = await self._answers[LookUpFacts](LookUpFacts(**{"within": 60, **question}), a_handling())
        assert isinstance(found, LookedUpFacts)
        assert found.calls == len(self.session.requests) - before
        return found

    async def whole_order(self, customer: str, products: list[ProductRef], *, company: bool = True) -> LookedUpFacts:
        """Everything that an order of these products needs."""
        stock = [product["number"] for product in products if product["kind"] == "item"]
        return await self.facts(
            customers=[customer],
            products=products,
            prices=products,
            customer_prices={customer: products},
            stock=stock,
            company=company,
        )

    async def prices(self, **question: Any) -> PricesAsked:
        await self.tenants.current()
        found = await self._answers[AskPrices](AskPrices(**{"within": 60, **question}), a_handling())
        assert isinstance(found, PricesAsked)
        return found


WITHOUT_COMPANION = (COMPANION,)


def a_handling() -> Handling:
    return Handling(uuid4(), "", NOW)


def items(*numbers: str) -> list[ProductRef]:
    return [ProductRef(kind="item", number=number) for number in numbers]
