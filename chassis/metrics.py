"""Metrics: every name in one table, one registry per process.

A service declares its own rows in the same table with `counter`, `gauge` and `histogram`. A label never holds anything
about a person: no subject, no id, no raw path.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

REGISTRY = CollectorRegistry()
LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.06, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds; the targets of 60 ms and 250 ms are bounds of their own."""
SIZES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0)


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the table."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...]


CATALOGUE: dict[str, Metric] = {}
"""Every declared metric, by name."""


def counter(name: str, help_text: str, *labels: str) -> Counter:
    """Declare something that only grows; raises ValueError when the name is taken."""
    collector = Counter(name, help_text, labels, registry=REGISTRY)
    CATALOGUE[name] = Metric(name, "counter", help_text, labels)
    return collector


def gauge(name: str, help_text: str, *labels: str) -> Gauge:
    """Declare something that goes up and down; raises ValueError when the name is taken."""
    collector = Gauge(name, help_text, labels, registry=REGISTRY)
    CATALOGUE[name] = Metric(name, "gauge", help_text, labels)
    return collector


def histogram(name: str, help_text: str, *labels: str, buckets: tuple[float, ...] = LATENCY) -> Histogram:
    """Declare something whose spread counts; raises ValueError when the name is taken."""
    collector = Histogram(name, help_text, labels, registry=REGISTRY, buckets=buckets)
    CATALOGUE[name] = Metric(name, "histogram", help_text, labels)
    return collector


HTTP_REQUESTS = counter("hc_http_requests_total", "Answered requests", "service", "method", "route", "status")
HTTP_REQUEST_SECONDS = histogram(
    "hc_http_request_seconds", "Time to the end of an answer", "service", "method", "route"
)
BATCH_RECORDS = histogram("hc_batch_records", "Records in a batch", "consumer", buckets=SIZES)
BATCH_SECONDS = histogram("hc_batch_seconds", "Time of a stage of a batch", "consumer", "stage")
DEAD_LETTERS = counter("hc_dead_letters_total", "Records set aside as impossible", "topic", "code")
PARKED_SUBJECTS = gauge("hc_parked_subjects", "Keys whose events wait for a release", "consumer")
CONSUMER_LAG = gauge("hc_consumer_lag", "Records behind the end of a partition", "topic", "partition")
OUTBOX_ROWS = gauge("hc_outbox_rows", "Rows that wait to be published", "relay")
OUTBOX_OLDEST_SECONDS = gauge("hc_outbox_oldest_seconds", "Age of the oldest row that waits", "relay")
RELAY_WINDOW_SECONDS = histogram("hc_relay_window_seconds", "Time to publish one window", "relay")
RELAY_HORIZON_AGE_SECONDS = gauge("hc_relay_horizon_age_seconds", "Age of the oldest writing transaction", "relay")
COMPONENT_RESTARTS = counter("hc_component_restarts_total", "Restarts after a failure that passes", "component")
EVENTS_PUBLISHED = counter("hc_events_published_total", "Events published", "relay")


@contextmanager
def timed(child: Histogram) -> Iterator[None]:
    """Observe how many seconds the block takes, also when it fails."""
    start = time.perf_counter()
    try:
        yield
    finally:
        child.observe(time.perf_counter() - start)


def render() -> tuple[bytes, str]:
    """The text that Prometheus reads, and its media type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_PLAIN_0_0_4


def value(sample: str, **labels: str) -> float | None:
    """The present value of one sample (`hc_batch_records_count`), or None when there is none."""
    return REGISTRY.get_sample_value(sample, labels)
