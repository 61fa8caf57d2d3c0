"""Every metric that Tandem exposes, in one place. Labels are names from a small closed set; ids never are."""

from collections.abc import Mapping

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
    "Messages whose handling ended, by outcome: ack, retry, dead, refused.",
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
    "Requests to a remote service, by answer: 2xx, 4xx, 5xx, throttled (429), or none where no answer came.",
    ("environment", "answer"),
    registry=REGISTRY,
)
REMOTE_SECONDS = Histogram(
    "tandem_remote_request_seconds",
    "How long a remote service took to answer.",
    ("environment",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
RECORDS_SYNCHRONIZED = Counter(
    "tandem_records_synchronized",
    "Records of finished pages by what became of them: inserted, modified, unchanged, skipped, failed, …",
    ("mapping", "direction", "outcome"),
    registry=REGISTRY,
)
LOOKUP_REQUESTS = Counter(
    "tandem_lookup_requests",
    "Requests to the lookup's HTTP API, by answer; 499 where the caller did not wait for one.",
    ("route", "status"),
    registry=REGISTRY,
)
LOOKUP_SECONDS = Histogram(
    "tandem_lookup_request_seconds",
    "How long an answer of the lookup's HTTP API took.",
    ("route",),
    buckets=_SECONDS,
    registry=REGISTRY,
)
LOOKUP_FACTS = Counter(
    "tandem_lookup_facts",
    "Facts that answers of the lookup needed: fresh in memory, asked for, stale or unknown.",
    ("kind", "outcome"),
    registry=REGISTRY,
)
LOOKUP_QUESTIONS = Counter(
    "tandem_lookup_questions",
    "Questions of the lookup to other services: answered, failed, given up.",
    ("side", "outcome"),
    registry=REGISTRY,
)
LOOKUP_CACHE_ENTRIES = Gauge("tandem_lookup_cache_entries", "Facts that the lookup holds.", registry=REGISTRY)
LOOKUP_CACHE_BYTES = Gauge(
    "tandem_lookup_cache_bytes", "Memory that the lookup's facts take, about.", registry=REGISTRY
)
READY = Gauge("tandem_ready", "1 while the service takes work.", ("service",), registry=REGISTRY)


class PrometheusMetrics:
    """What messaging counts, kept for Prometheus; fits :class:`libs.messaging.metrics.MessagingMetrics`."""

    def message_handled(self, service: str, type_name: str, outcome: str, seconds: float) -> None:
        MESSAGES_HANDLED.labels(service, type_name, outcome).inc()
        MESSAGE_SECONDS.labels(service, type_name).observe(seconds)

    def messages_published(self, service: str, count: int) -> None:
        MESSAGES_PUBLISHED.labels(service).inc(count)


def remote_answered(environment: str, status: int | None, seconds: float) -> None:
    """A remote service answered with ``status``, or not at all (``None``)."""
    answer = "none" if status is None else "throttled" if status == 429 else f"{status // 100}xx"
    REMOTE_REQUESTS.labels(environment, answer).inc()
    REMOTE_SECONDS.labels(environment).observe(seconds)


def records_synchronized(mapping: str, direction: str, counters: Mapping[str, int]) -> None:
    """A page is done. A page that is repeated counts again: these are for watching, the job's own totals are exact."""
    for outcome, count in counters.items():
        if count:
            RECORDS_SYNCHRONIZED.labels(mapping, direction, outcome).inc(count)


def exposition() -> bytes:
    """All metrics in the text format of Prometheus."""
    return generate_latest(REGISTRY)
