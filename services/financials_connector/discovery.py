"""Finds the company and its surfaces by asking, once, and keeps what it found until told to forget."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from libs.contracts.setup import FinancialsCompany
from libs.contracts.vocabulary import System
from libs.dynamics.batch import JsonPart, Operation
from libs.dynamics.failures import OutcomeUnknown, Refusal, read_refusal
from libs.dynamics.financials_tables import FEED_POSITIONS_SET, FINANCIALS_TABLES, FinancialsTable
from libs.dynamics.odata import same_host
from libs.runtime.errors import AccessDenied, MappingInvalid, TandemError, Unavailable
from services.financials_connector.addresses import query, segment
from services.financials_connector.remote import Remote, refusal_of
from services.financials_connector.sign_in import sign_in_error
from services.financials_connector.surfaces import AUXILIARY, ID, Surface, TablePlan, best_surface, plan_on
from services.financials_connector.tenant import Tenant, TenantSettings, company_path, root_of

log = structlog.get_logger(__name__)

_NAMES_SHOWN = 10


class Tenants:
    """Finds the company and its surfaces when first asked."""

    def __init__(self, remote: Remote, settings: TenantSettings) -> None:
        self._remote = remote
        self.settings = settings
        self._known: Tenant | None = None
        self._finding: asyncio.Task[Tenant] | None = None

    async def current(self) -> Tenant:
        """What is known, found out now if nothing is. Raises what prevents it.

        An asker who gives up meanwhile does not end the search: the next one finds it further on.
        """
        if self._known is not None:
            return self._known
        if self._finding is None or self._finding.done():
            self._finding = asyncio.create_task(self._find())
            self._finding.add_done_callback(_noted)
        return await asyncio.shield(self._finding)

    async def _find(self) -> Tenant:
        self._known = await find_tenant(self._remote, self.settings)
        return self._known

    async def look_again(self, remote: Remote) -> Tenant:
        """Find everything out afresh, through ``remote``."""
        tenant = await find_tenant(remote, self.settings)
        self._known = tenant
        return tenant

    def forget(self) -> None:
        """The surfaces may have changed: ask again next time."""
        self._known = None


def _noted(search: asyncio.Task[Tenant]) -> None:
    """Its failure was told to those who still waited."""
    if not search.cancelled():
        search.exception()


async def find_tenant(remote: Remote, settings: TenantSettings) -> Tenant:
    """Sign in, find the company, and read a row of every table from the best surface that has it."""
    row = await _find_company(remote, settings)
    company = FinancialsCompany(
        id=str(row["id"]).lower(), name=row["name"], display_name=row.get("displayName") or row["name"]
    )
    code, symbol = await _local_currency(remote, company)
    company = company.model_copy(update={"local_currency_code": code, "local_currency_symbol": symbol})
    plans: dict[str, TablePlan] = {}
    failures: dict[str, TandemError] = {}
    positions = False
    for surface in Surface:
        if surface is Surface.COMPANION and not settings.companion:
            continue
        wanted = [
            plan
            for table in FINANCIALS_TABLES.values()
            if table.name not in plans
            and table.name not in failures
            and (plan := plan_on(surface, table, settings.services))
        ]
        parts = await _probe(remote, surface, company, wanted, positions=surface is Surface.COMPANION)
        for plan, part in zip(wanted, parts, strict=False):
            if part.ok:
                plans[plan.table.name] = plan
            elif (error := _why_unusable(plan, refusal_of(part), settings)) is not None:
                failures[plan.table.name] = error
        if surface is Surface.COMPANION and parts:
            positions = parts[-1].ok
    company = company.model_copy(update={"surface": best_surface(plans.values()).value})
    log.info(
        "tenant.found",
        company_id=company.id,
        surface=company.surface,
        tables=len(plans),
        unusable=sorted(failures),
        feed_positions=positions,
    )
    return Tenant(settings.addresses, company, str(row.get("systemVersion", "")), plans, failures, positions)


async def _find_company(remote: Remote, settings: TenantSettings) -> dict[str, Any]:
    try:
        response = await remote.answer(settings.addresses.api, "companies")
    except OutcomeUnknown as error:
        if settings.addresses.api.startswith("https://"):
            raise
        raise Unavailable(
            "Financials closes the connection without an answer: TANDEM_FINANCIALS_URL begins with http://, which a "
            "server that expects https:// does not understand.",
            setting="TANDEM_FINANCIALS_URL",
        ) from error
    if not response.ok:
        raise sign_in_error(response.status, response.body, settings.authentication)
    companies: Sequence[dict[str, Any]] = response.json().get("value", [])
    wanted = settings.company.strip().lower()
    for match in (_by_id, _by_name, _by_display_name):
        found = [row for row in companies if match(row) == wanted]
        if len(found) == 1:
            return found[0]
    if not wanted and len(companies) == 1:
        return companies[0]
    names = ", ".join(str(row.get("name", "")) for row in companies[:_NAMES_SHOWN])
    problem = f"Financials has no company {settings.company}" if wanted else "Financials has several companies"
    raise MappingInvalid(
        f"{problem}: set TANDEM_FINANCIALS_COMPANY to the name or id of one that the sign-in may use ({names}).",
        code="financials.company_unknown",
        setting="TANDEM_FINANCIALS_COMPANY",
    )


def _by_id(row: Mapping[str, Any]) -> str:
    return str(row.get("id", "")).lower()


def _by_name(row: Mapping[str, Any]) -> str:
    return str(row.get("name", "")).lower()


def _by_display_name(row: Mapping[str, Any]) -> str:
    return str(row.get("displayName", "")).lower()


async def _local_currency(remote: Remote, company: FinancialsCompany) -> tuple[str, str]:
    """Code and symbol of the local currency; the ledger setup knows both, the company's own page the code."""
    path = company_path(Surface.API_V2, company)
    for name, code, symbol in (
        ("generalLedgerSetup", "localCurrencyCode", "localCurrencySymbol"),
        ("companyInformation", "currencyCode", ""),
    ):
        response = await remote.answer(remote.addresses.api, f"{path}/{name}")
        if response.ok:
            document = response.json()
            rows = document.get("value", [document])
            if rows and rows[0].get(code):
                return str(rows[0][code]), str(rows[0].get(symbol) or "")
        elif response.status not in (403, 404):
            raise read_refusal(System.FINANCIALS, response.status, response.body).error()
    raise AccessDenied(
        "The local currency of the company cannot be read: give the sign-in read permission for General Ledger Setup.",
        code="remote.privilege_missing",
        setting="TANDEM_FINANCIALS_COMPANY",
    )


async def _probe(
    remote: Remote, surface: Surface, company: FinancialsCompany, plans: Sequence[TablePlan], *, positions: bool
) -> list[JsonPart]:
    """A row of every plan's table (and the feed position, last); all of them 404 when the surface is not there."""
    base = company_path(surface, company)
    operations = [
        Operation("GET", f"{base}/{segment(plan.service)}{query([('$top', '1'), ('$select', _all_properties(plan))])}")
        for plan in plans
    ]
    if positions:
        operations.append(Operation("GET", f"{base}/{FEED_POSITIONS_SET}{query([('$top', '1')])}"))
    if not operations:
        return []
    root = root_of(remote.addresses, surface)
    try:
        parts = await remote.once(root, operations)
    except TandemError as error:
        if error.setting == "TANDEM_FINANCIALS_URL" and not same_host(root, remote.addresses.api):
            setting = "TANDEM_FINANCIALS_ODATA_URL"
            raise Unavailable(error.message.replace(error.setting, setting), setting=setting) from error
        # The root of a surface that does not exist refuses the batch as a whole.
        if error.transient or isinstance(error, AccessDenied):
            raise
        log.info("surface.absent", surface=surface.value, remote_code=error.remote_code)
        return [JsonPart(404, None)] * len(operations)
    for part in parts:
        if not part.ok and (refusal := refusal_of(part)).transient:
            raise refusal.error()
    return parts


def _all_properties(plan: TablePlan) -> str:
    """Those that mappings may need; a lookup field that is missing makes a table no worse."""
    names = [ID, plan.modified] if plan.has_ids else []
    shown = {**plan.properties, **plan.referred}
    needed = [name for field, name in shown.items() if plan.table.lookup or not plan.table[field].lookup]
    return ",".join(dict.fromkeys([*names, *needed]))


def _why_unusable(plan: TablePlan, refusal: Refusal, settings: TenantSettings) -> TandemError | None:
    """Why the table's best surface refuses it; null when the next surface is to be tried instead."""
    table = plan.table
    if refusal.status in (401, 403):
        return AccessDenied(
            f"The sign-in may not read {table.name}: give it the permission set Tandem Integration (with the companion "
            f"extension) or read permission for table {table.number} and its page, on {_who(settings)}.",
            code="remote.privilege_missing",
            setting="TANDEM_CLIENT_ID" if settings.authentication == "entra" else "TANDEM_FINANCIALS_USER",
            remote_code=refusal.code,
            remote_message=refusal.words,
        )
    if refusal.status in (404, 405, 501):
        return None if plan.surface is not Surface.PAGE_SERVICES or table.name in AUXILIARY else _unpublished(plan)
    return MappingInvalid(
        f"{table.name} cannot be read from {plan.surface.described}: see the service's own words.",
        code="financials.table_unreadable",
        remote_code=refusal.code,
        remote_message=refusal.words,
    )


def _who(settings: TenantSettings) -> str:
    """Where the permissions of the sign-in are given."""
    if settings.authentication == "entra":
        return "the page Microsoft Entra Applications (TANDEM_CLIENT_ID)"
    return "the card of the user TANDEM_FINANCIALS_USER"


def _unpublished(plan: TablePlan) -> TandemError:
    table: FinancialsTable = plan.table
    return MappingInvalid(
        f"{table.name} is not published: in Financials open Web Services (page 810), publish page "
        f"{table.page_number} under the service name {plan.service}, or name the service in "
        f"TANDEM_FINANCIALS_SERVICES ({table.name}=…), or install the companion extension. Where no published page "
        "answers, check TANDEM_FINANCIALS_ODATA_URL.",
        code="financials.service_not_published",
        setting="TANDEM_FINANCIALS_SERVICES",
    )
