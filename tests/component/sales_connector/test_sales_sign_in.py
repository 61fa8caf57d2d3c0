"""The whole Sales connector over TLS against the sandbox: MSAL signs in for real, every mistake names its setting."""

import shutil
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from libs.contracts.pages import PageKey, PageRead, ReadPage, TableRead
from libs.contracts.setup import CheckConnection, ConnectionReport
from libs.contracts.vocabulary import Direction, RunKind, System
from libs.dynamics.auth import EntraApplication, EntraCredentials
from libs.messaging.connect import open_transport
from libs.messaging.handling import Handling
from libs.messaging.ports import Outgoing
from libs.runtime.clock import SystemClock
from libs.runtime.service import Opened, Platform
from libs.runtime.settings import read_settings
from libs.store.connect import open_store
from services.sales_connector.app import build
from services.sales_connector.settings import Settings
from services.sandbox.app import RunningSandbox, Sandbox
from services.sandbox.certificates import make_certificates
from services.sandbox.settings import SandboxSettings


@pytest.fixture
async def sandbox() -> AsyncIterator[RunningSandbox]:
    async with Sandbox(SandboxSettings(records=40)).running() as running:
        yield running


def settings_for(sandbox: RunningSandbox, **other: str) -> Settings:
    details = sandbox.details
    values = {
        "TANDEM_SALES_URL": details.sales_url,
        "TANDEM_AUTHORITY_URL": details.sales_url,
        "TANDEM_TENANT_ID": details.tenant_id,
        "TANDEM_CLIENT_ID": details.client_id,
        "TANDEM_CLIENT_SECRET": details.client_secret,
        "TANDEM_CA_FILE": details.ca_file,
    }
    return read_settings(Settings, {**values, **other})


def a_handling() -> Handling:
    return Handling(message_id=uuid4(), correlation_id="", now=datetime.now(UTC))


async def with_service(settings: Settings, tmp_path: Path, use: Callable[[Opened], Any]) -> Any:
    platform = Platform(open_transport("memory://"), open_store(f"sqlite:///{tmp_path}", "x"), SystemClock())
    async with build(settings, platform).open() as opened:
        return await use(opened)


async def check(settings: Settings, tmp_path: Path) -> ConnectionReport:
    async def use(opened: Opened) -> Any:
        return await opened.answers[CheckConnection](CheckConnection(system=System.SALES), a_handling())

    report = await with_service(settings, tmp_path, use)
    assert isinstance(report, ConnectionReport)
    return report


async def test_the_right_settings_connect(sandbox: RunningSandbox, tmp_path: Path) -> None:
    report = await check(settings_for(sandbox), tmp_path)
    assert report.failures == []
    assert report.user_id


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("TANDEM_CLIENT_SECRET", "wrong", "TANDEM_CLIENT_SECRET"),
        ("TANDEM_CLIENT_ID", "00000000-0000-4000-8000-000000000009", "TANDEM_CLIENT_ID"),
        ("TANDEM_TENANT_ID", "00000000-0000-4000-8000-000000000009", "TANDEM_TENANT_ID"),
        ("TANDEM_CA_FILE", "", "TANDEM_CA_FILE"),
        ("TANDEM_AUTHORITY_URL", "https://127.0.0.1:1", "TANDEM_AUTHORITY_URL"),
        ("TANDEM_SALES_URL", "https://127.0.0.1:1", "TANDEM_SALES_URL"),
    ],
)
async def test_a_wrong_setting_is_named(
    sandbox: RunningSandbox, tmp_path: Path, variable: str, value: str, named: str
) -> None:
    report = await check(settings_for(sandbox, **{variable: value}), tmp_path)
    [failure] = report.failures
    assert failure.setting == named
    assert named in failure.message
    assert sandbox.details.client_secret not in failure.model_dump_json()


async def test_a_certificate_authority_may_come_after_the_connector(sandbox: RunningSandbox, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    settings = settings_for(sandbox, TANDEM_CA_FILE=str(file))

    async def use(opened: Opened) -> tuple[Any, Any, Any]:
        async def asked() -> Any:
            return await opened.answers[CheckConnection](CheckConnection(system=System.SALES), a_handling())

        absent = await asked()
        make_certificates("127.0.0.1", file).remove()
        strange = await asked()
        shutil.copy(sandbox.details.ca_file, file)
        return absent, strange, await asked()

    absent, strange, right = await with_service(settings, tmp_path, use)
    assert [failure.setting for failure in absent.failures] == ["TANDEM_CA_FILE"]
    assert [failure.setting for failure in strange.failures] == ["TANDEM_CA_FILE"]
    assert right.failures == []


async def test_tokens_are_kept_and_renewed_upon_refusal(sandbox: RunningSandbox) -> None:
    details = sandbox.details
    application = EntraApplication(
        details.sales_url, details.tenant_id, details.client_id, details.client_secret, details.ca_file
    )
    assert details.client_secret not in repr(application)
    credentials = EntraCredentials(application, details.sales_url)
    first = await credentials.authorization()
    assert await credentials.authorization() == first
    second = await credentials.authorization(refused=first)
    assert second != first
    assert await credentials.authorization(refused=first) == second
    assert sandbox.shell.statistics["entra"].by_kind["token"] == 2


async def test_pages_are_read_and_a_revoked_token_is_renewed_on_the_way(
    sandbox: RunningSandbox, tmp_path: Path
) -> None:
    def a_read() -> ReadPage:
        key = PageKey(job_id="j", mapping="SALESPEOPLE", direction=Direction.FROM_SALES, page=0)
        read = TableRead(system=System.SALES, table="systemuser", fields=["fullname", "internalemailaddress"])
        return ReadPage(system=System.SALES, page=key, run=RunKind.FULL, read=read)

    async def use(opened: Opened) -> None:
        worker: Any = opened.routes[ReadPage]
        counts = []
        for _ in range(2):
            told = [item.message for item in await worker(a_read(), a_handling()) if isinstance(item, Outgoing)][-1]
            assert isinstance(told, PageRead)
            counts.append(told.count)
            sandbox.shell.tokens.revoke()
        assert counts == [sandbox.tenants.sales.count("systemuser")] * 2

    await with_service(settings_for(sandbox), tmp_path, use)
