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
from tests.browser.scripted_lookup import ScriptedLookup, a_problem, an_answer

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


async def test_a_token_that_the_lookup_does_not_know_is_renewed_once(
    opened: Any, sandbox: RunningSandbox, keyless: ScriptedLookup
) -> None:
    refusals = [a_problem(401, "not_signed_in", "The token has expired.")]
    keyless.answer = lambda question: refusals.pop() if refusals else an_answer(question)
    form = await opened(product="")
    tokens: list[str] = []
    form.page.on("request", lambda request: tokens.append(request.url) if "/token" in request.url else None)
    await form.page.focus("#productid")
    await form.page.keyboard.type("1000")
    await form.page.keyboard.press("Enter")
    await form.state("answer")
    assert len(keyless.asked) == 2
    assert len(tokens) == 2


async def test_a_lookup_that_accepts_no_token_is_not_asked_for_ever(
    opened: Any, sandbox: RunningSandbox, keyless: ScriptedLookup
) -> None:
    keyless.answer = lambda question: a_problem(401, "not_signed_in", "The token is for another API.")
    form = await opened()
    await form.state("refused")
    assert await form.text("#message-title") == "The lookup does not accept your sign-in"
    assert len(keyless.asked) == 2


async def test_a_line_that_changes_while_its_user_signs_in_is_answered_afterwards(
    opened: Any, sandbox: RunningSandbox, keyless: ScriptedLookup
) -> None:
    sandbox.users.signed_in = False
    form = await opened(quantity="12")
    await form.state("notSignedIn")
    async with form.page.context.expect_page() as opening:
        await form.panel.locator("#action").press("Enter")
    window = await opening.value
    await form.page.fill("#quantity", "30")
    await form.page.press("#quantity", "Tab")
    await form.panel.locator('#panel[data-state="loading"]').wait_for()
    await form.state("signingIn")
    await window.click("#confirm")
    await form.state("answer")
    assert [question["lines"][0]["quantity"] for question in keyless.asked] == ["30"]
