"""Every metric that Tandem exposes, in one place. Labels are names from a small closed set; ids never are."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)

MESSAGES_HANDLED = Counter(
    "tandem_messages_handled",
    "Messages whose handling ended, by outcome: ack, retry, dead, requeue, answered, refused.",
    ("service", "type", "outcome"),
    registry=REGISTRY,
)
MESSAGE_SECONDS = Histogram(
    "tandem_message_handling_seconds",
    "How long handling a message took.",
    ("service", "type"),
    buckets=_SECONDS,
    registry=REGISTRY,
)
MESSAGES_PUBLISHED = Counter(
    "tandem_messages_published", "Messages that the broker has confirmed.", ("service",), registry=REGISTRY
)
REMOTE_REQUESTS = Counter(
    "tandem_remote_requests",
    "Requests to a remote service, by answer: the status code's class (2xx, 4xx, …), throttled or unavailable.",
    ("system", "answer"),
    registry=REGISTRY,
)
REMOTE_SECONDS = Histogram(
    "tandem_remote_request_seconds",
    "How long a remote service took to answer.",
    ("system",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
REMOTE_PAUSED = Gauge(
    "tandem_remote_paused",
    "1 while the remote service has asked for a pause.",
    ("system",),
    registry=REGISTRY,
)
RECORDS_SYNCHRONIZED = Counter(
    "tandem_records_synchronized",
    "Records by what became of them: insert, modify, ignore_unchanged, skip, fail, …",
    ("mapping", "direction", "action"),
    registry=REGISTRY,
)
JOBS_RUNNING = Gauge("tandem_jobs_running", "Synchronization jobs under way.", registry=REGISTRY)
READY = Gauge("tandem_ready", "1 while the service takes work.", ("service",), registry=REGISTRY)


class PrometheusMetrics:
    """What messaging counts, kept for Prometheus; fits :class:`libs.messaging.metrics.MessagingMetrics`."""

    def message_handled(self, service: str, type_name: str, outcome: str, seconds: float) -> None:
        MESSAGES_HANDLED.labels(service, type_name, outcome).inc()
        MESSAGE_SECONDS.labels(service, type_name).observe(seconds)

    def messages_published(self, service: str, count: int) -> None:
        MESSAGES_PUBLISHED.labels(service).inc(count)


def exposition() -> bytes:
    """All metrics in the text format of Prometheus."""
    return generate_latest(REGISTRY)
