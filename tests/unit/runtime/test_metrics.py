"""Metrics: named alike, and no label holds an id."""

from libs.runtime import metrics
from libs.runtime.metrics import PrometheusMetrics, exposition, records_synchronized, remote_answered

LABELS = {
    "service", "type", "outcome", "environment", "answer", "mapping", "direction", "route", "status", "kind", "side",
}  # fmt: skip


def test_what_messaging_counts_is_exposed() -> None:
    kept = PrometheusMetrics()
    kept.message_handled("somebody", "record_page.read.v1", "ack", 0.02)
    kept.messages_published("somebody", 3)
    text = exposition().decode()
    handled = 'tandem_messages_handled_total{outcome="ack",service="somebody",type="record_page.read.v1"}'
    assert f"{handled} 1.0" in text
    assert 'tandem_messages_published_total{service="somebody"} 3.0' in text
    assert 'tandem_message_handling_seconds_count{service="somebody",type="record_page.read.v1"} 1.0' in text
    assert "process_resident_memory_bytes" in text


def test_requests_to_a_remote_service_are_counted_by_their_answer() -> None:
    for status in (200, 204, 412, 429, 503, None):
        remote_answered("Anywhere", status, 0.1)
    text = exposition().decode()
    for answer, count in (("2xx", 2), ("4xx", 1), ("throttled", 1), ("5xx", 1), ("none", 1)):
        assert f'tandem_remote_requests_total{{answer="{answer}",environment="Anywhere"}} {count}.0' in text
    assert 'tandem_remote_request_seconds_count{environment="Anywhere"} 6.0' in text


def test_records_are_counted_by_what_became_of_them() -> None:
    records_synchronized("MAPPING OF THIS TEST", "to_sales", {"inserted": 2, "failed": 0, "unchanged": 5})
    text = exposition().decode()
    labels = 'direction="to_sales",mapping="MAPPING OF THIS TEST",outcome'
    assert f'tandem_records_synchronized_total{{{labels}="inserted"}} 2.0' in text
    assert f'tandem_records_synchronized_total{{{labels}="unchanged"}} 5.0' in text
    assert f'{labels}="failed"' not in text


def test_labels_are_names_from_a_closed_set_and_never_ids() -> None:
    ours = [value for value in vars(metrics).values() if hasattr(value, "_labelnames")]
    assert len(ours) >= 7
    assert {label for metric in ours for label in metric._labelnames} <= LABELS
    assert all(metric._name.startswith("tandem_") for metric in ours)
