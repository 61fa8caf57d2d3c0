"""What the READMEs and the docs say about settings is what the services do."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from libs.runtime.settings import ServiceSettings, variable_names, variable_of
from libs.runtime.variables import OF_COMPOSE, SETTINGS
from services.ask import BY_NAME

ROOT = Path(__file__).parents[3]
SERVICES = sorted(
    path.parent.name for path in (ROOT / "services").glob("*/README.md") if (path.parent / "handlers.py").exists()
)
DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "services").glob("*/README.md")])
NO_SETTINGS = {"TANDEM_PICTURES": "names a folder for the browser tests"}


def settings_of(service: str) -> type[ServiceSettings]:
    found: type[ServiceSettings] = importlib.import_module(f"services.{service}.settings").Settings
    return found


def tables(text: str) -> list[tuple[str, str]]:
    """Variable and default of every row of a table with a column of defaults."""
    found: list[tuple[str, str]] = []
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        inside = bool(cells) and (inside or "Default" in cells[1:2])
        if inside:
            found.extend((name, cells[1].strip("`")) for name in re.findall(r"`(TANDEM_\w+)`", cells[0]))
    return found


def shown(default: Any) -> str:
    return str(default.get_secret_value() if hasattr(default, "get_secret_value") else default).removesuffix(".0")


def defaults(settings: type[ServiceSettings]) -> dict[str, str]:
    return {
        variable_of(name): "needed" if field.is_required() else shown(field.default)
        for name, field in settings.model_fields.items()
    }


def test_there_are_services_with_settings() -> None:
    assert len(SERVICES) == 5


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_lists_the_settings_of_its_service_with_their_defaults(service: str) -> None:
    settings = settings_of(service)
    told = tables((ROOT / "services" / service / "README.md").read_text(encoding="utf-8"))
    own = set(variable_names(settings)) - set(variable_names(ServiceSettings))
    assert len(told) == len(dict(told))
    assert dict(told) == {name: default for name, default in defaults(settings).items() if name in own}


def test_defaults_in_the_docs_are_those_of_the_services() -> None:
    known: dict[str, set[str]] = {}
    for service in SERVICES:
        for name, default in defaults(settings_of(service)).items():
            known.setdefault(name, set()).add(default)
    told = [row for path in (ROOT / "docs").glob("*.md") for row in tables(path.read_text(encoding="utf-8"))]
    assert len(told) > 5
    assert [(name, default) for name, default in told if default not in known[name]] == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_names_a_variable_that_nothing_reads(path: Path) -> None:
    named = set(re.findall(r"\bTANDEM_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))
    assert named <= SETTINGS | OF_COMPOSE | set(NO_SETTINGS)


def test_every_setting_is_explained_somewhere() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in DOCS)
    inside_the_demo = {"TANDEM_CONTROL_URL", "TANDEM_LOOKUP_URL"}
    assert {name for name in SETTINGS | OF_COMPOSE if f"`{name}`" not in text} == inside_the_demo


@pytest.mark.parametrize("service", ["sales_connector", "financials_connector", "availability_lookup"])
def test_the_override_mounts_the_authority_wherever_it_is_needed(service: str) -> None:
    text = (ROOT / "docs" / "connecting.md").read_text(encoding="utf-8")
    [override] = re.findall(r"```yaml\n# docker-compose.override.yml.*?\n(.*?)```", text, flags=re.DOTALL)
    needed = {name for name in SERVICES if "TANDEM_CA_FILE" in variable_names(settings_of(name))}
    mounted = {name: entry["volumes"] for name, entry in yaml.safe_load(override)["services"].items()}
    assert set(mounted) == needed
    assert mounted[service] == ["./our-ca.pem:/our-ca.pem:ro"]


def test_questions_that_the_docs_put_can_be_put() -> None:
    asked = [
        found
        for path in DOCS
        for found in re.findall(
            r"(?:tandem|-m services) ask (?:--quiet )?([\w.]+)(?: '([^']*)')?", path.read_text(encoding="utf-8")
        )
    ]
    assert len(asked) > 8
    for name, fields in asked:
        BY_NAME[name].model_validate_json(fields.replace("…", "a-job") or "{}")
