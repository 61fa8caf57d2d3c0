"""The sign-in service of the make-believe Entra tenant; MSAL runs for real against it, in Python and in a browser."""

import base64
import hmac
import uuid
from typing import Any
from urllib.parse import unquote

import msgspec
from aiohttp import web

from services.sandbox.shell import ENTRA, FINANCIALS, SALES, Shell
from services.sandbox.users import NotGranted, Users

FINANCIALS_RESOURCE = "https://api.businesscentral.dynamics.com"
"""What tokens for Business Central online are asked for, whatever address it answers at."""


def entra_routes(shell: Shell, users: Users) -> list[web.RouteDef]:
    """Routes of the sign-in service, for applications and for people in a browser."""

    async def discovery(request: web.Request) -> web.Response:
        return _discovery(request, shell)

    async def token(request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        form = _with_basic(form, request.headers.get("Authorization", ""))
        tenant = request.match_info["tenant"]
        if tenant == shell.settings.tenant_id and form.get("grant_type") in ("authorization_code", "refresh_token"):
            return _user_token(shell, users, form, f"{request.scheme}://{request.host}/{tenant}/v2.0")
        return _token(shell, tenant, form)

    async def authorize(request: web.Request) -> web.Response:
        if request.match_info["tenant"] != shell.settings.tenant_id:
            raise web.HTTPNotFound
        return users.authorize(request.query, shell.sales_url)

    async def keys(request: web.Request) -> web.Response:
        return _json(users.published_keys())

    return [
        web.get("/{tenant}/v2.0/.well-known/openid-configuration", discovery),
        web.post("/{tenant}/oauth2/v2.0/token", token),
        web.get("/{tenant}/oauth2/v2.0/authorize", authorize),
        web.get("/{tenant}/discovery/v2.0/keys", keys),
    ]


def _with_basic(form: dict[str, str], authorization: str) -> dict[str, str]:
    """Client id and secret may also come as user and password of Basic authentication, percent-encoded."""
    if not authorization.startswith("Basic ") or "client_id" in form:
        return form
    try:
        user, _, password = base64.b64decode(authorization[6:], validate=True).decode().partition(":")
    except ValueError:
        return form
    return {**form, "client_id": unquote(user), "client_secret": unquote(password)}


def _discovery(request: web.Request, shell: Shell) -> web.Response:
    tenant = request.match_info["tenant"]
    if tenant != shell.settings.tenant_id:
        return _refused(400, "invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
    base = f"{request.scheme}://{request.host}/{tenant}"
    return _json(
        {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "response_types_supported": ["code", "id_token", "token"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "sandbox",
        }
    )


def _user_token(shell: Shell, users: Users, form: dict[str, str], issuer: str) -> web.Response:
    shell.statistics[ENTRA].by_kind["token"] += 1
    try:
        return _json(users.redeem(form, issuer))
    except NotGranted as error:
        return _refused(400, error.error, error.number, error.words)


def _token(shell: Shell, tenant: str, form: dict[str, Any]) -> web.Response:
    settings = shell.settings
    shell.statistics[ENTRA].by_kind["token"] += 1
    if tenant != settings.tenant_id:
        return _refused(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
    if not form.get("grant_type"):
        return _refused(400, "invalid_request", 900144, "The request body must contain: 'grant_type'.")
    if form["grant_type"] != "client_credentials":
        return _refused(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
    if not form.get("client_id"):
        return _refused(400, "invalid_request", 900144, "The request body must contain: 'client_id'.")
    if form["client_id"] != settings.client_id:
        words = f"Application with identifier '{form['client_id']}' was not found in the directory '{tenant}'."
        return _refused(400, "unauthorized_client", 700016, words)
    if not hmac.compare_digest(str(form.get("client_secret", "")).encode(), settings.client_secret.encode()):
        return _refused(401, "invalid_client", 7000215, "Invalid client secret provided.")
    if shell.secret_expired:
        words = f"The provided client secret keys for app '{settings.client_id}' are expired."
        return _refused(401, "invalid_client", 7000222, words)
    scope = str(form.get("scope", "")).strip()
    if not scope.endswith("/.default"):
        return _refused(400, "invalid_scope", 1002012, f"The provided value for scope {scope} is not valid.")
    sides = _sides(shell, scope.removesuffix("/.default").rstrip("/"))
    if not sides:
        words = f"The resource principal named {scope.removesuffix('/.default')} was not found in the tenant."
        return _refused(400, "invalid_resource", 500011, words)
    return _json(
        {
            "token_type": "Bearer",
            "expires_in": shell.tokens.seconds,
            "ext_expires_in": shell.tokens.seconds,
            "access_token": shell.tokens.issue(sides),
        }
    )


def _sides(shell: Shell, resource: str) -> frozenset[str]:
    """The products that a resource stands for; both where they share an address."""
    addresses = {(shell.sales_url, SALES), (shell.financials_origin, FINANCIALS), (FINANCIALS_RESOURCE, FINANCIALS)}
    return frozenset(side for address, side in addresses if address.rstrip("/") == resource)


def _refused(status: int, error: str, number: int, words: str) -> web.Response:
    trace, correlation = uuid.uuid4(), uuid.uuid4()
    return _json(
        {
            "error": error,
            "error_description": f"AADSTS{number}: {words} Trace ID: {trace} Correlation ID: {correlation}",
            "error_codes": [number],
            "trace_id": str(trace),
            "correlation_id": str(correlation),
        },
        status,
    )


def _json(document: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode(document),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
