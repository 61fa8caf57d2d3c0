"""What can be known of docker-compose.yml without an engine."""

import importlib
import subprocess
from pathlib import Path
from typing import Any

import compose
import pytest
import yaml

from libs.runtime.settings import variable_names

ROOT = Path(__file__).parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
FOLDERS = sorted(path.parent.name for path in (ROOT / "services").glob("*/__main__.py"))
BUILT = {name: service for name, service in COMPOSE["services"].items() if "build" in service}


def test_the_file_fits_the_compose_specification() -> None:
    client = Path(compose.__file__).parent / "docker-compose"
    for profile in ([], ["--profile", "demo"]):
        ran = subprocess.run(
            [client, "-f", ROOT / "docker-compose.yml", *profile, "config", "--quiet"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr


def test_every_service_folder_is_a_service() -> None:
    assert sorted(name for name in BUILT) == FOLDERS


@pytest.mark.parametrize("name", sorted(BUILT))
def test_every_variable_is_known_to_the_settings(name: str) -> None:
    settings = importlib.import_module(f"services.{name}.settings").Settings
    given = {key for key in BUILT[name]["environment"] if key.startswith("TANDEM_")}
    assert given <= set(variable_names(settings))


@pytest.mark.parametrize("name", sorted(BUILT))
def test_every_image_is_built_from_the_one_recipe_for_its_service(name: str) -> None:
    build = BUILT[name]["build"]
    assert build["dockerfile"] == "deploy/Dockerfile"
    assert build["args"] == {"SERVICE": name}


def test_the_example_of_the_environment_names_only_variables_that_the_file_reads() -> None:
    read = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for line in (ROOT / "deploy" / "env.example").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert "${" + line.split("=")[0] in read, line
