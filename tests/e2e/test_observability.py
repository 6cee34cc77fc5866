"""What ops sees, asked of a real Prometheus over a region at work: every panel, every alarm, every name."""

import asyncio
import contextlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import asyncpg
import httpx
import pytest

from chassis.metrics import CATALOGUE
from deploy.local.stack import Stack
from deploy.observability.panels import ALL
from deploy.observability.scraper import Prometheus, prometheus_over
from services.__main__ import ALL as SERVICES
from tests.conftest import unavailable
from tests.integration.test_containers import engine_is_there
from tests.support.callers import caller
from tests.support.people import declaration, id_number
from tests.support.polling import eventually
from tests.support.region import RegionProcesses, free_port, region_processes

pytestmark = [pytest.mark.embedded, pytest.mark.docker]

REGION = "530000"
PEOPLE, RECOLORED = 60, 30
ELSEWHERE = ("hc_connector_",)  # of services that this region does not run
# What this region has no reason to say: nothing fails, nobody is refused, and no other region repeats itself.
UNSAID = {
    *("hc_component_restarts_total", "hc_dead_letters_total", "hc_http_refused_total", "hc_recognition_stale_total"),
    *("hc_recognition_refused_total", "hc_unknown_events_total"),
}


@dataclass
class World:
    region: RegionProcesses
    prometheus: Prometheus


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[str]:
    """A database for all tests of this file."""
    name = f"t_{secrets.token_hex(6)}"

    async def execute(statement: str) -> None:
        admin = await asyncpg.connect(stack.database_url)
        await admin.execute(statement)
        await admin.close()

    asyncio.run(execute(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield stack.database_url.rpartition("/")[0] + f"/{name}"
    asyncio.run(execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="module")
def world(stack: Stack, tmp_path_factory: pytest.TempPathFactory, database: str) -> Iterator[World]:
    if not engine_is_there():
        unavailable("no container engine: start one, or see what `docker info` says")
    folder, port = tmp_path_factory.mktemp("observed"), free_port()
    more = {"HC_HEALTH_PORT": str(port), "HC_ISSUER_TIMER_SECONDS": "1"}
    with region_processes(stack, database, folder, REGION, more) as region:
        region.spawn_all()
        with prometheus_over({"all": port}, folder / "prometheus") as prometheus:
            eventually("readiness", lambda: httpx.get(f"http://127.0.0.1:{port}/health/ready").is_success)
            work(region, prometheus)
            yield World(region, prometheus)


def work(region: RegionProcesses, prometheus: Prometheus) -> None:
    """People declare, and then half of them are listed at once."""
    counter, officer = caller(region, "counter"), caller(region, "officer")
    for number in range(PEOPLE):
        assert counter.post("/v1/declarations", json=declaration(number)).status_code == httpx.codes.ACCEPTED
    eventually("green codes", lambda: value(prometheus, 'hc_codes{color="green"}') == PEOPLE, 150)
    for number in range(RECOLORED):
        entry = {
            "person": {"id_type": "resident_id", "id_number": id_number(number)},
            "category": "close_contact",
            "evidence": "疾控〔2020〕17号",
            "valid_from": "2026-01-01T00:00:00+08:00",
        }
        assert officer.post("/v1/lists/entries", json=entry).status_code == httpx.codes.CREATED
    eventually("red codes", lambda: value(prometheus, 'hc_codes{color="red"}') == RECOLORED, 150)


def value(prometheus: Prometheus, expr: str) -> float | None:
    found = prometheus.query(expr)
    return float(found[0]["value"][1]) if found else None


def ready(expr: str) -> str:
    return expr.replace("$region", ".*").replace("$__rate_interval", "1m")


def unanswered(world: World) -> list[str]:
    return [
        f"{dashboard.title} / {panel.title}: {query.expr}"
        for dashboard in ALL
        for panel in dashboard.panels
        for query in panel.queries
        if not query.quiet and not world.prometheus.query(ready(query.expr))
    ]


def test_every_panel_has_an_answer(world: World) -> None:
    # what a rule records is there once the rule was evaluated, which is later than what it is recorded of
    with contextlib.suppress(AssertionError):
        eventually("an answer for every panel", lambda: not unanswered(world))
    assert unanswered(world) == []


def test_every_rule_is_evaluated_without_an_error(world: World) -> None:
    rules = world.prometheus.rules()
    assert len(rules) > 20
    assert [(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"] == []


def test_half_of_the_people_recolored_at_once_rings_and_nothing_else_does(world: World) -> None:
    def firing() -> set[str]:
        return {each["metric"]["alertname"] for each in world.prometheus.query('ALERTS{alertstate="firing"}')}

    eventually("the alarm", lambda: "BulkRecoloring" in firing())
    assert firing() == {"BulkRecoloring"}


def test_every_name_of_the_table_is_exported_and_has_a_value(world: World) -> None:
    assert SERVICES, "importing them has declared what they add to the table"
    there = {re.sub(r"_(bucket|sum|count)$", "", name) for name in world.prometheus.names()}
    expected = {name for name in CATALOGUE if not name.startswith(ELSEWHERE)}
    assert expected - there - UNSAID == set()
    exported = {name for name in world.prometheus.names() if name.startswith("hc_")}
    known = {row.name + suffix for row in CATALOGUE.values() for suffix in ("", "_bucket", "_sum", "_count")}
    assert exported <= known
    found = world.prometheus.query('count by (region) ({__name__=~"hc_.+"})')
    regions = {each["metric"].get("region") for each in found}
    assert regions == {REGION}


def test_the_way_from_declaration_to_color_is_measured_for_each_declaration(world: World) -> None:
    assert value(world.prometheus, "sum(hc_declared_to_colored_seconds_count)") == PEOPLE
    mean = "sum(hc_declared_to_colored_seconds_sum) / sum(hc_declared_to_colored_seconds_count)"
    assert 0 < (value(world.prometheus, mean) or 0) < 60


async def test_a_worker_that_stands_still_is_seen_by_the_age_of_what_waits(world: World) -> None:
    """Somebody holds the audit's offsets; what was declared ages, though no new record comes, until they let go.

    They hold it without an id of a transaction, or no relay would publish, and the age would show in an outbox.
    """
    oldest = 'max(hc_consumer_lag_seconds{consumer="audit.review"})'
    holder = await asyncpg.connect(world.region.database_url)
    try:
        async with holder.transaction():
            await holder.execute("LOCK TABLE audit.stream_offset IN EXCLUSIVE MODE")
            counter = caller(world.region, "counter")
            assert counter.post("/v1/declarations", json=declaration(PEOPLE)).status_code == httpx.codes.ACCEPTED
            await asyncio.to_thread(eventually, "its age", lambda: (value(world.prometheus, oldest) or 0) > 3)
    finally:
        await holder.close()
    await asyncio.to_thread(eventually, "nothing left", lambda: value(world.prometheus, oldest) == 0)
