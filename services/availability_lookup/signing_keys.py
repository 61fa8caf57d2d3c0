"""The keys that the tenant's tokens are signed with, as Entra publishes them; read when an unknown one turns up."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import jwt
import msgspec
import structlog

from libs.dynamics.auth import tls_context
from libs.runtime.clock import Clock
from libs.runtime.errors import AccessDenied, Unavailable

READ_AGAIN_SECONDS = 60.0
"""How long an unknown key does not have the keys read again: anybody can invent one."""
KEPT_SECONDS = 86_400.0
FAILED_SECONDS = 5.0
_MOST_BYTES = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=5)

log = structlog.get_logger(__name__)


class SigningKeys:
    """Of one tenant, for version 1 and version 2 tokens."""

    def __init__(self, authority_url: str, tenant: str, ca_file: str, clock: Clock) -> None:
        base = f"{authority_url.rstrip('/')}/{tenant}"
        self._documents = (
            f"{base}/v2.0/.well-known/openid-configuration",
            f"{base}/.well-known/openid-configuration",
        )
        self._ca_file = ca_file
        self._clock = clock
        self._keys: Mapping[str, Any] = {}
        self._issuers: frozenset[str] = frozenset()
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._failed = False
        self._outage = False
        self._reading: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> Any:
        """The public key of this id; null when the tenant has none. Raises ``Unavailable`` when nobody can tell."""
        if not self._has(kid):
            await self._read_if_due()
        if not self._keys:
            raise Unavailable("the keys of the tenant cannot be read", code="lookup.keys_unavailable")
        return self._keys.get(kid)

    @property
    def issuers(self) -> frozenset[str]:
        """Who may have issued a token; known once a key is."""
        return self._issuers

    def _has(self, kid: str) -> bool:
        return kid in self._keys and self._clock.monotonic() - self._read_at < KEPT_SECONDS

    async def stop(self) -> None:
        """Give up what is being read."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read_if_due(self) -> None:
        """One reading for all who wait, in a task of its own: one who hangs up must not end it for the others."""
        if self._reading is None or self._reading.done():
            now = self._clock.monotonic()
            if now - self._tried_at < (FAILED_SECONDS if self._failed else READ_AGAIN_SECONDS):
                return
            self._tried_at = now
            self._reading = asyncio.create_task(self._read(), name="signing keys")
        await asyncio.shield(self._reading)

    async def _read(self) -> None:
        try:
            connector = aiohttp.TCPConnector(ssl=tls_context(self._ca_file), force_close=True)
            async with aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT) as session:
                documents = [await _document(session, self._documents[0])]
                try:
                    documents.append(await _document(session, self._documents[1]))
                except _NoDocument:
                    log.debug("signing_keys.version_missing", version=1)
                keys: dict[str, Any] = {}
                for address in dict.fromkeys(str(document["jwks_uri"]) for document in documents):
                    keys |= _keys_of(await _document(session, address))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, AccessDenied) as error:
            self._failed = True
            self._away(error)
            return
        self._failed = False
        if self._outage:
            self._outage = False
            log.info("outage.ended", of="signing_keys")
        self._keys = keys
        self._issuers = frozenset(str(document["issuer"]) for document in documents)
        self._read_at = self._clock.monotonic()
        log.info("signing_keys.read", count=len(keys))

    def _away(self, error: Exception) -> None:
        """Logged when it begins, not with every question that it turns away."""
        if not self._outage:
            self._outage = True
            log.warning("outage.started", of="signing_keys", host=urlsplit(self._documents[0]).hostname, error=error)


class _NoDocument(ValueError):
    """The tenant has none of this version; anything else that goes wrong may be over in a moment."""


async def _document(session: aiohttp.ClientSession, address: str) -> dict[str, Any]:
    async with session.get(address, allow_redirects=False) as answer:
        if answer.status in (400, 404):
            raise _NoDocument
        if answer.status != 200:
            raise ValueError(f"HTTP {answer.status}")
        body = bytearray()
        async for piece in answer.content.iter_any():
            body += piece
            if len(body) > _MOST_BYTES:
                raise ValueError("too long")
    found = msgspec.json.decode(body)
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


def _keys_of(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    entries = document.get("keys")
    if not isinstance(entries, list):
        raise ValueError("no keys")
    for entry in entries:
        if isinstance(entry, dict) and entry.get("kty") == "RSA" and entry.get("kid"):
            try:
                found[str(entry["kid"])] = jwt.PyJWK(entry, algorithm="RS256").key
            except jwt.PyJWTError:
                log.warning("signing_key.unusable")
    return found
