"""What all tests share."""

import asyncio
import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings

pytest_plugins = ["libs.testing.rabbitmq_fixtures"]
pytest.register_assert_rewrite("libs.testing.suites")

LEFT_TO_TIDY_UP = 20.0
"""Seconds by which an awaiting test gives up before pytest's own time-out."""

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that waits for what never comes fails at that very line, and in time for its fixtures to be left.

    pytest's own time-out breaks off the event loop wherever it is, once: what a fixture then waits for has no bound.
    """
    given = config.getoption("timeout")
    usual = float(config.getini("timeout") if given is None else given)
    for item in items:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj):
            marker = item.get_closest_marker("timeout")
            seconds = float(marker.args[0]) if marker else usual
            if seconds > LEFT_TO_TIDY_UP:
                item.obj = _bounded(item.obj, seconds - LEFT_TO_TIDY_UP)


def _bounded(test: Callable[..., Awaitable[None]], seconds: float) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def bounded(*arguments: Any, **fixtures: Any) -> None:
        async with asyncio.timeout(seconds):
            await test(*arguments, **fixtures)

    return bounded
