"""Who asks, and whether they may: a token of the tenant for this API, or the key of this environment.

A token that was found good is remembered until it expires, so that its signature is checked once.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Protocol

import jwt

from libs.runtime.clock import Clock
from libs.runtime.errors import TandemError
from services.availability_lookup.problems import Refused

LEEWAY_SECONDS = 60
MOST_TOKENS = 10_000
LONGEST_TOKEN = 16_384

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="tandem"'}


class Keys(Protocol):
    """The tenant's signing keys."""

    @property
    def issuers(self) -> frozenset[str]: ...

    async def key(self, kid: str) -> Any: ...


class Security:
    """``audiences`` empty: tokens are refused; ``environment_key`` empty: keys are."""

    def __init__(
        self, keys: Keys, clock: Clock, *, audiences: tuple[str, ...], role: str, environment_key: str
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._audiences = audiences
        self._role = role
        self._environment_key = environment_key.encode()
        self._known: OrderedDict[bytes, tuple[str, float]] = OrderedDict()

    def known_caller(self, headers: Mapping[str, str]) -> str:
        """The caller where that needs no look at a signature; else empty."""
        given, authorization = headers.get("Tandem-Key"), headers.get("Authorization")
        if given is not None:
            # Of two credentials neither counts: a wrong one must not hide behind the other.
            known_key = authorization is None and self._environment_key and _same(given, self._environment_key)
            return "key" if known_key else ""
        if authorization is None:
            return ""
        digest = _digest(authorization)
        known = self._known.get(digest)
        if known is None:
            return ""
        caller, until = known
        if until <= self._clock.now().timestamp():
            del self._known[digest]
            return ""
        self._known.move_to_end(digest)
        return caller

    async def caller(self, headers: Mapping[str, str]) -> str:
        """The caller. Raises :class:`Refused` with 401, 403 or, when the tenant cannot be asked for its keys, 503."""
        caller = self.known_caller(headers)
        if caller:
            return caller
        if "Tandem-Key" in headers:
            if "Authorization" in headers:
                raise _not_signed_in("Send the key of this environment or a token, only one of the two.")
            raise _not_signed_in("Tandem-Key is not the key of this environment (TANDEM_LOOKUP_KEY of the lookup).")
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise _not_signed_in("Send Authorization: Bearer with a token for this API, or Tandem-Key.")
        claims = await self._claims(token.strip())
        caller = f"{claims.get('azp') or claims.get('appid') or ''}/{claims.get('oid') or claims.get('sub') or ''}"
        self._remember(headers.get("Authorization", ""), caller, float(claims["exp"]))
        return caller

    async def _claims(self, token: str) -> dict[str, Any]:
        if not self._audiences or len(token) > LONGEST_TOKEN:
            raise _not_signed_in("Tokens are not accepted here.")
        try:
            header = jwt.get_unverified_header(token)
            kid = header.get("kid")
            if header.get("alg") != "RS256" or not isinstance(kid, str):
                raise jwt.InvalidTokenError
            key = await self._keys.key(kid)
            if key is None:
                raise jwt.InvalidTokenError
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self._audiences,
                issuer=list(self._keys.issuers),
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except TandemError as error:
            detail = "The tenant's signing keys cannot be read, so nobody can be recognised."
            raise Refused(503, "keys_unavailable", detail, retry_after=5) from error
        except jwt.ExpiredSignatureError:
            raise _not_signed_in("The token has expired.") from None
        except jwt.InvalidAudienceError:
            raise _not_signed_in("The token is for another API.") from None
        except jwt.InvalidIssuerError:
            raise _not_signed_in("The token is of another tenant.") from None
        except (jwt.PyJWTError, ValueError, RecursionError):
            # A head of nothing but brackets is too deep to be read.
            raise _not_signed_in("The token is not valid.") from None
        if not _allowed(claims, self._role):
            raise Refused(403, "role_missing", f"The token lacks the role or scope {self._role}.")
        return claims

    def _remember(self, authorization: str, caller: str, until: float) -> None:
        self._known[_digest(authorization)] = caller, until
        if len(self._known) > MOST_TOKENS:
            self._known.popitem(last=False)


def _allowed(claims: Mapping[str, Any], role: str) -> bool:
    roles, scopes = claims.get("roles"), claims.get("scp")
    return (isinstance(roles, list) and role in roles) or (isinstance(scopes, str) and role in scopes.split())


def _same(given: str, wanted: bytes) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted)


def _digest(authorization: str) -> bytes:
    # Tokens themselves are not kept.
    return hashlib.sha256(authorization.encode("utf-8", "surrogateescape")).digest()


def _not_signed_in(detail: str) -> Refused:
    return Refused(401, "not_signed_in", detail, headers=_CHALLENGE)
