"""Metrics: named alike, and no label holds an id."""

from libs.runtime import metrics
from libs.runtime.metrics import PrometheusMetrics, exposition

LABELS = {"service", "type", "outcome", "system", "answer", "mapping", "direction", "action"}


def test_what_messaging_counts_is_exposed() -> None:
    kept = PrometheusMetrics()
    kept.message_handled("orchestrator", "record_page.read.v1", "ack", 0.02)
    kept.messages_published("orchestrator", 3)
    text = exposition().decode()
    handled = 'tandem_messages_handled_total{outcome="ack",service="orchestrator",type="record_page.read.v1"}'
    assert f"{handled} 1.0" in text
    assert 'tandem_messages_published_total{service="orchestrator"} 3.0' in text
    assert 'tandem_message_handling_seconds_count{service="orchestrator",type="record_page.read.v1"} 1.0' in text
    assert "process_resident_memory_bytes" in text


def test_labels_are_names_from_a_closed_set_and_never_ids() -> None:
    ours = [value for value in vars(metrics).values() if hasattr(value, "_labelnames")]
    assert len(ours) >= 8
    assert {label for metric in ours for label in metric._labelnames} <= LABELS
    assert all(metric._name.startswith("tandem_") for metric in ours)
