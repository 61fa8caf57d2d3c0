"""Signing in to the sandbox: MSAL for real, Entra's refusals, tokens of each product, expiry."""

import asyncio
import ssl
from dataclasses import replace
from typing import Any

import aiohttp
import msal
import pytest
import requests

from services.sandbox.app import RunningSandbox, Sandbox
from tests.component.sandbox.conftest import SETTINGS, SalesClient, trusting

FINANCIALS_SCOPE = "https://api.businesscentral.dynamics.com/.default"


def _acquire(running: RunningSandbox, scope: str) -> dict[str, Any]:
    details = running.details
    session = requests.Session()
    session.trust_env = False  # a bundle named in the environment would win over ours
    session.verify = details.ca_file
    with session:
        client = msal.ConfidentialClientApplication(
            details.client_id,
            client_credential=details.client_secret,
            authority=f"{details.sales_url}/{details.tenant_id}",
            validate_authority=False,
            instance_discovery=False,
            http_client=session,
        )
        answer: dict[str, Any] = client.acquire_token_for_client([scope])
    return answer


async def _ask(running: RunningSandbox, **form: str) -> tuple[int, dict[str, Any]]:
    details = running.details
    usual = {
        "grant_type": "client_credentials",
        "client_id": details.client_id,
        "client_secret": details.client_secret,
        "scope": f"{details.sales_url}/.default",
    }
    async with trusting(running) as session, session.post(details.token_url, data=usual | form) as reply:
        return reply.status, await reply.json()


async def _status(running: RunningSandbox, url: str, authorization: str) -> int:
    async with trusting(running) as session, session.get(url, headers={"Authorization": authorization}) as reply:
        return reply.status


async def test_msal_gets_tokens_that_are_good_for_their_own_product_only(sandbox: RunningSandbox) -> None:
    details = sandbox.details
    sales_address = f"{details.sales_url}/api/data/v9.2/WhoAmI"
    financials_address = f"{details.financials_url}/companies"

    sales = await asyncio.to_thread(_acquire, sandbox, f"{details.sales_url}/.default")
    financials = await asyncio.to_thread(_acquire, sandbox, FINANCIALS_SCOPE)

    assert sales["expires_in"] == 3599
    for token, address, expected in (
        (sales, sales_address, 200),
        (sales, financials_address, 401),
        (financials, financials_address, 200),
        (financials, sales_address, 401),
    ):
        assert await _status(sandbox, address, f"Bearer {token['access_token']}") == expected


@pytest.mark.parametrize(
    ("form", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_id": "someone"}, 400, "unauthorized_client", 700016),
        ({"client_id": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"scope": "https://127.0.0.1/user_impersonation"}, 400, "invalid_scope", 1002012),
        ({"scope": "https://elsewhere.example/.default"}, 400, "invalid_resource", 500011),
    ],
)
async def test_wrong_requests_are_refused_in_entras_words(
    sandbox: RunningSandbox, form: dict[str, str], status: int, error: str, number: int
) -> None:
    got, document = await _ask(sandbox, **form)

    assert (got, document["error"], document["error_codes"]) == (status, error, [number])
    assert document["error_description"].startswith(f"AADSTS{number}: ")
    assert "access_token" not in document


async def test_another_tenant_is_unknown(sandbox: RunningSandbox) -> None:
    url = f"{sandbox.details.sales_url}/00000000-0000-0000-0000-000000000000/v2.0/.well-known/openid-configuration"

    async with trusting(sandbox) as session, session.get(url) as reply:
        assert reply.status == 400
        assert (await reply.json())["error_codes"] == [90002]


async def test_no_token_or_a_bad_one_is_401_with_a_challenge(sales: SalesClient) -> None:
    sales.token = "made-up"
    reply = await sales.get("WhoAmI")

    assert (reply.status, reply.code) == (401, "0x80044302")
    challenge = reply.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer authorization_uri=")
    assert f"resource_id={sales.running.details.sales_url}" in challenge


async def test_expired_and_revoked_tokens_are_refused(sales: SalesClient) -> None:
    shell = sales.running.shell
    shell.tokens.seconds = 0
    expired = shell.tokens.issue(frozenset({"sales"}))
    good = sales.token

    sales.token = expired
    assert (await sales.get("WhoAmI")).status == 401
    sales.token = good
    assert (await sales.get("WhoAmI")).status == 200
    shell.tokens.revoke()
    assert (await sales.get("WhoAmI")).status == 401


async def test_a_client_that_does_not_trust_the_authority_cannot_connect(sandbox: RunningSandbox) -> None:
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context())
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(sandbox.details.sales_url)


async def test_plain_http_and_any_token_are_for_tools_that_cannot_do_better() -> None:
    async with Sandbox(replace(SETTINGS, plain=True, any_token=True)).running() as running:
        details = running.details
        assert details.sales_url.startswith("http://")
        assert details.ca_file == ""
        async with aiohttp.ClientSession(headers={"Authorization": "Bearer anything"}) as session:
            async with session.get(f"{details.sales_url}/api/data/v9.2/WhoAmI") as reply:
                assert reply.status == 200
            async with session.get(f"{details.financials_url}/companies") as reply:
                assert reply.status == 200


async def test_on_premises_takes_user_and_access_key_for_financials() -> None:
    async with Sandbox(replace(SETTINGS, on_premises=True)).running() as running:
        details = running.details
        good = aiohttp.encode_basic_auth(details.user, details.web_service_access_key)
        bad = aiohttp.encode_basic_auth(details.user, "wrong")
        url = f"{details.financials_url}/companies"

        assert "/BC/api/v2.0" in details.financials_url
        assert await _status(running, url, good) == 200
        assert await _status(running, url, bad) == 401
        assert await _status(running, url, "") == 401


async def test_one_port_serves_everything_when_it_is_given() -> None:
    async with Sandbox(replace(SETTINGS, financials_port=None)).running() as two:
        assert two.details.financials_url.split("/")[2] != two.details.sales_url.split("/")[2]
        port = int(two.details.sales_url.rsplit(":", 1)[1])
    async with Sandbox(replace(SETTINGS, port=port)).running() as one:
        assert one.details.financials_url.startswith(one.details.sales_url)
