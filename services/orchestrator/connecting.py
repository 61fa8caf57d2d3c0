"""Makes the connection: both tenants are checked, the company is prepared in Sales, the registry is told its context.

Everything that stands in the way is collected; nothing is prepared before both tenants can be used.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation

import structlog

from libs.contracts.failures import Failure
from libs.contracts.setup import (
    CheckConnection,
    CompanyPrepared,
    ConfigureRegistry,
    ConnectionReport,
    ConnectionView,
    ExchangeRates,
    FinancialsCompany,
    GetExchangeRates,
    MappingContext,
    PrepareCompany,
)
from libs.contracts.vocabulary import System
from libs.messaging.ports import Requester
from libs.runtime.errors import TandemError

log = structlog.get_logger()

Admit = Callable[[FinancialsCompany, str], Awaitable[Failure | None]]
"""Company and id of the Sales organization -> why these must not be connected now, or null."""


async def make_connection(requester: Requester, deadline: float, admit: Admit) -> ConnectionView:
    """Check, prepare, configure. The view is enabled only when nothing failed; repeating it is harmless.

    What fails in the same way on both sides, such as the sign-in that they share, is told once. ``admit`` is asked
    when both tenants are known, before anything is written.
    """
    sales, financials = await asyncio.gather(
        _check(requester, System.SALES, deadline), _check(requester, System.FINANCIALS, deadline)
    )
    company = financials.company
    failures = list(
        {failure.model_dump_json(): failure for failure in (*sales.failures, *financials.failures)}.values()
    )
    if not failures and company is None:
        failures.append(Failure(code="company.unknown", message="Financials did not say which company it is."))
    if not failures and company is not None and (refusal := await admit(company, sales.organization_id)) is not None:
        failures.append(refusal)
    checked = ConnectionView(company=company, organization_id=sales.organization_id, missing=financials.missing)
    if failures or company is None:
        return _refused(checked, failures)
    rates = await rates_of(requester, deadline)
    if rates.failures:
        return _refused(checked, rates.failures)
    prepared = await _prepare(requester, company, rates, deadline)
    if prepared.failures:
        return _refused(checked, prepared.failures)
    rate = base_rate(company, prepared.base_currency_code, rates.rates, prepared.local_currency_rate)
    if isinstance(rate, Failure):
        return _refused(checked, [rate])
    context = MappingContext(
        company_id=company.id,
        company_row_id=prepared.company_row_id,
        company_column=prepared.company_column,
        owner_team_id=prepared.owner_team_id,
        local_currency_code=company.local_currency_code,
        local_currency_id=prepared.local_currency_id,
        base_currency_code=prepared.base_currency_code,
        base_currency_rate=rate,
        default_price_list_id=prepared.default_price_list_id,
        currency_precision=prepared.currency_precision,
        missing_fields=[f"{part.table}.{part.field}" for part in financials.missing if part.field],
    )
    if (refusal := await tell_registry(requester, context, deadline)) is not None:
        return _refused(checked, [refusal])
    return checked.model_copy(update={"enabled": True, "context": context})


def _refused(checked: ConnectionView, failures: list[Failure]) -> ConnectionView:
    return checked.model_copy(update={"failures": failures})


def base_rate(
    company: FinancialsCompany, base_code: str, rates: Mapping[str, str], rate_in_sales: str = ""
) -> str | Failure:
    """Local currency per unit of the organization's base currency, which Sales' exchange rates are based on.

    ``rate_in_sales``: that of the local currency, which says the same; used where Financials has none.
    """
    if base_code in ("", company.local_currency_code):
        return "1"
    for rate in (rates.get(base_code, ""), rate_in_sales):
        try:
            if Decimal(rate) > 0:
                return rate
        except InvalidOperation:
            continue
    return Failure(
        code="currency.base_rate_missing",
        message=(
            f"The base currency of Sales is {base_code}, but {company.name} has no exchange rate "
            "for it. Enter one in Financials, on the currency's exchange rates."
        ),
    )


async def _check(requester: Requester, system: System, deadline: float) -> ConnectionReport:
    try:
        return await requester.ask(CheckConnection(system=system), deadline=deadline)
    except TandemError as error:
        return ConnectionReport(system=system, failures=[error.failure()])


async def todays_base_rate(requester: Requester, connection: ConnectionView, deadline: float) -> str:
    """What ``base_rate`` is now; empty where it is not to be had, or cannot change."""
    company, base_code = connection.company, connection.context.base_currency_code
    if company is None or base_code in ("", company.local_currency_code):
        return ""
    rates = await rates_of(requester, deadline)
    rate = base_rate(company, base_code, rates.rates)
    if isinstance(rate, str):
        return rate
    log.warning("base_rate.kept", currency=base_code, codes=[each.code for each in rates.failures or [rate]])
    return ""


async def tell_registry(requester: Requester, context: MappingContext, deadline: float) -> Failure | None:
    """Have the registry use this context; why it does not, or null."""
    try:
        await requester.ask(ConfigureRegistry(context=context), deadline=deadline)
    except TandemError as error:
        return error.failure()
    return None


async def rates_of(requester: Requester, deadline: float) -> ExchangeRates:
    """Today's rates; failures instead when Financials does not answer."""
    try:
        return await requester.ask(GetExchangeRates(), deadline=deadline)
    except TandemError as error:
        return ExchangeRates(failures=[error.failure()])


async def _prepare(
    requester: Requester, company: FinancialsCompany, rates: ExchangeRates, deadline: float
) -> CompanyPrepared:
    try:
        return await requester.ask(PrepareCompany(company=company, rates=rates.rates), deadline=deadline)
    except TandemError as error:
        return CompanyPrepared(failures=[error.failure()])
