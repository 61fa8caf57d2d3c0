"""People signing in in a browser, and the form pages: what is refused, and what a token says."""

import base64
import hashlib
import ssl
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import jwt
import pytest

from services.sandbox.app import RunningSandbox, Sandbox
from services.sandbox.settings import SandboxSettings
from services.sandbox.users import FORM_CLIENT, RETURN_PATH

SETTINGS = SandboxSettings(records=30, seed=7)
VERIFIER = "a-verifier-that-only-the-page-knows-and-nobody-else"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SCOPE = "api://lookup/Lookup.Read openid profile offline_access"


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with Sandbox(SETTINGS).running() as running:
        yield running


@pytest.fixture
async def session(sandbox: RunningSandbox) -> AsyncIterator[aiohttp.ClientSession]:
    context = ssl.create_default_context(cafile=sandbox.details.ca_file)
    connector = aiohttp.TCPConnector(ssl=context)
    async with aiohttp.ClientSession(sandbox.details.sales_url, connector=connector) as opened:
        yield opened


async def authorized(session: aiohttp.ClientSession, sandbox: RunningSandbox, **changes: str) -> dict[str, str]:
    """What the sign-in page sends back behind ``#``."""
    asked = {
        "client_id": FORM_CLIENT,
        "response_type": "code",
        "redirect_uri": sandbox.details.sales_url + RETURN_PATH,
        "scope": SCOPE,
        "state": "s",
        "nonce": "n",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "prompt": "none",
    } | changes
    path = f"/{SETTINGS.tenant_id}/oauth2/v2.0/authorize"
    async with session.get(path, params=asked, allow_redirects=False) as response:
        assert response.status == 302, await response.text()
        return {name: values[0] for name, values in parse_qs(urlsplit(response.headers["Location"]).fragment).items()}


async def redeemed(session: aiohttp.ClientSession, sandbox: RunningSandbox, **changes: str) -> tuple[int, Any]:
    form = {
        "client_id": FORM_CLIENT,
        "grant_type": "authorization_code",
        "redirect_uri": sandbox.details.sales_url + RETURN_PATH,
        "code_verifier": VERIFIER,
        "scope": SCOPE,
    } | changes
    async with session.post(f"/{SETTINGS.tenant_id}/oauth2/v2.0/token", data=form) as response:
        return response.status, await response.json()


async def test_a_token_is_for_one_api_and_signed_with_a_published_key(
    sandbox: RunningSandbox, session: aiohttp.ClientSession
) -> None:
    back = await authorized(session, sandbox)
    assert back["state"] == "s"
    status, tokens = await redeemed(session, sandbox, code=back["code"])
    assert status == 200
    async with session.get(f"/{SETTINGS.tenant_id}/discovery/v2.0/keys") as response:
        key = jwt.PyJWK((await response.json())["keys"][0])
    claims = jwt.decode(tokens["access_token"], key, algorithms=["RS256"], audience="api://lookup")
    assert claims["scp"] == "Lookup.Read"
    assert claims["iss"] == f"{sandbox.details.sales_url}/{SETTINGS.tenant_id}/v2.0"
    person = jwt.decode(tokens["id_token"], key, algorithms=["RS256"], audience=FORM_CLIENT)
    assert person["nonce"] == "n"
    status, renewed = await redeemed(
        session, sandbox, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )
    assert status == 200
    assert renewed["access_token"]


async def test_a_code_is_good_once_and_only_for_who_knows_the_verifier(
    sandbox: RunningSandbox, session: aiohttp.ClientSession
) -> None:
    code = (await authorized(session, sandbox))["code"]
    assert (await redeemed(session, sandbox, code=code, code_verifier="another"))[1]["error"] == "invalid_grant"
    code = (await authorized(session, sandbox))["code"]
    assert (await redeemed(session, sandbox, code=code))[0] == 200
    assert (await redeemed(session, sandbox, code=code))[1]["error"] == "invalid_grant"


async def test_without_a_session_of_that_user_silence_is_refused(
    sandbox: RunningSandbox, session: aiohttp.ClientSession
) -> None:
    assert (await authorized(session, sandbox, login_hint="Anna Seller"))["error"] == "login_required"
    sandbox.users.signed_in = False
    assert (await authorized(session, sandbox))["error"] == "login_required"


async def test_answers_go_only_to_the_registered_address(
    sandbox: RunningSandbox, session: aiohttp.ClientSession
) -> None:
    asked = {"client_id": FORM_CLIENT, "redirect_uri": "https://somewhere.else/", "response_type": "code"}
    path = f"/{SETTINGS.tenant_id}/oauth2/v2.0/authorize"
    async with session.get(path, params=asked, allow_redirects=False) as response:
        assert response.status == 400


async def test_a_sign_in_without_pkce_is_refused(sandbox: RunningSandbox, session: aiohttp.ClientSession) -> None:
    assert (await authorized(session, sandbox, code_challenge_method="plain"))["error"] == "invalid_request"


@pytest.mark.parametrize(
    "path", ["/forms/page/..%2Froutes.py", "/forms/page/none.js", "/WebResources/tandem_/orderline/none.js", "/forms/x"]
)
async def test_form_pages_serve_nothing_but_their_own_files(session: aiohttp.ClientSession, path: str) -> None:
    async with session.get(path) as response:
        assert response.status == 404


async def test_variables_that_are_no_texts_are_refused(session: aiohttp.ClientSession) -> None:
    async with session.put("/forms/variables", json={"tandem_LookupUrl": 1}) as response:
        assert response.status == 400
