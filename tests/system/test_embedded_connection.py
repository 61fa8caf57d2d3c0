"""Whatever is wrong with a connection is said in words that name the setting to change, and nothing is written.

Each case is one mistake of the person who sets Tandem up, or one of the tenants' states; what is listed is the setting
that must be named and words that the message must hold. Mistakes that can be seen without asking a tenant keep the
service from starting.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from libs.contracts.review import GetReview
from libs.contracts.setup import ConnectionView, EnableConnection
from libs.runtime.settings import SettingsInvalid
from libs.testing.landscape import settings_from_sandbox
from services.embedded import embedded
from services.sandbox.app import RunningSandbox, Sandbox
from services.sandbox.settings import SandboxSettings

NOBODY = "5a4d0b0c-0000-4000-8000-00000000000f"
CLOSED = "https://127.0.0.1:9"
WITHOUT_COMPANION = ("api_v2", "page_services")


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and what must be said."""

    name: str
    setting: str
    words: tuple[str, ...]
    given: dict[str, str] = field(default_factory=dict)
    """Variables that differ; ``{sales}``, ``{financials}`` and ``{origin}`` (of Financials) stand for addresses."""
    tenants: Callable[[RunningSandbox], Any] = lambda running: None
    surfaces: tuple[str, ...] = ("companion", "api_v2", "page_services")
    on_premises: bool = False


def denying(side: str, *rights: tuple[str, str]) -> Callable[[RunningSandbox], None]:
    return lambda running: running.control.deny(side, *rights)


def expired(running: RunningSandbox) -> None:
    running.shell.secret_expired = True


def microsoft_synchronizes(running: RunningSandbox) -> None:
    running.control.microsoft_synchronizes(True)
    running.control.reset()


MISTAKES = (
    # The sign-in
    Mistake("wrong secret", "TANDEM_CLIENT_SECRET", ("wrong", "not to its id"), {"TANDEM_CLIENT_SECRET": "wrong"}),
    Mistake("expired secret", "TANDEM_CLIENT_SECRET", ("expired", "make a new one"), tenants=expired),
    Mistake(
        "unknown application", "TANDEM_CLIENT_ID", ("does not know this application",), {"TANDEM_CLIENT_ID": NOBODY}
    ),
    Mistake("unknown tenant", "TANDEM_TENANT_ID", ("does not know this tenant",), {"TANDEM_TENANT_ID": NOBODY}),
    Mistake("sign-in out of reach", "TANDEM_AUTHORITY_URL", (CLOSED, "reached"), {"TANDEM_AUTHORITY_URL": CLOSED}),
    Mistake("untrusted certificate", "TANDEM_CA_FILE", ("127.0.0.1", "not trusted"), {"TANDEM_CA_FILE": ""}),
    Mistake("no certificate in the file", "TANDEM_CA_FILE", ("/dev/null", "PEM"), {"TANDEM_CA_FILE": "/dev/null"}),
    # The addresses
    Mistake("mistyped Sales", "TANDEM_SALES_URL", ("no environment", "without a path"), {"TANDEM_SALES_URL": CLOSED}),
    Mistake(
        "Financials out of reach",
        "TANDEM_FINANCIALS_URL",
        ("127.0.0.1:9 cannot be reached",),
        {"TANDEM_FINANCIALS_URL": f"{CLOSED}/v2.0/t/Production/api/v2.0"},
    ),
    Mistake(
        "mistyped host of Financials",
        "TANDEM_FINANCIALS_URL",
        ("api.nowhere.invalid cannot be reached",),
        {"TANDEM_FINANCIALS_URL": "https://api.nowhere.invalid/v2.0/t/Production/api/v2.0"},
    ),
    Mistake(
        "mistyped environment",
        "TANDEM_FINANCIALS_URL",
        ("<environment>/api/v2.0",),
        {"TANDEM_FINANCIALS_URL": "{origin}/v2.0/{tenant}/Produktion/api/v2.0"},
    ),
    Mistake(
        "another tenant's environment",
        "TANDEM_FINANCIALS_URL",
        ("v2.0/<tenant>",),
        {"TANDEM_FINANCIALS_URL": "{origin}/v2.0/fabrikam.com/Production/api/v2.0"},
    ),
    Mistake(
        "API path twice",
        "TANDEM_FINANCIALS_URL",
        ("no Business Central API",),
        {"TANDEM_FINANCIALS_URL": "{api}/api/v2.0"},
    ),
    Mistake(
        "published pages out of reach",
        "TANDEM_FINANCIALS_ODATA_URL",
        ("127.0.0.1:9 cannot be reached",),
        {"TANDEM_FINANCIALS_ODATA_URL": f"{CLOSED}/ODataV4"},
        surfaces=WITHOUT_COMPANION,
    ),
    # The company, permissions, published pages
    Mistake(
        "unknown company",
        "TANDEM_FINANCIALS_COMPANY",
        ("Fabrikam", "CRONUS"),
        {"TANDEM_FINANCIALS_COMPANY": "Fabrikam"},
    ),
    Mistake(
        "table closed in Financials",
        "TANDEM_CLIENT_ID",
        ("may not read Customer", "Tandem Integration", "table 18"),
        tenants=denying("financials", ("Customer", "read")),
    ),
    Mistake(
        "table closed in Financials, without the companion",
        "TANDEM_CLIENT_ID",
        ("may not read Shipping Agent", "table 291"),
        tenants=denying("financials", ("Shipping Agent", "read")),
        surfaces=WITHOUT_COMPANION,
    ),
    Mistake(
        "tables closed in Sales",
        "TANDEM_CLIENT_ID",
        ("may not read account, product", "organization-wide read"),
        tenants=denying("sales", ("account", "read"), ("product", "read")),
    ),
    Mistake(
        "rights to write missing in Sales",
        "TANDEM_CLIENT_ID",
        ("lacks prvCreateAccount, prvWriteContact", "Business Central Dataverse Integration"),
        tenants=denying("sales", ("account", "create"), ("contact", "write")),
    ),
    Mistake(
        "everything closed in Sales",
        "TANDEM_CLIENT_ID",
        ("systemuser", "organization"),
        tenants=denying("sales", ("*", "*")),
    ),
    Mistake(
        "page not published",
        "TANDEM_FINANCIALS_SERVICES",
        ("Shipping Agent is not published", "page 428", "service name ShippingAgents"),
        tenants=lambda running: running.shell.unpublished.add("ShippingAgents"),
        surfaces=WITHOUT_COMPANION,
    ),
    Mistake(
        "page published under another name",
        "TANDEM_FINANCIALS_SERVICES",
        ("service name Agents",),
        {"TANDEM_FINANCIALS_SERVICES": "Shipping Agent=Agents"},
        surfaces=WITHOUT_COMPANION,
    ),
    Mistake(
        "Microsoft's own synchronization is on",
        "",
        ("CRONUS", "echo", "Connection Setup"),
        tenants=microsoft_synchronizes,
    ),
    # On-premises
    Mistake(
        "API switched off",
        "TANDEM_FINANCIALS_URL",
        ("switched off", "ApiServicesEnabled"),
        surfaces=("page_services",),
        on_premises=True,
    ),
    Mistake(
        "wrong access key",
        "TANDEM_FINANCIALS_ACCESS_KEY",
        ("TANDEM_FINANCIALS_USER", "Web Service Access Key"),
        {"TANDEM_FINANCIALS_ACCESS_KEY": "wrong"},
        on_premises=True,
    ),
    Mistake(
        "Entra at a server of one's own",
        "TANDEM_CLIENT_ID",
        ("TANDEM_FINANCIALS_AUTHENTICATION=basic",),
        {"TANDEM_FINANCIALS_AUTHENTICATION": "entra"},
        on_premises=True,
    ),
    Mistake(
        "mistyped server instance",
        "TANDEM_FINANCIALS_URL",
        ("<server instance>",),
        {"TANDEM_FINANCIALS_URL": "{origin}/BC210/api/v2.0"},
        on_premises=True,
    ),
    Mistake(
        "http where https is expected",
        "TANDEM_FINANCIALS_URL",
        ("begins with http://",),
        {"TANDEM_FINANCIALS_URL": "http://{host}/BC/api/v2.0"},
        on_premises=True,
    ),
    Mistake(
        "table closed to the user",
        "TANDEM_FINANCIALS_USER",
        ("may not read Item", "the card of the user"),
        tenants=denying("financials", ("Item", "read")),
        on_premises=True,
    ),
)


async def connecting(mistake: Mistake, data: Path) -> tuple[ConnectionView, dict[str, int]]:
    """What is said, and how many rows were written by side."""
    settings = SandboxSettings(records=20, seed=3, surfaces=mistake.surfaces, on_premises=mistake.on_premises)
    async with Sandbox(settings).running() as running:
        mistake.tenants(running)
        async with embedded(data, environment(mistake, running)) as transport:
            requester = transport.requester("test")
            view = await requester.ask(EnableConnection(), deadline=60.0)
            assert (await requester.ask(GetReview(), deadline=60.0)).lines == []
        statistics = running.control.statistics()
    return view, {side: statistics[side]["rows_written"] for side in ("sales", "financials")}


def environment(mistake: Mistake, running: RunningSandbox) -> dict[str, str]:
    details = running.details.as_dict()
    scheme, _, host, *_ = details["financials_url"].split("/")
    addresses = {
        "tenant": details["tenant_id"],
        "api": details["financials_url"],
        "origin": f"{scheme}//{host}",
        "host": host,
        "sales": details["sales_url"],
    }
    given = {variable: value.format(**addresses) for variable, value in mistake.given.items()}
    return {**settings_from_sandbox(details, on_premises=mistake.on_premises), **given}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
async def test_a_mistake_is_told_once_with_the_setting_to_change_and_nothing_is_written(
    mistake: Mistake, tmp_path: Path
) -> None:
    view, written = await connecting(mistake, tmp_path)

    assert not view.enabled
    [failure] = view.failures
    assert failure.setting == mistake.setting
    for words in mistake.words:
        assert words in failure.message
    assert "Tandem tries again" not in failure.message
    assert written == {"sales": 0, "financials": 0}


@pytest.mark.parametrize(
    ("given", "on_premises", "words"),
    [
        ({"TANDEM_SALES_URL": "{sales}/main.aspx?appid=1"}, False, "TANDEM_SALES_URL cannot be used: it must end"),
        (
            {"TANDEM_SALES_URL": "http://contoso.crm4.dynamics.com"},
            False,
            "TANDEM_SALES_URL cannot be used: it must begin",
        ),
        ({"TANDEM_AUTHORITY_URL": "login.microsoftonline.com"}, False, "TANDEM_AUTHORITY_URL cannot be used"),
        (
            {"TANDEM_FINANCIALS_URL": "{origin}/v2.0/t/Production"},
            False,
            "TANDEM_FINANCIALS_URL must end with /api/v2.0",
        ),
        (
            {"TANDEM_FINANCIALS_URL": "http://{host}/BC/api/v2.0"},
            False,
            "TANDEM_FINANCIALS_URL must begin with https://",
        ),
        ({"TANDEM_FINANCIALS_URL": "bc.contoso.local:7048/BC/api/v2.0"}, True, "begin with https:// or http://"),
        ({"TANDEM_FINANCIALS_ODATA_URL": "odata"}, True, "TANDEM_FINANCIALS_ODATA_URL must begin"),
        (
            {"TANDEM_FINANCIALS_SERVICES": "Agents=Agents"},
            False,
            "TANDEM_FINANCIALS_SERVICES cannot be used: 'Agents=Agents'",
        ),
        ({"TANDEM_FINANCIALS_ACCESS_KEY": ""}, True, "TANDEM_FINANCIALS_ACCESS_KEY must be set"),
        ({"TANDEM_CLIENT_SECRET": ""}, False, "TANDEM_CLIENT_SECRET"),
    ],
)
async def test_what_can_be_seen_without_asking_a_tenant_keeps_services_from_starting(
    given: dict[str, str], on_premises: bool, words: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        await connecting(Mistake("", "", (), given, on_premises=on_premises), tmp_path)

    assert words in str(refused.value)
