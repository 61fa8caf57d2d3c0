"""What is known of the connected company: who it is, and the way to each of its tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from libs.contracts.failures import Failure
from libs.contracts.setup import FinancialsCompany
from libs.dynamics.financials_tables import FEED_POSITIONS_SET
from libs.runtime.errors import MappingInvalid, TandemError
from services.financials_connector.addresses import Addresses, segment
from services.financials_connector.surfaces import Surface, TablePlan, table_named


@dataclass(frozen=True)
class TenantSettings:
    """What the settings say about the company."""

    addresses: Addresses
    company: str = ""
    authentication: Literal["entra", "basic"] = "entra"
    companion: bool = True
    services: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tenant:
    """One company, and the way to each of its tables."""

    addresses: Addresses
    company: FinancialsCompany
    system_version: str
    plans: Mapping[str, TablePlan]
    failures: Mapping[str, TandemError]
    """Table -> why it cannot be used although it should be."""
    feed_positions: bool
    """Whether the companion tells how far the change feed can be trusted."""
    ids_ignored: set[str] = field(default_factory=set, compare=False)
    """Tables whose surface turned out to number new records itself, whatever id they are sent."""

    def plan(self, table: str) -> TablePlan:
        """The plan of a table. Raises why there is none."""
        found = self.plans.get(table_named(table).name)
        if found is not None:
            return found
        raise self.failures.get(table) or MappingInvalid(
            f"This Financials does not offer {table}: install the companion extension.",
            code="financials.table_missing",
            setting="TANDEM_FINANCIALS_COMPANION",
        )

    def root(self, surface: Surface) -> str:
        return root_of(self.addresses, surface)

    def path(self, plan: TablePlan) -> str:
        """Path of the table's collection below :meth:`root`."""
        return f"{company_path(plan.surface, self.company)}/{segment(plan.service)}"

    def feed_positions_path(self) -> str:
        return f"{company_path(Surface.COMPANION, self.company)}/{FEED_POSITIONS_SET}"


def root_of(addresses: Addresses, surface: Surface) -> str:
    return {
        Surface.COMPANION: addresses.companion,
        Surface.API_V2: addresses.api,
        Surface.PAGE_SERVICES: addresses.odata,
    }[surface]


def company_path(surface: Surface, company: FinancialsCompany) -> str:
    if surface is Surface.PAGE_SERVICES:
        return "Company('" + segment(company.name.replace("'", "''")).replace("/", "%2F") + "')"
    return f"companies({company.id})"


def failures_of(tenant: Tenant) -> list[Failure]:
    """What prevents using tables of the tenant."""
    return [error.failure() for _, error in sorted(tenant.failures.items())]
