"""The composed service over TLS: signing in through Entra or with an access key, and what is said when it fails."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from libs.contracts.setup import CheckConnection, ConnectionReport
from libs.contracts.vocabulary import System
from libs.messaging.handling import Handling
from libs.runtime.platform import platform_of
from libs.runtime.settings import read_settings
from services.financials_connector.app import NAME, build
from services.financials_connector.settings import Settings
from services.sandbox.app import RunningSandbox, Sandbox
from services.sandbox.settings import SandboxSettings


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as open_things:
        yield open_things


async def a_sandbox(stack: AsyncExitStack, tmp_path: Path, **settings: Any) -> RunningSandbox:
    made = SandboxSettings(records=40, ca_file=tmp_path / "ca.pem", **settings)
    return await stack.enter_async_context(Sandbox(made).running())


def online(sandbox: RunningSandbox, **more: str) -> dict[str, str]:
    details = sandbox.details
    return {
        "TANDEM_FINANCIALS_URL": details.financials_url,
        "TANDEM_FINANCIALS_COMPANY": details.company_name,
        "TANDEM_AUTHORITY_URL": details.sales_url,
        "TANDEM_TENANT_ID": details.tenant_id,
        "TANDEM_CLIENT_ID": details.client_id,
        "TANDEM_CLIENT_SECRET": details.client_secret,
        "TANDEM_CA_FILE": details.ca_file,
        **more,
    }


def on_premises(sandbox: RunningSandbox, **more: str) -> dict[str, str]:
    details = sandbox.details
    return {
        "TANDEM_FINANCIALS_URL": details.financials_url,
        "TANDEM_FINANCIALS_COMPANY": details.company_name,
        "TANDEM_FINANCIALS_AUTHENTICATION": "basic",
        "TANDEM_FINANCIALS_USER": details.user,
        "TANDEM_FINANCIALS_ACCESS_KEY": details.web_service_access_key,
        "TANDEM_CA_FILE": details.ca_file,
        **more,
    }


async def check(environment: dict[str, str], tmp_path: Path) -> ConnectionReport:
    settings = read_settings(Settings, {**environment, "TANDEM_STORE_URL": f"sqlite:///{tmp_path}/store"})
    service = build(settings, platform_of(settings, NAME))
    async with service.open() as opened:
        handling = Handling(uuid4(), "", datetime.now(UTC))
        report = await opened.answers[CheckConnection](CheckConnection(system=System.FINANCIALS), handling)
    assert isinstance(report, ConnectionReport)
    return report


async def test_online_it_signs_in_through_entra(stack: AsyncExitStack, tmp_path: Path) -> None:
    sandbox = await a_sandbox(stack, tmp_path)
    report = await check(online(sandbox), tmp_path)
    assert report.failures == []
    assert report.company is not None
    assert report.company.name == sandbox.details.company_name
    assert report.missing == []


async def test_on_premises_it_signs_in_with_user_and_access_key(stack: AsyncExitStack, tmp_path: Path) -> None:
    sandbox = await a_sandbox(stack, tmp_path, on_premises=True, surfaces=("api_v2", "page_services"))
    report = await check(on_premises(sandbox), tmp_path)
    assert report.failures == []
    assert report.company is not None
    assert report.company.surface == "api_v2"
    assert report.missing


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TANDEM_CLIENT_SECRET", "wrong"),
        ("TANDEM_CLIENT_ID", "5a4d0b0c-0000-4000-8000-00000000ffff"),
        ("TANDEM_CA_FILE", ""),
        ("TANDEM_FINANCIALS_COMPANY", "Contoso"),
    ],
)
async def test_a_wrong_online_setting_is_named(
    stack: AsyncExitStack, tmp_path: Path, variable: str, value: str
) -> None:
    sandbox = await a_sandbox(stack, tmp_path)
    [failure] = (await check(online(sandbox, **{variable: value}), tmp_path)).failures
    assert failure.setting == variable
    assert variable in failure.message


async def test_a_wrong_environment_or_an_address_where_nothing_listens_names_the_address(
    stack: AsyncExitStack, tmp_path: Path
) -> None:
    sandbox = await a_sandbox(stack, tmp_path)
    elsewhere = sandbox.details.financials_url.replace("/Production/", "/Nowhere/")
    for url in (elsewhere, "https://127.0.0.1:9/v2.0/contoso.com/Production/api/v2.0"):
        [failure] = (await check(online(sandbox, TANDEM_FINANCIALS_URL=url), tmp_path)).failures
        assert failure.setting == "TANDEM_FINANCIALS_URL"


async def test_a_wrong_access_key_and_a_switched_off_api_are_named(stack: AsyncExitStack, tmp_path: Path) -> None:
    sandbox = await a_sandbox(stack, tmp_path, on_premises=True)
    [failure] = (await check(on_premises(sandbox, TANDEM_FINANCIALS_ACCESS_KEY="x"), tmp_path)).failures
    assert failure.setting == "TANDEM_FINANCIALS_ACCESS_KEY"
    sandbox.shell.surfaces.discard("api_v2")
    [failure] = (await check(on_premises(sandbox), tmp_path)).failures
    assert failure.code == "financials.api_switched_off"
    assert "ApiServicesEnabled" in failure.message
