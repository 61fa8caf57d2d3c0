"""Makes the platform of a service from its settings; nothing connects yet."""

from libs.messaging.connect import open_transport
from libs.runtime.clock import SystemClock
from libs.runtime.service import Platform
from libs.runtime.settings import ServiceSettings
from libs.store.connect import open_store


def platform_of(settings: ServiceSettings, name: str) -> Platform:
    """The transport and the store that ``settings`` name, for the service ``name``, and the machine's clock."""
    return Platform(
        # The runner tries again by itself, and logs why a broker is away.
        transport=open_transport(settings.broker_url.get_secret_value(), waits=False),
        store=open_store(settings.store_url.get_secret_value(), name),
        clock=SystemClock(),
    )
