"""What all tests share."""

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

pytest_plugins = ["libs.testing.rabbitmq_fixtures"]

# How long one example takes says something of the machine, and nothing of the rule.
settings.register_profile("tandem", deadline=None)
settings.load_profile("tandem")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command sets up logging for its process; its test gives it back, or later tests would log to its closed output,
    or not at all."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configured, configuration = structlog.is_configured(), structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    if configured:
        structlog.configure(**configuration)
