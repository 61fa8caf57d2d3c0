"""A broker's URL -> the transport that speaks to it. The scheme decides; no service can tell the difference."""

from urllib.parse import urlsplit

from libs.messaging.broker import MemoryBroker
from libs.messaging.memory import MemoryTransport
from libs.messaging.ports import Transport
from libs.runtime.clock import Clock
from libs.runtime.errors import MappingInvalid

_brokers: dict[str, MemoryBroker] = {}


def open_transport(url: str, *, clock: Clock | None = None, waits: bool = True) -> Transport:
    """The transport for a URL, not yet connected.

    ``memory://`` (or ``memory://name``) gives one broker per name, shared by all services of this process;
    ``amqp://`` and ``amqps://`` speak to RabbitMQ. Connecting waits a while for a broker that is away; with ``waits``
    off it is told at once, for a caller that tries again itself.
    """
    parts = urlsplit(url)
    if parts.scheme == "memory":
        return MemoryTransport(_brokers.setdefault(parts.netloc, MemoryBroker()), clock=clock)
    if parts.scheme in ("amqp", "amqps"):
        # Imported here so that an embedded run never loads the AMQP client.
        from libs.messaging.rabbit_transport import RabbitTransport

        return RabbitTransport(url, clock=clock, waits=waits)
    raise MappingInvalid(
        f"a broker URL begins with amqp://, amqps:// or memory://, not {parts.scheme or 'nothing'}://",
        setting="TANDEM_BROKER_URL",
    )
