"""`python -m bench.graphs`: the dashboards' graphs under load, and an alarm that rings, as pictures in docs/pictures.

A region with a process for each role, a real Prometheus over it with the deployed rules, people who declare, a peak,
and somebody who lists many people at once. It needs a container engine, and Chromium for the picture of the alarm.
"""

import argparse
import asyncio
import contextlib
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
from playwright.sync_api import sync_playwright
from rich.console import Console

from bench.drawing import Graph, Line, sheet
from deploy.local.stack import Stack, embedded_stack, remove_data
from deploy.observability.panels import ALL, Panel
from deploy.observability.scraper import Prometheus, prometheus_over
from tests.support.callers import caller
from tests.support.people import declaration, id_number
from tests.support.region import RegionProcesses, free_port, region_processes

PICTURES: Final = Path("docs/pictures")
REGION: Final = "440000"
RATE: Final = "15s"
PROCESSES: Final = {
    "api": ("services", "--region", REGION, "api"),
    "declaration": ("services.declaration", "worker", "relay", "timer"),
    "audit-worker": ("services.audit", "worker"),
    "audit-relay": ("services.audit", "relay"),
    "audit-timer": ("services.audit", "timer", "intake"),
    "issuer-worker": ("services.issuer", "worker"),
    "issuer-relay": ("services.issuer", "relay"),
    "issuer-timer": ("services.issuer", "timer"),
    "recognition": ("services.recognition", "worker", "relay", "timer"),
}
OWN_SETTINGS: Final = {"issuer-timer": {"HC_ISSUER_TIMER_SECONDS": "1"}}
# Seconds of each part, of all, and how many declare a second in it.
CALM, PEAK, SEIZED = 0.35, 0.3, 0.35
CALM_RATE, PEAK_RATE = 12.0, 60.0
RECOLORED: Final = 150
AT_ONCE: Final = 50

console = Console()


async def declaring(region: RegionProcesses, seconds: float, rate: float, first: int) -> int:
    """People declare at a counter, so many a second; gives the number of the next person."""
    token = caller(region, "counter").headers["authorization"]
    began, number = time.monotonic(), first
    under_way: set[asyncio.Task[None]] = set()

    async def declare(person: int) -> None:
        with contextlib.suppress(httpx.TransportError):  # one that is too late is one fewer
            await client.post("/v1/declarations", json=declaration(person))

    async with httpx.AsyncClient(base_url=region.url, headers={"authorization": token}, timeout=60) as client:
        while (now := time.monotonic()) < began + seconds:
            if number - first < (now - began) * rate and len(under_way) < AT_ONCE:
                sending = asyncio.create_task(declare(number))
                under_way.add(sending)
                sending.add_done_callback(under_way.discard)
                number += 1
            else:
                await asyncio.sleep(0.005)
        if under_way:
            await asyncio.wait(under_way)
    return number


def listing(region: RegionProcesses, people: int) -> None:
    """Somebody puts so many people on a control list, one after the other."""
    officer = caller(region, "officer")
    for number in range(people):
        entry = {
            "person": {"id_type": "resident_id", "id_number": id_number(number)},
            "category": "close_contact",
            "evidence": "planted",
            "valid_from": "2026-01-01T00:00:00+08:00",
        }
        officer.post("/v1/lists/entries", json=entry).raise_for_status()


async def work(region: RegionProcesses, seconds: float) -> None:
    """A calm time, a peak, and a time in which people are recolored."""
    console.log("people declare")
    person = await declaring(region, CALM * seconds, CALM_RATE, 0)
    console.log("a peak")
    person = await declaring(region, PEAK * seconds, PEAK_RATE, person)
    console.log(f"{RECOLORED} of {person} people are listed at once")
    recoloring = asyncio.to_thread(listing, region, RECOLORED)
    await asyncio.gather(declaring(region, SEIZED * seconds, CALM_RATE, person), recoloring)


def lines(prometheus: Prometheus, panel: Panel, start: float, end: float) -> Iterator[Line]:
    """The lines of a panel."""
    step = max(1.0, (end - start) / 240)
    for query in panel.queries:
        expr = query.expr.replace("$region", ".*").replace("$__rate_interval", RATE)
        for series in prometheus.query_range(expr, start, end, step):
            points = [(at, float(value)) for at, value in series["values"] if value not in {"NaN", "+Inf"}]
            if points:
                yield Line(named(query.legend, series["metric"]), points)


def named(legend: str, labels: dict[str, str]) -> str:
    """A legend with the labels put in, without what every line of the picture has."""
    for name, value in labels.items():
        short = value.removeprefix(f"hc.{REGION}.").removeprefix(f"{REGION}-")
        legend = legend.replace(f"{{{{{name}}}}}", "" if name == "region" else short)
    return legend.strip() or "all"


def draw(prometheus: Prometheus, start: float, end: float, folder: Path) -> None:
    """Each dashboard as a picture."""
    for dashboard in ALL:
        graphs = [
            Graph(p.title, p.what, p.unit, list(lines(prometheus, p, start, end)), p.stacked, p.bound)
            for p in dashboard.panels
        ]
        path = folder / f"{dashboard.uid}.svg"
        path.write_text(sheet(f"Health code: {dashboard.title}", graphs, start, end), "utf-8")
        console.log(f"wrote {path}")


def photograph(prometheus: Prometheus, folder: Path, alarm: str = "BulkRecoloring") -> None:
    """Prometheus's own page with the alarm that rings. Where its build has no newer page, the classic one."""
    classic = f"{prometheus.url}/classic/alerts"
    page_address = classic if httpx.get(classic).is_success else f"{prometheus.url}/alerts"
    chromium = shutil.which("chromium") or sys.exit("no chromium: install it for the picture of the alarm")
    path = folder / "alarm.png"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 760})
        page.goto(page_address)
        page.get_by_text("Inactive").first.click()
        page.get_by_text(alarm).first.click()
        page.get_by_text("Show annotations").first.click()
        page.screenshot(path=path)
        browser.close()
    console.log(f"wrote {path}")


def firing(prometheus: Prometheus) -> list[dict[str, Any]]:
    """The alarms that ring."""
    return prometheus.query('ALERTS{alertstate="firing"}')


@contextmanager
def observed(region: RegionProcesses, folder: Path) -> Iterator[Prometheus]:
    """The region's processes, and a Prometheus over them."""
    region.migrate("100000")
    ports = {name: free_port() for name in PROCESSES}
    for name, command in PROCESSES.items():
        usual = dict(region.environment)
        region.environment |= {"HC_HEALTH_PORT": str(ports[name])} | OWN_SETTINGS.get(name, {})
        region.spawn(name, *command)
        region.environment = usual
    region.wait_ready()
    with prometheus_over(ports, folder) as prometheus:
        for port in ports.values():
            httpx.get(f"http://127.0.0.1:{port}/health/ready")
        yield prometheus


async def run(seconds: float, data: Path) -> None:
    """Everything, from the first process to the last picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    async with embedded_stack(data, progress=console.log) as stack:
        database = await _database(stack)
        more = {"HC_LOG_LEVEL": "warning"}
        with region_processes(stack, database, data, REGION, more) as region, observed(region, data) as prometheus:
            start = time.time()
            await work(region, seconds)
            console.log(f"ringing: {sorted(each['metric']['alertname'] for each in firing(prometheus))}")
            draw(prometheus, start, time.time(), PICTURES)
            await asyncio.to_thread(photograph, prometheus, PICTURES)


async def _database(stack: Stack) -> str:
    name = f"graphs_{time.time_ns()}"
    admin = await asyncpg.connect(stack.database_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    await admin.close()
    return stack.database_url.rpartition("/")[0] + f"/{name}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.graphs", description=__doc__)
    parser.add_argument("--seconds", type=float, default=240, help="how long the load lasts (default 240)")
    seconds = parser.parse_args().seconds
    data = Path(tempfile.mkdtemp(prefix="healthcode-graphs-", dir="/var/tmp"))
    try:
        asyncio.run(run(seconds, data))
    finally:
        remove_data(data, lambda _: None)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
