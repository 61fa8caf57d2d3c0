"""What a process of its own does not start with, though its settings could be read."""

from pathlib import Path

import pytest

from libs.runtime.settings import SettingsInvalid, read_settings
from services.availability_lookup.settings import Settings as LookupSettings
from services.demo.settings import Settings as DemoSettings
from services.financials_connector.settings import Settings as FinancialsSettings
from services.orchestrator.settings import Settings as OrchestratorSettings
from services.sales_connector.settings import Settings as SalesSettings
from services.sandbox.certificates import make_certificates

ENTRA = {"TANDEM_TENANT_ID": "t", "TANDEM_CLIENT_ID": "c", "TANDEM_CLIENT_SECRET": "s"}
WITH_AUTHORITY = {
    SalesSettings: {**ENTRA, "TANDEM_SALES_URL": "https://contoso.crm4.dynamics.com"},
    FinancialsSettings: {**ENTRA, "TANDEM_FINANCIALS_URL": "https://bc.contoso.com/v2.0/t/Production/api/v2.0"},
    LookupSettings: {"TANDEM_HTTP_PORT": "8080"},
    DemoSettings: {"TANDEM_CONTROL_URL": "https://sandbox:8443/control"},
}
LOOKUP = {"TANDEM_HTTP_PORT": "8080"}


@pytest.mark.parametrize("settings", WITH_AUTHORITY, ids=lambda settings: settings.__module__)
def test_every_service_looks_at_the_file_of_its_certificate_authority(settings: type, tmp_path: Path) -> None:
    good, absent, strange = tmp_path / "ca.pem", tmp_path / "absent.pem", tmp_path / "strange.pem"
    make_certificates("127.0.0.1", good).remove()
    strange.write_text("no certificate", encoding="utf-8")
    sound = WITH_AUTHORITY[settings]
    read_settings(settings, {**sound, "TANDEM_CA_FILE": str(good)}, process=True)
    read_settings(settings, sound, process=True)
    for file, words in ((absent, "no such file"), (strange, "no certificate"), (tmp_path, "directory")):
        with pytest.raises(SettingsInvalid) as refused:
            read_settings(settings, {**sound, "TANDEM_CA_FILE": str(file)}, process=True)
        [problem] = refused.value.problems
        assert problem.startswith("TANDEM_CA_FILE") and str(file) in problem and words in problem
        assert read_settings(settings, {**sound, "TANDEM_CA_FILE": str(file)})


def test_a_file_that_cannot_be_read_is_told_beside_other_problems(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(SalesSettings, {**ENTRA, "TANDEM_CA_FILE": str(tmp_path / "absent.pem")}, process=True)
    assert [problem.split()[0] for problem in refused.value.problems] == ["TANDEM_SALES_URL", "TANDEM_CA_FILE"]


def test_a_lookup_without_a_port_is_reached_by_nobody() -> None:
    with pytest.raises(SettingsInvalid, match="TANDEM_HTTP_PORT is 0"):
        read_settings(LookupSettings, {}, process=True)


def test_a_key_that_is_found_by_trying_is_refused_and_not_repeated() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        read_settings(LookupSettings, {**LOOKUP, "TANDEM_LOOKUP_KEY": "hunter2hunter2hunte"}, process=True)
    assert "at least 20" in str(refused.value)
    assert "hunter" not in str(refused.value)
    read_settings(LookupSettings, {**LOOKUP, "TANDEM_LOOKUP_KEY": "hunter2hunter2hunter"}, process=True)


@pytest.mark.parametrize("name", ["TANDEM_LOOKUP_FRESH_SECONDS", "TANDEM_LOOKUP_STOCK_SECONDS"])
def test_what_is_fresh_for_longer_than_anything_is_told_is_a_contradiction(name: str) -> None:
    with pytest.raises(SettingsInvalid, match=rf"{name} \(61\) .* TANDEM_LOOKUP_STALE_SECONDS \(60\)"):
        read_settings(LookupSettings, {name: "61", "TANDEM_LOOKUP_STALE_SECONDS": "60"})
    read_settings(LookupSettings, {name: "60", "TANDEM_LOOKUP_STALE_SECONDS": "60"})
    read_settings(LookupSettings, {name: "60", "TANDEM_LOOKUP_STALE_SECONDS": "0"})


def test_a_page_is_no_smaller_than_its_splits() -> None:
    with pytest.raises(SettingsInvalid, match=r"TANDEM_SPLIT_SIZE \(500\) .* TANDEM_PAGE_SIZE \(400\)"):
        read_settings(OrchestratorSettings, {"TANDEM_PAGE_SIZE": "400"})
    read_settings(OrchestratorSettings, {"TANDEM_PAGE_SIZE": "400", "TANDEM_SPLIT_SIZE": "400"})
