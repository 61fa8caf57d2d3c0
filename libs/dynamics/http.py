"""The session that really sends: aiohttp with TLS, time-outs and no cookies."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from libs.dynamics.auth import tls_context
from libs.dynamics.failures import OutcomeUnknown
from libs.dynamics.session import Request, Response
from libs.runtime.errors import Unavailable

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 600.0
"""Longest time for one whole answer; a batch of a thousand operations may take minutes."""


class HttpSession:
    """Sends requests to one environment. ``url_setting`` is named in errors about its address.

    The file of the certificate authority is read when it is first needed, and again after a certificate was not
    trusted: a connector is up before its environment is, and a renewed authority needs no new start.
    """

    def __init__(self, client: aiohttp.ClientSession, url_setting: str, ca_file: str = "") -> None:
        self._client = client
        self._url_setting = url_setting
        self._ca_file = ca_file
        self._tls: ssl.SSLContext | None = None

    async def send(self, request: Request) -> Response:
        if self._tls is None:
            self._tls = tls_context(self._ca_file)
        try:
            async with self._client.request(
                request.method,
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.body or None,
                allow_redirects=False,
                ssl=self._tls,
            ) as answer:
                body = await answer.read()
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status, headers, body)
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
            self._tls = None
            raise Unavailable(
                f"The certificate of {_host(request)} is not trusted: set TANDEM_CA_FILE to the file of its "
                "certificate authority.",
                setting="TANDEM_CA_FILE",
                detail=str(error),
            ) from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unavailable(
                f"{_host(request)} cannot be reached: check {self._url_setting} and the network.",
                setting=self._url_setting,
                detail=str(error),
            ) from error
        except aiohttp.InvalidURL as error:
            raise Unavailable(
                f"The address of the service cannot be used: check {self._url_setting}.",
                setting=self._url_setting,
                detail=str(error),
            ) from error
        except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
            raise OutcomeUnknown(
                "The connection to the service was lost before its answer came; Tandem tries again.",
                detail=f"{type(error).__name__}: {error}",
            ) from error


def _host(request: Request) -> str:
    """Whom the request was for, as people know it: host and port."""
    return urlsplit(request.url).netloc.rpartition("@")[2] or "The service"


@asynccontextmanager
async def open_http(*, url_setting: str, ca_file: str = "") -> AsyncIterator[HttpSession]:
    """A session whose connections are closed at the end. Cookies are dropped: Dataverse's affinity cookie would tie
    all requests to one of its servers."""
    # As many connections as there are requests: the gate bounds those, and lets urgent ones go first.
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS, connect=None, sock_connect=CONNECT_SECONDS, sock_read=None)
    async with aiohttp.ClientSession(
        connector=connector,
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=True,
        trust_env=False,
    ) as client:
        yield HttpSession(client, url_setting, ca_file)
