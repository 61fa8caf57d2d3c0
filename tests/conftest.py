"""What all tests share."""

pytest_plugins = ["libs.testing.rabbitmq_fixtures"]
