"""Composes the Financials connector; nothing connects before it is opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.contracts.vocabulary import System
from libs.dynamics.auth import BasicCredentials, Credentials, EntraApplication, EntraCredentials
from libs.dynamics.connection import open_connection
from libs.dynamics.throttle import Gate
from libs.messaging.posting import Sender
from libs.messaging.throttling import announcing
from libs.runtime.service import Opened, Platform, Service
from services.financials_connector.discovery import Tenants
from services.financials_connector.handlers import answers, routes
from services.financials_connector.lookup_ways import LookupWays
from services.financials_connector.remote import Remote
from services.financials_connector.settings import Settings
from services.financials_connector.warming import know_the_tenant

NAME = "financials_connector"
RESOURCE = "https://api.businesscentral.dynamics.com"
"""What tokens for Business Central online are asked for, whatever the environment's address."""


def build(settings: Settings, platform: Platform) -> Service:
    """The service, ready to be run."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        gate = Gate("Financials", settings.financials_requests_at_once, platform.clock)
        tenant = settings.tenant()
        async with open_connection(
            credentials=_credentials(settings),
            gate=gate,
            url_setting="TANDEM_FINANCIALS_URL",
            ca_file=settings.ca_file,
        ) as connection:
            remote = Remote(connection.session, tenant.addresses)
            probe = Remote(connection.probe, tenant.addresses)
            urgent = Remote(connection.urgent, tenant.addresses)
            tenants = Tenants(remote, tenant)
            ways = LookupWays(urgent, tenant)
            yield Opened(
                routes=routes(remote, tenants),
                answers=answers(probe, tenants, urgent, ways),
                background={
                    "throttling": announcing(
                        System.FINANCIALS, gate.pauses(), Sender(NAME, platform.transport, platform.clock)
                    ),
                    "tenant": lambda: know_the_tenant(tenants, ways),
                },
            )

    return Service(NAME, opened, prefetch=8, small=16, stateless=True)


def _credentials(settings: Settings) -> Credentials:
    if settings.financials_authentication == "basic":
        return BasicCredentials(settings.financials_user, settings.financials_access_key.get_secret_value())
    application = EntraApplication(
        authority_url=settings.authority_url,
        tenant_id=settings.tenant_id,
        client_id=settings.client_id,
        client_secret=settings.client_secret.get_secret_value(),
        ca_file=settings.ca_file,
    )
    unknown = "The tenant has no Business Central: set TANDEM_TENANT_ID to the tenant that the environment belongs to."
    return EntraCredentials(application, RESOURCE, ("TANDEM_TENANT_ID", unknown))
