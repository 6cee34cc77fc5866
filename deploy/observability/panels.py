"""What the dashboards show: each panel once, for Grafana, for the pictures in docs/, and for the test that asks all.

`$region` in a query is Grafana's variable; a rate is taken over `$__rate_interval`.
"""

from dataclasses import dataclass
from typing import Final, Literal

Unit = Literal["short", "s", "ops", "reqps", "bytes", "percentunit"]


@dataclass(frozen=True, slots=True)
class Query:
    """A line, or one for each set of labels; `legend` names them as Grafana does. `quiet`: it may have no data."""

    expr: str
    legend: str
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph. `bound` is what it should stay under; `stacked` shows parts of a whole."""

    title: str
    unit: Unit
    queries: tuple[Query, ...]
    what: str = ""
    bound: float | None = None
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A page of panels."""

    uid: str
    title: str
    panels: tuple[Panel, ...]


def _quantiles(metric: str, by: str = "", legend: str = "") -> tuple[Query, ...]:
    group = f"{by}, le" if by else "le"
    rate = f'sum by ({group}) (rate({metric}_bucket{{region=~"$region"}}[$__rate_interval]))'
    return tuple(Query(f"histogram_quantile({q}, {rate})", f"{legend} p{q * 100:.0f}".strip()) for q in (0.5, 0.99))


def _max(metric: str, by: str, *, selector: str = "", quiet: bool = False) -> Query:
    where = f'region=~"$region"{", " + selector if selector else ""}'
    return Query(
        f"max by ({by}) ({metric}{{{where}}})", " ".join(f"{{{{{label}}}}}" for label in by.split(", ")), quiet
    )


def _rate(metric: str, by: str, *, selector: str = "", quiet: bool = False) -> Query:
    where = f'region=~"$region"{", " + selector if selector else ""}'
    legend = " ".join(f"{{{{{label}}}}}" for label in by.split(", "))
    return Query(f"sum by ({by}) (rate({metric}{{{where}}}[$__rate_interval]))", legend, quiet)


LIVE: Final = 'topic!~".+[.]reviews[.]v1"'
REVIEWS: Final = 'topic=~".+[.]reviews[.]v1"'
RECOLORED: Final = 'hc:recolored:increase10m{region=~"$region"}'

STAGES: Final = 'sum by (stage) (rate(hc_batch_seconds_sum{region=~"$region", stage!~"all|read"}[$__rate_interval]))'
BATCHES: Final = 'sum (rate(hc_batch_seconds_count{region=~"$region", stage="all"}[$__rate_interval]))'

OVERVIEW: Final = Dashboard(
    "hc-overview",
    "Overview",
    (
        Panel(
            "From declaration to color",
            "s",
            _quantiles("hc_declared_to_colored_seconds"),
            "From the acceptance of what a person states to the commit of what became of it. Target: 0.06 and 0.25 s.",
            0.25,
        ),
        Panel("Colored", "ops", (_rate("hc_declared_to_colored_seconds_count", "region"),), "Statements a second."),
        Panel(
            "Codes by color",
            "short",
            (_max("hc_codes", "region, color"),),
            "People, by the color of their code.",
            stacked=True,
        ),
        Panel(
            "Changes of codes",
            "ops",
            (_rate("hc_code_changes_total", "previous, color", quiet=True),),
            "A second, from which color to which.",
        ),
        Panel(
            "Stricter within ten minutes",
            "short",
            (Query(RECOLORED, "{{region}} {{color}}"),),
            "Who had a code and got a stricter one. One in a hundred people rings.",
        ),
        Panel(
            "Oldest record that waits",
            "s",
            (_max("hc_consumer_lag_seconds", "consumer", selector=LIVE),),
            "By consumer, reviews aside.",
            60,
        ),
        Panel("Oldest event in an outbox", "s", (_max("hc_outbox_oldest_seconds", "relay"),), bound=10),
        Panel("Requests", "reqps", (_rate("hc_http_requests_total", "service, status"),), "By service and status."),
        Panel(
            "Alarms",
            "short",
            (
                Query(
                    'count by (alertname, severity) (ALERTS{alertstate="firing"})',
                    "{{alertname}} ({{severity}})",
                    quiet=True,
                ),
            ),
            "What rings now.",
        ),
    ),
)

DELIVERY: Final = Dashboard(
    "hc-delivery",
    "Delivery",
    (
        Panel(
            "Lag in records",
            "short",
            (Query(f'sum by (consumer) (hc_consumer_lag{{region=~"$region", {LIVE}}})', "{{consumer}}"),),
        ),
        Panel(
            "Lag in seconds, by partition",
            "s",
            (_max("hc_consumer_lag_seconds", "consumer, topic, partition", selector=LIVE),),
            bound=60,
        ),
        Panel(
            "Reviews that wait",
            "short",
            (Query(f'sum by (consumer) (hc_consumer_lag{{region=~"$region", {REVIEWS}}})', "{{consumer}}"),),
        ),
        Panel("Records in a batch", "short", _quantiles("hc_batch_records", "consumer", "{{consumer}}")),
        Panel("Records a second", "ops", (_rate("hc_batch_records_sum", "consumer"),)),
        Panel(
            "Time of a batch, by stage",
            "s",
            (Query(f"{STAGES} / on () group_left () {BATCHES}", "{{stage}}"),),
            "The mean of all consumers; waiting for records is left out.",
            stacked=True,
        ),
        Panel("Time of a batch, by consumer", "s", _quantiles("hc_batch_seconds", "consumer", "{{consumer}}")),
        Panel(
            "Dead letters",
            "ops",
            (_rate("hc_dead_letters_total", "topic, code", quiet=True),),
            "Records that can never work.",
        ),
        Panel(
            "Parked people and held partitions",
            "short",
            (_max("hc_parked_subjects", "consumer"), _max("hc_consumer_held_partitions", "consumer")),
        ),
        Panel("Outbox", "short", (_max("hc_outbox_rows", "relay"),), "Events that wait to be published.", 20000),
        Panel(
            "Age of the horizon",
            "s",
            (_max("hc_relay_horizon_age_seconds", "relay"),),
            "The oldest writing transaction: no relay publishes past it.",
            5,
        ),
        Panel("Events published", "ops", (_rate("hc_events_published_total", "relay"),)),
        Panel("Time of a window", "s", _quantiles("hc_relay_window_seconds", "relay", "{{relay}}")),
        Panel(
            "Who publishes",
            "short",
            (Query('sum by (relay) (hc_relay_owner{region=~"$region"})', "{{relay}}"),),
            "One for each lane.",
        ),
    ),
)

AUDIT: Final = Dashboard(
    "hc-audit",
    "Audit",
    (
        Panel("Reviews overdue", "short", (_max("hc_reviews_due", "region"),)),
        Panel("The longest overdue", "s", (_max("hc_reviews_due_seconds", "region"),), "By the region's clock.", 600),
        Panel(
            "Open storms",
            "short",
            (_max("hc_storms_open", "region"),),
            "Changes of areas and policies of which not all are reviewed.",
        ),
        Panel(
            "Places the storm has to go",
            "short",
            (_max("hc_storm_left", "region"),),
            "Of its present pass, counted to 100,000.",
        ),
        Panel("Age of the oldest storm", "s", (_max("hc_storm_seconds", "region"),)),
        Panel(
            "Messages between regions passed over",
            "ops",
            (_rate("hc_recognition_stale_total", "part", quiet=True),),
            "Repeated, overtaken or late.",
        ),
    ),
)

PROCESSES: Final = Dashboard(
    "hc-processes",
    "Processes",
    (
        Panel(
            "Processor",
            "percentunit",
            (Query('rate(process_cpu_seconds_total{region=~"$region"}[$__rate_interval])', "{{container}}"),),
            "Of one core.",
        ),
        Panel("Memory", "bytes", (Query('process_resident_memory_bytes{region=~"$region"}', "{{container}}"),)),
        Panel(
            "Answers",
            "s",
            _quantiles("hc_http_request_seconds", "service", "{{service}}"),
            "Time to the end of an answer.",
        ),
        Panel("Answers by route", "reqps", (_rate("hc_http_requests_total", "method, route"),)),
        Panel("Database connections", "short", (_max("hc_pool_connections", "container, service, state"),)),
        Panel(
            "Checks that pass",
            "short",
            (Query('min by (container, check) (hc_check_passes{region=~"$region"})', "{{container}} {{check}}"),),
        ),
        Panel(
            "Components that run",
            "short",
            (Query('sum by (container) (hc_component_up{region=~"$region"})', "{{container}}"),),
        ),
        Panel("Restarts of components", "ops", (_rate("hc_component_restarts_total", "component", quiet=True),)),
        Panel("Open files", "short", (Query('process_open_fds{region=~"$region"}', "{{container}}"),)),
        Panel(
            "What runs",
            "short",
            (Query('count by (service, version) (hc_build_info{region=~"$region"})', "{{service}} {{version}}"),),
        ),
    ),
)

ALL: Final = (OVERVIEW, DELIVERY, AUDIT, PROCESSES)
