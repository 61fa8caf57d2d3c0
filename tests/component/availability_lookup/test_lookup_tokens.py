"""Tokens of Entra: only those of this tenant, for this API, with the role, signed with a key that is published."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from structlog.testing import capture_logs

from libs.runtime.errors import Unavailable
from libs.testing.clock import FrozenClock
from libs.testing.processes import spare_port
from services.availability_lookup.security import LONGEST_TOKEN
from services.availability_lookup.signing_keys import FAILED_SECONDS, KEPT_SECONDS, SigningKeys
from services.sandbox.certificates import make_certificates
from tests.component.availability_lookup.scripted import Lookup, World, running_lookup

TENANT = "5a4d0b0c-0000-4000-8000-000000000001"
AUDIENCE = "api://tandem-lookup"
_KEYS = {name: rsa.generate_private_key(public_exponent=65537, key_size=2048) for name in ("first", "second")}


class Entra:
    """The sign-in service's public documents."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.published = ["first"]
        self.readings = 0
        self.away = False
        self.in_pieces = False
        self.older_status = 404
        self.speaks = asyncio.Event()
        self.speaks.set()

    @property
    def issuer(self) -> str:
        return f"{self.url}/{TENANT}/v2.0"

    async def discovery(self, _: web.Request) -> web.Response:
        await self.speaks.wait()
        if self.away:
            return web.Response(status=500)
        return web.json_response({"issuer": self.issuer, "jwks_uri": f"{self.url}/keys"})

    async def older_discovery(self, _: web.Request) -> web.Response:
        """Of tokens of version 1."""
        if self.older_status != 200:
            return web.Response(status=self.older_status)
        return web.json_response({"issuer": f"{self.url}/{TENANT}/", "jwks_uri": f"{self.url}/keys"})

    async def keys(self, request: web.Request) -> web.StreamResponse:
        self.readings += 1
        keys = [
            {**RSAAlgorithm.to_jwk(_KEYS[name].public_key(), as_dict=True), "kid": name, "use": "sig"}
            for name in self.published
        ]
        return await self.sent(request, json.dumps({"keys": keys}).encode())

    async def sent(self, request: web.Request, document: bytes) -> web.StreamResponse:
        """As one piece, or as a long document comes from far away: the rest a moment later."""
        if not self.in_pieces:
            return web.Response(body=document, content_type="application/json")
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(document[:100])
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0.05)
        await response.write(document[100:])
        return response

    def token(self, key: str = "first", kid: str | None = None, **changes: Any) -> str:
        claims = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "exp": int(time.time()) + 600,
            "nbf": int(time.time()) - 10,
            "roles": ["Lookup.Read"],
            "oid": "somebody",
            **changes,
        }
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(given, _KEYS[key], algorithm="RS256", headers={"kid": kid or key})


@asynccontextmanager
async def signed_in(world: World | None = None, **settings: str) -> AsyncIterator[tuple[Lookup, Entra]]:
    entra = Entra(spare_port())
    application = web.Application()
    application.add_routes(
        [
            web.get(f"/{TENANT}/v2.0/.well-known/openid-configuration", entra.discovery),
            web.get(f"/{TENANT}/.well-known/openid-configuration", entra.older_discovery),
            web.get("/keys", entra.keys),
        ]
    )
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", int(entra.url.rpartition(":")[2])).start()
        environment = {
            "TANDEM_AUTHORITY_URL": entra.url,
            "TANDEM_TENANT_ID": TENANT,
            "TANDEM_LOOKUP_AUDIENCE": AUDIENCE,
            "TANDEM_LOOKUP_KEY": "",
            **settings,
        }
        async with running_lookup(world, **environment) as lookup:
            del lookup.client.headers["Tandem-Key"]
            yield lookup, entra
    finally:
        await runner.cleanup()


async def status_of(lookup: Lookup, token: str, scheme: str = "Bearer") -> int:
    headers = {"Authorization": f"{scheme} {token}"}
    async with lookup.client.get(f"{lookup.url}/v1/items/1000/price", headers=headers) as answer:
        return answer.status


async def test_a_role_and_a_delegated_scope_both_let_in() -> None:
    async with signed_in() as (lookup, entra):
        assert await status_of(lookup, entra.token()) == 200
        assert await status_of(lookup, entra.token(), "bearer") == 200
        assert await status_of(lookup, entra.token(roles=None, scp="User.Read Lookup.Read")) == 200
        assert await status_of(lookup, entra.token(aud=["other", AUDIENCE])) == 200
        assert entra.readings == 1


async def test_a_token_that_lists_many_groups_is_read() -> None:
    async with signed_in() as (lookup, entra):
        token = entra.token(groups=[f"00000000-0000-4000-8000-{number:012}" for number in range(200)])
        assert 8_192 < len(token) < LONGEST_TOKEN
        assert await status_of(lookup, token) == 200


async def test_tokens_that_do_not_fit_are_refused() -> None:
    async with signed_in() as (lookup, entra):
        good = entra.token()
        head, body, signature = good.split(".")
        unsigned = jwt.encode({"aud": AUDIENCE}, "", algorithm="none", headers={"kid": "first"})
        secret = jwt.encode({"aud": AUDIENCE}, "x" * 64, algorithm="HS256", headers={"kid": "first"})
        for token in (
            entra.token(exp=int(time.time()) - 3600),
            entra.token(exp=None),
            entra.token(nbf=int(time.time()) + 3600),
            entra.token(aud="api://another"),
            entra.token(aud=None),
            entra.token(iss=entra.issuer.replace(TENANT, TENANT.replace("5a", "5b"))),
            entra.token("second", kid="first"),
            f"{head}.{body}.{signature[:-4]}AAAA",
            unsigned,
            secret,
            "nonsense",
            "",
            "a.b.c",
            "x" * 7_000,
            "x" * 20_000,
            f"{base64.urlsafe_b64encode(b'[' * 5_000).decode()}.{body}.{signature}",
        ):
            assert await status_of(lookup, token) == 401, token[:60]
        assert await status_of(lookup, good, "Basic") == 401
        for claims in ({"roles": []}, {"roles": None, "scp": "Lookup.ReadNot"}, {"roles": "Lookup.Read"}):
            token = entra.token(**claims)
            assert await status_of(lookup, token) == 403


async def test_a_new_signing_key_is_found_and_an_invented_one_does_not_make_the_lookup_read_again_and_again() -> None:
    async with signed_in() as (lookup, entra):
        entra.published = ["second"]
        assert await status_of(lookup, entra.token("second")) == 200
        for _ in range(5):
            assert await status_of(lookup, entra.token(kid="invented")) == 401
        assert entra.readings == 1


async def test_when_the_tenants_keys_cannot_be_read_the_caller_is_told_to_come_back() -> None:
    async with signed_in() as (lookup, entra):
        entra.away = True
        assert await status_of(lookup, entra.token()) == 503
        assert await status_of(lookup, entra.token()) == 503


async def test_tokens_of_version_1_are_not_shut_out_because_the_sign_in_service_failed_once() -> None:
    async with signed_in() as (_, entra):
        clock = FrozenClock()
        keys = SigningKeys(entra.url, TENANT, "", clock)
        entra.older_status = 503
        with pytest.raises(Unavailable):
            await keys.key("first")
        entra.older_status = 200
        clock.advance(FAILED_SECONDS)
        assert await keys.key("first") is not None
        assert keys.issuers == {entra.issuer, f"{entra.url}/{TENANT}/"}


async def test_why_the_keys_cannot_be_read_is_logged_once_an_outage(tmp_path: Path) -> None:
    async with signed_in() as (_, entra):
        clock, file = FrozenClock(), tmp_path / "ca.pem"
        keys = SigningKeys(entra.url, TENANT, str(file), clock)

        async def outage() -> list[dict[str, Any]]:
            with capture_logs() as logs:
                for _ in range(2):
                    with pytest.raises(Unavailable):
                        await keys.key("first")
                    clock.advance(FAILED_SECONDS)
                make_certificates("127.0.0.1", file).remove()
                assert await keys.key("first") is not None
            return [event for event in map(dict, logs) if event["event"].startswith("outage")]

        started, ended = await outage()
        assert (started["log_level"], started["of"], started["host"]) == ("warning", "signing_keys", "127.0.0.1")
        assert (started["error"].setting, str(file) in started["error"].message) == ("TANDEM_CA_FILE", True)
        assert (ended["event"], ended["of"]) == ("outage.ended", "signing_keys")
        clock.advance(KEPT_SECONDS)
        file.unlink()
        with capture_logs() as logs:
            assert await keys.key("first") is not None
        assert [event["event"] for event in logs] == ["outage.started"]


async def test_keys_that_come_in_pieces_are_read_whole() -> None:
    async with signed_in() as (lookup, entra):
        entra.in_pieces = True
        assert await status_of(lookup, entra.token()) == 200


async def test_a_key_does_not_let_a_bad_token_in() -> None:
    async with signed_in(TANDEM_LOOKUP_KEY="key") as (lookup, _):
        for headers, wanted in (
            ({"Tandem-Key": "key"}, 200),
            ({"Tandem-Key": "kez"}, 401),
            ({"Tandem-Key": "key", "Authorization": "Bearer nonsense"}, 401),
        ):
            async with lookup.client.get(f"{lookup.url}/v1/items/1000/price", headers=headers) as answer:
                assert answer.status == wanted


async def test_callers_are_limited_one_by_one() -> None:
    async with signed_in(TANDEM_LOOKUP_REQUESTS_PER_MINUTE="2") as (lookup, entra):
        for oid in ("one", "two"):
            token = entra.token(oid=oid)
            assert [await status_of(lookup, token) for _ in range(3)] == [200, 200, 429]


async def test_one_who_hangs_up_while_the_keys_are_read_does_not_keep_them_from_the_others() -> None:
    async with signed_in() as (_, entra):
        keys = SigningKeys(entra.url, TENANT, "", FrozenClock())
        hanging_up = asyncio.create_task(keys.key("first"))
        await asyncio.sleep(0)
        hanging_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging_up
        assert await keys.key("first") is not None
        await keys.stop()


async def test_the_deadline_holds_while_the_keys_are_read() -> None:
    async with signed_in() as (lookup, entra):
        entra.speaks.clear()
        headers = {"Authorization": f"Bearer {entra.token()}", "Tandem-Deadline-Ms": "100"}
        async with lookup.client.get(f"{lookup.url}/v1/items/1000/price", headers=headers) as answer:
            problem = await answer.json(content_type=None)
        assert (answer.status, problem["code"]) == (503, "keys_unavailable")
        assert "deadline" in problem["detail"]
        entra.speaks.set()
        assert await status_of(lookup, entra.token()) == 200
