"""Where the store's URL leads."""

from pathlib import Path

import pytest

from libs.runtime.errors import MappingInvalid
from libs.store.connect import open_store, sqlite_path


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///data", "data/orchestrator.db"),
        ("sqlite:////var/lib/tandem", "/var/lib/tandem/orchestrator.db"),
        ("sqlite:////var/lib/tandem/", "/var/lib/tandem/orchestrator.db"),
        ("sqlite:///data/tandem.db", "data/tandem-orchestrator.db"),
        ("sqlite:////var/my%20data/tandem.sqlite", "/var/my data/tandem-orchestrator.sqlite"),
    ],
)
def test_every_service_has_a_file_of_its_own(url: str, path: str) -> None:
    assert sqlite_path(url, "orchestrator") == Path(path)


@pytest.mark.parametrize("url", ["postgres://host/db", "data/tandem.db", ""])
def test_another_kind_of_store_is_refused_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(MappingInvalid) as refused:
        open_store(url, "orchestrator")
    assert refused.value.setting == "TANDEM_STORE_URL"
