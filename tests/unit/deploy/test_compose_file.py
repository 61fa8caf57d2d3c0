"""What can be known of docker-compose.yml without an engine."""

import importlib
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import compose
import pytest
import yaml

from libs.runtime.settings import read_settings, variable_names, variable_of
from services.availability_lookup.settings import Settings as LookupSettings
from services.orchestrator.settings import Settings as OrchestratorSettings
from services.sandbox.generator import generate
from services.sandbox.settings import SandboxSettings

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
EXAMPLE = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8")
FOLDERS = sorted(path.parent.name for path in (ROOT / "services").glob("*/__main__.py"))
BUILT = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
OF_EVERYBODY = {"TANDEM_HTTP_HOST", "TANDEM_HTTP_PORT", "TANDEM_LOG_LEVEL", "TANDEM_LOG_FORMAT"}


def run_client(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    client = Path(compose.__file__).parent / "docker-compose"
    # A developer's .env and TANDEM_ variables are nobody's business here.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TANDEM_", "COMPOSE_"))}
    return subprocess.run(
        [client, "--env-file", os.devnull, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def defaults() -> dict[str, str]:
    """Variable -> its default, of everything that the file reads."""
    return {name: value for name, _, value in re.findall(r"\$\{(\w+)(:?-)([^}]*)\}", TEXT)}


@pytest.mark.parametrize("profile", [(), ("--profile", "demo")])
def test_the_file_fits_the_compose_specification(profile: tuple[str, ...]) -> None:
    ran = run_client("--file", ROOT / "docker-compose.yml", *profile, "config", "--quiet")
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""


def test_a_file_that_does_not_fit_is_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text(TEXT.replace("stop_grace_period: 40s", "stop_grace_periods: 40s"), encoding="utf-8")
    ran = run_client("--file", wrong, "config", "--quiet")
    assert ran.returncode != 0
    assert "stop_grace_periods" in ran.stderr


def test_every_service_folder_is_a_service() -> None:
    assert sorted(BUILT) == FOLDERS


def test_only_the_sandbox_is_told_nothing_by_variables() -> None:
    assert [name for name, service in BUILT.items() if "environment" not in service] == ["sandbox"]


@pytest.mark.parametrize("name", sorted(set(BUILT) - {"sandbox"}))
def test_every_variable_is_known_to_the_settings(name: str) -> None:
    given = set(BUILT[name]["environment"])
    settings = importlib.import_module(f"services.{name}.settings").Settings
    assert given <= set(variable_names(settings))


@pytest.mark.parametrize("name", sorted(set(BUILT) - {"sandbox", "demo"}))
def test_everything_that_a_service_can_be_told_can_be_set(name: str) -> None:
    settings = importlib.import_module(f"services.{name}.settings").Settings
    unset = set(variable_names(settings)) - set(BUILT[name]["environment"])
    # Only these two keep something; the others are given no store.
    assert unset == (set() if name in ("coupling_registry", "orchestrator") else {"TANDEM_STORE_URL"})


@pytest.mark.parametrize("name", sorted(set(BUILT) - {"sandbox", "demo"}))
def test_a_default_that_the_file_repeats_is_that_of_the_service(name: str) -> None:
    settings = importlib.import_module(f"services.{name}.settings").Settings
    made_here = ("sandbox", "mongodb:", *vars(SandboxSettings()).values(), generate(10, 1).company_name)
    for field, described in settings.model_fields.items():
        said = defaults().get(variable_of(field), "")
        if said and not any(isinstance(part, str) and part and part in said for part in made_here):
            assert said == str(described.default).removesuffix(".0"), field


def test_a_number_that_is_not_set_is_not_an_empty_one() -> None:
    passed = dict.fromkeys(defaults(), "")
    assert read_settings(OrchestratorSettings, passed) == OrchestratorSettings()
    assert read_settings(LookupSettings, passed) == LookupSettings()


@pytest.mark.parametrize("name", sorted(BUILT))
def test_every_image_is_built_from_the_one_recipe_for_its_service(name: str) -> None:
    build = BUILT[name]["build"]
    assert build == {"context": ".", "dockerfile": "deploy/Dockerfile", "args": {"SERVICE": name}}


@pytest.mark.parametrize("name", sorted(BUILT))
def test_every_container_has_the_fewest_rights(name: str) -> None:
    service = BUILT[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in service


def test_broker_and_store_keep_their_data_and_are_waited_for() -> None:
    for name in ("rabbitmq", "mongodb"):
        service = COMPOSE["services"][name]
        assert any(volume.startswith(f"{name}:") for volume in service["volumes"])
        assert service["healthcheck"]["test"]
    for name in FOLDERS:
        if "TANDEM_STORE_URL" in BUILT[name].get("environment", {}):
            assert BUILT[name]["depends_on"]["mongodb"] == {"condition": "service_healthy"}
        if "TANDEM_BROKER_URL" in BUILT[name].get("environment", {}):
            assert BUILT[name]["depends_on"]["rabbitmq"] == {"condition": "service_healthy"}


def test_only_the_demo_profile_has_the_sandbox() -> None:
    assert {name for name, service in COMPOSE["services"].items() if "profiles" in service} == {"sandbox", "demo"}


def test_the_defaults_are_those_of_the_sandbox() -> None:
    sandbox, given = SandboxSettings(), defaults()
    options = dict(word.removeprefix("--").split("=") for word in BUILT["sandbox"]["command"] if "=" in word)
    origin = f"https://{options['name']}:{options['port']}"
    assert options["name"] == "sandbox"
    assert options["host"] == "0.0.0.0"
    assert {
        name: given[name]
        for name in given
        if name.startswith(("TANDEM_SALES", "TANDEM_FINANCIALS", "TANDEM_C")) and not name.endswith("_AT_ONCE")
    } == {
        "TANDEM_CLIENT_ID": sandbox.client_id,
        "TANDEM_CLIENT_SECRET": sandbox.client_secret,
        "TANDEM_CA_FILE": options["ca-file"],
        "TANDEM_SALES_URL": origin,
        "TANDEM_FINANCIALS_URL": f"{origin}{sandbox.financials_root}/api/v2.0",
        "TANDEM_FINANCIALS_COMPANY": generate(10, 1).company_name,
        "TANDEM_FINANCIALS_AUTHENTICATION": "entra",
        "TANDEM_FINANCIALS_COMPANION": "auto",
        "TANDEM_FINANCIALS_ODATA_URL": "",
        "TANDEM_FINANCIALS_SERVICES": "",
        "TANDEM_FINANCIALS_USER": "",
        "TANDEM_FINANCIALS_ACCESS_KEY": "",
    }
    assert given["TANDEM_TENANT_ID"] == sandbox.tenant_id
    assert given["TANDEM_AUTHORITY_URL"] == origin
    demo = BUILT["demo"]["environment"]
    assert demo["TANDEM_CONTROL_URL"] == f"{origin}/control"
    assert demo["TANDEM_CA_FILE"] == options["ca-file"]


def test_the_example_of_the_environment_names_what_the_file_reads() -> None:
    named = {line.split("=")[0] for line in EXAMPLE.splitlines() if line and not line.startswith("#")}
    assert named == {name for name in defaults() if name.startswith("TANDEM_")}


def test_the_example_holds_no_secret_that_somebody_might_keep() -> None:
    values = dict(line.split("=", 1) for line in EXAMPLE.splitlines() if line and not line.startswith("#"))
    secret = {name for name in values if name.endswith(("_SECRET", "_KEY", "_PASSWORD"))}
    assert len(secret) == 4
    assert {values[name] for name in secret} == {""}


def test_variables_that_are_left_empty_do_not_lead_to_the_sandbox(tmp_path: Path) -> None:
    empty = tmp_path / ".env"
    empty.write_text(re.sub(r"=.*", "=", EXAMPLE), encoding="utf-8")
    ran = run_client("--env-file", empty, "--file", ROOT / "docker-compose.yml", "config")
    assert ran.returncode == 0, ran.stderr
    services = yaml.safe_load(ran.stdout)["services"]
    assert "sandbox:8443" not in yaml.safe_dump(
        {name: service["environment"] for name, service in services.items() if "environment" in service}
    )
    assert services["sales_connector"]["environment"]["TANDEM_CLIENT_SECRET"] == ""


@pytest.mark.parametrize("name", sorted(set(BUILT) - {"sandbox", "demo"}))
def test_every_service_listens_where_its_health_check_asks(name: str) -> None:
    assert set(BUILT[name]["environment"]) >= OF_EVERYBODY
    assert BUILT[name]["environment"]["TANDEM_HTTP_HOST"] == "0.0.0.0"
    assert "healthcheck" not in BUILT[name]
