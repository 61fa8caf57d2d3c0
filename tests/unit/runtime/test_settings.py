"""Settings: read once, complete in their complaints, silent about secrets."""

from collections.abc import Mapping
from typing import Any, Literal

import pytest
from pydantic import Field, SecretStr, field_validator

from libs.runtime.settings import ServiceSettings, SettingsInvalid, read_settings, redacted, variable_names


class Settings(ServiceSettings):
    sales_url: str = Field(description="address of the organisation, https://org.crm4.dynamics.com", min_length=8)
    client_secret: SecretStr = Field(description="the application's secret")
    companion: Literal["auto", "off"] = Field(default="auto", description="auto or off")
    page_size: int = Field(default=2000, gt=0, description="records read at once")
    user: str = Field(default="", description="user name")

    @field_validator("user")
    @classmethod
    def _no_spaces(cls, value: str) -> str:
        if " " in value:
            raise ValueError("has a space in it")
        return value

    @classmethod
    def contradictions(cls, sound: Mapping[str, Any]) -> list[str]:
        if sound.get("companion") == "off" and not sound["user"]:
            return ["TANDEM_USER is not set, but TANDEM_COMPANION=off needs it."]
        return []


GOOD = {"TANDEM_SALES_URL": "https://org.crm4.dynamics.com", "TANDEM_CLIENT_SECRET": "s3cret-value"}


def test_fields_come_from_variables_of_their_name() -> None:
    settings = read_settings(Settings, {**GOOD, "TANDEM_PAGE_SIZE": "500", "TANDEM_OF_SOMEBODY_ELSE": "x", "PATH": "/"})
    assert settings.sales_url == "https://org.crm4.dynamics.com"
    assert settings.client_secret.get_secret_value() == "s3cret-value"
    assert settings.page_size == 500
    assert settings.http_port == 0


def test_a_field_that_its_own_rule_refuses_takes_no_part_in_the_rules_between_fields() -> None:
    """Nobody knows whether the value that was meant would contradict the others."""

    class Strict(Settings):
        @classmethod
        def contradictions(cls, sound: Mapping[str, Any]) -> list[str]:
            return [f"TANDEM_USER is {sound['user']}."] if sound.get("user") else []

    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Strict, {**GOOD, "TANDEM_USER": "not this"})
    assert [problem for problem in refused.value.problems if "TANDEM_USER is " in problem] == []
    assert len(refused.value.problems) == 1


def test_an_empty_variable_counts_as_not_set() -> None:
    assert read_settings(Settings, {**GOOD, "TANDEM_PAGE_SIZE": "", "TANDEM_LOG_LEVEL": "  "}).page_size == 2000


def test_level_and_format_of_the_log_may_be_written_in_any_case() -> None:
    assert read_settings(Settings, {**GOOD, "TANDEM_LOG_LEVEL": "WARNING"}).log_level == "warning"


def test_settings_cannot_be_changed() -> None:
    settings = read_settings(Settings, GOOD)
    with pytest.raises(ValueError, match="frozen"):
        settings.page_size = 1  # type: ignore[misc]


def test_all_problems_are_told_together_with_variable_and_remedy() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Settings, {"TANDEM_PAGE_SIZE": "many", "TANDEM_LOG_FORMAT": "xml", "TANDEM_HTTP_PORT": "70000"})
    problems = refused.value.problems
    assert [problem.split()[0] for problem in problems] == [
        "TANDEM_HTTP_PORT",
        "TANDEM_LOG_FORMAT",
        "TANDEM_SALES_URL",
        "TANDEM_CLIENT_SECRET",
        "TANDEM_PAGE_SIZE",
    ]
    assert "Expected: address of the organisation" in problems[2]
    assert "is not set" in problems[3]


def test_a_rule_over_several_fields_speaks_for_itself() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Settings, {**GOOD, "TANDEM_COMPANION": "off"})
    assert refused.value.problems == ["TANDEM_USER is not set, but TANDEM_COMPANION=off needs it."]


def test_a_rule_over_several_fields_is_told_together_with_the_other_problems() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Settings, {**GOOD, "TANDEM_COMPANION": "off", "TANDEM_PAGE_SIZE": "many"})
    assert [problem.split()[0] for problem in refused.value.problems] == ["TANDEM_PAGE_SIZE", "TANDEM_USER"]


def test_problems_never_repeat_a_value() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(Settings, {**GOOD, "TANDEM_SALES_URL": "hunter2", "TANDEM_PAGE_SIZE": "hunter3"})
    assert "hunter" not in str(refused.value)


def test_the_effective_settings_are_shown_without_secrets() -> None:
    settings = read_settings(Settings, {**GOOD, "TANDEM_BROKER_URL": "amqp://tandem:hunter2@rabbitmq:5672/"})
    shown = redacted(settings)
    assert shown["TANDEM_CLIENT_SECRET"] == "***"
    assert shown["TANDEM_BROKER_URL"] == "amqp://***@rabbitmq:5672/"
    assert shown["TANDEM_STORE_URL"] == "sqlite:///data"
    assert shown["TANDEM_PAGE_SIZE"] == "2000"
    assert not any("hunter2" in value or "s3cret" in value for value in shown.values())


def test_the_variables_of_a_class_are_known() -> None:
    assert {"TANDEM_BROKER_URL", "TANDEM_SALES_URL", "TANDEM_COMPANION"} <= set(variable_names(Settings))
    assert set(redacted(read_settings(Settings, GOOD))) == set(variable_names(Settings))
