"""Pytest fixtures: one private RabbitMQ node per test session, or the broker that ``TANDEM_TEST_AMQP_URL`` names."""

import os
from collections.abc import Iterator

import pytest

from libs.testing.rabbitmq_node import RabbitNode

TEST_URL = "TANDEM_TEST_AMQP_URL"


@pytest.fixture(scope="session")
def rabbitmq_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    """A node that tests may kill, provided they start it again."""
    node = RabbitNode(tmp_path_factory.mktemp("rabbitmq"))
    try:
        node.start()
        yield node
    finally:
        node.close()


@pytest.fixture(scope="session")
def rabbitmq_url(request: pytest.FixtureRequest) -> str:
    """A broker to use but not to break; share it by choosing unique service names."""
    given = os.environ.get(TEST_URL)
    if given:
        return given
    node: RabbitNode = request.getfixturevalue("rabbitmq_node")
    return node.url
