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


def test_what_is_wrong_between_fields_is_told_together_with_what_is_wrong_in_one() -> None:
    given = {
        "TANDEM_FINANCIALS_URL": "ftp://api.businesscentral.dynamics.com",
        "TANDEM_FINANCIALS_COMPANION": "perhaps",
        "TANDEM_FINANCIALS_SERVICES": "Nonsense=X",
        "TANDEM_FINANCIALS_ODATA_URL": "http://bc/ODataV4",
        "TANDEM_CLIENT_ID": "c",
    }
    with pytest.raises(SettingsInvalid) as raised:
        read_settings(Settings, given)
    told = [problem.split(" cannot be used")[0] for problem in raised.value.problems]
    assert told == [
        "TANDEM_FINANCIALS_COMPANION",
        "TANDEM_FINANCIALS_SERVICES",
        "TANDEM_TENANT_ID, TANDEM_CLIENT_SECRET must be set when TANDEM_FINANCIALS_AUTHENTICATION is entra",
        "TANDEM_FINANCIALS_URL must end with /api/v2.0",
        "TANDEM_FINANCIALS_URL must begin with https://",
        "TANDEM_FINANCIALS_ODATA_URL must begin with https://",
    ]


def test_no_rule_is_applied_to_a_field_that_cannot_be_used_itself() -> None:
    with pytest.raises(SettingsInvalid) as raised:
        read_settings(Settings, {"TANDEM_FINANCIALS_AUTHENTICATION": "kerberos"})
    assert [problem.split()[0] for problem in raised.value.problems] == [
        "TANDEM_FINANCIALS_URL",
        "TANDEM_FINANCIALS_AUTHENTICATION",
    ]
