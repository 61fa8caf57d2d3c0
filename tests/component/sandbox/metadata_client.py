"""A client that was written for any OData v4 service, signed in by its own means to a sandbox over TLS."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from odatapy.client import EdmEnabledODataClient, HttpxTransport, OAuth2ClientCredentialsAuth

from services.sandbox.app import RunningSandbox
from services.sandbox.entra import FINANCIALS_RESOURCE
from tests.component.sandbox.conftest import service_roots

OF_NAMED_DOCUMENTS = ("salesOrderLines", "salesQuoteLines")
"""Lines of API v2.0 are listed for documents that the caller names; Financials refuses to list them all."""


@contextmanager
def connected(running: RunningSandbox, service: str) -> Iterator[EdmEnabledODataClient]:
    """A client of ``sales`` or of one surface of Financials."""
    details = running.details
    trusted = ssl.create_default_context(cafile=details.ca_file)
    resource = details.sales_url if service == "sales" else FINANCIALS_RESOURCE
    auth = OAuth2ClientCredentialsAuth(
        details.token_url,
        details.client_id,
        details.client_secret,
        f"{resource}/.default",
        httpx_kwargs={"verify": trusted},
    )
    with HttpxTransport(auth=auth, verify=trusted) as transport:
        yield EdmEnabledODataClient(service_roots(running)[service], transport, odata_version="4.0")


async def run(work: Callable[[], None]) -> None:
    """The client blocks, and the sandbox lives in this process."""
    await asyncio.to_thread(work)
