"""The exam of ``libs/messaging/ports.py`` that every transport sits.

A subclass provides the fixture ``open_transport``: an async function that returns a connected transport to one and the
same broker each time, all of which are closed after the test. Every test works under service names of its own, so that
a broker may be shared.
"""

from uuid import uuid4

import pytest

from libs.messaging.ports import Transport
from libs.testing.suites.transport_consuming import ConsumingExam
from libs.testing.suites.transport_failures import FailureExam
from libs.testing.suites.transport_pieces import OpenTransport, topology
from libs.testing.suites.transport_publishing import PublishingExam
from libs.testing.suites.transport_requests import RequestExam


class TransportSuite(PublishingExam, ConsumingExam, FailureExam, RequestExam):
    """See the module."""

    @pytest.fixture
    def service(self) -> str:
        return f"exam_{uuid4().hex[:10]}"

    @pytest.fixture
    async def transport(self, open_transport: OpenTransport, service: str) -> Transport:
        transport = await open_transport()
        await transport.declare(topology(service))
        return transport
