import os
from collections.abc import Iterator

import pytest

from libs.testing.mongodb_standin import NoMongodb, mongodb_for_tests


@pytest.fixture(scope="session")
def mongodb_url() -> Iterator[str]:
    """A MongoDB; the test is skipped where there is none, except in CI, where it must be."""
    try:
        with mongodb_for_tests() as url:
            yield url
    except NoMongodb as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
