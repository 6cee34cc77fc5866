"""Metrics: every name in one table, one registry per process.

A service declares its own rows in the same table with `counter`, `gauge` and `histogram`. A label never holds anything
about a person: no subject, no id, no raw path. The table is printed in docs/metrics.md.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

disable_created_metrics()  # type: ignore[no-untyped-call] # a second series for each, which nobody asks
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


BUILD_INFO = gauge("hc_build_info", "1; what runs here", "service", "roles", "version")
COMPONENT_UP = gauge("hc_component_up", "1 while a part of the process runs, 0 while it failed and waits", "component")
COMPONENT_RESTARTS = counter("hc_component_restarts_total", "Restarts after a failure that passes", "component")
CHECK_PASSES = gauge("hc_check_passes", "1 while a check of /health/ready passes, as last asked", "check")

HTTP_REQUESTS = counter("hc_http_requests_total", "Answered requests", "service", "method", "route", "status")
HTTP_REQUEST_SECONDS = histogram(
    "hc_http_request_seconds", "Time to the end of an answer", "service", "method", "route"
)
HTTP_INSIDE = gauge("hc_http_writes_inside", "Writes that are worked on or wait for it")
HTTP_REFUSED = counter("hc_http_refused_total", "Requests refused because of load: 429 for rate, else 503", "reason")
LOOP_DELAY_SECONDS = gauge("hc_loop_delay_seconds", "How late the event loop has been for half a second")
POOL_WAIT_SECONDS = gauge("hc_pool_wait_seconds", "Wait for a connection of a schema's pool, as last tried", "schema")
HELD_BACK = gauge("hc_held_back", "1 while a worker or timer waits because its outbox is behind", "consumer")

BATCH_RECORDS = histogram("hc_batch_records", "Records in a batch", "consumer", buckets=SIZES)
BATCH_SECONDS = histogram(
    "hc_batch_seconds",
    "Time of a stage of a batch: read (with the wait for records), lock, decode, handle, write, commit; all but read",
    "consumer",
    "stage",
)
DEAD_LETTERS = counter("hc_dead_letters_total", "Records set aside as impossible", "topic", "code")
PARKED_SUBJECTS = gauge("hc_parked_subjects", "Keys whose events wait for a release, counted to 10,000", "consumer")
DEAD_LETTERS_OPEN = gauge("hc_dead_letters_open", "Dead letters nobody has decided on", "topic", "consumer")
PARTITIONS_STOPPED = gauge("hc_partitions_stopped", "Partitions held where they are", "consumer", "why")
UNKNOWN_EVENTS = counter(
    "hc_unknown_events_total", "Events passed over as newer than their reader", "topic", "consumer"
)
CONSUMER_LAG = gauge("hc_consumer_lag", "Records behind the end of a partition", "consumer", "topic", "partition")
CONSUMER_LAG_SECONDS = gauge(
    "hc_consumer_lag_seconds",
    "Age of the oldest record that is not worked on, by the time at which it was published",
    "consumer",
    "topic",
    "partition",
)
CONSUMER_PARTITIONS = gauge("hc_consumer_partitions", "Partitions that this worker has; 0: it stands by", "consumer")
CONSUMER_HELD = gauge("hc_consumer_held_partitions", "Partitions that are held at their limit of failures", "consumer")

OUTBOX_ROWS = gauge("hc_outbox_rows", "Rows that wait to be published, counted to 100,000", "relay")
OUTBOX_OLDEST_SECONDS = gauge("hc_outbox_oldest_seconds", "Age of the oldest row that waits", "relay")
RELAY_OWNER = gauge("hc_relay_owner", "1: this relay publishes its lane; 0: it stands by", "relay")
RELAY_WINDOW_SECONDS = histogram("hc_relay_window_seconds", "Time to publish one window", "relay")
RELAY_HORIZON_AGE_SECONDS = gauge(
    "hc_relay_horizon_age_seconds", "Age of the oldest writing transaction, which the relay waits for", "relay"
)
EVENTS_PUBLISHED = counter("hc_events_published_total", "Events published", "relay")

POOL_CONNECTIONS = gauge("hc_pool_connections", "Database connections", "service", "state")
POOL_LIMIT = gauge("hc_pool_limit", "Database connections that there may be", "service")

PROCESS = ProcessCollector(registry=REGISTRY)
CATALOGUE.update(
    {
        name: Metric(name, "counter" if name.endswith("_total") else "gauge", text, ())
        for name, text in (
            ("process_cpu_seconds_total", "Processor time of the process"),
            ("process_resident_memory_bytes", "Memory of the process"),
            ("process_virtual_memory_bytes", "Addresses that the process has mapped"),
            ("process_start_time_seconds", "When the process began, in seconds since 1970"),
            ("process_open_fds", "Open files and sockets"),
            ("process_max_fds", "Files and sockets that may be open"),
        )
    }
)
"""The client library's own rows."""

_everywhere: dict[str, str] = {}


class _Labelled(Collector):
    """The registry with the labels that all samples of the process have."""

    def collect(self) -> Iterator[Family]:
        for family in REGISTRY.collect():
            family.samples = [each._replace(labels={**_everywhere, **each.labels}) for each in family.samples]
            yield family


def everywhere(**labels: str) -> None:
    """Put these labels, and no others, on all that this process exports: its region."""
    _everywhere.clear()
    _everywhere.update(labels)


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
    return generate_latest(_Labelled()), CONTENT_TYPE_PLAIN_0_0_4


def value(sample: str, **labels: str) -> float | None:
    """The present value of one sample (`hc_batch_records_count`), or None when there is none."""
    return REGISTRY.get_sample_value(sample, labels)
