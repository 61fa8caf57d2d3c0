"""Names of variables: one list of all, and a hint for a name that nothing reads."""

import importlib
import re
from pathlib import Path

import pytest

from libs.runtime.settings import variable_names
from libs.runtime.variables import OF_COMPOSE, SETTINGS, misspelt

ROOT = Path(__file__).parents[3]


def test_the_list_holds_the_settings_of_all_services_and_nothing_else() -> None:
    found: set[str] = set()
    for path in (ROOT / "services").glob("*/settings.py"):
        settings = getattr(importlib.import_module(f"services.{path.parent.name}.settings"), "Settings", None)
        found.update(variable_names(settings) if settings else ())
    assert found == SETTINGS


def test_what_only_compose_reads_is_read_by_it() -> None:
    read = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert {name for name in read if name.startswith("TANDEM_")} - SETTINGS == OF_COMPOSE


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("TANDEM_SALES_URLS", "TANDEM_SALES_URL"),
        ("TANDEM_FINANCIAL_URL", "TANDEM_FINANCIALS_URL"),
        ("TANDEM_PAGESIZE", "TANDEM_PAGE_SIZE"),
        ("TANDEM_CLIENT_SECRETE", "TANDEM_CLIENT_SECRET"),
    ],
)
def test_a_misspelt_name_is_told_with_the_one_that_was_meant(given: str, meant: str) -> None:
    assert misspelt({given, "PATH", "TANDEM_LOG_LEVEL"}) == {given: meant}


@pytest.mark.parametrize("own", ["TANDEM_BIKES", "TANDEM_TEST_AMQP_URL", "TANDEM_TEST_MONGODB_URL", "SALES_URLS"])
def test_a_name_that_resembles_none_is_left_alone(own: str) -> None:
    assert misspelt({own}) == {}


def test_variables_of_other_services_are_no_strangers() -> None:
    assert misspelt(SETTINGS | OF_COMPOSE) == {}
