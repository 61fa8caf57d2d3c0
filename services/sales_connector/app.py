"""Composes the Sales connector; nothing connects before it is opened."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.contracts.vocabulary import System
from libs.dynamics.auth import EntraApplication, EntraCredentials
from libs.dynamics.connection import open_connection
from libs.dynamics.throttle import Gate
from libs.messaging.posting import Sender
from libs.messaging.throttling import announcing
from libs.runtime.service import Opened, Platform, Service
from services.sales_connector.dataverse import Dataverse
from services.sales_connector.handlers import answers, routes
from services.sales_connector.settings import Settings

NAME = "sales_connector"


def build(settings: Settings, platform: Platform) -> Service:
    """The service, ready to be run."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Opened]:
        application = EntraApplication(
            authority_url=settings.authority_url,
            tenant_id=settings.tenant_id,
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value(),
            ca_file=settings.ca_file,
        )
        gate = Gate("Dynamics 365 Sales", settings.sales_requests_at_once, platform.clock)
        async with open_connection(
            credentials=EntraCredentials(application, settings.sales_url),
            gate=gate,
            url_setting="TANDEM_SALES_URL",
            ca_file=settings.ca_file,
        ) as connection:
            yield Opened(
                routes=routes(Dataverse(connection.session, settings.sales_url, gate)),
                answers=answers(Dataverse(connection.probe, settings.sales_url, gate)),
                background={
                    "throttling": announcing(
                        System.SALES, gate.pauses(), Sender(NAME, platform.transport, platform.clock)
                    )
                },
            )

    return Service(NAME, opened, prefetch=4, small=16, stateless=True)
