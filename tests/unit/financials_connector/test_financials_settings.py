"""The settings say everything that is wrong with them at once."""

import pytest

from libs.runtime.settings import SettingsInvalid, read_settings
from services.financials_connector.settings import Settings

URL = "https://api.businesscentral.dynamics.com/v2.0/contoso.com/Production/api/v2.0"
ONLINE = {
    "TANDEM_FINANCIALS_URL": URL,
    "TANDEM_TENANT_ID": "t",
    "TANDEM_CLIENT_ID": "c",
    "TANDEM_CLIENT_SECRET": "s",
}


def test_online_settings_need_the_application() -> None:
    assert read_settings(Settings, ONLINE).tenant().addresses.api == URL
    with pytest.raises(SettingsInvalid) as raised:
        read_settings(Settings, {"TANDEM_FINANCIALS_URL": URL, "TANDEM_TENANT_ID": "t"})
    assert "TANDEM_CLIENT_ID, TANDEM_CLIENT_SECRET must be set" in raised.value.problems[0]


def test_on_premises_settings_need_user_and_access_key_alone() -> None:
    given = {
        "TANDEM_FINANCIALS_URL": "https://bc:7048/BC/api/v2.0",
        "TANDEM_FINANCIALS_AUTHENTICATION": "Basic",
        "TANDEM_FINANCIALS_USER": "TANDEM",
    }
    with pytest.raises(SettingsInvalid) as raised:
        read_settings(Settings, given)
    assert "TANDEM_FINANCIALS_ACCESS_KEY must be set" in raised.value.problems[0]
    settings = read_settings(Settings, {**given, "TANDEM_FINANCIALS_ACCESS_KEY": "k"})
    assert settings.tenant().authentication == "basic"


def test_the_address_must_have_the_api_path() -> None:
    with pytest.raises(SettingsInvalid) as raised:
        read_settings(Settings, {**ONLINE, "TANDEM_FINANCIALS_URL": "https://api.businesscentral.dynamics.com"})
    assert "must end with /api/v2.0" in raised.value.problems[0]


def test_services_are_named_by_table_and_must_name_tables_that_exist() -> None:
    settings = read_settings(
        Settings, {**ONLINE, "TANDEM_FINANCIALS_SERVICES": "Resource=MyResources, Shipping Agent = Agents"}
    )
    assert settings.services() == {"Resource": "MyResources", "Shipping Agent": "Agents"}
    with pytest.raises(SettingsInvalid) as raised:
        read_settings(Settings, {**ONLINE, "TANDEM_FINANCIALS_SERVICES": "Nonsense=X"})
    assert "TANDEM_FINANCIALS_SERVICES" in raised.value.problems[0]


def test_the_companion_can_be_left_unused() -> None:
    assert read_settings(Settings, ONLINE).tenant().companion
    assert not read_settings(Settings, {**ONLINE, "TANDEM_FINANCIALS_COMPANION": "off"}).tenant().companion
