"""Values that the companion computes inside Business Central and that are computed here without it: exchange rates, the
customer behind a contact, the first currency of a price group, codes behind ids."""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from libs.contracts.pages import Value
from libs.contracts.vocabulary import System
from libs.dynamics.batch import Operation
from libs.dynamics.financials_tables import CONTACT_BUSINESS_RELATION, CURRENCY_EXCHANGE_RATE, SALES_PRICE
from libs.dynamics.odata import Term, decimal_text, filter_text
from services.financials_connector.addresses import query
from services.financials_connector.filters import term
from services.financials_connector.remote import Remote, refusal_of
from services.financials_connector.rows import PageReader, Row, Surroundings
from services.financials_connector.surfaces import ID, TablePlan
from services.financials_connector.tenant import Tenant

_RATE_STEP = Decimal(1).scaleb(-15)
_ALTERNATIVES = 50
"""Most values of one field in one filter; keeps a request's address short."""
_CODES_KEPT = 10.0
"""Seconds for which the codes behind ids are believed."""


async def computed_columns(
    remote: Remote, tenant: Tenant, reader: PageReader, rows: Sequence[Row], today: date
) -> dict[str, Sequence[Value]]:
    """The columns that ``reader`` expects besides the rows. A table that they are computed from and that this
    Financials does not offer leaves them blank, as the connection report says."""
    plan = reader.plan
    columns: dict[str, Sequence[Value]] = {}
    for name in reader.computed if rows else ():
        blank: Value = "0" if plan.table[name].type == "decimal" else ""
        if plan.computed[name] not in tenant.plans:
            columns[name] = [blank] * len(rows)
            continue
        match name:
            case "Exchange Rate":
                found = await exchange_rates(remote, tenant, today)
                asked = reader.column(rows, "Code")
            case "Customer No.":
                numbers = reader.column(rows, "No.")
                companies = reader.column(rows, "Company No.") if plan.inputs(name) else numbers
                asked = [company or number for company, number in zip(companies, numbers, strict=True)]
                found = await _customers_behind(remote, tenant, {str(each) for each in asked})
            case _:
                asked = reader.column(rows, "Code")
                found = await _first_currencies(remote, tenant, [str(each) for each in asked])
        columns[name] = [found.get(str(each), blank) for each in asked]
    return columns


async def exchange_rates(remote: Remote, tenant: Tenant, today: date) -> dict[str, str]:
    """Local currency per unit of every currency that has a rate today, as decimal text."""
    plan = tenant.plan(CURRENCY_EXCHANGE_RATE.name)
    fields = [field.name for field in CURRENCY_EXCHANGE_RATE]
    reader = PageReader(plan, fields, Surroundings())
    not_later = Term(plan.properties["Starting Date"], "date", "le", today.isoformat())
    rows = await remote.rows(
        tenant.root(plan.surface),
        tenant.path(plan)
        + query([("$select", ",".join(reader.select)), ("$filter", filter_text([not_later], System.FINANCIALS))]),
    )
    return rates_of([record["values"] for record in reader.records(rows)], tenant.company.local_currency_code)


def rates_of(rates: Iterable[Mapping[str, Value]], local_currency: str) -> dict[str, str]:
    """The newest rate of every currency. A rate against another currency is carried on to the local one, once."""
    newest: dict[str, Mapping[str, Value]] = {}
    for rate in rates:
        code = str(rate["Currency Code"])
        if code not in newest or str(rate["Starting Date"] or "") >= str(newest[code]["Starting Date"] or ""):
            newest[code] = rate

    def direct(code: str) -> Decimal:
        rate = newest.get(code)
        amount = Decimal(str(rate["Exchange Rate Amount"])) if rate else Decimal(0)
        return Decimal(str(rate["Relational Exch. Rate Amount"])) / amount if rate and amount else Decimal(0)

    found: dict[str, str] = {}
    for code, rate in newest.items():
        value = direct(code)
        relational = str(rate["Relational Currency Code"] or "")
        if relational not in ("", code, local_currency):
            value *= direct(relational)
        if value:
            found[code] = str(decimal_text(format(value.quantize(_RATE_STEP, ROUND_HALF_EVEN), "f")))
    return found


async def _customers_behind(remote: Remote, tenant: Tenant, contacts: set[str]) -> dict[str, str]:
    """Number of a company contact -> number of its customer."""
    return await _related(remote, tenant, "Contact No.", contacts, "No.")


async def company_contacts(remote: Remote, tenant: Tenant, customers: set[str]) -> dict[str, str]:
    """Number of a customer -> number of the company contact that stands for it. Raises ``MappingInvalid`` where this
    Financials does not show the relations."""
    return await _related(remote, tenant, "No.", customers, "Contact No.")


async def _related(remote: Remote, tenant: Tenant, known: str, values: set[str], sought: str) -> dict[str, str]:
    """From one field of the business relations with customers to the other."""
    plan = tenant.plan(CONTACT_BUSINESS_RELATION.name)
    reader = PageReader(plan, [known, sought], Surroundings())
    wanted = sorted(value for value in values if value)
    operations = []
    for at in range(0, len(wanted), _ALTERNATIVES):
        terms = [
            term(plan, plan.table[known], "in", list(wanted[at : at + _ALTERNATIVES])),
            term(plan, plan.table["Link to Table"], "eq", "Customer"),
        ]
        options = [("$select", ",".join(reader.select)), ("$filter", filter_text(terms, System.FINANCIALS))]
        operations.append(Operation("GET", tenant.path(plan) + query(options)))
    found: dict[str, str] = {}
    for rows in await _row_lists(remote, tenant, plan, operations):
        for value, other in zip(reader.column(rows, known), reader.column(rows, sought), strict=True):
            found.setdefault(str(value), str(other))
    return found


async def _first_currencies(remote: Remote, tenant: Tenant, groups: Sequence[str]) -> dict[str, str]:
    """Code of a price group -> currency of its first sales price by primary key."""
    plan = tenant.plan(SALES_PRICE.name)
    reader = PageReader(plan, ["Currency Code"], Surroundings())
    operations = []
    for group in groups:
        terms = [
            term(plan, plan.table["Sales Type"], "eq", "Customer Price Group"),
            term(plan, plan.table["Sales Code"], "eq", group),
        ]
        options = [
            ("$select", ",".join(reader.select)),
            ("$filter", filter_text(terms, System.FINANCIALS)),
            ("$top", "1"),
        ]
        operations.append(Operation("GET", tenant.path(plan) + query(options)))
    lists = await _row_lists(remote, tenant, plan, operations)
    return {
        group: str(reader.column(rows, "Currency Code")[0]) for group, rows in zip(groups, lists, strict=True) if rows
    }


async def _row_lists(
    remote: Remote, tenant: Tenant, plan: TablePlan, operations: Sequence[Operation]
) -> list[list[Row]]:
    if not operations:
        return []
    parts = await remote.batch(tenant.root(plan.surface), operations)
    for part in parts:
        if not part.ok:
            raise refusal_of(part).error()
    return [part.body["value"] for part in parts]


class Codes:
    """Codes behind the ids that API v2.0 shows instead, a few seconds old at most."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._codes: dict[str, tuple[float, dict[str, str]]] = {}

    async def surroundings(
        self, tenant: Tenant, plan: TablePlan, fields: Iterable[str], *, fresh: bool = False
    ) -> Surroundings:
        """What reading or writing ``fields`` of the table needs to know."""
        codes = {
            relation: await self._of(tenant, relation, fresh)
            for relation in sorted({plan.table[name].relation for name in fields if name in plan.referred})
        }
        ids = {relation: {code: record_id for record_id, code in known.items()} for relation, known in codes.items()}
        return Surroundings(tenant.company.local_currency_code, codes, ids)

    async def _of(self, tenant: Tenant, table: str, fresh: bool) -> dict[str, str]:
        known = self._codes.get(table)
        if known is None or fresh or time.monotonic() - known[0] > _CODES_KEPT:
            plan = tenant.plan(table)
            [key] = plan.table.key
            wire_name = plan.properties[key]
            path = tenant.path(plan) + query([("$select", f"{ID},{wire_name}")])
            rows = await self._remote.rows(tenant.root(plan.surface), path)
            known = (time.monotonic(), {str(row[ID]).lower(): str(row[wire_name]) for row in rows})
            self._codes[table] = known
        return known[1]
