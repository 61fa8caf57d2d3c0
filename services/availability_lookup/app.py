"""Composes the lookup; nothing connects before it is opened."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from libs.runtime.clock import Clock
from libs.runtime.metrics import LOOKUP_CACHE_BYTES, LOOKUP_CACHE_ENTRIES
from libs.runtime.service import Opened, Platform, Service
from services.availability_lookup.cache import Cache
from services.availability_lookup.facts import (
    ASKED_PRICE,
    COMPANY,
    CUSTOMER,
    FINANCIALS,
    OWN_LINES,
    PRICE_LINES,
    PRICES,
    PRODUCT,
    REGISTRY,
    RESOLVED,
    STOCK,
    Facts,
    Lifetimes,
)
from services.availability_lookup.gate import Gate
from services.availability_lookup.handlers import listeners
from services.availability_lookup.http import Api
from services.availability_lookup.limits import RateLimit
from services.availability_lookup.orders import Orders
from services.availability_lookup.security import Security
from services.availability_lookup.settings import Settings
from services.availability_lookup.signing_keys import SigningKeys
from services.availability_lookup.sources import Company, Financials, FinancialsPrices, Registry

NAME = "availability_lookup"

log = structlog.get_logger(__name__)


def build(settings: Settings, platform: Platform) -> Service:
    """The service, ready to be run."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        clock = platform.clock
        facts = _facts(settings, platform)
        today = today_in(settings.lookup_time_zone, clock)
        orders = Orders(facts, clock, today, ask_prices=settings.lookup_prices == "financials")
        keys = SigningKeys(settings.authority_url, settings.tenant_id, settings.ca_file, clock)
        security = Security(
            keys,
            clock,
            audiences=settings.audiences() if settings.tenant_id else (),
            role=settings.lookup_role,
            environment_key=settings.lookup_key.get_secret_value(),
        )
        if not settings.audiences() and not settings.lookup_key.get_secret_value():
            log.warning("lookup.closed", set_one_of=["TANDEM_LOOKUP_AUDIENCE", "TANDEM_LOOKUP_KEY"])
        limit = RateLimit(settings.lookup_requests_per_minute)
        gate = Gate(security, limit, clock=clock, origin=settings.origin())
        api = Api(orders, facts, gate, clock=clock, today=today)
        LOOKUP_CACHE_ENTRIES.set_function(lambda: len(facts.cache))
        LOOKUP_CACHE_BYTES.set_function(lambda: facts.cache.bytes)
        try:
            yield Opened(listeners=listeners(facts), http=api.routes())
        finally:
            await keys.stop()
            await facts.stop()

    return Service(NAME, opened, stateless=True)


def _facts(settings: Settings, platform: Platform) -> Facts:
    fresh, seconds = settings.lookup_fresh_seconds, settings.lookup_question_seconds
    requester, clock = platform.transport.requester(NAME), platform.clock
    lifetimes = Lifetimes(
        fresh={
            RESOLVED: settings.lookup_resolved_seconds,
            CUSTOMER: fresh,
            PRODUCT: fresh,
            PRICE_LINES: fresh,
            OWN_LINES: fresh,
            ASKED_PRICE: fresh,
            STOCK: settings.lookup_stock_seconds,
            # It holds discounts that many items share, which are prices.
            COMPANY: min(fresh, settings.lookup_company_seconds),
        },
        absent=settings.lookup_absent_seconds,
        stale=settings.lookup_stale_seconds,
        patience=settings.lookup_patience_seconds,
    )
    cache = Cache(settings.lookup_cache_entries, int(settings.lookup_cache_megabytes * 1024 * 1024))

    def company_changed() -> None:
        log.info("company.changed")
        facts.forget()

    company = Company(company_changed)
    registry = Registry(requester, clock, seconds, company)
    sides = {
        REGISTRY: registry.ask,
        FINANCIALS: Financials(requester, clock, seconds, company, registry).ask,
        PRICES: FinancialsPrices(requester, clock, seconds, company, registry).ask,
    }
    facts = Facts(cache, sides, lifetimes, clock)
    return facts


def today_in(zone: str, clock: Clock) -> Callable[[], str]:
    """Today's date there; looked up once a second at most."""
    place = ZoneInfo(zone)
    read_at, text = float("-inf"), ""

    def today() -> str:
        nonlocal read_at, text
        now = clock.monotonic()
        if not 0 <= now - read_at < 1:
            moment: datetime = clock.now()
            read_at, text = now, moment.astimezone(place).date().isoformat()
        return text

    return today
