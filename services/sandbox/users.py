"""Signing in of people in a browser: authorization code with PKCE, as single-page applications do it.

One user, who has a session or not. Tokens are signed, and the keys are published as a tenant publishes its own, so that
an API can check them. ``entra`` has the routes.
"""

import base64
import hashlib
import html
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

import jwt
import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

FORM_CLIENT = "5a4d0b0c-0000-4000-8000-000000000003"
"""Client id of the form's registration as a single-page application."""
RETURN_PATH = "/WebResources/tandem_/orderline/redirect.html"
"""Where its registration lets the answer go, on Sales' own origin."""
USER_ID = "5a4d0b0c-0000-4000-8000-000000000004"
USER_NAME = "anna.seller@sandbox.example"
_OPEN_ID = {"openid", "profile", "offline_access", "email"}


class NotGranted(Exception):
    """An OAuth error, answered as such."""

    def __init__(self, error: str, number: int, words: str) -> None:
        super().__init__(words)
        self.error = error
        self.number = number
        self.words = words


@dataclass(frozen=True)
class _Grant:
    """What a code or refresh token stands for."""

    nonce: str
    challenge: str
    redirect: str
    scope: str


class Users:
    def __init__(
        self, tenant_id: str, token_seconds: Callable[[], int], clock: Callable[[], float] = time.time
    ) -> None:
        self.signed_in = True
        """Whether the browser's user has a session, so that signing in is silent."""
        self._tenant_id = tenant_id
        self._token_seconds = token_seconds
        self._clock = clock
        self._codes: dict[str, _Grant] = {}
        self._refreshing: dict[str, _Grant] = {}

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def published_keys(self) -> dict[str, Any]:
        """The tenant's signing keys as a JSON Web Key Set."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": "sandbox-1", "use": "sig", "alg": "RS256"}]}

    def authorize(self, asked: Mapping[str, str], origin: str) -> web.Response:
        """The sign-in page of Entra: at once back with a code where there is a session, else a button to sign in."""
        redirect = asked.get("redirect_uri", "")
        if asked.get("client_id") != FORM_CLIENT or redirect != origin + RETURN_PATH:
            return web.Response(status=400, text="AADSTS50011: The redirect URI or the application is not registered.")
        if asked.get("response_type") != "code" or asked.get("code_challenge_method") != "S256":
            return _back(redirect, asked, error="invalid_request", error_description="AADSTS9002325: PKCE is required.")
        if asked.get("prompt") == "none":
            if not self.signed_in or asked.get("login_hint", USER_NAME) != USER_NAME:
                words = "AADSTS50058: A silent sign-in request was sent but no user is signed in."
                return _back(redirect, asked, error="login_required", error_description=words)
        elif not asked.get("confirmed"):
            return _page(asked)
        self.signed_in = True
        code = secrets.token_urlsafe(32)
        scope = asked.get("scope", "")
        self._codes[code] = _Grant(asked.get("nonce", ""), asked.get("code_challenge", ""), redirect, scope)
        return _back(redirect, asked, code=code, client_info=self._client_info())

    def redeem(self, form: Mapping[str, str], issuer: str) -> dict[str, Any]:
        """Tokens for a code, once, or for a refresh token. Raises ``NotGranted``."""
        if form.get("client_id") != FORM_CLIENT:
            raise NotGranted("unauthorized_client", 700016, "The application was not found in the directory.")
        if form.get("grant_type") == "authorization_code":
            grant = self._codes.pop(form.get("code", ""), None)
            verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if grant is None or form.get("redirect_uri") != grant.redirect or _url64(verifier) != grant.challenge:
                raise NotGranted("invalid_grant", 54005, "The code was redeemed already, or is not this application's.")
        else:
            grant = self._refreshing.pop(form.get("refresh_token", ""), None)
            if grant is None or not self.signed_in:
                raise NotGranted("invalid_grant", 700082, "The refresh token has expired.")
        refresh = secrets.token_urlsafe(32)
        self._refreshing[refresh] = grant
        return self._tokens(grant, form.get("scope") or grant.scope, issuer) | {"refresh_token": refresh}

    def _tokens(self, grant: _Grant, scope: str, issuer: str) -> dict[str, Any]:
        asked = [name for name in scope.split() if name not in _OPEN_ID]
        resources = {name.rpartition("/")[0] for name in asked}
        if len(resources) != 1:
            raise NotGranted("invalid_scope", 70011, f"The scope {scope} is not valid.")
        names = " ".join(name.rpartition("/")[2] for name in asked)
        who = {"iss": issuer, "tid": self._tenant_id, "oid": USER_ID, "sub": USER_ID, "ver": "2.0"}
        person = {"name": "Anna Seller", "preferred_username": USER_NAME, "nonce": grant.nonce}
        return {
            "token_type": "Bearer",
            "scope": scope,
            "expires_in": self._token_seconds(),
            "ext_expires_in": self._token_seconds(),
            "access_token": self._signed({**who, "aud": resources.pop(), "azp": FORM_CLIENT, "scp": names}),
            "id_token": self._signed({**who, **person, "aud": FORM_CLIENT}),
            "client_info": self._client_info(),
        }

    def _signed(self, claims: dict[str, Any]) -> str:
        now = int(self._clock())
        dated = {**claims, "iat": now, "nbf": now, "exp": now + self._token_seconds()}
        return jwt.encode(dated, self._key, algorithm="RS256", headers={"kid": "sandbox-1"})

    def _client_info(self) -> str:
        return _url64(msgspec.json.encode({"uid": USER_ID, "utid": self._tenant_id}))


def _back(redirect: str, asked: Mapping[str, str], **answer: str) -> web.Response:
    """To the application again, with the answer behind ``#``, where servers do not see it."""
    answer["state"] = asked.get("state", "")
    return web.Response(status=302, headers={"Location": f"{redirect}#{urlencode(answer)}"})


def _page(asked: Mapping[str, str]) -> web.Response:
    address = html.escape("?" + urlencode({**asked, "confirmed": "1"}), quote=True)
    body = f'<!DOCTYPE html><html lang="en"><title>Sign in</title><h1>Sign in</h1><a id="confirm" href="{address}">'
    return web.Response(text=f"{body}Continue as {USER_NAME}</a></html>", content_type="text/html")


def _url64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
