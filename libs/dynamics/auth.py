"""Signing in: Entra client credentials through MSAL, or Basic with a user and web service access key on-premises.

The only importer of msal. MSAL blocks, so it works in a thread; tokens are kept until five minutes before they expire
and thrown away when a service refuses one.
"""

import asyncio
import base64
import ssl
import time
from dataclasses import dataclass
from typing import Any, Protocol

import msal  # type: ignore[import-untyped]
import requests
import structlog
from requests.adapters import HTTPAdapter

from libs.runtime.errors import AccessDenied, Unavailable

log = structlog.get_logger(__name__)

_RENEW_BEFORE = 300.0
_TIMEOUT = 30.0


class Credentials(Protocol):
    async def authorization(self, *, refused: str = "") -> str:
        """Value for the Authorization header.

        ``refused`` is a value that the service just answered 401 to: a new one is obtained unless somebody else did so
        meanwhile. What cannot be renewed comes back unchanged. Raises ``AccessDenied`` or ``Unavailable`` naming the
        setting at fault.
        """
        ...


class BasicCredentials:
    """User and web service access key of an on-premises installation."""

    def __init__(self, user: str, access_key: str) -> None:
        pair = base64.b64encode(f"{user}:{access_key}".encode()).decode()
        self._authorization = f"Basic {pair}"

    async def authorization(self, *, refused: str = "") -> str:
        return self._authorization


@dataclass(frozen=True)
class EntraApplication:
    """The app registration that Tandem signs in as."""

    authority_url: str
    """Without the tenant, e.g. ``https://login.microsoftonline.com``."""
    tenant_id: str
    client_id: str
    client_secret: str
    ca_file: str = ""

    def __repr__(self) -> str:
        return f"EntraApplication({self.authority_url}/{self.tenant_id}, client {self.client_id})"


class EntraCredentials:
    """Client credentials of an app registration for one resource (``https://org.crm4.dynamics.com``).

    ``unknown``: the setting to change, and what to say, when the tenant does not know the resource.
    """

    def __init__(
        self,
        application: EntraApplication,
        resource: str,
        unknown: tuple[str, str] = (
            "TANDEM_SALES_URL",
            "The tenant has no environment at this address: set TANDEM_SALES_URL to the environment's address without "
            "a path, such as https://contoso.crm4.dynamics.com.",
        ),
    ) -> None:
        self._application = application
        self._unknown = unknown
        self._scope = f"{resource.rstrip('/')}/.default"
        self._client: Any = None
        self._wire: requests.Session | None = None
        self._authorization = ""
        self._good_until = 0.0
        self._lock = asyncio.Lock()

    async def authorization(self, *, refused: str = "") -> str:
        if self._usable(refused):
            return self._authorization
        async with self._lock:
            if not self._usable(refused):
                token, seconds = await asyncio.to_thread(self._acquire, bool(refused))
                self._authorization = f"Bearer {token}"
                self._good_until = time.monotonic() + seconds
                log.info("token.obtained", scope=self._scope, seconds=seconds)
            return self._authorization

    def _usable(self, refused: str) -> bool:
        return bool(self._authorization) and self._authorization != refused and time.monotonic() < self._good_until

    def _acquire(self, renew: bool) -> tuple[str, float]:
        """Runs in a thread. MSAL reads the authority's discovery document when the client is made."""
        application = self._application
        wire = self._wire = self._wire or _http_client(application.ca_file)
        try:
            if self._client is None:
                self._client = msal.ConfidentialClientApplication(
                    application.client_id,
                    client_credential=application.client_secret,
                    authority=f"{application.authority_url.rstrip('/')}/{application.tenant_id}",
                    validate_authority=False,
                    instance_discovery=False,
                    http_client=wire,
                )
            elif renew:
                self._client.remove_tokens_for_client()
            answer = self._client.acquire_token_for_client([self._scope])
        except requests.exceptions.SSLError as error:
            # The file may name a renewed authority by the next time.
            self._wire = self._client = None
            raise Unavailable(
                f"The certificate of the sign-in service {application.authority_url} is not trusted: set "
                "TANDEM_CA_FILE to the file of its certificate authority.",
                setting="TANDEM_CA_FILE",
                detail=str(error),
            ) from error
        except (requests.exceptions.RequestException, OSError) as error:
            raise Unavailable(
                f"The sign-in service {application.authority_url} cannot be reached: check TANDEM_AUTHORITY_URL and "
                "the network.",
                setting="TANDEM_AUTHORITY_URL",
                detail=str(error),
            ) from error
        except ValueError as error:
            raise _authority_refused(str(error)) from error
        finally:
            wire.close()  # needed once an hour; it opens again by itself
        if "access_token" not in answer:
            raise _sign_in_refused(answer, self._unknown)
        seconds = float(answer.get("expires_in", 3599))
        return str(answer["access_token"]), max(seconds - _RENEW_BEFORE, seconds * 0.5)


class _Trusting(HTTPAdapter):
    """Trusts one more certificate authority beside the usual ones, and never waits for ever."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> Any:
        return super().init_poolmanager(*args, **more, ssl_context=self._context)

    def send(self, request: Any, *args: Any, **more: Any) -> Any:
        more["timeout"] = more.get("timeout") or _TIMEOUT
        return super().send(request, *args, **more)


def _http_client(ca_file: str) -> requests.Session:
    session = requests.Session()
    session.mount("https://", _Trusting(tls_context(ca_file)))
    # A token is wanted about once an hour: a connection kept open meanwhile would serve nobody.
    session.headers["Connection"] = "close"
    return session


def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """The usual certificate authorities, and the one in ``ca_file`` as well. Raises ``AccessDenied``."""
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as error:
            raise AccessDenied(
                f"The file of the certificate authority, {ca_file}, cannot be read or is no certificate (PEM): check "
                "TANDEM_CA_FILE.",
                setting="TANDEM_CA_FILE",
                detail=str(error),
            ) from error
    return context


def _authority_refused(text: str) -> Exception:
    if "Unable to get authority configuration" in text:
        return AccessDenied(
            "The sign-in service does not know this tenant: check TANDEM_TENANT_ID (and TANDEM_AUTHORITY_URL).",
            setting="TANDEM_TENANT_ID",
            detail=text,
        )
    return AccessDenied(
        "The address of the sign-in service is not usable: TANDEM_AUTHORITY_URL must be an https address, without the "
        "tenant.",
        setting="TANDEM_AUTHORITY_URL",
        detail=text,
    )


_SIGN_IN: tuple[tuple[str, str, str], ...] = (
    (
        "AADSTS7000215",
        "TANDEM_CLIENT_SECRET",
        "The client secret is wrong: set TANDEM_CLIENT_SECRET to the value of a secret of the app registration, not to "
        "its id.",
    ),
    (
        "AADSTS7000222",
        "TANDEM_CLIENT_SECRET",
        "The client secret has expired: make a new one for the app registration and set TANDEM_CLIENT_SECRET to its "
        "value.",
    ),
    (
        "AADSTS700016",
        "TANDEM_CLIENT_ID",
        "The tenant does not know this application: set TANDEM_CLIENT_ID to the application (client) id of the app "
        "registration, and check that TANDEM_TENANT_ID is the tenant it is registered in.",
    ),
    ("AADSTS90002", "TANDEM_TENANT_ID", "The tenant does not exist: check TANDEM_TENANT_ID."),
    ("AADSTS900023", "TANDEM_TENANT_ID", "That is no id or domain of a tenant: check TANDEM_TENANT_ID."),
)
"""Entra's error number -> the setting at fault, what to say."""

_RESOURCE_UNKNOWN = ("AADSTS500011", "AADSTS70011", "AADSTS1002012")

_SIGN_IN_BY_ERROR = {
    "invalid_client": (
        "TANDEM_CLIENT_SECRET",
        "The client id or secret is wrong: check TANDEM_CLIENT_ID and TANDEM_CLIENT_SECRET.",
    ),
    "unauthorized_client": ("TANDEM_CLIENT_ID", "The tenant does not know this application: check TANDEM_CLIENT_ID."),
    "invalid_tenant": ("TANDEM_TENANT_ID", "The tenant does not exist: check TANDEM_TENANT_ID."),
}


def _sign_in_refused(answer: dict[str, Any], unknown: tuple[str, str]) -> Exception:
    code = str(answer.get("error", ""))
    words = str(answer.get("error_description", "")).split("Trace ID", 1)[0].strip()
    setting, text = next(
        ((setting, text) for number, setting, text in _SIGN_IN if number in words),
        _SIGN_IN_BY_ERROR.get(code, ("TANDEM_CLIENT_ID", "Signing in was refused: check TANDEM_CLIENT_ID.")),
    )
    if any(number in words for number in _RESOURCE_UNKNOWN):
        setting, text = unknown
    return AccessDenied(text, setting=setting, remote_code=code, remote_message=words, detail=words)
