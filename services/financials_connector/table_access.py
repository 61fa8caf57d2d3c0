"""One table of one company, ready to be written: where it is, how its bodies are made, how its records are found."""

from collections.abc import Mapping, Sequence
from datetime import date

from libs.contracts.pages import Values
from libs.dynamics.batch import JsonPart, Operation
from libs.dynamics.financials_tables import CONTACT
from libs.runtime.errors import MappingInvalid, Rejected
from services.financials_connector.addresses import query
from services.financials_connector.derived import Codes, company_contacts
from services.financials_connector.lookups import Lookups
from services.financials_connector.remote import Remote
from services.financials_connector.rows import BodyWriter
from services.financials_connector.tenant import Tenant

_CUSTOMER = "Customer No."


class TableAccess:
    """The writing side of a table, for one page."""

    def __init__(self, remote: Remote, codes: Codes, tenant: Tenant, table: str, today: date) -> None:
        self.remote = remote
        self.tenant = tenant
        self.plan = tenant.plan(table)
        self.path = tenant.path(self.plan)
        self.lookups = Lookups(remote, codes, tenant, self.plan, today)
        self._codes = codes
        self._root = tenant.root(self.plan.surface)

    @property
    def takes_ids(self) -> bool:
        """Whether a new record gets the id that it is sent, so that a repeated creation is refused."""
        return self.plan.has_ids and self.plan.table.name not in self.tenant.ids_ignored

    def require_writable(self) -> None:
        """Raises ``MappingInvalid`` for a table that is only read."""
        plan = self.plan
        if not plan.table.writable or (not plan.has_ids and plan.table.page_read_only):
            raise MappingInvalid(
                f"{plan.table.name} cannot be written: correct the mapping's direction.", code="mapping.table_read_only"
            )

    async def verify(self) -> None:
        """Make sure that the table itself is still there, so that a record that is not found is really gone. Raises
        ``RecordGone`` when the table is not there, the way a record would."""
        key = self.plan.properties[self.plan.table.key[0]]
        await self.remote.document(self._root, self.path + query([("$top", "1"), ("$select", key)]))

    async def batch(self, operations: Sequence[Operation]) -> list[JsonPart]:
        """Carry out repeatable operations, at the same time in batches of a hundred."""
        return await self.remote.batch(self._root, operations) if operations else []

    async def bodies(self, values: Sequence[Values], ids: Sequence[str] = ()) -> list[bytes | Rejected]:
        """The bodies that write ``values``; where one cannot be made, the reason."""
        fields = {name for some in values for name in some if name in self.plan.referred}
        surroundings = await self._codes.surroundings(self.tenant, self.plan, fields)
        missing = any(
            some[name] and str(some[name]) not in surroundings.ids[self.plan.table[name].relation]
            for name in fields
            for some in values
            if name in some
        )
        if missing:
            surroundings = await self._codes.surroundings(self.tenant, self.plan, fields, fresh=True)
        companies = await self._companies(values)
        writer = BodyWriter(self.plan, surroundings)
        made: list[bytes | Rejected] = []
        for index, some in enumerate(values):
            try:
                wanted = _with_company(some, companies) if companies is not None else some
                made.append(writer.body(wanted, id=ids[index] if ids else ""))
            except Rejected as error:
                made.append(error)
        return made

    async def _companies(self, values: Sequence[Values]) -> dict[str, str] | None:
        """Customer -> company contact, where contacts are to be written that belong to customers."""
        if self.plan.table.name != CONTACT.name:
            return None
        customers = {str(some[_CUSTOMER]) for some in values if some.get(_CUSTOMER)}
        return await company_contacts(self.remote, self.tenant, customers) if customers else None


def _with_company(values: Values, companies: Mapping[str, str]) -> Values:
    """A contact belongs to a customer by belonging to its company contact; the customer itself is only shown."""
    customer = values.get(_CUSTOMER)
    if not customer:
        return values
    if customer not in companies:
        raise Rejected(
            "The customer has no company contact in Financials: create one (Customers, action Contact).",
            code="remote.lookup_missing",
            field=_CUSTOMER,
        )
    return {**values, "Company No.": companies[str(customer)]}
