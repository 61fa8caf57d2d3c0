"""Microsoft's sign-in library in a real Chromium against the sandbox's Entra, over TLS."""

from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
import pytest_asyncio

from services.sandbox.app import RunningSandbox, Sandbox
from services.sandbox.settings import SandboxSettings
from services.sandbox.users import FORM_CLIENT, USER_ID
from tests.browser.conftest import give
from tests.browser.scripted_lookup import ScriptedLookup, a_problem

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("browser")]


@pytest_asyncio.fixture(loop_scope="module")
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with Sandbox(SandboxSettings(records=30, seed=7)).running() as running:
        await give(
            running,
            tandem_LookupTenantId=SandboxSettings().tenant_id,
            tandem_LookupClientId=FORM_CLIENT,
            tandem_LookupScope="api://lookup/Lookup.Read",
            tandem_LookupAuthority=running.details.sales_url,
        )
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def keyless(sandbox: RunningSandbox, lookup: ScriptedLookup) -> ScriptedLookup:
    await give(sandbox, tandem_LookupKey="")
    return lookup


def claims_of(sandbox: RunningSandbox, lookup: ScriptedLookup) -> dict[str, Any]:
    """What the newest question's token says, its signature checked with the published key."""
    token = lookup.headers[-1]["Authorization"].removeprefix("Bearer ")
    key = jwt.PyJWK(sandbox.users.published_keys()["keys"][0])
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience="api://lookup")
    return claims


async def test_the_session_with_entra_signs_in_silently(
    opened: Any, sandbox: RunningSandbox, keyless: ScriptedLookup
) -> None:
    form = await opened()
    await form.state("answer")
    claims = claims_of(sandbox, keyless)
    assert (claims["oid"], claims["scp"], claims["azp"]) == (USER_ID, "Lookup.Read", FORM_CLIENT)
    assert len(form.page.context.pages) == 1


async def test_one_token_serves_many_questions(opened: Any, sandbox: RunningSandbox, keyless: ScriptedLookup) -> None:
    form = await opened()
    await form.state("answer")
    await form.panel.locator("#refresh").click()
    await form.panel.locator('#panel[aria-busy="false"]').wait_for()
    await form.state("answer")
    assert len({headers["Authorization"] for headers in keyless.headers}) == 1


async def test_without_a_session_the_user_signs_in_by_a_window_of_their_own_asking(
    opened: Any, sandbox: RunningSandbox, keyless: ScriptedLookup
) -> None:
    sandbox.users.signed_in = False
    form = await opened()
    await form.state("notSignedIn")
    assert keyless.asked == []
    async with form.page.context.expect_page() as opening:
        await form.panel.locator("#action").press("Enter")
    window = await opening.value
    await window.click("#confirm")
    await form.state("answer")
    assert claims_of(sandbox, keyless)["oid"] == USER_ID
    assert window.is_closed()


async def test_a_window_that_was_closed_instead_can_be_opened_again(
    opened: Any, sandbox: RunningSandbox, keyless: ScriptedLookup
) -> None:
    sandbox.users.signed_in = False
    form = await opened()
    await form.state("notSignedIn")
    async with form.page.context.expect_page() as opening:
        await form.panel.locator("#action").click()
    await (await opening.value).close()
    await form.state("signingIn")
    async with form.page.context.expect_page() as opening:
        await form.panel.locator("#action").click()
    window = await opening.value
    await window.click("#confirm")
    await form.state("answer")


async def test_a_token_that_the_lookup_refuses_is_told(
    opened: Any, sandbox: RunningSandbox, keyless: ScriptedLookup
) -> None:
    keyless.answer = lambda question: a_problem(403, "role_missing", "The token lacks the role or scope Lookup.Read.")
    form = await opened()
    await form.state("forbidden")
