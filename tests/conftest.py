"""What all tests share."""

from hypothesis import settings

pytest_plugins = ["libs.testing.rabbitmq_fixtures"]

# How long one example takes says something of the machine, and nothing of the rule.
settings.register_profile("tandem", deadline=None)
settings.load_profile("tandem")
